/** One line on pages without the banner: what fires, and where. */

import { matter, stateWord, tone } from "./alert_words.js";
import { titleOf } from "./camera_titles.js";
import { showTime } from "./times.js";

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class AlertStrip {
  /** @param pageUrl of the alerts; each has its own page below it. */
  constructor(strip, pageUrl) {
    Object.assign(this, { strip, pageUrl });
    this.link = strip.querySelector("[data-strip-link]");
    this.more = strip.querySelector("[data-strip-more]");
  }

  /** @param open as `AlertList` gives them; the page's own alert is left out. */
  show(open) {
    const [first, ...others] = open.filter(({ id }) => id !== this.strip.dataset.but);
    this.strip.hidden = !first;
    if (!first) return;
    this.fill(first);
    this.more.hidden = !others.length;
    setText(this.more.querySelector("[data-more-count]"), String(others.length));
  }

  fill(alert) {
    const { strip } = this;
    const { acknowledged, silenced_until: silencedUntil } = alert;
    strip.dataset.tone = tone(alert);
    strip.querySelector(".alert-state").dataset.tone = tone(alert);
    strip.toggleAttribute("data-is-acknowledged", Boolean(acknowledged));
    strip.toggleAttribute("data-is-silenced", Boolean(silencedUntil));
    setText(strip.querySelector("[data-word]"), stateWord(alert));
    this.link.href = `${this.pageUrl}/${encodeURIComponent(alert.id)}`;
    setText(this.link.querySelector("[data-camera]"), titleOf(alert.camera));
    setText(this.link.querySelector("[data-matter]"), matter(alert));
    showTime(strip.querySelector("[data-since-time]"), Date.parse(alert.since));
    strip.querySelector("[data-silenced]").hidden = !silencedUntil;
    strip.querySelector("[data-by]").hidden = !acknowledged;
    setText(strip.querySelector("[data-by-name]"), acknowledged?.by ?? "");
  }
}
