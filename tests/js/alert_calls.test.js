import assert from "node:assert/strict";
import { test } from "node:test";

import { AlertCalls, mayNotify, NOTIFY, SOUND } from "../../static/js/alert_calls.js";
import { AlertList } from "../../static/js/alert_list.js";
import { FakeStorage, withGlobals } from "./fakes.js";

const TIMES = { clock: () => "22:00:00" };
const SAID = "Firing, camera door: angry, indicator 62, since 22:00:00.";

function alertOf(id, changes = {}) {
  const now = { id, kind: "expression", camera: "door", expressions: ["angry"], state: "firing", value: 62 };
  return { ...now, since: "2026-11-20T13:00:00Z", acknowledged: null, ...changes };
}

// The context of sounds is made once for all tests, so they share the times of tones as well.
const starts = [];

/** An `AudioContext` that notes the times at which a tone starts. */
function audioContext() {
  const tone = { frequency: {}, connect: (next) => next, start: (atS) => starts.push(atS), stop() {} };
  const volume = { gain: { setValueAtTime() {}, linearRampToValueAtTime() {} }, connect() {} };
  return class {
    currentTime = 10;
    createOscillator = () => tone;
    createGain = () => volume;
  };
}

/** A page where all calls are on; `calls()` opens it again in the same tab. */
function pageOf(t, { permission = "granted", refuses = false, isUsed = true } = {}) {
  const [shown, notes, opened, blocked] = [[], [], [], { hidden: true }];
  starts.length = 0;
  class Notification {
    static permission = permission;
    constructor(_, { tag }) {
      if (refuses) throw new TypeError("Illegal constructor");
      shown.push(tag);
      notes.push(this);
    }
  }
  const localStorage = new FakeStorage([[NOTIFY, "on"], [SOUND, "on"]]);
  withGlobals(t, {
    window: { localStorage, sessionStorage: new FakeStorage(), Notification, focus() {} },
    location: { assign: (url) => opened.push(url) },
    document: { querySelector: () => blocked },
    navigator: { userActivation: { hasBeenActive: isUsed } },
    AudioContext: audioContext(),
    console: { ...console, warn() {} },
    Notification,
  });
  const center = { querySelector: () => ({ textContent: "" }), dataset: { alertPagesUrl: "/alerts" } };
  const calls = () => new AlertCalls(center, TIMES);
  return { shown, notes, opened, blocked, localStorage, calls };
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

test("a click on a notification opens the alert's page", (t) => {
  const page = pageOf(t);
  said(page.calls(), alertOf("a"));
  page.notes[0].onclick();
  assert.deepEqual(page.opened, ["/alerts/a"]);
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

test("a silenced alert is said, and neither shown nor heard", (t) => {
  const page = pageOf(t);
  const alert = alertOf("a", { silenced_until: "2026-11-20T14:00:00Z" });
  assert.equal(said(page.calls(), alert), SAID);
  assert.deepEqual([page.shown, starts], [[], []]);
});

test("without permission there is no notification", (t) => {
  const page = pageOf(t, { permission: "denied" });
  assert.equal(mayNotify(), false);
  assert.equal(said(page.calls(), alertOf("a")), SAID);
  assert.deepEqual(page.shown, []);
});

test("three tones sound, also where the browser refuses a notification", (t) => {
  const page = pageOf(t, { refuses: true });
  assert.equal(said(page.calls(), alertOf("a")), SAID);
  assert.deepEqual([starts, page.blocked.hidden], [[10, 10.22, 10.44], true]);
});

test("a page that nobody has used says that the sound is blocked", (t) => {
  const page = pageOf(t, { isUsed: false });
  said(page.calls(), alertOf("a"));
  assert.deepEqual([starts, page.blocked.hidden], [[], false]);
});

test("who did not ask for a sound hears none", (t) => {
  const page = pageOf(t);
  page.localStorage.setItem(SOUND, "off");
  said(page.calls(), alertOf("a"));
  assert.deepEqual([starts, page.blocked.hidden], [[], true]);
});
