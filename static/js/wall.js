/** The wall: all cameras on a screen that nobody touches; an alert takes it. */

import { figureName, figureOf, matter, stateWord, tone } from "./alert_words.js";
import { alertsNow } from "./alerts.js";
import { arrangeCards, setText, showCard, showGlance, sumWords } from "./camera_cards.js";
import { titleOf } from "./camera_titles.js";
import { durationText } from "./durations.js";
import { LiveCameras } from "./live_cameras.js";
import { Rotation, columnsFor, pageSize } from "./rotation.js";
import { pageTimes, showTime } from "./times.js";
import { keepAwake } from "./wake_lock.js";

const TICK_MS = 500;
const PICTURE_WIDTH = 640;
const wall = document.querySelector("[data-overview]");
const find = (name) => wall.querySelector(`[data-${name}]`);
const [tiles, panel, lost] = ["tiles", "wall-alert", "wall-lost"].map(find);
const cards = [...tiles.querySelectorAll("[data-card]")];
const cameras = new LiveCameras(wall.dataset, cards, { width: PICTURE_WIDTH, onChange: () => {} });
const rotation = new Rotation();

/** Those that nobody has seen to, at cameras of this page. */
function alertsToShow() {
  const { open } = alertsNow();
  return open.filter((a) => !a.acknowledged && !a.silenced_until && cameras.cards.has(a.camera));
}

function namesOn(page, names) {
  const size = pageSize(names.length);
  return names.slice(page * size, (page + 1) * size);
}

function showPage(page, names, nowMs) {
  const shown = namesOn(page, names);
  tiles.style.setProperty("--columns", columnsFor(shown.length, tiles.clientWidth, tiles.clientHeight));
  arrangeCards(tiles, names.map((name) => cameras.cards.get(name)));
  for (const [name, card] of cameras.cards) {
    card.hidden = !shown.includes(name);
    if (card.hidden) continue;
    const condition = cameras.conditionOf(name, nowMs);
    showCard(card, cameras.readings.get(name), condition, cameras.alertsOf(name), cameras.glances, nowMs);
  }
  // The next page has its pictures when it comes.
  const next = namesOn(page + 1, names);
  cameras.glances.show(new Set([...shown, ...(next.length ? next : namesOn(0, names))]));
}

function showAlert(alert, nowMs) {
  const part = (name) => panel.querySelector(`[data-${name}]`);
  panel.dataset.tone = tone(alert);
  setText(part("word"), stateWord(alert));
  setText(part("camera"), titleOf(alert.camera));
  setText(part("matter"), matter(alert));
  setText(part("rule"), alert.rule);
  part("figure").hidden = !figureOf(alert);
  setText(part("figure-name"), figureName(alert));
  setText(part("value"), figureOf(alert));
  showTime(part("since-time"), Date.parse(alert.since));
  setText(part("age"), durationText((nowMs - Date.parse(alert.since)) / 1000));
  part("advice").hidden = !alert.advice;
  setText(part("advice-words"), alert.advice ?? "");
  const condition = cameras.conditionOf(alert.camera, nowMs);
  showGlance(part("stage"), alert.camera, condition, cameras.glances, nowMs);
  cameras.glances.show([alert.camera]);
}

function showLost(nowMs) {
  const sinceMs = cameras.lostSinceMs(nowMs);
  lost.hidden = sinceMs === null;
  if (lost.hidden) return;
  const hasEnded = cameras.link.name === "ended";
  setText(find("lost-word"), hasEnded ? "Signed out" : "No contact with the server");
  const next = hasEnded ? "Sign in again on this screen." : "Trying again.";
  setText(find("lost-since"), `since ${pageTimes.clock(sinceMs)}. ${next}`);
}

function showLine(slide, alerts, pages, nowMs) {
  setText(find("sum"), sumWords(cameras, nowMs));
  setText(find("gaps-line"), alertsNow().gaps.join(" "));
  const place = alerts.findIndex(({ id }) => id === slide.alert);
  const words = slide.alert ? `alert ${place + 1} of ${alerts.length}` : `page ${slide.page + 1} of ${pages}`;
  setText(find("slide"), (slide.alert ? alerts.length : pages) > 1 ? words : "");
  showTime(find("clock"), nowMs, pageTimes.minute(nowMs));
}

function show() {
  const nowMs = Date.now();
  showLost(nowMs);
  const [names, alerts] = [cameras.arranged(nowMs), alertsToShow()];
  const pages = Math.max(1, Math.ceil(names.length / pageSize(names.length)));
  const slide = rotation.step(alerts.map(({ id }) => id), pages, nowMs);
  const alert = alerts.find(({ id }) => id === slide.alert);
  panel.hidden = !alert;
  tiles.inert = Boolean(alert);
  if (alert) showAlert(alert, nowMs);
  else showPage(slide.page, names, nowMs);
  showLine(slide, alerts, pages, nowMs);
}

cameras.start();
keepAwake();
setInterval(show, TICK_MS);
show();
