import assert from "node:assert/strict";
import { test } from "node:test";

import { bandOf, bandWords, risenWords } from "../../static/js/bands.js";

const CURRENT = { isCurrent: true };
const HIDDEN = { isCurrent: false };

const BANDS = [
  ["a calm view", CURRENT, { band: "calm" }, "calm", "Calm"],
  ["a raised value", CURRENT, { band: "raised" }, "raised", "Raised"],
  ["a value from where alerts begin", CURRENT, { band: "alert" }, "alert", "Alert level"],
  ["no rule", CURRENT, { band: "" }, "", "No rule watches this camera"],
  ["an older server", CURRENT, {}, "", "No rule watches this camera"],
  ["a figure that is hidden", HIDDEN, { band: "alert" }, "", ""],
  ["no reading yet", HIDDEN, null, "", ""],
];

for (const [what, condition, counts, band, words] of BANDS)
  test(`the band of ${what}`, () => {
    assert.deepEqual([bandOf(condition, counts), bandWords(condition, counts)], [band, words]);
  });

const RISEN = [
  ["nobody", CURRENT, { faces: 4, rising: 0 }, "0 of 4 people risen"],
  ["one of four", CURRENT, { faces: 4, rising: 1 }, "1 of 4 people risen"],
  ["the only one", CURRENT, { faces: 1, rising: 1 }, "1 of 1 person risen"],
  ["somebody who looks down", CURRENT, { faces: 1, rising: 2 }, "2 of 2 people risen"],
  ["an older server", CURRENT, { faces: 4 }, ""],
  ["a figure that is hidden", HIDDEN, { faces: 0, rising: 0 }, ""],
  ["no reading yet", HIDDEN, null, ""],
];

for (const [what, condition, counts, words] of RISEN)
  test(`risen: ${what}`, () => assert.equal(risenWords(condition, counts), words));
