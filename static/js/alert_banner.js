/** The banner: what is firing, who sees to it, and the button to say so. */

import { matter, stateWord, tone } from "./alert_words.js";
import { durationText } from "./durations.js";
import { showTime } from "./times.js";

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ageText = ({ since }) => durationText((Date.now() - Date.parse(since)) / 1000);

export class AlertBanner {
  /** @param onAcknowledged called with the answer to an acknowledgement. */
  constructor(section, alertsUrl, times, onAcknowledged) {
    Object.assign(this, { section, alertsUrl, times, onAcknowledged });
    this.rows = section.querySelector("[data-alert-rows]");
    this.template = section.querySelector("[data-alert-template]");
    this.most = Number(section.dataset.most);
    this.rows.addEventListener("submit", (event) => this.acknowledge(event));
  }

  /** Both as `AlertList` gives them. */
  show(open, pending) {
    const shown = open.slice(0, this.most);
    this.arrange(shown.map((alert) => this.row(alert)));
    this.showMore(open.length - shown.length);
    this.showPending(pending);
    this.section.hidden = !open.length && !pending.length;
  }

  /** Put rows into place, moving only what stands elsewhere: a moved button loses the focus. */
  arrange(rows) {
    for (const old of [...this.rows.children]) if (!rows.includes(old)) old.remove();
    rows.forEach((row, place) => {
      if (this.rows.children[place] !== row)
        this.rows.insertBefore(row, this.rows.children[place] ?? null);
    });
  }

  row(alert) {
    const known = this.rows.querySelector(`[data-alert-id="${CSS.escape(alert.id)}"]`);
    const row = known ?? this.newRow(alert);
    row.dataset.tone = tone(alert);
    row.querySelector(".alert-state").dataset.tone = tone(alert);
    row.toggleAttribute("data-is-acknowledged", Boolean(alert.acknowledged));
    this.fillWords(row, alert);
    this.fillNotes(row, alert);
    return row;
  }

  newRow(alert) {
    const row = document.importNode(this.template.content.firstElementChild, true);
    row.dataset.alertId = alert.id;
    row.querySelector("[data-ack-form]").action =
      `${this.alertsUrl}/${encodeURIComponent(alert.id)}/ack`;
    const silence = row.querySelector("[data-silence-link]");
    const url = new URL(silence.href);
    url.searchParams.set("camera", alert.camera);
    url.searchParams.set("rule", alert.rule);
    silence.href = url;
    row.querySelector("[data-ack-which]").textContent = ` ${alert.camera}: ${matter(alert)}`;
    return row;
  }

  fillWords(row, alert) {
    setText(row.querySelector("[data-word]"), stateWord(alert));
    setText(row.querySelector("[data-camera]"), alert.camera);
    setText(row.querySelector("[data-matter]"), matter(alert));
    row.querySelector("[data-figure]").hidden = alert.kind !== "expression";
    setText(row.querySelector("[data-value]"), String(Math.round(alert.reading ?? alert.value)));
    this.showTime(row.querySelector("[data-since-time]"), alert.since);
    setText(row.querySelector("[data-age]"), ageText(alert));
  }

  fillNotes(row, alert) {
    const { acknowledged, silenced_until: silencedUntil } = alert;
    row.querySelector("[data-by]").hidden = !acknowledged;
    row.querySelector("[data-ack-form]").hidden = Boolean(acknowledged);
    if (acknowledged) {
      row.querySelector("[data-trouble]").hidden = true;
      setText(row.querySelector("[data-by-name]"), acknowledged.by);
      this.showTime(row.querySelector("[data-by-time]"), acknowledged.at);
    }
    row.querySelector("[data-silence]").hidden = !silencedUntil;
    if (silencedUntil) this.showTime(row.querySelector("[data-silence-time]"), silencedUntil);
  }

  showTime(element, iso) {
    showTime(element, Date.parse(iso), (atMs) => this.times.clock(atMs));
  }

  showMore(count) {
    const more = this.section.querySelector("[data-alert-more]");
    more.hidden = count <= 0;
    setText(more.querySelector("[data-more-count]"), String(Math.max(0, count)));
  }

  showPending(pending) {
    const line = this.section.querySelector("[data-alert-pending]");
    line.hidden = !pending.length;
    const words = pending.map((alert) => `${alert.camera}, ${matter(alert)}, for ${ageText(alert)}`);
    setText(line.querySelector("[data-pending-words]"), words.join("; "));
  }

  async acknowledge(event) {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await this.send(form);
    } catch (error) {
      this.showTrouble(form.closest("[data-alert-id]"), error.message);
    } finally {
      button.disabled = false;
    }
  }

  async send(form) {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form),
    });
    const answer = await response.json().catch(() => ({}));
    if (response.status === 409) return this.onAcknowledged();
    if (!response.ok) throw new Error(answer.message || `The server answered ${response.status}.`);
    this.onAcknowledged(answer);
  }

  showTrouble(row, message) {
    const trouble = row.querySelector("[data-trouble]");
    trouble.hidden = false;
    setText(trouble, `Not acknowledged: ${message}`);
  }
}
