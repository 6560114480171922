import assert from "node:assert/strict";
import { test } from "node:test";

import { CameraOrder, rankOf } from "../../static/js/ranks.js";

const CURRENT = { name: "current" };
const FIRING = { state: "firing" };

test("what needs a look comes first", () => {
  const ranks = [
    rankOf(CURRENT, "calm", [FIRING]),
    rankOf(CURRENT, "alert", [{ ...FIRING, acknowledged: { by: "ada" } }]),
    rankOf({ name: "offline" }, "", []),
    rankOf(CURRENT, "alert", []),
    rankOf(CURRENT, "raised", []),
    rankOf({ name: "connecting" }, "", []),
    rankOf(CURRENT, "calm", []),
    rankOf({ name: "paused" }, "", []),
  ];
  assert.deepEqual(ranks, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(rankOf(CURRENT, "calm", [{ ...FIRING, silenced_until: "later" }]), 1);
  assert.equal(rankOf(CURRENT, "raised", [{ state: "pending" }]), 3);
});

test("a camera rises at once, sinks after a while, and equals keep the admins' order", () => {
  const order = new CameraOrder(["a", "b", "c"]);
  const at = (nowMs, ...ranks) => order.arrange(new Map(ranks), nowMs).join("");
  assert.equal(at(0), "abc");
  assert.equal(at(0, ["c", 4]), "cab");
  assert.equal(at(1000, ["c", 6]), "cab");
  assert.equal(at(5000, ["c", 4]), "cab");
  assert.equal(at(6000, ["c", 6]), "cab");
  assert.equal(at(15_999, ["c", 6]), "cab");
  assert.equal(at(16_000, ["c", 6]), "abc");
  assert.equal(at(16_000, ["b", 0], ["c", 0]), "bca");
});
