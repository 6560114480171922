/** What the page may claim right now, from the camera's state, its newest reading and the link. */

import { durationText } from "./durations.js";

export const STALE_AFTER_S = 5;

const UNREADABLE = {
  paused: "Paused: nothing is read from this camera.",
  connecting: "Connecting to the camera.",
};

const LINK_WARNING = {
  ended: "Your sign-in has ended.",
  lost: "The connection to the server is lost. Trying again.",
  unavailable: "The browser packages are missing on this server; make run fetches them.",
};

function hidden(name, note, warning = "") {
  return { name, note, warning, isCurrent: false };
}

function offlineNote(reason) {
  return reason ? `Offline: ${reason}` : "Offline: the camera gives no picture.";
}

function staleWarning(ageS) {
  return `No new reading for ${durationText(ageS)}. The figures are hidden until one comes.`;
}

function hasNoContact(link, nowMs) {
  return link.name !== "connected" && nowMs - link.sinceMs > 1000 * STALE_AFTER_S;
}

function ofReading(counts) {
  if (counts.suppressed) return hidden("suppressed", "Too few people in view to show figures.");
  if (counts.faces === 0)
    return hidden("empty", counts.unread ? "No face can be read." : "No faces in view.");
  return { name: "current", note: "", warning: "", isCurrent: true };
}

/**
 * Decide what to show.
 *
 * @param readings a `Readings`.
 * @param link its `name` ("connecting", "connected", "lost", "ended" or "unavailable") and
 *   `sinceMs`, when it last was or ceased to be connected.
 * @returns {{name: string, note: string, warning: string, isCurrent: boolean}} figures may be
 *   shown only while `isCurrent`; `note` stands beside them, `warning` above the page.
 */
export function conditionOf(readings, link, nowMs) {
  const warning = LINK_WARNING[link.name] ?? "";
  if (link.name === "ended") return hidden("ended", "Signed out.", warning);
  if (hasNoContact(link, nowMs)) return hidden("lost", "No contact with the server.", warning);
  const { state, reason } = readings;
  if (state === "offline") return hidden(state, offlineNote(reason), warning);
  if (state in UNREADABLE) return hidden(state, UNREADABLE[state], warning);
  if (!readings.counts)
    return hidden("loading", reason || "Waiting for the first reading.", warning);
  const ageS = readings.ageS(nowMs);
  if (ageS > STALE_AFTER_S)
    return hidden("stale", "No current reading.", warning || staleWarning(ageS));
  return { ...ofReading(readings.counts), warning };
}
