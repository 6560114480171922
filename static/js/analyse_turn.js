/** When the next file may be sent, after the server refused one because it has too many. */

const TOO_MANY = 429;
const LEAST_WAIT_MS = 1000;
// The server reports the end of an own file, but a message may be lost.
const PATIENCE_MS = 30_000;

export class Turn {
  constructor() {
    Object.assign(this, { busy: [], againAtMs: 0 });
  }

  /**
   * Take note of a refusal; false where it is one that waiting does not help.
   * @param files all of the user's: the end of one that goes on makes room.
   */
  wait({ code, retryAfterS }, files, nowMs) {
    if (code !== TOO_MANY) return false;
    this.busy = files.filter(({ isGoingOn }) => isGoingOn);
    const waitMs = this.busy.length ? PATIENCE_MS : Math.max(LEAST_WAIT_MS, 1000 * retryAfterS);
    this.againAtMs = nowMs + waitMs;
    return true;
  }

  /** @param files as above, now: what was cancelled is not among them. */
  hasCome(files, nowMs) {
    const goesOn = (file) => file.isGoingOn && files.includes(file);
    return nowMs >= this.againAtMs || !this.busy.every(goesOn);
  }
}
