import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import uPlot from "uplot";

import { AxisTimes } from "../../static/js/axis_times.js";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const atS = (iso) => Date.parse(iso) / 1000;
const tokyo = new AxisTimes("Asia/Tokyo");
const newYork = new AxisTimes("America/New_York");

before(() => {
  globalThis.window = { uPlot };
});
after(() => {
  delete globalThis.window;
});

const TICKS = [
  ["no ticks", tokyo, HOUR_S, [], []],
  ["seconds", tokyo, 10, ["2026-11-20T15:00:00Z"], ["00:00:00"]],
  ["minutes", tokyo, 60, ["2026-11-20T13:00:00Z", "2026-11-20T13:01:00Z"], ["22:00", "22:01"]],
  ["a midnight there", tokyo, HOUR_S, ["2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z"], ["23:00", "21 Nov"]],
  [
    "the hour that is missing",
    newYork,
    HOUR_S,
    ["2026-03-08T05:00:00Z", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"],
    ["8 Mar", "01:00", "03:00"],
  ],
  [
    "the hour that comes twice",
    newYork,
    HOUR_S,
    ["2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"],
    ["1 Nov", "01:00", "01:00"],
  ],
  // As uPlot places them in a browser of another zone: an hour before midnight.
  ["days after clocks changed", newYork, DAY_S, ["2026-11-01T04:00:00Z", "2026-11-02T04:00:00Z"], ["1 Nov", "2 Nov"]],
];

for (const [what, times, stepS, isos, words] of TICKS)
  test(`ticks: ${what}`, () => assert.deepEqual(times.ticks(isos.map(atS), stepS), words));

const SPANS = [
  ["seconds", tokyo, "2026-11-20T13:00:00Z", "2026-11-20T13:00:59Z", "22:00:00"],
  ["a minute", tokyo, "2026-11-20T13:00:00Z", "2026-11-20T13:01:00Z", "20 Nov, 22:00"],
  ["22 hours", newYork, "2026-03-08T05:00:00Z", "2026-03-09T03:00:00Z", "8 Mar, 00:00"],
  ["a day of 23 hours", newYork, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "8 Mar 2026"],
  ["a day of 25 hours", newYork, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "1 Nov 2026"],
];

for (const [what, times, start, end, words] of SPANS)
  test(`a span of ${what}`, () => {
    assert.equal(times.span(Date.parse(start), Date.parse(end)), words);
  });

test("a moment has its day and its second", () => {
  assert.equal(tokyo.moment(Date.parse("2026-12-31T15:00:05Z")), "1 Jan, 00:00:05");
});

const WALL_CLOCKS = [
  ["winter", "2026-03-08T06:59:00Z", [8, 1, 59]],
  ["summer", "2026-03-08T07:00:00Z", [8, 3, 0]],
  ["winter again", "2026-11-01T06:00:00Z", [1, 1, 0]],
];

for (const [season, iso, fields] of WALL_CLOCKS)
  test(`uPlot's date has the wall clock of the server in ${season}`, () => {
    const date = newYork.date(atS(iso));
    assert.deepEqual([date.getDate(), date.getHours(), date.getMinutes()], fields);
  });

test("uPlot's date is in UTC where the zone is not known", () => {
  const date = new AxisTimes("Mars/Olympus").date(atS("2026-11-20T13:30:00Z"));
  assert.deepEqual([date.getHours(), date.getMinutes()], [13, 30]);
});
