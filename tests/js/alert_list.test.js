import assert from "node:assert/strict";
import { test } from "node:test";

import { AlertList } from "../../static/js/alert_list.js";
import { matter, sentence, stateWord, tone } from "../../static/js/alert_words.js";
import { ZoneTimes } from "../../static/js/times.js";
import { fakeFetch, jsonResponse, withGlobals } from "./fakes.js";

function alertOf(id, changes = {}) {
  const now = { id, kind: "expression", camera: "door", expressions: ["angry", "fear"], state: "firing" };
  return { ...now, since: "2026-11-20T13:00:00Z", value: 62.5, acknowledged: null, ...changes };
}

const at = (minute) => ({ since: `2026-11-20T13:${minute}:00Z` });
const BY = { by: "eve", at: "2026-11-20T13:05:00Z" };
const ids = (alerts) => alerts.map(({ id }) => id);

test("a list of nothing", () => {
  const list = new AlertList([]);
  assert.deepEqual([list.open, list.waiting, list.pending], [[], [], []]);
});

test("what waits stands first, what is silenced after it, each newest first", () => {
  const list = new AlertList([
    alertOf("old", at("01")),
    alertOf("quiet", { ...at("05"), silenced_until: at("59").since }),
    alertOf("seen", { ...at("09"), acknowledged: BY }),
    alertOf("seen before", { ...at("08"), acknowledged: BY }),
    alertOf("new", { ...at("02"), state: "recovering" }),
    alertOf("early", { ...at("03"), state: "pending" }),
    alertOf("late", { ...at("04"), state: "pending" }),
  ]);
  assert.deepEqual(ids(list.open), ["new", "old", "quiet", "seen", "seen before"]);
  assert.deepEqual(ids(list.waiting), ["new", "old", "quiet"]);
  assert.deepEqual(ids(list.pending), ["late", "early"]);
});

test("an event changes what it names and keeps the rest", () => {
  const list = new AlertList([alertOf("a", { acknowledged: BY, peak: 90 })]);
  list.take({ id: "a", state: "recovering", value: 10 });
  const { state, value, peak, acknowledged } = list.byId.get("a");
  assert.deepEqual([state, value, peak, acknowledged], ["recovering", 10, 90, BY]);
});

test("an alert that is new waits", () => {
  const list = new AlertList([]);
  list.take({ ...alertOf("a"), acknowledged: undefined });
  assert.deepEqual(ids(list.waiting), ["a"]);
  assert.deepEqual(list.byId.get("a").notes, []);
});

test("what is over stays over, even where the server does not know it yet", () => {
  const list = new AlertList([alertOf("a"), alertOf("b")]);
  list.take({ id: "a", state: "resolved" });
  list.replace([alertOf("a"), alertOf("b")]);
  assert.deepEqual(ids(list.open), ["b"]);
});

test("a note acknowledges, once it is one and the alert is known", () => {
  const list = new AlertList([alertOf("a")]);
  list.takeNote({ id: "a", change: "remark", ...BY });
  list.takeNote({ id: "b", change: "acknowledged", ...BY });
  assert.deepEqual([ids(list.waiting), list.version], [["a"], 0]);
  list.takeNote({ id: "a", change: "acknowledged", ...BY });
  assert.deepEqual([list.waiting, list.open[0].acknowledged], [[], BY]);
});

test("a note answers, and the last answer counts", () => {
  const list = new AlertList([alertOf("a", { acknowledged: BY })]);
  list.takeNote({ id: "a", change: "answered", text: "cannot_tell", ...BY });
  list.takeNote({ id: "a", change: "answered", text: "was", by: "tom" });
  const [{ answer, acknowledged }] = list.open;
  assert.deepEqual([answer, acknowledged, list.version], ["was", BY, 2]);
});

const countsOf = (camera) => ({ camera, indicator: 71, faces: 4, rising: 2 });

