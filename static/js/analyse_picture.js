/** The result of a picture: the picture, and a bar chart for each of its faces. */

import { fillBars } from "./analyse_bars.js";

// Nearer to the lower edge, a number stands inside of its frame.
const LOW_SHARE = 0.92;
const percent = (share) => `${Math.round(100 * share)} %`;

function faceWords({ emotion, confidence, uncertain }) {
  const reading = `${emotion} ${percent(confidence)}`;
  return uncertain ? `uncertain, most likely ${reading}` : reading;
}

function markOf(face, number, { width, height }) {
  const [x0, y0, x1, y1] = face.box_xyxy;
  const mark = document.createElement("a");
  mark.className = "face-mark";
  mark.href = `#face-${number}`;
  mark.setAttribute("aria-label", `Face ${number}, ${faceWords(face)}`);
  mark.style.left = `${(100 * x0) / width}%`;
  mark.style.top = `${(100 * y0) / height}%`;
  mark.style.width = `${(100 * (x1 - x0)) / width}%`;
  mark.style.height = `${(100 * (y1 - y0)) / height}%`;
  mark.toggleAttribute("data-low", y1 / height > LOW_SHARE);
  const text = document.createElement("span");
  text.textContent = number;
  mark.append(text);
  return mark;
}

function cardOf(face, number, template) {
  const card = template("face");
  card.id = `face-${number}`;
  card.tabIndex = -1;
  card.querySelector("[data-number]").textContent = number;
  card.querySelector("[data-words]").textContent = faceWords(face);
  fillBars(card, (name) => {
    const share = face.probabilities[name] ?? 0;
    return { share, text: percent(share) };
  });
  return card;
}

/** Whoever points at a face sees its chart, and the other way round. */
function tie(card, mark) {
  for (const part of [card, mark]) {
    const light = (isOn) => () => [card, mark].forEach((p) => p.toggleAttribute("data-on", isOn));
    for (const event of ["pointerenter", "focusin"]) part.addEventListener(event, light(true));
    for (const event of ["pointerleave", "focusout"]) part.addEventListener(event, light(false));
  }
}

/** Fill the article of a picture; returns what to call when it goes. */
export function showPicture(article, { record }, template) {
  const { faces, width, height } = record;
  const people = faces.length === 1 ? "1 face" : `${faces.length} faces`;
  const size = `${width.toLocaleString("en")} × ${height.toLocaleString("en")} pixels`;
  article.querySelector("[data-extent]").textContent = `${people}, ${size}`;
  article.querySelector("[data-no-face]").hidden = faces.length > 0;
  for (const [at, face] of faces.entries()) {
    const [card, mark] = [cardOf(face, at + 1, template), markOf(face, at + 1, record)];
    tie(card, mark);
    article.querySelector("[data-shot]").append(mark);
    article.querySelector("[data-faces]").append(card);
  }
  return () => {};
}
