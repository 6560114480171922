/** The card of one camera: its picture, state and figures, and why it needs a look. */

import { matter, stateWord, tone } from "./alert_words.js";
import { bandOf, bandWords, showBand } from "./bands.js";
import { showBadge } from "./camera_state.js";
import { wipe } from "./glances.js";

const NO_PICTURE_YET = "Waiting for a picture.";

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What is to be read at once of its alerts: the first open one, else one that is pending. */
function reasonOf([alert]) {
  if (!alert) return "";
  const by = alert.acknowledged ? `, acknowledged by ${alert.acknowledged.by}` : "";
  const silenced = alert.silenced_until ? ", silenced" : "";
  return `${stateWord(alert)}: ${matter(alert)}${by}${silenced}`;
}

function peopleWords(condition, counts) {
  const faces = condition.isCurrent || condition.name === "empty" ? counts.faces : null;
  if (faces === null) return condition.name === "suppressed" ? "Too few people" : "";
  return faces === 1 ? "1 person" : `${faces} people`;
}

/** Show the newest picture in a stage, or why there is none. */
export function showGlance(stage, camera, condition, glances, nowMs) {
  const [canvas, veil] = [stage.querySelector("[data-glance]"), stage.querySelector("[data-veil]")];
  const isHidden = condition.warning || ["offline", "paused", "connecting"].includes(condition.name);
  const isShown = !isHidden && glances.has(camera, nowMs);
  canvas.hidden = !isShown;
  veil.hidden = isShown;
  if (isShown) glances.paint(canvas, camera);
  else wipe(canvas);
  setText(veil, isShown ? "" : isHidden ? condition.note : NO_PICTURE_YET);
}

export function showCard(card, readings, condition, alerts, glances, nowMs) {
  showBadge(card.querySelector(".badge"), readings, condition);
  const value = condition.isCurrent ? String(Math.round(readings.counts.indicator)) : "–";
  setText(card.querySelector("[data-value]"), value);
  const band = bandOf(condition, readings.counts);
  showBand(card.querySelector("[data-band-line]"), band, band && bandWords(condition, readings.counts));
  setText(card.querySelector("[data-people]"), peopleWords(condition, readings.counts));
  const reason = card.querySelector("[data-reason]");
  setText(reason, reasonOf(alerts));
  reason.hidden = !reason.textContent;
  card.dataset.tone = alerts.length ? tone(alerts[0]) : "";
  card.toggleAttribute("data-is-quiet", Boolean(alerts[0]?.acknowledged || alerts[0]?.silenced_until));
  showGlance(card.querySelector("[data-stage]"), readings.camera, condition, glances, nowMs);
}

/** How many cameras there are, and how many of them are not well: "16 cameras, 1 firing". */
export function sumWords(cameras, nowMs) {
  const names = [...cameras.cards.keys()];
  const open = (name) => cameras.alertsOf(name).some(({ state }) => state !== "pending");
  const are = (state) => names.filter((n) => cameras.conditionOf(n, nowMs).name === state).length;
  const parts = [[names.filter(open).length, "with an alert"], [are("offline"), "offline"], [are("paused"), "paused"]];
  const words = parts.filter(([count]) => count).map(([count, what]) => `, ${count} ${what}`);
  return `${names.length} ${names.length === 1 ? "camera" : "cameras"}${words.join("")}`;
}

/** Put cards into an order in place; the keyboard stays where it is. */
export function arrangeCards(list, cards) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  cards.forEach((card, place) => {
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
  });
  if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
}
