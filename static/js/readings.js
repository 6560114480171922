/** The newest state and reading of one camera, as the server sent them. */

const HAS_NO_READING = new Set(["offline", "paused", "connecting"]);

export class Readings {
  constructor(camera, state, sinceMs, reason) {
    Object.assign(this, { camera, state, sinceMs, reason, counts: null, arrivedMs: null });
  }

  /** Keep a `counts` payload; one that is no newer than the last does not refresh the age. */
  takeCounts(payload, nowMs) {
    if (this.counts && Date.parse(payload.at) <= Date.parse(this.counts.at)) return;
    this.counts = payload;
    this.arrivedMs = nowMs;
  }

  /** Keep a `camera` payload; a camera that went away takes its last reading with it. */
  takeState(payload) {
    if (payload.state !== this.state) this.reason = "";
    this.state = payload.state;
    this.sinceMs = Date.parse(payload.since);
    if (HAS_NO_READING.has(this.state)) this.counts = null;
  }

  /** Seconds since a new reading came; null before the first. */
  ageS(nowMs) {
    return this.arrivedMs === null ? null : Math.max(0, (nowMs - this.arrivedMs) / 1000);
  }
}
