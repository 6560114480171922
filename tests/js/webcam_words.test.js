import assert from "node:assert/strict";
import { test } from "node:test";

import { ZoneTimes } from "../../static/js/times.js";
import { faultWords, fileName, leftWords } from "../../static/js/webcam_words.js";

test("every way in which a camera does not open says what to do", () => {
  assert.match(faultWords({ name: "NotAllowedError" }), /Allow it beside the address/);
  assert.match(faultWords({ name: "NotFoundError" }), /choose a file/);
  assert.match(faultWords({ name: "NotReadableError" }), /Close other programs/);
  assert.match(faultWords({ name: "AbortError" }), /\(AbortError\)/);
});

test("the last second is counted until it is over", () => {
  assert.equal(leftWords(10_000), "Recording: 10 s left");
  assert.equal(leftWords(1), "Recording: 1 s left");
  assert.equal(leftWords(-5), "Recording: 0 s left");
});

test("a file is named by when it was taken and what it is", () => {
  const atMs = Date.UTC(2026, 2, 2, 8, 5, 7);
  const times = new ZoneTimes("Europe/Rome");
  assert.equal(fileName(atMs, "image/jpeg", times), "camera 09-05-07.jpg");
  assert.equal(fileName(atMs, "video/webm;codecs=vp9", times), "camera 09-05-07.webm");
  assert.equal(fileName(atMs, "video/mp4", times), "camera 09-05-07.mp4");
});
