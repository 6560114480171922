import assert from "node:assert/strict";
import { test } from "node:test";

import { durationText, estimateText } from "../../static/js/durations.js";

const HOUR_S = 3600;

const DURATIONS = [
  [-1, "0 s"],
  [0, "0 s"],
  [0.9, "0 s"],
  [59.9, "59 s"],
  [60, "1 min"],
  [119, "1 min"],
  [HOUR_S - 1, "59 min"],
  [HOUR_S, "1 h"],
  [HOUR_S + 59, "1 h"],
  [HOUR_S + 60, "1 h 1 min"],
  [25 * HOUR_S + 600, "25 h 10 min"],
  [48 * HOUR_S - 1, "47 h 59 min"],
  [48 * HOUR_S, "2 days"],
  [72 * HOUR_S - 1, "2 days"],
];

for (const [seconds, text] of DURATIONS)
  test(`a duration of ${seconds} s`, () => assert.equal(durationText(seconds), text));

const ESTIMATES = [
  [0, "a few seconds"],
  [4.9, "a few seconds"],
  [5, "5 s"],
  [5.1, "10 s"],
  [89, "90 s"],
  [90, "2 min"],
  [149, "2 min"],
  [151, "3 min"],
  [2 * HOUR_S, "2 h"],
];

for (const [seconds, text] of ESTIMATES)
  test(`an estimate of ${seconds} s`, () => assert.equal(estimateText(seconds), text));
