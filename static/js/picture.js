/** The live MJPEG picture, opened again by itself when it fails or stands still. */

import { Backoff, StillWatch } from "./reopening.js";
import { FULL, StreamPlaces } from "./stream_places.js";

const LOAD_LIMIT_MS = 10_000;
// What the server makes, see `webapp/core/picture_quality.py`; wider ones are as the camera gives them.
const WIDTHS = [320, 640, 960];
const NARROW = 640;
const SAMPLE_WIDTH = 32;
const SAMPLE_HEIGHT = 18;

/**
 * The width to ask for, so that labels are readable at the size at which the picture is shown;
 * undefined for the camera's own. On a phone's small dots a finer one would have smaller labels.
 */
export function fittingWidth(shownWidth, dotsPerPixel) {
  const dots = shownWidth < NARROW ? shownWidth : shownWidth * dotsPerPixel;
  return WIDTHS.find((width) => width >= dots);
}

export class LivePicture {
  constructor(stage, url, places = new StreamPlaces()) {
    this.stage = stage;
    this.image = stage.querySelector("[data-picture]");
    this.veil = stage.querySelector("[data-veil]");
    this.url = url;
    this.canvas = new OffscreenCanvas(SAMPLE_WIDTH, SAMPLE_HEIGHT);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.backoff = new Backoff();
    this.stillWatch = new StillWatch();
    this.places = places;
    this.timer = null;
    this.veils = new Map();
  }

  start() {
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.failed());
    document.addEventListener("visibilitychange", () => this.followVisibility());
    addEventListener("resize", () => this.followSize());
    this.places.onFree = () => this.open();
    if (!document.hidden) this.open();
  }

  open() {
    clearTimeout(this.timer);
    if (this.places.isHeld) this.load();
    else this.takePlace();
  }

  async takePlace() {
    const isFree = await this.places.take();
    if (document.hidden) return this.places.leave();
    this.cover("places", isFree ? "" : FULL);
    if (isFree) this.load();
  }

  load() {
    this.stillWatch.restart();
    const url = new URL(this.url, location.href);
    url.searchParams.set("t", Date.now());
    this.width = this.fittingWidth();
    if (this.width) url.searchParams.set("w", this.width);
    this.image.src = url;
    this.expectLoad();
  }

  /** Close the connection: browsers allow about six to one server. */
  close() {
    clearTimeout(this.timer);
    this.image.removeAttribute("src");
    this.places.leave();
  }

  /** Cover the picture for one of several reasons; an empty text takes that reason away. */
  cover(reason, text) {
    this.veils.set(reason, text);
    const [shown] = [...this.veils.values()].filter(Boolean);
    this.veil.textContent = shown ?? "";
    this.veil.hidden = !shown;
    this.stage.toggleAttribute("data-veiled", Boolean(shown));
  }

  /** Open again when a picture that should move has stood still; call it every second or so. */
  check(nowMs) {
    if (document.hidden || !this.image.naturalWidth) return;
    if (this.stillWatch.isStill(this.readSample(), nowMs)) this.open();
  }

  /** When the picture last was another one; 0 before the first. */
  get changedMs() {
    return this.stillWatch.changedMs;
  }

  readSample() {
    this.context.drawImage(this.image, 0, 0, SAMPLE_WIDTH, SAMPLE_HEIGHT);
    return this.context.getImageData(0, 0, SAMPLE_WIDTH, SAMPLE_HEIGHT).data.join();
  }

  expectLoad() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.failed(), LOAD_LIMIT_MS);
  }

  loaded() {
    clearTimeout(this.timer);
    this.backoff.reset();
    this.stage.style.aspectRatio = `${this.image.naturalWidth} / ${this.image.naturalHeight}`;
    this.cover("failed", "");
  }

  failed() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    this.cover("failed", "The picture does not load. Trying again.");
    this.timer = setTimeout(() => this.open(), this.backoff.nextMs());
  }

  fittingWidth() {
    return fittingWidth(this.stage.clientWidth, devicePixelRatio);
  }

  /** A phone was turned, a window drawn larger. */
  followSize() {
    if (this.places.isHeld && this.fittingWidth() !== this.width) this.open();
  }

  followVisibility() {
    if (document.hidden) this.close();
    else this.open();
  }
}
