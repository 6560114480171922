import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff, StillWatch } from "../../static/js/reopening.js";

test("the wait doubles with every failure, up to half a minute", () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 7 }, () => backoff.nextMs());
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("after a success the wait is short again", () => {
  const backoff = new Backoff();
  backoff.nextMs();
  backoff.nextMs();
  backoff.reset();
  assert.equal(backoff.nextMs(), 1000);
});

/** Seconds at which a watch asks for a new connection; `sampleAt` gives the picture of a second. */
function reopenings(sampleAt, untilS) {
  const watch = new StillWatch();
  const atS = [];
  for (let second = 0; second <= untilS; second += 1)
    if (watch.isStill(sampleAt(second), 1000 * second)) {
      atS.push(second);
      watch.restart();
    }
  return atS;
}

test("a picture that moves is left alone", () => {
  assert.deepEqual(reopenings((second) => String(second), 60), []);
});

test("a picture that moves every ten seconds is left alone", () => {
  assert.deepEqual(reopenings((second) => String(Math.floor(second / 10)), 60), []);
});

// Each wait begins at the first picture of the new connection: 10, 20, 40, 80, 160, 160 s.
test("a still scene is opened again ever more seldom", () => {
  assert.deepEqual(reopenings(() => "wall", 500), [11, 33, 75, 157, 319, 481]);
});

test("what moved in between is given ten seconds again", () => {
  const sampleAt = (second) => (second < 34 ? "wall" : second < 40 ? "cat" : "wall again");
  assert.deepEqual(reopenings(sampleAt, 55), [11, 33, 51]);
});
