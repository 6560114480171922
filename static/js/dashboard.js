/** The dashboard: takes what the server pushes and shows it, once a second and on every push. */

import { alertHandlers, takeAlertLink, takeIndicator } from "./alerts.js";
import { showAge, showBadge, showRates } from "./camera_state.js";
import { CameraSwitch } from "./camera_switch.js";
import { Timeline } from "./chart.js";
import { conditionOf } from "./condition.js";
import { showDemo } from "./demo_words.js";
import { Feed } from "./feed.js";
import { showFigures } from "./figures.js";
import { followLimits, limitsOf, markGauge } from "./limits.js";
import { Notices } from "./notices.js";
import { LivePicture } from "./picture.js";
import { Readings } from "./readings.js";
import { showTab } from "./tabs.js";

const TICK_MS = 1000;
// A push says the state alone; why it is so, the list of cameras says.
const HAS_REASON = new Set(["offline", "paused"]);
const board = document.querySelector("[data-dashboard]");
const page = board.dataset;

const cameras = new Map();
const picture = new LivePicture(board.querySelector("[data-stage]"), page.streamUrl);
const limits = limitsOf(board);
const timeline = new Timeline(board.querySelector(".timeline"), limits);
const notices = new Notices(page.loginUrl);
const switchForm = board.querySelector("[data-switch]");
const demo = board.querySelector("[data-demo-words]");
const trouble = board.querySelector("[data-switch-trouble]");
const cameraSwitch = switchForm && new CameraSwitch(switchForm, trouble, takeAnswer);
const link = { name: "connecting", heardMs: Date.now() };

function readingsOf(camera) {
  if (!cameras.has(camera)) cameras.set(camera, new Readings(camera, "connecting", Date.now(), ""));
  return cameras.get(camera);
}

function show(readings) {
  const nowMs = Date.now();
  const condition = conditionOf(readings, link, nowMs);
  showTab(readings, condition);
  if (readings.camera !== page.camera) return;
  showBadge(board.querySelector("[data-camera-badge]"), readings, condition);
  showAge(board, readings, nowMs);
  showRates(board, condition, readings);
  showFigures(board, condition, readings.counts);
  notices.show(readings, condition);
  if (demo) showDemo(demo, readings, nowMs);
  cameraSwitch?.show(readings.state);
  const isBlind = condition.name === "lost" || condition.name === "ended";
  picture.cover("no contact", isBlind ? condition.note : "");
}

function showAll() {
  for (const readings of cameras.values()) show(readings);
}

function tick() {
  const nowMs = Date.now();
  if (link.name === "connected" && shown.state !== "paused") picture.check(nowMs);
  link.heardMs = Math.max(link.heardMs, picture.changedMs);
  showAll();
  timeline.draw(nowMs);
}

function takeCounts(payload) {
  link.heardMs = Date.now();
  const readings = readingsOf(payload.camera);
  readings.takeCounts(payload, Date.now());
  takeIndicator(payload, page.alertExpressions.split(","));
  if (payload.camera === page.camera) timeline.add(payload);
  show(readings);
}

async function takeState(payload) {
  const readings = readingsOf(payload.camera);
  readings.takeState(payload);
  show(readings);
  if (HAS_REASON.has(payload.state) && !readings.reason) await takeReasons();
}

/** Take the answer to the switch, unless a push was faster and knows more. */
function takeAnswer(payload) {
  if (Date.parse(payload.since) > readingsOf(payload.camera).sinceMs) takeState(payload);
}

async function takeReasons() {
  try {
    const response = await fetch(page.camerasUrl, { headers: { Accept: "application/json" } });
    const answer = await response.json();
    for (const camera of answer.cameras) readingsOf(camera.name).takeReason(camera);
    showAll();
  } catch (error) {
    console.warn("Why the camera shows nothing could not be asked.", error);
  }
}

function takeLink(name) {
  if (name === "connected" && link.name === "lost") picture.open();
  if (name === "ended") picture.close();
  if (name === "connected") link.heardMs = Date.now();
  link.name = name;
  takeAlertLink(name);
  showAll();
}

const shown = new Readings(page.camera, page.state, Date.parse(page.since), page.reason);
cameras.set(page.camera, shown);
markGauge(limits);
followLimits(board, page.camera, (changed) => {
  markGauge(changed);
  timeline.limits = changed;
  timeline.draw(Date.now());
});
picture.start();
// Of many cameras the row shows only some.
document.querySelector("[data-camera-tab][aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
timeline.load(page.historyUrl).then(() => {
  shown.takePast(timeline.newest, timeline.clockAheadMs);
  tick();
});
const feed = new Feed({
  socketPath: page.socketPath,
  sessionUrl: page.camerasUrl,
  onLink: takeLink,
  handlers: {
    ...alertHandlers,
    counts: takeCounts,
    camera: takeState,
    cameras: () => location.reload(),
  },
});
feed.start();
// A form that leaves this page; signing out would otherwise look like a lost connection first.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) feed.leave();
});
setInterval(tick, TICK_MS);
