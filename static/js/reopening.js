/** When a picture is opened again: after a failure, and when it has stood still. */

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
const STILL_LIMIT_MS = 10_000;
const LAST_STILL_LIMIT_MS = 160_000;

/** How long to wait after each failure in a row: twice as long every time, up to half a minute. */
export class Backoff {
  constructor() {
    this.reset();
  }

  reset() {
    this.waitMs = FIRST_RETRY_MS;
  }

  nextMs() {
    const waitMs = this.waitMs;
    this.waitMs = Math.min(2 * waitMs, LAST_RETRY_MS);
    return waitMs;
  }
}

/** Whether a picture that should move stands still. */
export class StillWatch {
  constructor() {
    Object.assign(this, { sample: null, reopenedSample: null, limitMs: STILL_LIMIT_MS });
    this.changedMs = 0;
  }

  /** Forget what was seen: a new connection begins. */
  restart() {
    this.sample = null;
  }

  /**
   * True when the picture is to be opened again. A still scene looks the same after every
   * opening, so the wait doubles until the picture changes.
   * @param sample the pixels as text.
   */
  isStill(sample, nowMs) {
    if (sample !== this.sample) {
      Object.assign(this, { sample, changedMs: nowMs });
      if (sample !== this.reopenedSample) this.limitMs = STILL_LIMIT_MS;
      return false;
    }
    if (nowMs - this.changedMs <= this.limitMs) return false;
    this.reopenedSample = sample;
    this.limitMs = Math.min(2 * this.limitMs, LAST_STILL_LIMIT_MS);
    return true;
  }
}
