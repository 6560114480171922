import assert from "node:assert/strict";
import { test } from "node:test";

import { Rotation, columnsFor, pageSize } from "../../static/js/rotation.js";

test("pages hold at most twelve cameras and are about as full", () => {
  assert.deepEqual([0, 1, 4, 12, 16, 40].map(pageSize), [1, 1, 4, 12, 8, 10]);
});

test("tiles are as large as the screen lets them be", () => {
  const columns = [1, 2, 4, 8, 10, 12].map((count) => columnsFor(count, 1920, 1040));
  assert.deepEqual(columns, [1, 2, 2, 4, 4, 4]);
  assert.equal(columnsFor(4, 360, 700), 1);
});

test("pages take turns; a new alert takes the screen, and then its turn with them", () => {
  const rotation = new Rotation();
  const at = (seconds, alerts) => Object.values(rotation.step(alerts, 2, 1000 * seconds)).join();
  assert.deepEqual([0, 11, 12, 24].map((seconds) => at(seconds, [])), ["0", "0", "1", "0"]);
  assert.deepEqual([25, 40, 84].map((seconds) => at(seconds, ["x"])), ["x", "x", "x"]);
  assert.deepEqual([97, 109, 121].map((seconds) => at(seconds, ["x"])), ["0", "1", "x"]);
  assert.equal(at(122, ["y", "x"]), "y");
  assert.equal(at(123, ["x"]), "0");
});

test("several new alerts take turns, and none of those that are over", () => {
  const rotation = new Rotation();
  const at = (seconds, alerts) => Object.values(rotation.step(alerts, 1, 1000 * seconds)).join();
  assert.deepEqual([0, 12, 24].map((seconds) => at(seconds, ["x", "y"])), ["x", "y", "x"]);
  assert.equal(at(25, ["y"]), "y");
  assert.equal(at(26, []), "0");
});
