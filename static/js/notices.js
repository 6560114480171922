/** Warnings above the page, words for a screen reader, and the window's title. */

import { stateWord } from "./camera_state.js";
import { titleOf } from "./camera_titles.js";
import { setTitle } from "./title.js";

// Figures that come and go are not announced; only what changes the meaning of the page is.
const CALM = new Set(["current", "empty", "suppressed"]);

const SHOWS_NO_DEMO = new Set(["live", "paused"]);

function signInLink(loginUrl) {
  const link = document.createElement("a");
  const url = new URL(loginUrl, location.href);
  url.searchParams.set("next", location.pathname + location.search);
  link.href = url;
  link.textContent = "Sign in again";
  return link;
}

export class Notices {
  constructor(loginUrl) {
    this.loginUrl = loginUrl;
    this.warning = document.querySelector("[data-warning]");
    this.announcer = document.querySelector("[data-announcer]");
    this.demo = document.querySelector("[data-demo-notice]");
    this.hold = document.querySelector("[data-hold-notice]");
    this.announced = null;
  }

  show(readings, condition) {
    this.showWarning(condition);
    this.announce(readings, condition);
    if (this.demo) this.demo.hidden = SHOWS_NO_DEMO.has(readings.state);
    if (this.hold) this.hold.hidden = readings.state !== "paused";
    setTitle(this.title(readings, condition));
  }

  showWarning(condition) {
    if (this.warning.dataset.text === condition.warning) return;
    this.warning.dataset.text = condition.warning;
    this.warning.hidden = !condition.warning;
    this.warning.replaceChildren(condition.warning, " ");
    if (condition.name === "ended") this.warning.append(signInLink(this.loginUrl));
  }

  announce(readings, condition) {
    const name = CALM.has(condition.name) ? "readable" : condition.name;
    const isFirst = this.announced === null || this.announced === "loading";
    if (name === this.announced) return;
    this.announced = name;
    if (isFirst && name === "readable") return;
    const words = name === "readable" ? "Readings arrive again." : condition.note;
    this.announcer.textContent = `Camera ${titleOf(readings.camera)}. ${words}`;
  }

  title(readings, condition) {
    const value = condition.isCurrent ? Math.round(readings.counts.indicator) : "–";
    return `${value} · ${titleOf(readings.camera)} · ${stateWord(readings, condition)} · Evenkeel`;
  }
}
