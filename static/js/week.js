/** A week to click, beside the text field of a schedule, which stays what is sent. */

import { HOURS, hourOf, minutesOf, setHour, textOf } from "./week_minutes.js";

const WAIT_MS = 300;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Week {
  constructor(root) {
    this.root = root;
    this.field = document.getElementById(root.dataset.for);
    this.said = root.querySelector("[data-said]");
    this.cells = [...root.querySelectorAll("[data-hour]")];
    this.minutes = minutesOf([]);
    this.asked = 0;
    this.painting = null;
    this.listen();
    root.hidden = false;
    this.read();
  }

  listen() {
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.read(), WAIT_MS);
    });
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("keydown", (event) => this.move(event));
    this.root.addEventListener("pointerdown", (event) => this.begin(event));
    this.root.addEventListener("pointerover", (event) => this.paint(event));
    document.addEventListener("pointerup", () => {
      this.painting = null;
    });
  }

  /** Show what the text means; the server knows. */
  async read() {
    this.asked += 1;
    const asked = this.asked;
    const url = `${this.root.dataset.url}?text=${encodeURIComponent(this.field.value)}`;
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || asked !== this.asked) return;
    const read = await answer.json();
    if (!read.fault) this.minutes = minutesOf(read.windows);
    this.said.textContent = read.fault || `On: ${read.text || "always"}.`;
    this.said.dataset.tone = read.fault ? "warning" : "";
    this.show();
  }

  show() {
    for (const cell of this.cells) {
      const state = hourOf(this.minutes, Number(cell.dataset.day), Number(cell.dataset.hour));
      cell.setAttribute("aria-pressed", { all: "true", some: "mixed", none: "false" }[state]);
    }
  }

  click(event) {
    const day = event.target.closest("[data-whole-day]");
    const cell = event.target.closest("[data-hour]");
    // A pointer has painted it already; a key comes as a click without one.
    if (cell && event.detail === 0) this.set([cell], !this.isOn(cell));
    if (!day) return;
    const cells = this.cells.filter((each) => each.dataset.day === day.dataset.wholeDay);
    this.set(cells, !cells.every((each) => this.isOn(each)));
  }

  begin(event) {
    const cell = event.target.closest("[data-hour]");
    if (!cell || event.button !== 0) return;
    // A finger that moves scrolls: it paints one hour at a time.
    this.painting = event.pointerType === "touch" ? null : !this.isOn(cell);
    this.set([cell], !this.isOn(cell));
  }

  paint(event) {
    const cell = event.target.closest("[data-hour]");
    if (cell && this.painting !== null) this.set([cell], this.painting);
  }

  move(event) {
    const cell = event.target.closest("[data-hour]");
    const move = MOVES[event.key];
    if (!cell || !move) return;
    event.preventDefault();
    const day = Math.min(6, Math.max(0, Number(cell.dataset.day) + move[0]));
    const hour = Math.min(HOURS - 1, Math.max(0, Number(cell.dataset.hour) + move[1]));
    const next = this.cells.find(
      (each) => Number(each.dataset.day) === day && Number(each.dataset.hour) === hour,
    );
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  isOn(cell) {
    return cell.getAttribute("aria-pressed") === "true";
  }

  set(cells, isOn) {
    for (const cell of cells)
      setHour(this.minutes, Number(cell.dataset.day), Number(cell.dataset.hour), isOn);
    this.field.value = textOf(this.minutes);
    this.show();
    this.read();
  }
}

for (const root of document.querySelectorAll("[data-week]")) new Week(root);
