import assert from "node:assert/strict";
import { test } from "node:test";

import { Series, toPoint } from "../../static/js/series.js";

const iso = (atS) => new Date(1000 * atS).toISOString();

/** @param rows of second, faces and indicator, appended as they come. */
function seriesOf(rows) {
  const series = new Series();
  for (const [atS, faces, indicator] of rows) series.append(toPoint({ at: iso(atS), faces, indicator }));
  return series;
}

const SERIES = [
  ["nothing", [], [[], []], "No reading in the last five minutes."],
  ["nobody", [[1, 0, 0]], [[1], [null]], "No reading in the last five minutes."],
  ["too few people", [[1, null, undefined]], [[1], [null]], "No reading in the last five minutes."],
  ["one point", [[1, 2, 12.6]], [[1], [12.6]], "Lowest 13, mean 13, highest 13"],
  ["an indicator of 0", [[1, 2, 0]], [[1], [0]], "Lowest 0, mean 0, highest 0"],
  ["two points", [[1, 2, 10], [2, 2, 30]], [[1, 2], [10, 30]], "Lowest 10, mean 20, highest 30"],
  ["somebody, nobody, somebody", [[1, 1, 10], [2, 0, 0], [3, 1, 20]], [[1, 2, 3], [10, null, 20]], "Lowest 10, mean 15, highest 20"],
  ["an older point", [[2, 2, 10], [1, 2, 30]], [[2], [10]], "Lowest 10, mean 10, highest 10"],
  ["the same point twice", [[2, 2, 10], [2, 2, 30]], [[2], [10]], "Lowest 10, mean 10, highest 10"],
  ["five seconds without a point", [[1, 2, 10], [6, 2, 10]], [[1, 6], [10, 10]], "Lowest 10, mean 10, highest 10"],
  ["a gap", [[1, 2, 10], [6.5, 2, 10]], [[1, 2, 6.5], [10, null, 10]], "Lowest 10, mean 10, highest 10"],
];

for (const [what, rows, columns, summary] of SERIES)
  test(`a series of ${what}`, () => {
    const series = seriesOf(rows);
    assert.deepEqual([series.columns(), series.summary()], [columns, summary]);
  });

const seconds = (series) => series.points.map(({ atS }) => atS);

const PREPENDED = [
  ["nothing before nothing", [], [], []],
  ["history before nothing", [1, 2], [], [1, 2]],
  ["nothing before what came live", [], [3], [3]],
  ["history that overlaps what came live", [1, 2, 3, 4], [3, 5], [1, 2, 3, 5]],
];

for (const [what, history, live, all] of PREPENDED)
  test(`prepend ${what}`, () => {
    const series = seriesOf(live.map((atS) => [atS, 1, 50]));
    series.prepend(history.map((atS) => ({ atS, value: 20 })));
    assert.deepEqual(seconds(series), all);
  });

const FORGOTTEN = [
  ["nothing", [], 5, []],
  ["all", [1, 2], 5, []],
  ["what is older", [4, 5, 6], 5, [5, 6]],
  ["none", [6, 7], 5, [6, 7]],
];

for (const [what, all, atS, kept] of FORGOTTEN)
  test(`forget ${what}`, () => {
    const series = seriesOf(all.map((second) => [second, 1, 50]));
    series.forgetBefore(atS);
    assert.deepEqual(seconds(series), kept);
  });
