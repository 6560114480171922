/** What the page may claim right now, from the camera's state, its newest reading and the link. */

import { durationText } from "./durations.js";

export const STALE_AFTER_S = 5;

const CONNECTING = "Connecting to the camera.";

const RUNNING = new Set(["live", "demo"]);

const LINK_WARNING = {
  ended: "Your sign-in has ended.",
  lost: "The connection to the server is lost. Trying again.",
  unavailable: "The browser packages are missing on this server; make run fetches them.",
};

const SILENT_WARNING = "Nothing comes from the server. Waiting for it.";

function hidden(name, note, warning = "") {
  return { name, note, warning, isCurrent: false };
}

function offlineNote(reason) {
  return reason ? `Offline: ${reason}` : "Offline: the camera gives no picture.";
}

/** Why, until when and by whom, where the server has said it. */
function pausedNote(reason) {
  return `Paused${reason ? ` ${reason}` : ""}: nothing is read from this camera.`;
}

function staleWarning(ageS) {
  return `No new reading for ${durationText(ageS)}. The figures are hidden until one comes.`;
}

/** A lost link shows at once. One that only seems to be there shows by its silence. */
function hasNoContact(link, state, nowMs) {
  if (link.name === "connecting") return nowMs - link.heardMs > 1000 * STALE_AFTER_S;
  if (link.name !== "connected") return true;
  return RUNNING.has(state) && nowMs - link.heardMs > 1000 * STALE_AFTER_S;
}

function ofReading(counts) {
  if (counts.suppressed) return hidden("suppressed", "Too few people in view, some have just come or gone, or the camera has just started: no figures.");
  if (counts.faces === 0)
    return hidden("empty", counts.unread ? "No face can be read." : "No faces in view.");
  return { name: "current", note: "", warning: "", isCurrent: true };
}

/**
 * Decide what to show.
 *
 * @param readings a `Readings`.
 * @param link its `name` ("connecting", "connected", "lost", "ended" or "unavailable") and
 *   `heardMs`, when anything last came from the server: a message, or another picture.
 * @returns {{name: string, note: string, warning: string, isCurrent: boolean}} figures may be
 *   shown only while `isCurrent`; `note` stands beside them, `warning` above the page.
 */
export function conditionOf(readings, link, nowMs) {
  const warning = LINK_WARNING[link.name] ?? "";
  if (link.name === "ended") return hidden("ended", "Signed out.", warning);
  const { state, reason } = readings;
  if (hasNoContact(link, state, nowMs))
    return hidden("lost", "No contact with the server.", warning || SILENT_WARNING);
  if (state === "offline") return hidden(state, offlineNote(reason), warning);
  if (state === "paused") return hidden(state, pausedNote(reason), warning);
  if (state === "connecting") return hidden(state, CONNECTING, warning);
  if (!readings.counts)
    return hidden("loading", reason || `Waiting for the ${readings.next} reading.`, warning);
  const ageS = readings.ageS(nowMs);
  if (ageS > STALE_AFTER_S)
    return hidden("stale", "No current reading.", warning || staleWarning(ageS));
  return { ...ofReading(readings.counts), warning };
}
