/** The result of a video: its summary, its curves, and the picture of the highest indicator. */

import { AlertMarks } from "./alert_marks.js";
import { fillBars } from "./analyse_bars.js";
import { drawIndicator, drawPeople } from "./history_curves.js";
import { historyOf, readoutWords, verdict } from "./video_history.js";
import { VideoPlayer } from "./video_player.js";
import { momentText, VideoTimes } from "./video_times.js";

function showSummary(article, summary) {
  const put = (name, text) => {
    article.querySelector(`[data-${name}]`).textContent = text;
  };
  const hasFaces = summary.faces_max > 0;
  put("length", momentText(summary.duration_s));
  put("pictures", `${summary.pictures.toLocaleString("en")} pictures read`);
  put("highest", hasFaces ? Math.round(summary.highest.indicator) : "–");
  put("highest-at", hasFaces ? `at ${momentText(summary.highest.at_s)}` : "nobody in view");
  put("people", summary.faces_mean.toFixed(1));
  put("people-most", `at most ${summary.faces_max}`);
  const { longest } = summary;
  put("longest", longest ? `${(longest.end_s - longest.start_s).toFixed(1)} s` : "–");
  put("longest-at", longest ? `from ${momentText(longest.start_s)}` : "never");
  put("verdict", verdict(summary));
  put("shot-title", hasFaces ? `At ${momentText(summary.highest.at_s)}, the highest indicator` : "A picture of it");
  article.querySelector("[data-verdict]").toggleAttribute("data-fires", summary.alert.firings.length > 0);
  article.querySelector("[data-alert-key]").hidden = !summary.alert.firings.length;
}

function showTimes(article, seconds) {
  const total = Object.values(seconds).reduce((sum, value) => sum + value, 0);
  fillBars(article.querySelector("[data-bars]"), (name) => {
    const value = seconds[name] ?? 0;
    return { share: total ? value / total : 0, text: `${value.toFixed(1)} s` };
  });
}

function drawCurves(article, history) {
  const readout = article.querySelector("[data-readout]");
  const onCursor = (at) => {
    readout.textContent = at === null || !history.points[at] ? "" : readoutWords(history.points[at], history.classes);
  };
  const times = new VideoTimes();
  const legend = [...article.querySelectorAll("[data-legend] li")];
  const box = (name) => article.querySelector(`[data-${name}-chart]`);
  const indicator = drawIndicator(box("indicator"), history, times, { onCursor });
  if (history.alerts.length) new AlertMarks(indicator);
  return [indicator, drawPeople(box("people"), history, times, legend, { onCursor })];
}

/**
 * Fill the article of a video, which is in the page; returns what to call when it goes.
 * @param file the `AnalysedFile` that was read.
 */
export function showVideo(article, result, _template, file) {
  const player = new VideoPlayer(article.querySelector("[data-player]"), file);
  showSummary(article, result.summary);
  showTimes(article, result.summary.face_seconds);
  if (!window.uPlot) {
    article.querySelector("[data-readout]").textContent = "The curves need the browser packages; make run fetches them.";
    return () => player.leave();
  }
  const plots = drawCurves(article, historyOf(result));
  for (const plot of plots) player.follow(plot);
  article.dataset.drawn = "";
  return () => {
    player.leave();
    for (const plot of plots) plot.destroy();
  };
}
