import assert from "node:assert/strict";
import { test } from "node:test";

import { formatArea, frameOf, parseAreas } from "../../static/js/mask.js";

test("areas are read as far as they can be", () => {
  const text = "0,0 50,0 50,33.3\n\n0,0 50\n1,1 2,2\n10,10 20,10 20,20 10,20";
  const [first, second, ...rest] = parseAreas(text);
  assert.deepEqual(first, [[0, 0], [0.5, 0], [0.5, 0.33299999999999996]]);
  assert.equal(second.length, 4);
  assert.equal(rest.length, 0);
});

test("a corner outside of the picture is drawn to its edge", () => {
  assert.equal(formatArea([[-0.2, 0.12345], [1.4, 0.5], [0, 1]]), "0,12.3 100,50 0,100");
});

const FRAMES = [
  [0, false, 64, 48, ""],
  [90, false, 48, 64, "translate(48 0) rotate(90)"],
  [180, false, 64, 48, "translate(64 48) rotate(180)"],
  [270, true, 48, 64, "translate(48 0) scale(-1 1) translate(0 64) rotate(270)"],
];

for (const [turn, isMirrored, width, height, transform] of FRAMES)
  test(`a picture turned by ${turn}${isMirrored ? " and mirrored" : ""}`, () => {
    assert.deepEqual(frameOf(64, 48, turn, isMirrored), { width, height, transform });
  });
