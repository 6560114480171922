import assert from "node:assert/strict";
import { test } from "node:test";

import { AlertCalls, mayNotify, NOTIFY } from "../../static/js/alert_calls.js";
import { AlertList } from "../../static/js/alert_list.js";
import { FakeStorage, withGlobals } from "./fakes.js";

const TIMES = { clock: () => "22:00:00" };
const SAID = "Firing, camera door: angry, indicator 62, since 22:00:00.";

function alertOf(id, changes = {}) {
  const now = { id, kind: "expression", camera: "door", expressions: ["angry"], state: "firing", value: 62 };
  return { ...now, since: "2026-11-20T13:00:00Z", acknowledged: null, ...changes };
}

/** A page whose notifications are on; `calls()` opens it again in the same tab. */
function pageOf(t, permission = "granted") {
  const shown = [];
  class Notification {
    static permission = permission;
    constructor(_, { tag }) {
      shown.push(tag);
    }
  }
  const storages = { localStorage: new FakeStorage([[NOTIFY, "on"]]), sessionStorage: new FakeStorage() };
  withGlobals(t, { window: { ...storages, Notification }, Notification });
  const calls = () => new AlertCalls({ querySelector: () => ({ textContent: "" }) }, TIMES);
  return { shown, calls };
}

/** What is said when these alerts are announced. */
function said(calls, ...alerts) {
  calls.call.textContent = "";
  calls.announce(new AlertList(alerts));
  return calls.call.textContent;
}

test("nothing is said of nothing", (t) => {
  assert.equal(said(pageOf(t).calls()), "");
});

test("an alert is called once, also after the page was opened again", (t) => {
  const page = pageOf(t);
  const calls = page.calls();
  assert.equal(said(calls, alertOf("a")), SAID);
  assert.equal(said(calls, alertOf("a", { value: 80 })), "");
  assert.equal(said(page.calls(), alertOf("a")), "");
  assert.equal(said(calls, alertOf("a"), alertOf("b")), SAID);
  assert.deepEqual(page.shown, ["a", "b"]);
});

const UNCALLED = [
  ["is pending", { state: "pending" }],
  ["recovers", { state: "recovering" }],
  ["is acknowledged", { acknowledged: { by: "eve" } }],
];

for (const [what, changes] of UNCALLED)
  test(`nobody is called for an alert that ${what}`, (t) => {
    assert.equal(said(pageOf(t).calls(), alertOf("a", changes)), "");
  });

test("a silenced alert is said, and shows no notification", (t) => {
  const page = pageOf(t);
  const alert = alertOf("a", { silenced_until: "2026-11-20T14:00:00Z" });
  assert.equal(said(page.calls(), alert), SAID);
  assert.deepEqual(page.shown, []);
});

test("without permission there is no notification", (t) => {
  const page = pageOf(t, "denied");
  assert.equal(mayNotify(), false);
  assert.equal(said(page.calls(), alertOf("a")), SAID);
  assert.deepEqual(page.shown, []);
});
