/** The pictures of many cameras, all over the one connection that the page has anyway. */

const OLD_AFTER_MS = 5000;
const RETRY_MS = 10_000;

export class Glances {
  /** @param width in pixels, as `webapp/core/picture_quality.py` has them for overviews. */
  constructor(width, onRefusal) {
    Object.assign(this, { width, onRefusal, socket: null, cameras: [], newest: new Map() });
    this.asked = "";
    document.addEventListener("visibilitychange", () => this.ask());
  }

  /** Ask over a new connection. */
  connect(socket) {
    Object.assign(this, { socket, asked: "" });
    this.ask();
  }

  /** Have the pictures of these cameras come from now on. */
  show(cameras) {
    this.cameras = [...cameras].sort();
    for (const known of this.newest.keys()) if (!this.cameras.includes(known)) this.forget(known);
    this.ask();
  }

  ask() {
    const cameras = document.hidden ? [] : this.cameras;
    const asked = cameras.join();
    if (!this.socket || asked === this.asked) return;
    this.asked = asked;
    this.socket.emit("pictures", { cameras, width: this.width }, (refusal) => this.answered(refusal));
  }

  /** Ask again where all places of viewers are taken: somebody leaves. */
  answered(refusal) {
    this.onRefusal(refusal);
    if (!refusal) return;
    this.asked = "";
    setTimeout(() => this.ask(), RETRY_MS);
  }

  /** Take a `picture` event; it can be painted once this is done. */
  async take({ camera, jpeg }, nowMs) {
    const bytes = Uint8Array.from(atob(jpeg), (byte) => byte.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    this.forget(camera);
    this.newest.set(camera, { bitmap, atMs: nowMs });
  }

  /** Whether there is a picture that is not too old to be shown. */
  has(camera, nowMs) {
    const newest = this.newest.get(camera);
    return Boolean(newest) && nowMs - newest.atMs < OLD_AFTER_MS;
  }

  paint(canvas, camera) {
    const { bitmap } = this.newest.get(camera);
    if (canvas.shownBitmap === bitmap) return;
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height, shownBitmap: bitmap });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
  }

  /** Forget what was seen of a camera, down to its pixels. */
  forget(camera) {
    this.newest.get(camera)?.bitmap.close();
    this.newest.delete(camera);
  }
}

/** Empty a canvas. */
export function wipe(canvas) {
  if (!canvas.shownBitmap) return;
  canvas.shownBitmap = null;
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}
