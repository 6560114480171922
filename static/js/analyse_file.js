/** One file of the user: before it is sent, while it is, and its job on the server. */

import { estimateText } from "./durations.js";
import { pageTimes } from "./times.js";

const GOING_ON = new Set(["waiting", "running"]);
const HERE = new Set(["queued", "sending"]);
// No connection, no sign-in, too slow: the file itself may be good.
const MAY_PASS = new Set([0, 401, 408]);
const BYTES_PER_MB = 1_000_000;
const percent = (share) => `${Math.floor(100 * share)} %`;

/** A name for one sending of a file; `crypto.randomUUID` is not there without HTTPS. */
export function newUploadId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** Why a file is too large to be sent; "" where it is not. */
export function sizeRefusal(sizeBytes, maxMb) {
  if (sizeBytes <= maxMb * BYTES_PER_MB) return "";
  const size = (sizeBytes / BYTES_PER_MB).toLocaleString("en", { maximumFractionDigits: 1 });
  return `It has ${size} MB; at most ${maxMb} MB are taken. Shrink or cut it, or have ANALYSE_MAX_MB raised.`;
}

export class AnalysedFile {
  /** @param file as the browser has it; null where only the server does. */
  constructor(name, sizeBytes, file = null) {
    // What plays beside its curves, as long as this page is open.
    this.original = file;
    Object.assign(this, { name, sizeBytes, file, id: null, uploadId: null, state: "queued" });
    Object.assign(this, { share: 0, message: "", status: null, result: null });
    Object.assign(this, { heardMs: 0, expiresMs: Infinity });
  }

  /** Keep a status of the server's. */
  take(status, nowMs) {
    Object.assign(this, { id: status.id, state: status.state, message: status.message });
    Object.assign(this, { status, heardMs: nowMs, result: status.result ?? this.result });
    // By the clock here: whether it goes right does not matter.
    const { expires_in_s: leftS } = status;
    this.expiresMs = leftS === null ? Infinity : nowMs + 1000 * leftS;
    // What was sent is not needed any more.
    this.file = null;
  }

  /** @param code HTTP status; 0 where there was no answer. */
  refuse(message, code) {
    Object.assign(this, { state: "refused", message, code });
  }

  /** Stand in the queue, anew after a refusal. @param message why it waits, if not for another. */
  queue(message = "") {
    Object.assign(this, { state: "queued", share: 0, message });
  }

  get mayRetry() {
    const mayPass = MAY_PASS.has(this.code) || this.code >= 500;
    return this.state === "refused" && this.file !== null && mayPass;
  }

  get isHere() {
    return HERE.has(this.state);
  }

  get isGoingOn() {
    return GOING_ON.has(this.state);
  }

  /** 0-1; null while it is not known. */
  get progress() {
    if (this.state === "sending") return this.share < 1 ? this.share : null;
    return this.status?.share ?? null;
  }

  words() {
    switch (this.state) {
      case "queued":
        return this.message || "Waits for the file before it";
      case "sending":
        return this.share < 1 ? `Sending, ${percent(this.share)}` : "Sent, being read";
      case "waiting":
        return "Waits for the video before it";
      case "running":
        return this.progress === null ? "Being read" : `Being read, ${percent(this.progress)}`;
      case "done":
        return `Read; kept until ${pageTimes.minute(this.expiresMs)}`;
      default:
        return this.message;
    }
  }

  leftWords() {
    return this.status?.remaining_s == null ? "–" : estimateText(this.status.remaining_s);
  }
}
