import assert from "node:assert/strict";
import { test } from "node:test";

import { learnTitles, titleOf } from "../../static/js/camera_titles.js";
import { withGlobals } from "./fakes.js";

test("a camera is called by its title once the page knows it", async (t) => {
  assert.equal(titleOf("door"), "door");
  const cameras = [{ name: "door", title: "Back gate" }];
  withGlobals(t, { fetch: async () => ({ json: async () => ({ cameras }) }) });
  await learnTitles("/api/cameras");
  assert.equal(titleOf("door"), "Back gate");
});
