import assert from "node:assert/strict";
import { test } from "node:test";

import { demoWords } from "../../static/js/demo_words.js";

const SCENE = {
  ...{ loopS: 72, fromS: 31, untilS: 61, who: "two of the four people", looks: "angry" },
  firesAfterS: 15,
};

const WORDS = [
  [0, 15, "In about 35 s two of the four people look angry; 15 s later the alert fires."],
  [30, 15, "In a few seconds two of the four people look angry; 15 s later the alert fires."],
  [72 + 11, 15, "In about 20 s two of the four people look angry; 15 s later the alert fires."],
  [61, 15, "In about 45 s two of the four people look angry; 15 s later the alert fires."],
  [11, null, "In about 20 s two of the four people look angry."],
  [32, 15, "Two of the four people look angry now; the alert fires in about 15 s."],
  [47, 15, "Two of the four people look angry now, so the alert fires; they calm down in about 15 s."],
  [47, null, "Two of the four people look angry now; they calm down in about 15 s."],
  [60, 15, "Two of the four people look angry now, so the alert fires; they calm down in a few seconds."],
];

for (const [positionS, firesAfterS, text] of WORDS)
  test(`the demo at ${positionS} s, alert after ${firesAfterS} s`, () =>
    assert.equal(demoWords({ ...SCENE, firesAfterS }, positionS), text));
