import assert from "node:assert/strict";
import { test } from "node:test";

import { LivePicture, fittingWidth } from "../../static/js/picture.js";
import { FakeTimers, withGlobals } from "./fakes.js";

const FAILED = "The picture does not load. Trying again.";

class FakeImage extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { complete: false, naturalWidth: 0, naturalHeight: 0, opened: [] });
  }

  set src(url) {
    this.opened.push(url.pathname);
  }

  removeAttribute(name) {
    this.opened.push(`no ${name}`);
  }

  succeed() {
    Object.assign(this, { naturalWidth: 480, naturalHeight: 270 });
    this.dispatchEvent(new Event("load"));
  }

  fail() {
    this.dispatchEvent(new Event("error"));
  }
}

/** A page with a picture; `screen.pixels` is what it shows. */
function start(t) {
  const [image, veil, timers, screen] = [new FakeImage(), {}, new FakeTimers(), { pixels: [0] }];
  const document = Object.assign(new EventTarget(), { hidden: false });
  const context = { drawImage() {}, getImageData: () => ({ data: screen.pixels }) };
  const { setTimeout, clearTimeout } = timers;
  const OffscreenCanvas = class {
    getContext = () => context;
  };
  withGlobals(t, { document, location: { href: "http://server/" }, OffscreenCanvas, setTimeout, clearTimeout, addEventListener() {}, devicePixelRatio: 1 });
  const stage = {
    querySelector: (name) => (name === "[data-veil]" ? veil : image),
    toggleAttribute() {},
    clientWidth: 1200,
    style: {},
  };
  const picture = new LivePicture(stage, "/stream/demo.mjpg", { isHeld: true, leave() {} });
  picture.start();
  assert.deepEqual(image.opened.splice(0), ["/stream/demo.mjpg"]);
  return { picture, image, veil, timers, screen, stage, document };
}

test("a picture that fails is opened again, after ever longer waits", (t) => {
  const { image, veil, timers } = start(t);
  const waits = [1, 2, 3].map(() => {
    image.fail();
    assert.equal(veil.textContent, FAILED);
    const [waitMs] = timers.delaysMs;
    timers.run();
    return waitMs;
  });
  assert.deepEqual(waits, [1000, 2000, 4000]);
  assert.deepEqual(image.opened, Array(3).fill("/stream/demo.mjpg"));
});

test("a picture that comes is shown, and the next wait is short", (t) => {
  const { image, veil, timers, stage } = start(t);
  image.fail();
  timers.run();
  image.succeed();
  assert.deepEqual([veil.hidden, stage.style.aspectRatio], [true, "480 / 270"]);
  assert.deepEqual(timers.delaysMs, []);
  image.fail();
  assert.deepEqual(timers.delaysMs, [1000]);
});

test("a picture that does not come in ten seconds has failed", (t) => {
  const { veil, timers } = start(t);
  assert.deepEqual(timers.delaysMs, [10_000]);
  timers.run();
  assert.deepEqual([veil.textContent, timers.delaysMs], [FAILED, [1000]]);
});

test("a picture that stands still is opened again", (t) => {
  const { picture, image, screen } = start(t);
  picture.check(0);
  image.succeed();
  for (const atMs of [20_000, 30_000]) picture.check(atMs);
  assert.deepEqual(image.opened, []);
  screen.pixels = [1];
  for (const atMs of [31_000, 41_000]) picture.check(atMs);
  assert.deepEqual(image.opened, []);
  picture.check(41_001);
  assert.deepEqual(image.opened, ["/stream/demo.mjpg"]);
});

test("a hidden page has no connection, and opens one when it is seen again", (t) => {
  const { picture, image, veil, timers, document } = start(t);
  image.succeed();
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  image.fail();
  for (const atMs of [0, 99_000]) picture.check(atMs);
  assert.deepEqual([image.opened, timers.delaysMs, veil.hidden], [["no src"], [], true]);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(image.opened, ["no src", "/stream/demo.mjpg"]);
});

test("a cover goes when its own reason does", (t) => {
  const { picture, veil } = start(t);
  picture.cover("failed", "It fails.");
  picture.cover("no contact", "No contact.");
  picture.cover("failed", "");
  assert.deepEqual([veil.textContent, veil.hidden], ["No contact.", false]);
  picture.cover("no contact", "");
  assert.deepEqual([veil.textContent, veil.hidden], ["", true]);
});

test("a picture is asked for in a width that fits the page", () => {
  const asked = [[300, 3], [340, 3], [700, 1], [640, 2], [1200, 1]];
  assert.deepEqual(asked.map((size) => fittingWidth(...size)), [320, 640, 960, undefined, undefined]);
});
