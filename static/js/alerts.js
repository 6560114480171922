/** Alerts on every page: the count in navigation and title, the banner or strip, the calls. */

import { AlertBanner } from "./alert_banner.js";
import { AlertCalls, prepareSound } from "./alert_calls.js";
import { AlertList } from "./alert_list.js";
import { AlertStrip } from "./alert_strip.js";
import { matter } from "./alert_words.js";
import { learnTitles, titleOf } from "./camera_titles.js";
import { Feed } from "./feed.js";
import { pageTimes } from "./times.js";
import { setTitleCount } from "./title.js";

const TICK_MS = 1000;
// Hours of duty and silences begin and end by themselves.
const REREAD_MS = 60_000;
const CALL_AFTER_MS = 300;
const AWAY = new Set(["lost", "ended"]);
const center = document.querySelector("[data-alert-center]");
const { alertsUrl, alertPagesUrl, camerasUrl, dashboardUrl, socketPath } = center.dataset;
const section = document.querySelector("[data-alert-banner]");
const line = document.querySelector("[data-alert-strip]");
const badge = document.querySelector("[data-nav-badge]");

const list = new AlertList(JSON.parse(center.dataset.alerts), JSON.parse(center.dataset.gaps));
const calls = new AlertCalls(center, pageTimes);
const urls = { alertsUrl, alertPagesUrl, dashboardUrl };
const banner = section && new AlertBanner(section, urls, takeRecord);
const strip = line && new AlertStrip(line, alertPagesUrl);
let linkName = "connecting";

function showBadge() {
  const [waiting, open] = [list.waiting.length, list.open.length];
  if (!badge) return;
  badge.hidden = !open;
  badge.toggleAttribute("data-waiting", waiting > 0);
  badge.querySelector("[data-nav-count]").textContent = waiting || open;
  const words = waiting ? " not acknowledged" : " open, acknowledged";
  badge.querySelector("[data-nav-words]").textContent = words;
}

function show() {
  showBadge();
  setTitleCount(list.waiting.length);
  showBanner();
}

/** Without contact nobody knows whether a condition still lasts; what is open stays open. */
function showBanner() {
  banner?.show(list.open, AWAY.has(linkName) ? null : list.pending, list.gaps);
  strip?.show(list.open);
}

async function reload() {
  try {
    await list.load(alertsUrl);
    show();
  } catch (error) {
    console.warn("The alerts could not be read again.", error);
  }
}

/** Whether an alert is silenced stands in the answer, so the calls wait for it. */
async function reloadAndCall() {
  await reload();
  calls.announce(list);
}

function notifyPage() {
  document.dispatchEvent(new Event("alertschange"));
}

function takeAlert(event) {
  const known = list.byId.get(event.id);
  list.take(event);
  show();
  if (event.state === "firing") setTimeout(reloadAndCall, CALL_AFTER_MS);
  if (event.state === "resolved" && known && known.state !== "pending")
    calls.say(`Resolved, camera ${titleOf(event.camera)}: ${matter(event)}.`);
  notifyPage();
}

function takeNote(note) {
  const alert = list.byId.get(note.id);
  if (note.change === "acknowledged" && alert && !alert.acknowledged)
    calls.say(`Acknowledged by ${note.by}, camera ${titleOf(alert.camera)}: ${matter(alert)}.`);
  list.takeNote(note);
  show();
  notifyPage();
}

/** Take an alert as the server answers what was done with it here; null when it is not known. */
function takeRecord(record) {
  if (!record) return reload();
  const { id, acknowledged, answer } = record;
  if (acknowledged) takeNote({ id, change: "acknowledged", ...acknowledged });
  if (answer) takeNote({ id, change: "answered", text: answer });
}

/** A function for each event; a page with a connection of its own adds these to its own. */
export const alertHandlers = {
  alert: takeAlert,
  alert_note: takeNote,
  rules: () => reload().then(notifyPage),
  silences: () => reload().then(notifyPage),
  cameras: () => learnTitles(camerasUrl).then(show).then(notifyPage),
  limits: (detail) => document.dispatchEvent(new CustomEvent("limitschange", { detail })),
};

/** What happened while there was no connection is read again. */
export function takeAlertLink(name) {
  if (name === "connected" && linkName !== "connected") reloadAndCall().then(notifyPage);
  linkName = name;
  showBanner();
}

/** The alerts of now, as `AlertList` gives them. */
export const alertsNow = () => ({ open: list.open, pending: list.pending, gaps: list.gaps });

/** Show the newest reading of alerts about just the expressions that are counted. */
export function takeIndicator(counts, expressions) {
  if (counts.faces) list.follow(counts, expressions);
}

show();
prepareSound();
setInterval(showBanner, TICK_MS);
setInterval(reload, REREAD_MS);
if (!document.querySelector("[data-dashboard], [data-analyse], [data-overview]"))
  new Feed({
    socketPath,
    sessionUrl: alertsUrl,
    onLink: takeAlertLink,
    handlers: alertHandlers,
  }).start();
