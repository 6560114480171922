/** Where the value of a camera's rule lies, in words and as a shape; the colour only repeats them. */

const NO_RULE = "No rule watches this camera";
// "Level", since an alert comes only when it lasts, and in the rule's hours of duty.
const WORDS = { calm: "Calm", raised: "Raised", alert: "Alert level" };

/** The band's name for style: "" where there is none, or a newer server says another. */
export function bandOf(condition, counts) {
  return condition.isCurrent && counts.band in WORDS ? counts.band : "";
}

/** The band in words; "" while nothing is known. */
export function bandWords(condition, counts) {
  if (!condition.isCurrent) return "";
  return WORDS[bandOf(condition, counts)] ?? NO_RULE;
}

/** Who looks down for a moment counts on, so more may have risen than there are faces. */
const peopleOf = ({ faces, rising }) => Math.max(faces, rising);

/** How many have risen, of how many. */
export const risenShare = (counts) => `${counts.rising} of ${peopleOf(counts)}`;

/** How many people have risen; "" while nothing is known. */
export function risenWords(condition, counts) {
  if (!condition.isCurrent || counts.rising === undefined) return "";
  return `${risenShare(counts)} ${peopleOf(counts) === 1 ? "person" : "people"} risen`;
}

/** Show a band on an element with [data-band-line] and, within it, [data-band-word]. */
export function showBand(line, band, words) {
  line.dataset.band = band;
  const word = line.querySelector("[data-band-word]");
  if (word.textContent !== words) word.textContent = words;
}
