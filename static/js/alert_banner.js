/** The banner: what is firing, who sees to it, and the button to say so. */

import { focusNext, sendDeed } from "./alert_deeds.js";
import { ANSWERS, figureName, figureOf, matter, stateWord, tone } from "./alert_words.js";
import { titleOf } from "./camera_titles.js";
import { durationText } from "./durations.js";
import { showTime } from "./times.js";

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ageText = ({ since }) => durationText((Date.now() - Date.parse(since)) / 1000);

export class AlertBanner {
  /** @param onDone called with the alert as it is after what was done, null when it is unknown. */
  constructor(section, { alertsUrl, alertPagesUrl, dashboardUrl }, onDone) {
    Object.assign(this, { section, alertsUrl, alertPagesUrl, dashboardUrl, onDone });
    this.rows = section.querySelector("[data-alert-rows]");
    this.template = section.querySelector("[data-alert-template]");
    this.most = Number(section.dataset.most);
    this.rows.addEventListener("submit", (event) => this.submit(event));
  }

  /**
   * @param open as `AlertList` gives them.
   * @param pending the same; null while there is no contact and nobody knows.
   * @param gaps sentences on where nobody is watching.
   */
  show(open, pending, gaps) {
    const shown = open.slice(0, this.most);
    this.arrange(shown.map((alert) => this.row(alert)));
    this.showMore(open.length - shown.length);
    this.showPending(pending ?? []);
    this.showGaps(gaps);
    const isCalm = !open.length && pending?.length === 0 && !gaps.length;
    this.section.querySelector("[data-alert-calm]").hidden = !isCalm;
  }

  /** Put rows into place; the keyboard stays with its row, or with all of them if that is gone. */
  arrange(rows) {
    const focused = this.rows.contains(document.activeElement) ? document.activeElement : null;
    for (const old of [...this.rows.children]) if (!rows.includes(old)) old.remove();
    rows.forEach((row, place) => {
      if (this.rows.children[place] !== row)
        this.rows.insertBefore(row, this.rows.children[place] ?? null);
    });
    if (!focused || focused === document.activeElement) return;
    (focused.isConnected ? focused : this.section).focus({ preventScroll: true });
  }

  row(alert) {
    const known = this.rows.querySelector(`[data-alert-id="${CSS.escape(alert.id)}"]`);
    const row = known ?? this.newRow(alert);
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    row.dataset.tone = tone(alert);
    row.querySelector(".alert-state").dataset.tone = tone(alert);
    row.toggleAttribute("data-is-acknowledged", Boolean(alert.acknowledged));
    row.toggleAttribute("data-is-silenced", Boolean(alert.silenced_until));
    this.fillWords(row, alert);
    this.fillNotes(row, alert);
    // Somebody else was faster, and took the form that had the keyboard.
    if (focused?.closest("[hidden]")) focusNext(row);
    return row;
  }

  newRow(alert) {
    const row = document.importNode(this.template.content.firstElementChild, true);
    row.dataset.alertId = alert.id;
    const url = `${this.alertsUrl}/${encodeURIComponent(alert.id)}`;
    row.querySelector("[data-ack-form]").action = `${url}/ack`;
    row.querySelector("[data-answer-form]").action = `${url}/answer`;
    const page = `${this.alertPagesUrl}/${encodeURIComponent(alert.id)}`;
    for (const link of row.querySelectorAll("[data-alert-link]")) link.href = page;
    const question = `Was something the matter at ${titleOf(alert.camera)}?`;
    row.querySelector("[data-question]").setAttribute("aria-label", question);
    const silence = row.querySelector("[data-silence-link]");
    const href = new URL(silence.href);
    href.searchParams.set("camera", alert.camera);
    href.searchParams.set("rule", alert.rule);
    silence.href = href;
    silence.hidden = alert.kind === "test";
    row.querySelector("[data-ack-which]").textContent = ` ${titleOf(alert.camera)}: ${matter(alert)}`;
    return row;
  }

