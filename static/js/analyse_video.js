/** The result of a video: its summary, its curves, and the picture of the highest indicator. */

import { AlertMarks } from "./alert_marks.js";
import { fillBars } from "./analyse_bars.js";
import { drawIndicator, drawPeople } from "./history_curves.js";
import { videoTime, VideoTimes } from "./video_times.js";

const iso = (atS) => new Date(1000 * atS).toISOString();
const moment = (atS) => videoTime(atS, true);

/** The points as the curves of a history take them: each stands until half-way to the next. */
function pointsOf({ points, classes, summary }) {
  const { at_s: at, counts, indicator } = points;
  const edge = (n) => (n === 0 ? 0 : (at[n - 1] + at[n]) / 2);
  return at.map((_, n) => {
    const values = Object.fromEntries(classes.map((name) => [name, counts[name][n]]));
    const value = indicator[n];
    const until = n + 1 < at.length ? edge(n + 1) : Math.max(edge(n), summary.duration_s);
    const span = { at: iso(edge(n)), until: iso(until), no_data: 0 };
    return { ...span, counts: values, indicator: value, indicator_max: value };
  });
}

function alertsOf({ summary, points }) {
  const { firings } = summary.alert;
  return firings.map(({ fired_at_s: fired, resolved_at_s: resolved }) => {
    const inside = points.indicator.filter(
      (_, at) => points.at_s[at] >= fired && points.at_s[at] <= (resolved ?? Infinity),
    );
    return {
      // All lead to the sentence that tells of them.
      id: 1,
      kind: "expression",
      rule: "The alert rule",
      expressions: summary.watched,
      peak: Math.max(0, ...inside),
      fired_at: iso(fired),
      resolved_at: resolved === null ? null : iso(resolved),
    };
  });
}

function historyOf(result) {
  return {
    from: iso(0),
    to: iso(Math.max(0.1, result.summary.duration_s)),
    classes: result.classes,
    points: pointsOf(result),
    alerts: alertsOf(result),
  };
}

/** Whether the rule that watches the cameras would have called somebody. */
function verdict({ alert, highest, watched }) {
  const needs = `an indicator of ${alert.enter} for ${alert.hold_s} s`;
  if (!alert.is_judged) return "Whether the alert rule would have fired cannot be told: the readings lie too far apart.";
  if (!alert.firings.length) return `The alert rule would not have fired; it needs ${needs}.`;
  const [first] = alert.firings;
  const times = alert.firings.length === 1 ? "once" : `${alert.firings.length} times`;
  const which = alert.firings.length === 1 ? "" : "first ";
  const end = first.resolved_at_s === null ? "not over at the end" : `over at ${moment(first.resolved_at_s)}`;
  return `The alert rule on ${watched.join(" or ")} would have fired ${times}, ${which}at ${moment(first.fired_at_s)}, ${end}; it needs ${needs}.`;
}

function showSummary(article, summary) {
  const put = (name, text) => {
    article.querySelector(`[data-${name}]`).textContent = text;
  };
  const hasFaces = summary.faces_max > 0;
  put("length", moment(summary.duration_s));
  put("pictures", `${summary.pictures.toLocaleString("en")} pictures read`);
  put("highest", hasFaces ? Math.round(summary.highest.indicator) : "–");
  put("highest-at", hasFaces ? `at ${moment(summary.highest.at_s)}` : "nobody in view");
  put("people", summary.faces_mean.toFixed(1));
  put("people-most", `at most ${summary.faces_max}`);
  const { longest } = summary;
  put("longest", longest ? `${(longest.end_s - longest.start_s).toFixed(1)} s` : "–");
  put("longest-at", longest ? `from ${moment(longest.start_s)}` : "never");
  put("verdict", verdict(summary));
  put("shot-title", hasFaces ? `At ${moment(summary.highest.at_s)}, the highest indicator` : "A picture of it");
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

function readoutWords({ at, indicator, counts }, classes) {
  const time = moment(Date.parse(at) / 1000);
  if (indicator === null) return `${time}: nobody in view`;
  const seen = classes.filter((name) => counts[name]);
  const people = seen.map((name) => `${name} ${Number(counts[name].toFixed(1))}`);
  return `${time}: ${Math.round(indicator)} (${people.join(", ")})`;
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

/** Fill the article of a video, which is in the page; returns what is to be called when it goes. */
export function showVideo(article, result) {
  showSummary(article, result.summary);
  showTimes(article, result.summary.face_seconds);
  if (!window.uPlot) {
    article.querySelector("[data-readout]").textContent = "The curves need the browser packages; make run fetches them.";
    return () => {};
  }
  const plots = drawCurves(article, historyOf(result));
  article.dataset.drawn = "";
  return () => plots.forEach((plot) => plot.destroy());
}
