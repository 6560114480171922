import assert from "node:assert/strict";
import { test } from "node:test";

import { otherFile, Seeker } from "../../static/js/video_player.js";

const WANTED = { name: "shift.mp4", sizeBytes: 2_500_000 };

test("the file that was read is taken again, and no other", () => {
  assert.equal(otherFile(WANTED, { name: "shift.mp4", size: 2_500_000 }), "");
  assert.equal(
    otherFile(WANTED, { name: "other.mp4", size: 1_000_000 }),
    "Expected shift.mp4 of 2.5 MB, got other.mp4 of 1 MB. Choose the file that was read.",
  );
  assert.notEqual(otherFile(WANTED, { name: "shift.mp4", size: 2_500_001 }), "");
});

/** A video that takes its time to seek. */
function slowVideo() {
  const video = new EventTarget();
  const went = [];
  Object.defineProperty(video, "currentTime", {
    set(atS) {
      went.push(atS);
      video.seeking = true;
    },
  });
  const arrive = () => {
    video.seeking = false;
    video.dispatchEvent(new Event("seeked"));
  };
  return Object.assign(video, { seeking: false, went, arrive });
}

test("a video that seeks goes on to the newest moment, without those between", () => {
  const video = slowVideo();
  const seeker = new Seeker(video);
  for (const atS of [-0.1, 1, 2, 3]) seeker.seek(atS);
  assert.deepEqual(video.went, [0]);
  video.arrive();
  assert.deepEqual(video.went, [0, 3]);
  video.arrive();
  assert.deepEqual(video.went, [0, 3]);
  seeker.seek(5);
  assert.deepEqual(video.went, [0, 3, 5]);
});
