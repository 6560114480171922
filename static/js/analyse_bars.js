/** A bar per expression, always with its word and its figure. */

/** @param figureOf expression => {share: 0-1, text}. */
export function fillBars(bars, figureOf) {
  for (const row of bars.querySelectorAll("[data-expression]")) {
    const { share, text } = figureOf(row.dataset.expression);
    const fill = row.querySelector(".bar-fill");
    fill.style.width = `${100 * share}%`;
    fill.toggleAttribute("data-filled", share > 0.005);
    row.toggleAttribute("data-zero", share < 0.005);
    row.querySelector("[data-count]").textContent = text;
  }
}
