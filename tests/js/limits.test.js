import assert from "node:assert/strict";
import { test } from "node:test";

import { gaugePlaces, linePlaces } from "../../static/js/limits.js";

const limits = (begins, ends) => [{ at: begins }, { at: ends }];

// A mark runs down to its words; the other's words must not stand in its way.
const GAUGE = [
  ["low limits", limits(15, 10), [["right", 0], ["right", 1]]],
  ["equal limits", limits(50, 50), [["right", 0], ["right", 1]]],
  ["high limits", limits(80, 60), [["left", 1], ["left", 0]]],
  ["one of each", limits(60, 40), [["left", 1], ["right", 0]]],
];

for (const [what, given, expected] of GAUGE)
  test(`the words under the gauge: ${what}`, () => {
    assert.deepEqual(gaugePlaces(given).map(({ side, row }) => [side, row]), expected);
  });

const ABOVE = { isAbove: true };
const BELOW = { isAbove: false };

const LINES = [
  ["room for both", limits(15, 10), { at: 15, ...ABOVE, edge: "left" }, { at: 10, ...BELOW, edge: "left" }],
  ["no room below", limits(40, 5), { at: 40, ...ABOVE, edge: "left" }, { at: 5, ...ABOVE, edge: "right" }],
  ["no room below nor between", limits(8, 5), { at: 8, ...ABOVE, edge: "left" }, { at: 8, ...ABOVE, edge: "right" }],
  ["no room above", limits(95, 60), { at: 95, ...BELOW, edge: "right" }, { at: 60, ...BELOW, edge: "left" }],
  ["no room above nor between", limits(95, 90), { at: 90, ...BELOW, edge: "right" }, { at: 90, ...BELOW, edge: "left" }],
];

for (const [what, given, begins, ends] of LINES)
  test(`the words at the lines: ${what}`, () => {
    assert.deepEqual(linePlaces(given, 1.3, 12), [begins, ends]);
  });
