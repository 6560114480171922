import assert from "node:assert/strict";
import { test } from "node:test";

import { AxisTimes } from "../../static/js/axis_times.js";
import { column, pausedText, pointText, scaleChanges, stacked } from "../../static/js/history_curves.js";
import { HistoryPlot } from "../../static/js/history_plot.js";

const FROM_S = Date.parse("2026-11-20T13:00:00Z") / 1000;
const iso = (second) => new Date(1000 * (FROM_S + second)).toISOString();

/** Points of ten seconds each; null is one without data. */
const pointsOf = (counts) =>
  counts.map((count, n) => {
    const span = { at: iso(10 * n), until: iso(10 * n + 10) };
    return { ...span, counts: count, no_data: count === null ? 1 : 0 };
  });

function plotOf(points, actions = {}) {
  return new HistoryPlot({}, { from: iso(0), to: iso(600), points }, {}, actions);
}

test("every point begins a step and the last one has an end", () => {
  const times = (count) => plotOf(pointsOf(Array(count).fill({}))).timesS().map((atS) => atS - FROM_S);
  assert.deepEqual(times(0), []);
  assert.deepEqual(times(1), [0, 10]);
  assert.deepEqual(times(3), [0, 10, 20, 30]);
});

test("it is known until the last point ends", () => {
  assert.equal(plotOf([]).knownUntil, iso(0));
  assert.equal(plotOf(pointsOf([{}, {}])).knownUntil, iso(20));
});

test("gaps are the points that were mostly without data", () => {
  const points = [0, 0.5, 0.51, 1].map((share, n) => ({ ...pointsOf([{}])[0], no_data: share, n }));
  assert.deepEqual(plotOf(points).gaps.map(({ n }) => n), [2, 3]);
});

test("what lies outside of the range is drawn at its edge", () => {
  const plot = plotOf([]);
  const uPlot = { valToPos: (atS) => atS - FROM_S };
  const lefts = [-5, 0, 300, 605].map((second) => plot.leftPx(uPlot, FROM_S + second));
  assert.deepEqual(lefts, [0, 0, 300, 600]);
});

const DRAGS = [
  ["a click", { left: 100, width: 0.5 }, []],
  ["a short stretch", { left: 100.4, width: 2 }, [[100, 160]]],
  ["a stretch", { left: 100.4, width: 200.2 }, [[100, 301]]],
];

for (const [what, select, ranges] of DRAGS)
  test(`${what} opens ${JSON.stringify(ranges)}`, () => {
    const opened = [];
    const plot = plotOf([], { onRange: (...range) => opened.push(range) });
    plot.choose({ select, posToVal: (px) => px });
    assert.deepEqual(opened, ranges);
  });

test("the last value of a column stands until the end of its step", () => {
  const values = (all) => column(all.map((value) => ({ value })), ({ value }) => value);
  assert.deepEqual(values([]), []);
  assert.deepEqual(values([5]), [5, 5]);
  assert.deepEqual(values([5, null]), [5, null, null]);
});

const PARTS = [
  ["all", 0, 4, [1, 2, 3, 4, 4]],
  ["the first", 0, 2, [1, 2, 2, null, null]],
  ["one in between", 1, 2, [null, 2, 2, null, null]],
  ["the last", 2, 4, [null, null, 3, 4, 4]],
];

for (const [what, from, end, values] of PARTS)
  test(`a part of a column ends where the next one begins: ${what}`, () => {
    const points = [1, 2, 3, 4].map((value) => ({ value }));
    assert.deepEqual(column(points, ({ value }) => value, from, end), values);
  });

const SCALES = [
  ["no point", [], []],
  ["points of a video, without any", [undefined, undefined], []],
  ["one scale", [2, null, 2], []],
  ["two scales", [1, 1, 2, 2], [2]],
  ["nobody in view meanwhile", [null, 1, null, 2, null], [3]],
  ["there and back", [2, 1, 2], [1, 2]],
];

for (const [what, scales, changes] of SCALES)
  test(`where the scale changes: ${what}`, () => {
    assert.deepEqual(scaleChanges(scales.map((scale) => ({ scale }))), changes);
  });

const STACKS = [
  ["nothing", [], [[], []], 0],
  ["one point", [{ angry: 1, happy: 2 }], [[1, 1], [3, 3]], 3],
  ["nobody", [{ angry: 0, happy: 0 }], [[0, 0], [0, 0]], 0],
  ["a gap", [{ angry: 1, happy: 2 }, null, { angry: 0.5, happy: 0 }], [[1, null, 0.5, 0.5], [3, null, 0.5, 0.5]], 3],
  ["no data at all", [null], [[null, null], [null, null]], 0],
];

for (const [what, counts, columns, highest] of STACKS)
  test(`every class stands on those before it: ${what}`, () => {
    assert.deepEqual(stacked(pointsOf(counts), ["angry", "happy"]), { columns, highest });
  });

const PAUSES = [{ at: "2026-03-02T12:00:00Z", until: "2026-03-02T13:00:00Z", by: "mira", reason: "cleaning" }];
const GAPS = [
  ["2026-03-02T12:30:00Z", "2026-03-02T14:00:00Z", ", paused by mira (cleaning)"],
  ["2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z", ""],
];

for (const [at, until, words] of GAPS)
  test(`a gap says who had paused the camera: "${words}"`, () => {
    assert.equal(pausedText(at, until, PAUSES), words);
  });

const POINT = { ...pointsOf([{ angry: 1 }])[0], indicator: 19.6, indicator_max: 30.4 };
const POINTS = [
  [{}, "22:00:00: 20, highest 30"],
  [{ indicator: 0, indicator_max: 0 }, "22:00:00: 0, highest 0"],
  [{ indicator: null, indicator_max: null }, "22:00:00: nobody in view"],
  [{ counts: null, indicator: null }, "22:00:00: no data"],
];

for (const [change, words] of POINTS)
  test(`a point with ${JSON.stringify(change)} in words`, () => {
    assert.equal(pointText({ ...POINT, ...change }, new AxisTimes("Asia/Tokyo")), words);
  });