const FOLLOWED = [
  ["the same expressions in another order", "door", ["fear", "angry"], {}, 71],
  ["the alert's own in another order", "door", ["angry", "fear"], { expressions: ["fear", "angry"] }, 71],
  ["another camera", "hall", ["angry", "fear"], {}, undefined],
  ["fewer expressions", "door", ["angry"], {}, undefined],
  ["more expressions", "door", ["angry", "fear", "sad"], {}, undefined],
  ["an alert on no data", "door", [], { kind: "no_data", expressions: [] }, undefined],
  ["a rule that counts people", "door", ["angry", "fear"], { counts_people: true }, "2 of 4"],
];

for (const [what, camera, expressions, changes, reading] of FOLLOWED)
  test(`the reading follows what is counted: ${what}`, () => {
    const list = new AlertList([alertOf("a", changes)]);
    list.follow(countsOf(camera), expressions);
    assert.equal(list.open[0].reading, reading);
  });

test("a reading outlives the list but not the next event", () => {
  const list = new AlertList([alertOf("a")]);
  list.follow(countsOf("door"), ["angry", "fear"]);
  list.replace([alertOf("a")]);
  assert.equal(list.open[0].reading, 71);
  list.take(alertOf("a", { value: 80 }));
  assert.equal(list.open[0].reading, undefined);
});

test("the list is read again, without what was open before", async (t) => {
  const fetch = fakeFetch(jsonResponse({ alerts: [alertOf("b")] }));
  withGlobals(t, { fetch });
  const list = new AlertList([alertOf("a")]);
  await list.load("/api/alerts");
  assert.deepEqual([ids(list.open), fetch.asked], [["b"], [["GET", "/api/alerts?open=1"]]]);
});

test("an answer that an event has overtaken is asked for once more", async (t) => {
  const list = new AlertList([]);
  const overtaken = () => {
    list.take(alertOf("b"));
    return jsonResponse({ alerts: [] });
  };
  const fetch = fakeFetch(overtaken, jsonResponse({ alerts: [alertOf("b"), alertOf("c")] }));
  withGlobals(t, { fetch });
  await list.load("/api/alerts");
  assert.deepEqual([ids(list.open), fetch.asked.length], [["b", "c"], 2]);
});

test("a list that does not come leaves the old one", async (t) => {
  withGlobals(t, { fetch: fakeFetch(jsonResponse({}, 503)) });
  const list = new AlertList([alertOf("a")]);
  await assert.rejects(list.load("/api/alerts"), /expected 200, got 503/);
  assert.deepEqual(ids(list.open), ["a"]);
});

const NO_DATA = { kind: "no_data", expressions: [] };
const WORDS = [
  [{}, "Firing", "angry or fear", "firing"],
  [{ state: "pending" }, "Pending", "angry or fear", "pending"],
  [NO_DATA, "No data", "nothing to read", "no-data"],
  [{ ...NO_DATA, state: "recovering" }, "Data is back", "nothing to read", "recovering"],
  [{ kind: "empty_view", state: "resolved" }, "Resolved", "nobody in view", "resolved"],
];

for (const [changes, word, what, colour] of WORDS)
  test(`the words for an alert with ${JSON.stringify(changes)}`, () => {
    const alert = alertOf("a", changes);
    assert.deepEqual([stateWord(alert), matter(alert), tone(alert)], [word, what, colour]);
  });

test("a sentence names the figure only of expressions, and what it is of", () => {
  const times = new ZoneTimes("Asia/Tokyo");
  const since = times.clock(Date.parse("2026-11-20T13:00:00Z"));
  const words = (changes) => sentence(alertOf("a", changes), times);
  assert.equal(words({}), `Firing, camera door: angry or fear, indicator 63, since ${since}.`);
  assert.equal(words(NO_DATA), `No data, camera door: nothing to read, since ${since}.`);
  const people = { counts_people: true, people: 2, in_view: 4 };
  const start = "Firing, camera door: angry or fear";
  assert.equal(words(people), `${start}, people risen up to 2 of 4, since ${since}.`);
  assert.equal(words({ ...people, reading: "1 of 4" }), `${start}, people risen 1 of 4, since ${since}.`);
  assert.equal(words({ ...people, people: 0, in_view: 0 }), `${start}, since ${since}.`);
});
