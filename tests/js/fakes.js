/** Fakes of what a browser gives the scripts. */

/** Put globals in place for one test. */
export function withGlobals(t, globals) {
  const names = Object.keys(globals);
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const name of names)
    Object.defineProperty(globalThis, name, { value: globals[name], configurable: true, writable: true });
  t.after(() => {
    for (const [name, was] of before)
      if (was) Object.defineProperty(globalThis, name, was);
      else delete globalThis[name];
  });
}

/** A `fetch` that gives one answer after another, and notes what was asked for. */
export function fakeFetch(...answers) {
  const asked = [];
  const fetch = async (url, request = {}) => {
    asked.push([request.method ?? "GET", url]);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer() : answer;
  };
  return Object.assign(fetch, { asked });
}

export const jsonResponse = (body, status = 200) => Response.json(body, { status });

/** `setTimeout` and `clearTimeout`; a test lets the time pass. */
export class FakeTimers {
  constructor() {
    this.waiting = [];
    this.setTimeout = (act, delayMs) => {
      const timer = { act, delayMs };
      this.waiting.push(timer);
      return timer;
    };
    this.clearTimeout = (timer) => {
      this.waiting = this.waiting.filter((other) => other !== timer);
    };
  }

  get delaysMs() {
    return this.waiting.map(({ delayMs }) => delayMs);
  }

  run() {
    for (const { act } of this.waiting.splice(0)) act();
  }
}

/** A storage of the browser. */
export class FakeStorage extends Map {
  getItem(key) {
    return this.get(key) ?? null;
  }

  setItem(key, value) {
    this.set(key, value);
  }
}
