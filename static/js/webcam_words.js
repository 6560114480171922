/** What is said of the viewer's own camera: why it does not open, how long it still records. */

const FAULTS = {
  NotAllowedError:
    "The browser did not let this page use the camera. Allow it beside the address, then open it again.",
  NotFoundError: "The browser finds no camera. Plug one in, or choose a file instead.",
  NotReadableError:
    "The camera cannot be opened. Close other programs that use it, then open it again.",
};

export const INSECURE =
  "Browsers give a page the camera only over https or on localhost. Open this page so, or choose a file.";
export const ENDED = "The camera went away. What it gave before, if anything, is handed in.";

/** @param error of `getUserMedia`. */
export function faultWords({ name }) {
  return FAULTS[name] ?? `The camera could not be opened (${name}). Choose a file instead.`;
}

export function leftWords(leftMs) {
  return `Recording: ${Math.ceil(Math.max(0, leftMs) / 1000)} s left`;
}

/** A name by which the file is known in the list: when it was taken, by the clock of all pages. */
export function fileName(atMs, type, times) {
  const ends = { "image/jpeg": "jpg", "video/mp4": "mp4" };
  const digits = times.second(atMs).replaceAll(":", "-");
  return `camera ${digits}.${ends[type.split(";")[0]] ?? "webm"}`;
}