  fillWords(row, alert) {
    setText(row.querySelector("[data-word]"), stateWord(alert));
    this.showCamera(row.querySelector("[data-camera] a"), alert.camera);
    setText(row.querySelector("[data-matter]"), matter(alert));
    const figure = figureOf(alert);
    row.querySelector("[data-figure]").hidden = !figure;
    setText(row.querySelector("[data-figure-name]"), figureName(alert));
    setText(row.querySelector("[data-value]"), figure);
    showTime(row.querySelector("[data-since-time]"), Date.parse(alert.since));
    setText(row.querySelector("[data-age]"), ageText(alert));
    row.querySelector("[data-advice]").hidden = !alert.advice;
    setText(row.querySelector("[data-advice-words]"), alert.advice ?? "");
  }

  fillNotes(row, alert) {
    const { acknowledged, silenced_until: silencedUntil } = alert;
    row.querySelector("[data-by]").hidden = !acknowledged;
    row.querySelector("[data-ack-form]").hidden = Boolean(acknowledged);
    if (acknowledged) {
      row.querySelector("[data-trouble]").hidden = true;
      setText(row.querySelector("[data-by-name]"), acknowledged.by);
      showTime(row.querySelector("[data-by-time]"), Date.parse(acknowledged.at));
    }
    this.fillAnswer(row, alert);
    row.querySelector("[data-silence]").hidden = !silencedUntil;
    if (silencedUntil)
      showTime(row.querySelector("[data-silence-time]"), Date.parse(silencedUntil));
  }

  fillAnswer(row, { acknowledged, answer, kind }) {
    const isAsked = acknowledged && !answer && kind !== "test";
    row.querySelector("[data-answer-form]").hidden = !isAsked;
    row.querySelector("[data-answer-link]").hidden = !answer;
    row.querySelector("[data-answer]").hidden = !answer;
    if (answer) setText(row.querySelector("[data-answer-words]"), ANSWERS[answer]);
  }

  showCamera(link, camera) {
    const url = new URL(this.dashboardUrl, location.href);
    url.searchParams.set("camera", camera);
    if (link.href !== url.href) link.href = url;
    setText(link, titleOf(camera));
  }

  showMore(count) {
    const more = this.section.querySelector("[data-alert-more]");
    more.hidden = count <= 0;
    setText(more.querySelector("[data-more-count]"), String(Math.max(0, count)));
  }

  showGaps(gaps) {
    const line = this.section.querySelector("[data-alert-gaps]");
    line.hidden = !gaps.length;
    setText(line, gaps.join(" "));
  }

  showPending(pending) {
    const line = this.section.querySelector("[data-alert-pending]");
    line.hidden = !pending.length;
    const words = line.querySelector("[data-pending-words]");
    const shown = pending.slice(0, this.most);
    const rest = pending.length - shown.length;
    this.showPendingLinks(words, shown.map(({ camera }) => camera));
    const last = rest ? `; and ${rest} more` : "";
    shown.forEach((alert, place) => {
      const end = place < shown.length - 1 ? "; " : last;
      const text = `, ${matter(alert)}, for ${ageText(alert)}${end}`;
      setText(words.children[2 * place + 1], text);
    });
  }

  /** A link and room for words for each camera, made anew only for others: one may be clicked. */
  showPendingLinks(words, cameras) {
    if (words.dataset.cameras === cameras.join()) return;
    words.dataset.cameras = cameras.join();
    const parts = cameras.flatMap((camera) => {
      const link = document.createElement("a");
      this.showCamera(link, camera);
      return [link, document.createElement("span")];
    });
    words.replaceChildren(...parts);
  }

  async submit(event) {
    event.preventDefault();
    const { target: form, submitter } = event;
    const hadKeyboard = form.contains(document.activeElement);
    try {
      await this.onDone(await sendDeed(form, submitter));
      if (hadKeyboard) focusNext(form.closest("[data-alert-id]"));
    } catch (error) {
      this.showTrouble(form, error.message);
      if (hadKeyboard) submitter.focus();
    }
  }

  showTrouble(form, message) {
    const trouble = form.closest("[data-alert-id]").querySelector("[data-trouble]");
    trouble.hidden = false;
    const what = form.matches("[data-ack-form]") ? "acknowledged" : "answered";
    setText(trouble, `Not ${what}: ${message}`);
  }
}
