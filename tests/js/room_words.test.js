import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, rateWords, readWords } from "../../static/js/room_words.js";

test("what is read off the own picture is said in words", () => {
  assert.equal(readWords([]), "No face is seen.");
  const faces = [
    { label: "happy", probability: 0.816 },
    { label: "uncertain", probability: 0.4 },
    { label: "not read", probability: 0 },
  ];
  const words = "happy 82 %, uncertain, a face too small, turned or blurred to be read";
  assert.equal(readWords(faces), words);
});

test("a server that is busy says so", () => {
  assert.equal(rateWords(4.96), "Read 5.0 times a second.");
  assert.match(rateWords(1.2), /1\.2 times a second\. The server is busy, so it is slower for all\./);
});

test("pictures are shrunk as a whole and never enlarged", () => {
  assert.deepEqual(fitted(1280, 720), { width: 640, height: 360 });
  assert.deepEqual(fitted(1080, 1920), { width: 270, height: 480 });
  assert.deepEqual(fitted(320, 240), { width: 320, height: 240 });
});
