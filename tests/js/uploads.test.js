import assert from "node:assert/strict";
import { test } from "node:test";

import { AnalyseCalls } from "../../static/js/analyse_calls.js";
import { AnalysedFile, newUploadId } from "../../static/js/analyse_file.js";
import { Turn } from "../../static/js/analyse_turn.js";
import { minuteTime } from "../../static/js/times.js";
import { fakeFetch, jsonResponse, withGlobals } from "./fakes.js";

const NOW_MS = Date.parse("2026-11-20T13:00:00Z");

function statusOf(state, changes = {}) {
  const status = { id: "j1", upload_id: "u1", state, message: "", share: null };
  return { ...status, remaining_s: null, expires_in_s: null, ...changes };
}

function fileOf(state, changes = {}) {
  const file = new AnalysedFile("shift.avi", 5000, {});
  file.take(statusOf(state, changes), NOW_MS);
  return file;
}

const WORDS = [
  ["waiting", {}, "Waits for the video before it"],
  ["running", {}, "Being read"],
  ["running", { share: 0 }, "Being read, 0 %"],
  ["running", { share: 0.999 }, "Being read, 99 %"],
  ["done", { expires_in_s: 600 }, `Read; kept until ${minuteTime(NOW_MS + 600_000)}`],
  ["failed", { message: "It is no video." }, "It is no video."],
];

for (const [state, changes, words] of WORDS)
  test(`a file that is ${state} with ${JSON.stringify(changes)} in words`, () => {
    assert.equal(fileOf(state, changes).words(), words);
  });

test("a file before the server has it, in words", () => {
  const file = new AnalysedFile("shift.avi", 5000, {});
  assert.equal(file.words(), "Waits for the file before it");
  file.queue("Waits for room");
  assert.equal(file.words(), "Waits for room");
  Object.assign(file, { state: "sending", share: 0.5 });
  assert.deepEqual([file.words(), file.progress], ["Sending, 50 %", 0.5]);
  file.share = 1;
  assert.deepEqual([file.words(), file.progress], ["Sent, being read", null]);
});

test("a result goes when the server forgets it, whatever the clock says", () => {
  assert.equal(fileOf("running").expiresMs, Infinity);
  assert.equal(fileOf("done", { expires_in_s: 600 }).expiresMs, NOW_MS + 600_000);
  assert.equal(fileOf("done", { expires_in_s: 0 }).expiresMs, NOW_MS);
});

test("a result stays where the next status has none", () => {
  const file = fileOf("done", { result: { record: {} } });
  file.take(statusOf("done"), NOW_MS);
  assert.deepEqual(file.result, { record: {} });
});

const LEFT = [
  [null, "–"],
  [0, "a few seconds"],
  [61, "65 s"],
];

for (const [remaining_s, words] of LEFT)
  test(`what is left of ${remaining_s} s in words`, () => {
    assert.equal(fileOf("running", { remaining_s }).leftWords(), words);
  });

const REFUSALS = [
  [0, true],
  [401, true],
  [408, true],
  [413, false],
  [415, false],
  [429, false],
  [500, true],
  [503, true],
];

for (const [code, mayRetry] of REFUSALS)
  test(`a refusal with ${code} ${mayRetry ? "may" : "does not"} pass`, () => {
    const file = new AnalysedFile("shift.avi", 5000, {});
    assert.equal(file.mayRetry, false);
    file.refuse("No.", code);
    assert.equal(file.mayRetry, mayRetry);
  });

test("a file that the browser no longer has cannot be sent again", () => {
  const file = fileOf("running");
  file.refuse("No.", 503);
  assert.equal(file.mayRetry, false);
});

test("every sending has a name of its own", () => {
  assert.equal(new Set(Array.from({ length: 100 }, newUploadId)).size, 100);
});

test("only a server that is full makes a file wait", () => {
  const turn = new Turn();
  for (const code of [0, 401, 413, 503]) assert.equal(turn.wait({ code, retryAfterS: 9 }, [], NOW_MS), false);
  assert.equal(turn.hasCome([], NOW_MS), true);
});

const TURNS = [
  ["a second at least", 0, 1000],
  ["as long as the server wants", 7, 7000],
];

for (const [what, retryAfterS, waitMs] of TURNS)
  test(`a server full of others' files is asked again after ${what}`, () => {
    const turn = new Turn();
    assert.equal(turn.wait({ code: 429, retryAfterS }, [fileOf("done")], NOW_MS), true);
    // Nothing of one's own makes room, so only the time counts.
    assert.equal(turn.hasCome([], NOW_MS + waitMs - 1), false);
    assert.equal(turn.hasCome([], NOW_MS + waitMs), true);
  });

test("a server full of own files is asked again as soon as one of them ends", () => {
  const [one, other, turn] = [fileOf("running"), fileOf("waiting"), new Turn()];
  const files = [one, other];
  turn.wait({ code: 429, retryAfterS: 1 }, files, NOW_MS);
  assert.equal(turn.hasCome(files, NOW_MS + 29_999), false);
  assert.equal(turn.hasCome(files, NOW_MS + 30_000), true);
  assert.equal(turn.hasCome([one], NOW_MS), true, "a file that was cancelled has ended");
  one.take(statusOf("done"), NOW_MS);
  assert.equal(turn.hasCome(files, NOW_MS), true);
});

const calls = new AnalyseCalls("/api/analyse", "token");

test("every job has an address below that of all", () => {
  assert.equal(calls.address("a/b"), "/api/analyse/a%2Fb");
  assert.equal(calls.address("j1", "result.csv"), "/api/analyse/j1/result.csv");
});

test("what is gone already is forgotten", async (t) => {
  const fetch = fakeFetch(jsonResponse({}, 404), jsonResponse({}));
  withGlobals(t, { fetch });
  await calls.forget("j1");
  await calls.forget("j2");
  assert.deepEqual(fetch.asked, [["DELETE", "/api/analyse/j1"], ["DELETE", "/api/analyse/j2"]]);
});

const ANSWERS = [
  ["the server's words", jsonResponse({ message: "The disk is full." }, 503), "The disk is full.", 503],
  ["no words", jsonResponse({}, 500), "The server answered 500.", 500],
  ["a page of a proxy", new Response("<html>", { status: 502 }), "The server answered 502.", 502],
];

for (const [what, answer, message, code] of ANSWERS)
  test(`a refusal with ${what}`, async (t) => {
    withGlobals(t, { fetch: fakeFetch(answer) });
    await assert.rejects(calls.job("j1"), { message, code });
  });
