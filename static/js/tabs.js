/** The row of cameras: each with its state, indicator and band. */

import { bandOf, bandWords, showBand } from "./bands.js";
import { showBadge } from "./camera_state.js";

export function showTab(readings, condition) {
  const tab = document.querySelector(`[data-camera-tab="${CSS.escape(readings.camera)}"]`);
  if (!tab) return;
  showBadge(tab.querySelector(".badge"), readings, condition);
  const value = condition.isCurrent ? String(Math.round(readings.counts.indicator)) : "–";
  tab.querySelector("[data-value]").textContent = value;
  const band = bandOf(condition, readings.counts);
  const words = band && `, ${bandWords(condition, readings.counts)}`;
  showBand(tab.querySelector("[data-band-line]"), band, words);
}
