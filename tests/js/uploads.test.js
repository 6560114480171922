import assert from "node:assert/strict";
import { test } from "node:test";

import { AnalyseCalls } from "../../static/js/analyse_calls.js";
import { AnalysedFile, newUploadId, sizeRefusal } from "../../static/js/analyse_file.js";
import { AnalysedFiles, isDeleted } from "../../static/js/analyse_files.js";
import { Turn } from "../../static/js/analyse_turn.js";
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
  ["done", { expires_in_s: 600 }, `Read; kept until 13:10`],
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

const SIZES = [
  [0, 2, ""],
  [2_000_000, 2, ""],
  [2_000_001, 2, "It has 2 MB; at most 2 MB are taken."],
  [1_234_560_000, 200, "It has 1,234.6 MB; at most 200 MB are taken."],
];

for (const [sizeBytes, maxMb, words] of SIZES)
  test(`a file of ${sizeBytes} bytes where ${maxMb} MB are taken`, () => {
    const advice = " Shrink or cut it, or have ANALYSE_MAX_MB raised.";
    assert.equal(sizeRefusal(sizeBytes, maxMb), words && words + advice);
  });

/** A list of files that were chosen in this order. */
function filesOf(...names) {
  const files = new AnalysedFiles();
  files.add(names.map((name) => new AnalysedFile(name, 5000, {})));
  return files;
}

/** Let the next file be sent under a name. */
const send = (files, uploadId) => Object.assign(files.next, { state: "sending", uploadId });
const names = (files) => files.all.map(({ name }) => name);

test("no file", () => {
  const files = filesOf();
  assert.deepEqual([files.all, files.chosen, files.next, files.uploaded], [[], null, null, []]);
});

test("the newest file stands first, and the first of those chosen is shown", () => {
  const files = filesOf("a", "b");
  files.add([new AnalysedFile("c", 1), new AnalysedFile("d", 1)]);
  assert.deepEqual([names(files), files.chosen.name], [["d", "c", "b", "a"], "c"]);
  files.add([]);
  assert.equal(files.chosen.name, "c");
});

test("files are sent one at a time, in the order they came", () => {
  const files = filesOf("a", "b");
  const first = send(files, "u1");
  assert.deepEqual([first.name, files.next], ["a", null]);
  files.take(statusOf("waiting"), NOW_MS, first);
  assert.equal(files.next.name, "b");
});

test("a file that goes leaves the choice to the newest", () => {
  const files = filesOf("a", "b", "c");
  files.drop(files.all[1]);
  assert.deepEqual([names(files), files.chosen.name], [["c", "a"], "a"]);
  files.drop(files.chosen);
  assert.equal(files.chosen.name, "c");
  files.drop(files.chosen);
  assert.equal(files.chosen, null);
});

test("a file of another page is not shown by itself, nor when an unknown one goes", () => {
  const files = filesOf();
  files.take(statusOf("running"), NOW_MS);
  files.take(statusOf("forgotten", { id: "j9", upload_id: "u9" }), NOW_MS);
  assert.deepEqual([files.all.length, files.chosen], [1, null]);
});

test("an event before the answer is about the same file", () => {
  const files = filesOf("a");
  const file = send(files, "u1");
  assert.equal(files.take(statusOf("running"), NOW_MS), file);
  assert.equal(files.take(statusOf("running", { upload_id: "" }), NOW_MS), file);
  assert.deepEqual(files.uploaded, [file]);
});

test("an answer that the end has overtaken is old news", () => {
  const files = filesOf("a");
  const file = send(files, "u1");
  files.take(statusOf("done"), NOW_MS);
  assert.equal(files.take(statusOf("waiting"), NOW_MS, file), null);
  assert.equal(file.state, "done");
  assert.equal(files.take(statusOf("done"), NOW_MS), file);
});

test("a file of another page is added, and is not a second one once its answer comes", () => {
  const files = filesOf("a");
  const file = send(files, "u1");
  files.take(statusOf("running", { upload_id: "", name: "b" }), NOW_MS);
  assert.deepEqual(names(files), ["b", "a"]);
  files.take(statusOf("running"), NOW_MS, file);
  assert.deepEqual([names(files), files.all[0]], [["a"], file]);
});

for (const state of ["cancelled", "forgotten"])
  test(`a file that is ${state} goes; an unknown one changes nothing`, () => {
    const files = filesOf("a", "b");
    files.take(statusOf("done"), NOW_MS, send(files, "u1"));
    assert.equal(files.take(statusOf(state, { id: "j9", upload_id: "u9" }), NOW_MS), null);
    assert.deepEqual(names(files), ["b", "a"]);
    assert.equal(files.take(statusOf(state), NOW_MS), null);
    assert.deepEqual([names(files), isDeleted({ state })], [["b"], true]);
  });

test("what is cancelled on its way is known again when the server has it all the same", () => {
  const files = filesOf("a", "b");
  files.cancel(send(files, "u1"));
  files.take(statusOf("waiting", { id: "j2", upload_id: "u2" }), NOW_MS, send(files, "u2"));
  files.cancel(files.all[0]);
  assert.deepEqual([files.isCancelled({ upload_id: "u1" }), files.isCancelled({ upload_id: "u2" })], [true, false]);
});

test("a list drops what the server had and has no more, and nothing that was sent since", () => {
  const files = filesOf("a", "b", "c");
  for (const id of ["j1", "j2"]) files.take(statusOf("done", { id }), NOW_MS, send(files, id));
  const known = files.uploaded;
  files.take(statusOf("done", { id: "j3" }), NOW_MS, send(files, "j3"));
  files.dropMissing(known, [{ id: "j2" }]);
  assert.deepEqual(names(files), ["c", "b"]);
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
