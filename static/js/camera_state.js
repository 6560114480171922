/** Camera badges, rates and the age of the newest reading. */

import { STALE_AFTER_S } from "./condition.js";
import { durationText } from "./durations.js";
import { showTime } from "./times.js";

const WORDS = {
  live: "Live",
  connecting: "Connecting",
  offline: "Offline",
  paused: "Paused",
  demo: "Demo",
  lost: "No contact",
};

const RUNNING = new Set(["live", "demo"]);

const NO_CONTACT = new Set(["lost", "ended"]);

/** The word of a camera's state; "No contact" when the page cannot know it. */
export function stateWord(readings, condition) {
  return WORDS[NO_CONTACT.has(condition.name) ? "lost" : readings.state];
}

export function showBadge(badge, readings, condition) {
  badge.dataset.state = NO_CONTACT.has(condition.name) ? "lost" : readings.state;
  badge.querySelector(".badge-word").textContent = stateWord(readings, condition);
}

/** How old the newest reading is or, in its place, since when there is none. */
export function showAge(board, readings, nowMs) {
  const ageS = readings.ageS(nowMs);
  const [since, updated] = ["[data-since]", "[data-updated]"].map((s) => board.querySelector(s));
  const isRunning = RUNNING.has(readings.state);
  since.hidden = isRunning;
  showTime(since.querySelector("time"), readings.sinceMs);
  const none = readings.knowsPast ? "no reading yet" : "";
  updated.textContent = ageS === null ? none : `updated ${durationText(ageS)} ago`;
  updated.hidden = !isRunning;
  updated.toggleAttribute("data-late", ageS !== null && ageS > STALE_AFTER_S);
}

const rate = (perSecond) => (perSecond === undefined ? "–" : perSecond.toFixed(1));

const HAS_RATES = new Set(["current", "empty", "suppressed"]);

export function showRates(board, condition, readings) {
  const shown = HAS_RATES.has(condition.name) ? readings.counts : {};
  board.querySelector("[data-analysis-fps]").textContent = rate(shown.analysis_fps);
  board.querySelector("[data-stream-fps]").textContent = rate(shown.stream_fps);
  board.querySelector("[data-reduced]").hidden = !shown.is_reduced;
  if (readings.at) showTime(board.querySelector("[data-reading-at]"), Date.parse(readings.at));
}
