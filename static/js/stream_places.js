/**
 * The places for live pictures in one browser, shared by all its windows.
 *
 * A browser keeps about six connections to one server, and a live picture holds one for good:
 * with one more, no page would load any longer, and none would say why.
 */

const MOST = 4;
const ANSWERED_WITHIN_MS = 150;
// Windows that wait do not all ask at the same moment.
const LONGEST_WAIT_MS = 1000;

export const FULL = `${MOST} windows of this browser show pictures already. Close one to see this one.`;

export class StreamPlaces {
  /** `onFree` is called when a window has given its place back, and this one had found none. */
  onFree = () => {};

  constructor() {
    this.isHeld = this.isWaiting = false;
    this.channel = new BroadcastChannel("evenkeel-streams");
    this.channel.onmessage = ({ data }) => this.hear(data);
    addEventListener("pagehide", () => this.leave());
  }

  /** Take a place; false when the other windows hold them all. */
  async take() {
    if (this.isHeld) return true;
    this.others = 0;
    this.channel.postMessage("who holds a place?");
    await new Promise((resolve) => setTimeout(resolve, ANSWERED_WITHIN_MS));
    this.isHeld = this.others < MOST;
    this.isWaiting = !this.isHeld;
    return this.isHeld;
  }

  leave() {
    if (this.isHeld) this.channel.postMessage("a place is free");
    this.isHeld = this.isWaiting = false;
  }

  hear(said) {
    if (said === "who holds a place?" && this.isHeld) this.channel.postMessage("I do");
    if (said === "I do") this.others += 1;
    if (said === "a place is free" && this.isWaiting) setTimeout(() => this.onFree(), Math.random() * LONGEST_WAIT_MS);
  }
}
