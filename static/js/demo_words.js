/** What the demo clip will show next, in a sentence, by where it is in its loop. */

import { estimateText } from "./durations.js";

const SOON_S = 5;

const inAbout = (seconds) => (seconds < SOON_S ? "in a few seconds" : `in about ${estimateText(seconds)}`);

/**
 * @param scene `loopS`, `fromS`, `untilS`, `who` ("two of the four people"), `looks` ("angry") and
 *   `firesAfterS`, null where no alert comes of it.
 * @param positionS seconds since the clip began; it loops.
 */
export function demoWords({ loopS, fromS, untilS, who, looks, firesAfterS }, positionS) {
  const atS = ((positionS % loopS) + loopS) % loopS;
  const fires = firesAfterS !== null;
  if (atS < fromS || atS >= untilS) {
    const when = inAbout((fromS - atS + loopS) % loopS);
    const then = fires ? `; ${firesAfterS} s later the alert fires` : "";
    return `${when[0].toUpperCase()}${when.slice(1)} ${who} look ${looks}${then}.`;
  }
  const now = `${who[0].toUpperCase()}${who.slice(1)} look ${looks} now`;
  const firesInS = fires ? fromS + firesAfterS - atS : 0;
  if (firesInS > 0) return `${now}; the alert fires ${inAbout(firesInS)}.`;
  const end = `they calm down ${inAbout(untilS - atS)}`;
  return fires ? `${now}, so the alert fires; ${end}.` : `${now}; ${end}.`;
}

/** Say it on the page, from what the server last said of its own time. */
export function showDemo(place, readings, nowMs) {
  if (readings.state !== "demo" || readings.at === null) return;
  const positionMs = Date.parse(readings.at) - readings.sinceMs + nowMs - readings.arrivedMs;
  const text = demoWords(JSON.parse(place.dataset.scene), positionMs / 1000);
  if (place.textContent !== text) place.textContent = text;
}
