import assert from "node:assert/strict";
import { test } from "node:test";

import { hourOf, minutesOf, NEVER, setHour, textOf } from "../../static/js/week_minutes.js";

const WEEKDAYS = [0, 1, 2, 3, 4];
const CASES = [
  ["no window is always", [], ""],
  ["days that are alike", [{ days: WEEKDAYS, start: 390, end: 840 }], "mon-fri 06:30-14:00"],
  [
    "a night runs into the next day, and over the end of the week",
    [{ days: [6], start: 1320, end: 360 }],
    "mon 00:00-06:00; sun 22:00-24:00",
  ],
  [
    "two spans a day",
    [{ days: [0, 2], start: 0, end: 60 }, { days: [0, 2], start: 120, end: 1440 }],
    "mon 00:00-01:00, 02:00-24:00; wed 00:00-01:00, 02:00-24:00",
  ],
];

for (const [name, windows, text] of CASES)
  test(`a week as text: ${name}`, () => assert.equal(textOf(minutesOf(windows)), text));

test("an hour is switched whole, and says where only a part is on", () => {
  const minutes = minutesOf([{ days: [0], start: 390, end: 840 }]);
  assert.deepEqual([5, 6, 7].map((hour) => hourOf(minutes, 0, hour)), ["none", "some", "all"]);
  setHour(minutes, 0, 6, true);
  assert.equal(textOf(minutes), "mon 06:00-14:00");
  for (let hour = 6; hour < 14; hour += 1) setHour(minutes, 0, hour, false);
  assert.equal(textOf(minutes), NEVER);
});
