/** The zones are chosen so that a wrong one shows: the tests run in that of Rome. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { pageTimes, pageZone, showTime, ZoneTimes } from "../../static/js/times.js";
import { withGlobals } from "./fakes.js";

const at = Date.parse;

test("the tests run where clocks change", () => {
  assert.equal(Intl.DateTimeFormat().resolvedOptions().timeZone, "Europe/Rome");
});

test("a page has the server's zone, whatever the browser's is", (t) => {
  assert.equal(pageZone(), "UTC");
  withGlobals(t, { document: { documentElement: { dataset: { timeZone: "Asia/Tokyo" } } } });
  assert.equal(pageZone(), "Asia/Tokyo");
});

test("an element shows the time and has the UTC in its title", () => {
  const element = {};
  showTime(element, at("2031-01-02T10:20:30.400Z"), pageTimes.second(at("2031-01-02T10:20:30Z")));
  const shown = { textContent: "10:20:30", title: "2031-01-02 10:20:30 UTC" };
  assert.deepEqual(element, { ...shown, dateTime: "2031-01-02T10:20:30.400Z" });
});

test("the same text is not put into an element again", () => {
  let puts = 0;
  const element = {
    get textContent() {
      return "10:20:30";
    },
    set textContent(_) {
      puts += 1;
    },
  };
  showTime(element, at("2031-01-02T10:20:30Z"), "10:20:30");
  assert.equal(puts, 0);
  showTime(element, at("2031-01-02T10:20:31Z"), "10:20:31");
  assert.equal(puts, 1);
});

const IN_ZONES = [
  ["today", "Asia/Tokyo", "2026-11-20T13:00:00Z", "2026-11-20T14:59:59Z", "22:00:00"],
  ["yesterday there", "Asia/Tokyo", "2026-11-20T13:00:00Z", "2026-11-20T15:00:00Z", "20 Nov, 22:00"],
  ["last year", "Asia/Tokyo", "2026-12-31T14:59:00Z", "2026-12-31T15:00:00Z", "31 Dec 2026, 23:59"],
  ["the same day a year ago", "UTC", "2025-11-20T13:00:00Z", "2026-11-20T13:00:00Z", "20 Nov 2025, 13:00"],
  ["at midnight", "Asia/Tokyo", "2026-11-20T15:00:00Z", "2026-11-20T16:00:00Z", "00:00:00"],
  ["before clocks go forward", "America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T12:00:00Z", "01:59:59"],
  ["after clocks went forward", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T12:00:00Z", "03:00:00"],
  ["in the hour before clocks go back", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T12:00:00Z", "01:30:00"],
  ["in the same hour once more", "America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T12:00:00Z", "01:30:00"],
  ["at the end of a day of 25 hours", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "00:00:00"],
  ["in half a zone", "Asia/Kolkata", "2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z", "18:30:00"],
  ["in a zone that nobody knows", "Mars/Olympus", "2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z", "13:00:00"],
];

for (const [when, zone, iso, now, text] of IN_ZONES)
  test(`a time in the server's zone ${when}`, () => {
    const times = new ZoneTimes(zone);
    assert.equal(times.clock(at(iso), at(now)), text);
    assert.ok(text.includes(times.minute(at(iso))));
  });
