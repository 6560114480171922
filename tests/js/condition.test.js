import assert from "node:assert/strict";
import { test } from "node:test";

import { conditionOf } from "../../static/js/condition.js";
import { Readings } from "../../static/js/readings.js";

const READ = { faces: 3, indicator: 20 };
const NOW = { state: "live", reason: "", counts: READ, ageS: 1, link: "connected", heardAgeS: 1 };

function conditionAt({ state, reason, counts, ageS, link, heardAgeS }) {
  const readings = new Readings("door", state, 0, reason);
  if (counts) readings.takeCounts({ at: "2026-11-20T14:00:00Z", ...counts }, 1000);
  const nowMs = 1000 + 1000 * ageS;
  return conditionOf(readings, { name: link, heardMs: nowMs - 1000 * heardAgeS }, nowMs);
}

const CONDITIONS = [
  ["no reading yet", { counts: null }, "loading", false],
  ["a new reading", {}, "current", true],
  ["nobody in view", { counts: { faces: 0 } }, "empty", false],
  ["too few people", { counts: { faces: null, suppressed: true } }, "suppressed", false],
  ["a reading of 5 s", { ageS: 5 }, "current", true],
  ["a reading of 6 s", { ageS: 6 }, "stale", false],
  ["the demo", { state: "demo" }, "current", true],
  ["a camera that is offline", { state: "offline" }, "offline", false],
  ["a camera that connects", { state: "connecting" }, "connecting", false],
  ["a paused camera", { state: "paused" }, "paused", false],
  ["a link that was lost just now", { link: "lost", heardAgeS: 0 }, "lost", false],
  ["a lost link and an offline camera", { link: "lost", state: "offline" }, "lost", false],
  ["a silence of 5 s", { heardAgeS: 5, ageS: 5 }, "current", true],
  ["a silence of 6 s", { heardAgeS: 6, ageS: 6 }, "lost", false],
  ["silence about a camera that is offline", { heardAgeS: 60, state: "offline" }, "offline", false],
  ["a link that takes 5 s", { link: "connecting", heardAgeS: 5, counts: null }, "loading", false],
  ["a link that takes 6 s", { link: "connecting", heardAgeS: 6, counts: null }, "lost", false],
  ["no browser packages", { link: "unavailable" }, "lost", false],
  ["an ended sign-in", { link: "ended" }, "ended", false],
];

test("a face that is seen and not read is not nobody", () => {
  const unreadable = { ...NOW, counts: { faces: 0, unread: 1 } };
  assert.equal(conditionAt(unreadable).note, "No face can be read.");
});

for (const [what, change, name, isCurrent] of CONDITIONS)
  test(`the condition with ${what}`, () => {
    const condition = conditionAt({ ...NOW, ...change });
    assert.deepEqual([condition.name, condition.isCurrent], [name, isCurrent]);
  });

const WORDS = [
  ["a reason", { state: "offline", reason: "unplugged" }, "Offline: unplugged", ""],
  ["no reason", { state: "offline" }, "Offline: the camera gives no picture.", ""],
  ["nothing read yet", { counts: null }, "Waiting for the first reading.", ""],
  ["a camera that cannot be read", { counts: null, reason: "no model" }, "no model", ""],
  ["silence", { ageS: 125 }, "No current reading.", "No new reading for 2 min. The figures are hidden until one comes."],
  ["a lost link", { ageS: 7, link: "lost" }, "No contact with the server.", "The connection to the server is lost. Trying again."],
  ["silence of all", { ageS: 7, heardAgeS: 7 }, "No contact with the server.", "Nothing comes from the server. Waiting for it."],
  ["a reading", {}, "", ""],
];

for (const [what, change, note, warning] of WORDS)
  test(`the words for ${what}`, () => {
    const condition = conditionAt({ ...NOW, ...change });
    assert.deepEqual([condition.note, condition.warning], [note, warning]);
  });

test("a repeated reading does not pass as a new one", () => {
  const readings = new Readings("door", "live", 0, "");
  assert.equal(readings.ageS(1000), null);
  readings.takeCounts({ at: "2026-11-20T14:00:02Z", indicator: 20 }, 1000);
  readings.takeCounts({ at: "2026-11-20T14:00:02Z", indicator: 99 }, 4000);
  readings.takeCounts({ at: "2026-11-20T14:00:01Z", indicator: 99 }, 4000);
  assert.equal(readings.counts.indicator, 20);
  assert.equal(readings.ageS(6000), 5);
  readings.takeCounts({ at: "2026-11-20T14:00:03Z", indicator: 30 }, 6000);
  assert.equal(readings.ageS(6000), 0);
});

test("a reading from before the page was opened is a reading", () => {
  const readings = new Readings("door", "live", 0, "");
  assert.deepEqual([readings.next, readings.knowsPast], ["first", false]);
  readings.takePast({ atS: 100, value: null }, 2000);
  assert.deepEqual([readings.next, readings.knowsPast, readings.ageS(103_000)], ["next", true, 5]);
  readings.takeCounts({ at: "2026-11-20T14:00:03Z", indicator: 30 }, 104_000);
  readings.takePast({ atS: 100, value: null }, 2000);
  assert.equal(readings.ageS(104_000), 0);
});

test("a page that knows of no earlier reading", () => {
  const readings = new Readings("door", "live", 0, "");
  readings.takePast(undefined, 0);
  assert.deepEqual([readings.knowsPast, readings.at, readings.ageS(0)], [true, null, null]);
});

for (const state of ["offline", "paused", "connecting"])
  test(`a camera that is ${state} has no reading`, () => {
    const readings = new Readings("door", "live", 0, "why it was away before");
    readings.takeCounts({ at: "2026-11-20T14:00:00Z", ...READ }, 1000);
    readings.takeState({ state, since: "2026-11-20T14:00:05Z" });
    assert.deepEqual([readings.counts, readings.reason], [null, ""]);
    assert.equal(readings.sinceMs, Date.parse("2026-11-20T14:00:05Z"));
  });

test("an answer that was overtaken says nothing of the state that came since", () => {
  const readings = new Readings("door", "live", 0, "");
  readings.takeState({ state: "offline", since: "2026-11-20T14:00:05Z" });
  readings.takeReason({ state: "offline", reason: "unplugged" });
  readings.takeReason({ state: "live", reason: "" });
  assert.equal(readings.reason, "unplugged");
});

test("a camera that stays live keeps its reading", () => {
  const readings = new Readings("door", "connecting", 0, "");
  readings.takeCounts({ at: "2026-11-20T14:00:00Z", ...READ }, 1000);
  readings.takeState({ state: "live", since: "2026-11-20T14:00:05Z" });
  assert.equal(readings.counts.faces, 3);
});
