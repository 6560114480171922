import assert from "node:assert/strict";
import { test } from "node:test";

import { bandsOf, flagsOf, flagWords } from "../../static/js/alert_marks.js";
import { AxisTimes } from "../../static/js/axis_times.js";

const FLAGS = [
  ["no alert", [], []],
  ["one alert", [10], [[10]]],
  ["two as near as flags may stand", [10, 36], [[10], [36]]],
  ["two too near", [10, 35.9], [[10, 35.9]]],
  ["two at the same time", [10, 10], [[10, 10]]],
  // Nearness counts from where the flag stands, so that a row of alerts has several.
  ["a row of alerts", [0, 20, 40, 60], [[0, 20], [40, 60]]],
];

for (const [what, lefts, flags] of FLAGS)
  test(`flags of ${what}`, () => {
    const alerts = lefts.map((leftPx) => ({ leftPx }));
    const made = flagsOf(alerts, ({ leftPx }) => leftPx);
    assert.deepEqual(made.map((flag) => flag.alerts.map(({ leftPx }) => leftPx)), flags);
    assert.deepEqual(made.map(({ leftPx }) => leftPx), flags.map(([first]) => first));
  });

const ANGER = {
  kind: "expression",
  rule: "Anger lasts",
  expressions: ["angry", "fear"],
  peak: 66.6,
  since: "2026-11-20T14:59:30Z",
  resolved_at: "2026-11-20T15:01:00Z",
};

const SINCE_MS = Date.parse(ANGER.since);
const BANDS = [
  ["an alert that is over", {}, { leftPx: 100, widthPx: 90 }],
  ["an alert that is still open", { resolved_at: null }, { leftPx: 100, widthPx: 600 }],
  ["a short alert", { resolved_at: ANGER.since }, { leftPx: 100, widthPx: 2 }],
  ["an empty view", { kind: "empty_view" }, { leftPx: 100, widthPx: 90 }],
];

test("there is no band without an alert, nor where there is no data", () => {
  const bands = bandsOf([{ ...ANGER, kind: "no_data" }], ANGER.resolved_at, () => 0);
  assert.deepEqual([bandsOf([], ANGER.resolved_at, () => 0), bands], [[], []]);
});

for (const [what, change, band] of BANDS)
  test(`the band of ${what}`, () => {
    const leftPxOf = (atMs) => 100 + (atMs - SINCE_MS) / 1000;
    assert.deepEqual(bandsOf([{ ...ANGER, ...change }], "2026-11-20T15:09:30Z", leftPxOf), [band]);
  });

const words = (...alerts) => flagWords(alerts, new AxisTimes("Asia/Tokyo"));

const SENTENCES = [
  [{}, "Anger lasts (angry, fear, highest 67), 20 Nov, 23:59:30 – 00:01:00"],
  [{ resolved_at: null }, "Anger lasts (angry, fear, highest 67), 20 Nov, 23:59:30 – still open"],
  [{ kind: "no_data" }, "Anger lasts (no data), 20 Nov, 23:59:30 – 00:01:00"],
  [{ kind: "empty_view" }, "Anger lasts (empty view), 20 Nov, 23:59:30 – 00:01:00"],
];

for (const [change, sentence] of SENTENCES)
  test(`an alert with ${JSON.stringify(change)}`, () => {
    assert.equal(words({ ...ANGER, ...change }), sentence);
  });

test("a flag names five alerts and counts the rest", () => {
  const lines = (count) => words(...Array(count).fill(ANGER)).split("\n");
  assert.deepEqual(lines(5), Array(5).fill(SENTENCES[0][1]));
  assert.deepEqual(lines(7), [...Array(5).fill(SENTENCES[0][1]), "and 2 more"]);
});
