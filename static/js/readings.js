/** The newest state and reading of one camera, as the server sent them. */

const HAS_NO_READING = new Set(["offline", "paused", "connecting"]);

export class Readings {
  constructor(camera, state, sinceMs, reason) {
    Object.assign(this, { camera, state, sinceMs, reason, counts: null, arrivedMs: null });
    Object.assign(this, { at: null, knowsPast: false });
  }

  /**
   * Take the newest reading from before the page was opened.
   * @param point as `toPoint` gives it; undefined without any.
   * @param aheadMs by how much the server's clock is ahead.
   */
  takePast(point, aheadMs) {
    this.knowsPast = true;
    if (!point || this.arrivedMs !== null) return;
    this.at = new Date(1000 * point.atS).toISOString();
    this.arrivedMs = 1000 * point.atS - aheadMs;
  }

  /** Which reading is waited for. */
  get next() {
    return this.arrivedMs === null ? "first" : "next";
  }

  /** Keep a `counts` payload; one that is no newer than the last does not refresh the age. */
  takeCounts(payload, nowMs) {
    if (this.counts && Date.parse(payload.at) <= Date.parse(this.counts.at)) return;
    this.counts = payload;
    this.at = payload.at;
    this.arrivedMs = nowMs;
  }

  /** Keep a `camera` payload; a camera that went away takes its last reading with it. */
  takeState(payload) {
    if (payload.state !== this.state) this.reason = "";
    this.state = payload.state;
    this.sinceMs = Date.parse(payload.since);
    if (HAS_NO_READING.has(this.state)) this.counts = null;
  }

  /** Take why it is in its state, of a camera of `/api/cameras`, unless it has left that state since. */
  takeReason({ state, reason }) {
    if (state === this.state) this.reason = reason;
  }

  /** Seconds since a new reading came; null while none is known. */
  ageS(nowMs) {
    return this.arrivedMs === null ? null : Math.max(0, (nowMs - this.arrivedMs) / 1000);
  }
}
