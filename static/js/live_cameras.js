/** What a page of many cameras knows: the newest of each, its alerts, and how the link is. */

import { alertHandlers, alertsNow, takeAlertLink, takeIndicator } from "./alerts.js";
import { bandOf } from "./bands.js";
import { STALE_AFTER_S, conditionOf } from "./condition.js";
import { Feed } from "./feed.js";
import { Glances } from "./glances.js";
import { CameraOrder, rankOf } from "./ranks.js";
import { Readings } from "./readings.js";

const RUNNING = new Set(["live", "demo"]);

export class LiveCameras {
  /**
   * @param page the data of the element with [data-overview].
   * @param cards the elements of the cameras, in the admins' order.
   * @param onChange called when anything is to be shown anew.
   */
  constructor(page, cards, { width, onChange, onRefusal = () => {} }) {
    Object.assign(this, { page, onChange });
    this.cards = new Map(cards.map((card) => [card.dataset.card, card]));
    this.readings = new Map(cards.map(({ dataset }) => [dataset.card, readingsOf(dataset)]));
    this.order = new CameraOrder([...this.cards.keys()]);
    this.link = { name: "connecting", heardMs: Date.now(), lostMs: Date.now() };
    this.glances = new Glances(width, onRefusal);
  }

  start() {
    this.feed = new Feed({
      socketPath: this.page.socketPath,
      sessionUrl: this.page.camerasUrl,
      onLink: (name) => this.takeLink(name),
      handlers: {
        ...alertHandlers,
        counts: (counts) => this.takeCounts(counts),
        camera: (state) => this.takeState(state),
        picture: (picture) => this.takePicture(picture),
        cameras: () => location.reload(),
      },
    });
    this.feed.start();
    document.addEventListener("alertschange", () => this.onChange());
    document.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) this.feed.leave();
    });
  }

  conditionOf(camera, nowMs) {
    return conditionOf(this.readings.get(camera), this.link, nowMs);
  }

  /** Open alerts of a camera, and those that are pending. */
  alertsOf(camera) {
    const { open, pending } = alertsNow();
    return [...open, ...pending].filter((alert) => alert.camera === camera);
  }

  /** The names in the order in which they need a look; as before while there is no contact. */
  arranged(nowMs) {
    const ranks = new Map();
    for (const [camera, { counts }] of this.readings) {
      const condition = this.conditionOf(camera, nowMs);
      const isKnown = condition.name !== "lost" && condition.name !== "ended";
      const band = bandOf(condition, counts);
      if (isKnown) ranks.set(camera, rankOf(condition, band, this.alertsOf(camera)));
    }
    return this.order.arrange(ranks, nowMs);
  }

  /** Since when there is no contact with the server, in milliseconds; null while there is. */
  lostSinceMs(nowMs) {
    const { name, heardMs, lostMs } = this.link;
    const isSilent = nowMs - heardMs > 1000 * STALE_AFTER_S;
    if (name !== "connected") return name !== "connecting" || isSilent ? lostMs : null;
    const isRunning = [...this.readings.values()].some(({ state }) => RUNNING.has(state));
    return isRunning && isSilent ? heardMs : null;
  }

  takeCounts(counts) {
    this.link.heardMs = Date.now();
    this.readings.get(counts.camera)?.takeCounts(counts, Date.now());
    takeIndicator(counts, this.page.alertExpressions.split(","));
    this.onChange();
  }

  async takeState(state) {
    const readings = this.readings.get(state.camera);
    if (!readings) return;
    readings.takeState(state);
    // A pause takes the picture away at once.
    if (!RUNNING.has(readings.state)) this.glances.forget(state.camera);
    this.onChange();
    if (state.state === "offline" && !readings.reason) await this.takeReasons();
  }

  async takePicture(picture) {
    await this.glances.take(picture, Date.now());
    if (!RUNNING.has(this.readings.get(picture.camera)?.state)) this.glances.forget(picture.camera);
    this.onChange();
  }

  takeLink(name) {
    const wasLost = this.link.name === "lost";
    if (this.link.name === "connected") this.link.lostMs = Date.now();
    if (name === "connected") this.link.heardMs = Date.now();
    this.link.name = name;
    if (name === "connected") this.glances.connect(this.feed.socket);
    takeAlertLink(name);
    this.onChange();
    if (wasLost && name === "connected") this.takeReasons();
  }

  /** Read why cameras are offline; other cameras than those of this page want another page. */
  async takeReasons() {
    try {
      const response = await fetch(this.page.camerasUrl, { headers: { Accept: "application/json" } });
      const { cameras } = await response.json();
      const titles = cameras.map(({ name, title }) => `${name}\n${title}`).join();
      const known = [...this.cards].map(([name, card]) => `${name}\n${titleIn(card)}`).join();
      if (titles !== known) return location.reload();
      for (const camera of cameras) this.readings.get(camera.name).takeReason(camera);
      this.onChange();
    } catch (error) {
      console.warn("The cameras could not be read again.", error);
    }
  }
}

const titleIn = (card) => card.querySelector("h2").textContent;

function readingsOf({ card, state, since, because }) {
  return new Readings(card, state, Date.parse(since), because);
}
