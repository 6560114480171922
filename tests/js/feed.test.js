import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed } from "../../static/js/feed.js";
import { fakeFetch, FakeTimers, jsonResponse, withGlobals } from "./fakes.js";

/** A Socket.IO connection; `active` says whether the library retries by itself. */
class FakeSocket {
  constructor() {
    Object.assign(this, { handlers: {}, active: true, connects: 0, disconnects: 0 });
  }

  on(event, take) {
    this.handlers[event] = take;
  }

  connect() {
    this.connects += 1;
  }

  disconnect() {
    this.disconnects += 1;
  }

  /** Let something happen; wait until the page has taken it. */
  async happen(event, payload) {
    await this.handlers[event](payload);
    await new Promise(setImmediate);
  }
}

/** A started feed; `answers` are those of the page that says whether the sign-in holds. */
function start(t, ...answers) {
  const [socket, timers, fetch, links, taken] = [new FakeSocket(), new FakeTimers(), fakeFetch(...answers), [], []];
  let options;
  const io = (given) => {
    options = given;
    return socket;
  };
  withGlobals(t, { window: { io }, fetch, setTimeout: timers.setTimeout });
  const feed = new Feed({
    socketPath: "/prefix/socket.io",
    sessionUrl: "/api/cameras",
    onLink: (name) => links.push(name),
    handlers: { counts: (payload) => taken.push(payload) },
  });
  feed.start();
  return { feed, socket, timers, fetch, links, taken, options };
}

test("without the browser packages there is no feed", (t) => {
  const links = [];
  withGlobals(t, { window: {} });
  const feed = new Feed({ onLink: (name) => links.push(name), handlers: {} });
  feed.start();
  feed.leave();
  assert.deepEqual(links, ["unavailable"]);
});

test("events reach their handlers", async (t) => {
  const { socket, taken, links, options } = start(t);
  await socket.happen("connect");
  await socket.happen("counts", { faces: 2 });
  assert.deepEqual([taken, links], [[{ faces: 2 }], ["connected"]]);
  assert.equal(options.path, "/prefix/socket.io");
});

test("a lost connection that the library restores is left to it", async (t) => {
  const { socket, timers, fetch, links } = start(t, jsonResponse({}));
  await socket.happen("disconnect", "transport close");
  assert.deepEqual(links, ["lost"]);
  assert.deepEqual(fetch.asked, [["GET", "/api/cameras"]]);
  assert.deepEqual([timers.delaysMs, socket.disconnects], [[], 0]);
});

test("a connection that the server refuses is tried again after two seconds, every time", async (t) => {
  const { socket, timers, links } = start(t, jsonResponse({}), new TypeError("Failed to fetch"));
  socket.active = false;
  for (const attempt of [1, 2]) {
    await socket.happen("connect_error");
    assert.deepEqual(timers.delaysMs, [2000]);
    timers.run();
    assert.equal(socket.connects, attempt);
  }
  assert.deepEqual(links, ["lost", "lost"]);
});

test("who is cut while the sign-in holds sees what may be seen now", async (t) => {
  const { socket, links } = start(t, jsonResponse({}, 200), new TypeError("Failed to fetch"));
  let loads = 0;
  globalThis.location = { reload: () => (loads += 1) };
  t.after(() => delete globalThis.location);
  await socket.happen("disconnect", "io server disconnect");
  assert.equal(loads, 1);
  await socket.happen("disconnect", "io server disconnect");
  assert.deepEqual([loads, links], [1, ["lost", "lost"]], "nobody knows whether it holds");
});

const ENDS = [
  ["401", jsonResponse({}, 401)],
  ["403", jsonResponse({}, 403)],
  ["a redirect to the form", { type: "opaqueredirect", status: 0 }],
];

for (const [what, answer] of ENDS)
  test(`after ${what} the sign-in has ended and nothing is tried again`, async (t) => {
    const { socket, timers, links } = start(t, answer);
    socket.active = false;
    await socket.happen("disconnect", "io server disconnect");
    assert.deepEqual(links, ["lost", "ended"]);
    assert.deepEqual([socket.disconnects, timers.delaysMs], [1, []]);
  });

test("a server that is not well has not ended the sign-in", async (t) => {
  const { socket, links } = start(t, jsonResponse({}, 503));
  await socket.happen("disconnect", "transport close");
  assert.deepEqual(links, ["lost"]);
});

test("whoever leaves the page has not lost the connection", async (t) => {
  const { feed, socket, fetch, links } = start(t);
  feed.leave();
  await socket.happen("disconnect", "io client disconnect");
  assert.deepEqual([socket.disconnects, fetch.asked, links], [1, [], []]);
});
