import assert from "node:assert/strict";
import { test } from "node:test";

import { historyOf, readoutWords, verdict } from "../../static/js/video_history.js";
import { videoTime, VideoTimes } from "../../static/js/video_times.js";

const TIMES = [
  [0, false, "0:00"],
  [0, true, "0:00.0"],
  [59.96, false, "0:59"],
  [59.96, true, "1:00.0"],
  [123.44, true, "2:03.4"],
  [59.9999999, false, "1:00"],
  [3599.9, false, "59:59"],
  [3600, false, "1:00:00"],
  [3723.25, true, "1:02:03.3"],
];

for (const [seconds, hasTenths, text] of TIMES)
  test(`the time of a video ${seconds}${hasTenths ? " with tenths" : ""}`, () => {
    assert.equal(videoTime(seconds, hasTenths), text);
  });

test("ticks have tenths only where they are needed", () => {
  const times = new VideoTimes();
  assert.deepEqual(times.ticks([], 1), []);
  assert.deepEqual(times.ticks([0, 0.5], 0.5), ["0:00.0", "0:00.5"]);
  assert.deepEqual(times.ticks([0, 1], 1), ["0:00", "0:01"]);
});

/** What was read; every picture shows one person, who is angry where the indicator is 50 or more. */
function resultOf(at_s, indicator, firings = [], duration_s = 4) {
  const angry = indicator.map((value) => (value >= 50 ? 1 : 0));
  const counts = { angry, happy: angry.map((count) => 1 - count) };
  const alert = { firings, is_judged: true, enter: 50, hold_s: 2 };
  const summary = { duration_s, watched: ["angry"], alert };
  return { classes: ["angry", "happy"], points: { at_s, counts, indicator }, summary };
}

const second = (iso) => Date.parse(iso) / 1000;
const spans = (history) => history.points.map(({ at, until }) => [second(at), second(until)]);

const SPANS = [
  ["no picture", [], 0, [], 0.1],
  ["one picture", [1], 4, [[0, 4]], 4],
  ["two pictures", [1, 3], 4, [[0, 2], [2, 4]], 4],
  ["a duration that is too short", [1, 3], 1.5, [[0, 2], [2, 2]], 1.5],
];

for (const [what, at, durationS, expected, endS] of SPANS)
  test(`a picture stands until half-way to the next: ${what}`, () => {
    const history = historyOf(resultOf(at, at.map(() => 60), [], durationS));
    assert.deepEqual(spans(history), expected);
    assert.equal(second(history.to), endS);
  });

test("a point has the counts and the indicator of its picture", () => {
  const { points } = historyOf(resultOf([0, 1, 2], [60, 20, null]));
  assert.deepEqual(points.map(({ indicator }) => indicator), [60, 20, null]);
  assert.deepEqual(points.map(({ counts }) => counts.angry), [1, 0, 0]);
  assert.deepEqual(points.map(({ counts }) => counts.happy), [0, 1, 1]);
});

test("a moment of a video has tenths", () => {
  const times = new VideoTimes();
  assert.deepEqual([times.moment(61_500), times.second.format(61_500), videoTime(61.5)], ["1:01.5", "1:01.5", "1:01"]);
});

test("an alert has the highest indicator of its time", () => {
  const firings = [
    { fired_at_s: 1, resolved_at_s: 2 },
    { fired_at_s: 3, resolved_at_s: null },
  ];
  const { alerts } = historyOf(resultOf([0, 1, 2, 3, 4], [99, 70, 75, 95, 90], firings));
  assert.deepEqual(alerts.map(({ peak }) => peak), [75, 95]);
  assert.deepEqual(alerts.map(({ fired_at }) => second(fired_at)), [1, 3]);
  assert.deepEqual(alerts.map(({ resolved_at }) => resolved_at && second(resolved_at)), [2, null]);
});

test("an alert between two pictures has an indicator of 0", () => {
  const { alerts } = historyOf(resultOf([0, 4], [99, 99], [{ fired_at_s: 1, resolved_at_s: 2 }]));
  assert.equal(alerts[0].peak, 0);
});

const NEEDS = "it needs an indicator of 50 for 2 s.";
const FIRED = "The alert rule on angry would have fired";
const VERDICTS = [
  ["none", [], `The alert rule would not have fired; ${NEEDS}`],
  ["one", [{ fired_at_s: 1, resolved_at_s: 2 }], `${FIRED} once, at 0:01.0, over at 0:02.0; ${NEEDS}`],
  ["one to the end", [{ fired_at_s: 1, resolved_at_s: null }], `${FIRED} once, at 0:01.0, not over at the end; ${NEEDS}`],
  [
    "two",
    [{ fired_at_s: 1, resolved_at_s: 2 }, { fired_at_s: 3, resolved_at_s: null }],
    `${FIRED} 2 times, first at 0:01.0, over at 0:02.0; ${NEEDS}`,
  ],
];

for (const [what, firings, words] of VERDICTS)
  test(`the verdict on firings: ${what}`, () => {
    assert.equal(verdict(resultOf([], [], firings).summary), words);
  });

test("readings too far apart have no verdict", () => {
  const { summary } = resultOf([], []);
  assert.match(verdict({ ...summary, alert: { ...summary.alert, is_judged: false } }), /too far apart/);
});

const POINT = { at: "1970-01-01T00:00:01.500Z", indicator: 61.6, counts: { angry: 0.7512, happy: 0, sad: 2 } };
const READOUTS = [
  [{}, "0:01.5: 62 (angry 0.8, sad 2)"],
  [{ indicator: 0 }, "0:01.5: 0 (angry 0.8, sad 2)"],
  [{ indicator: null }, "0:01.5: nobody in view"],
];

for (const [change, words] of READOUTS)
  test(`a point with ${JSON.stringify(change)} in words`, () => {
    assert.equal(readoutWords({ ...POINT, ...change }, ["angry", "happy", "sad"]), words);
  });
