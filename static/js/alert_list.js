/** The alerts of now, as the server sent them and as events changed them since. */

import { risenShare } from "./bands.js";

const OPEN = new Set(["firing", "recovering"]);

const UNKNOWN = { peak: 0, acknowledged: null, silenced_until: null, notes: [], answer: null };

const newestFirst = (one, other) => Date.parse(other.since) - Date.parse(one.since);

export class AlertList {
  /** @param gaps sentences on where nobody is watching. */
  constructor(alerts, gaps = []) {
    this.gaps = gaps;
    this.version = 0;
    this.over = new Set();
    this.replace(alerts);
  }

  /** Events come before the database has them: what is over stays over. */
  replace(alerts) {
    const current = alerts.filter(({ id }) => !this.over.has(id));
    const reading = (id) => ({ reading: this.byId?.get(id)?.reading });
    this.byId = new Map(current.map((alert) => [alert.id, { ...alert, ...reading(alert.id) }]));
  }

  /** Take an `alert` event. */
  take(event) {
    this.version += 1;
    if (event.state === "resolved") {
      this.over.add(event.id);
      this.byId.delete(event.id);
    } else {
      const known = this.byId.get(event.id);
      this.byId.set(event.id, { ...UNKNOWN, ...known, ...event, reading: undefined });
    }
  }

  /** Take an `alert_note` event. */
  takeNote({ id, change, by, at, text }) {
    const alert = this.byId.get(id);
    if (!alert || !["acknowledged", "answered"].includes(change)) return;
    this.version += 1;
    if (change === "answered") alert.answer = text;
    else alert.acknowledged = { by, at };
  }

  /** Note what a `counts` event says of the alerts that are about just the expressions it counts. */
  follow(counts, expressions) {
    const watched = [...expressions].sort().join();
    for (const alert of this.byId.values())
      if (alert.kind === "expression" && alert.camera === counts.camera)
        if ([...alert.expressions].sort().join() === watched)
          alert.reading = alert.counts_people ? risenShare(counts) : counts.indicator;
  }

  /** Read the alerts again, and once more where an event has overtaken the answer. */
  async load(url) {
    const { version } = this;
    const request = { headers: { Accept: "application/json" }, cache: "no-store" };
    const response = await fetch(`${url}?open=1`, request);
    if (!response.ok) throw new Error(`expected 200, got ${response.status}`);
    const { alerts, gaps } = await response.json();
    if (version !== this.version) return this.load(url);
    this.gaps = gaps;
    this.replace(alerts);
  }

  /** Those that fired and are not over: those that wait first, silenced ones after others. */
  get open() {
    const open = [...this.byId.values()].filter((alert) => OPEN.has(alert.state)).sort(newestFirst);
    const rank = (a) => 2 * Boolean(a.acknowledged) + Boolean(a.silenced_until);
    return open.sort((one, other) => rank(one) - rank(other));
  }

  get waiting() {
    return this.open.filter((alert) => !alert.acknowledged);
  }

  get pending() {
    return [...this.byId.values()].filter((alert) => alert.state === "pending").sort(newestFirst);
  }
}
