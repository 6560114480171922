/** The indicator, the people in view and the bars; a dash wherever there is no current figure. */

import { bandOf, bandWords, risenWords, showBand } from "./bands.js";

const NONE = "–";

function showIndicator(board, value) {
  const text = value === null ? NONE : String(Math.round(value));
  board.querySelector("[data-indicator]").textContent = text;
  board.toggleAttribute("data-no-indicator", value === null);
  board.querySelector(".scale-fill").style.width = `${value ?? 0}%`;
}

function showMeaning(board, condition, counts) {
  const band = bandOf(condition, counts);
  board.dataset.band = band;
  const line = board.querySelector(".indicator [data-band-line]");
  showBand(line, band, bandWords(condition, counts));
  board.querySelector("[data-risen]").textContent = risenWords(condition, counts);
  board.querySelector("[data-note]").textContent = condition.note;
}

function showPeople(board, faces, unread) {
  board.querySelector("[data-people]").textContent = faces ?? NONE;
  const word = faces === 1 ? "person in view" : "people in view";
  board.querySelector("[data-people-word]").textContent = word;
  const line = board.querySelector("[data-unread]");
  const seen = unread === 1 ? "1 face" : `${unread} faces`;
  line.textContent = `${seen} seen, not read: too small, blurred or turned`;
  line.hidden = faces === null || !unread;
}

function showBar(row, count, faces) {
  const fill = row.querySelector(".bar-fill");
  fill.style.width = faces ? `${(100 * count) / faces}%` : "0";
  fill.toggleAttribute("data-filled", Boolean(faces && count));
  row.toggleAttribute("data-zero", !count);
  row.querySelector("[data-count]").textContent = count ?? NONE;
}

/**
 * Show a reading.
 *
 * @param condition from `conditionOf`; an empty room still shows its zero people.
 */
export function showFigures(board, condition, counts) {
  const isEmpty = condition.name === "empty";
  const faces = condition.isCurrent || isEmpty ? counts.faces : null;
  showIndicator(board, condition.isCurrent ? counts.indicator : null);
  showPeople(board, faces, counts?.unread ?? 0);
  for (const row of board.querySelectorAll("[data-bars] [data-expression]"))
    showBar(row, faces === null ? null : (counts.counts[row.dataset.expression] ?? 0), faces);
  showMeaning(board, condition, counts);
  board.toggleAttribute("data-not-current", !condition.isCurrent && !isEmpty);
}
