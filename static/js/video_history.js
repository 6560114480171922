/** What was read from a video, as a history of points and alerts, and in words. */

import { momentText } from "./video_times.js";

const iso = (atS) => new Date(1000 * atS).toISOString();

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
      // All lead to the one sentence about them.
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

/** The result as the curves of a history take it. */
export function historyOf(result) {
  return {
    from: iso(0),
    to: iso(Math.max(0.1, result.summary.duration_s)),
    classes: result.classes,
    points: pointsOf(result),
    alerts: alertsOf(result),
  };
}

/** Whether the rule that watches the cameras would have fired. */
export function verdict({ alert, watched }) {
  const needs = `an indicator of ${alert.enter} for ${alert.hold_s} s`;
  if (!alert.is_judged) return "Whether the alert rule would have fired is not known: the readings lie too far apart.";
  if (!alert.firings.length) return `The alert rule would not have fired; it needs ${needs}.`;
  const [first] = alert.firings;
  const times = alert.firings.length === 1 ? "once" : `${alert.firings.length} times`;
  const which = alert.firings.length === 1 ? "" : "first ";
  const end = first.resolved_at_s === null ? "not over at the end" : `over at ${momentText(first.resolved_at_s)}`;
  return `The alert rule on ${watched.join(" or ")} would have fired ${times}, ${which}at ${momentText(first.fired_at_s)}, ${end}; it needs ${needs}.`;
}

/** A point in words; expressions that nobody shows are left out. */
export function readoutWords({ at, indicator, counts }, classes) {
  const time = momentText(Date.parse(at) / 1000);
  if (indicator === null) return `${time}: nobody in view`;
  const seen = classes.filter((name) => counts[name]);
  const people = seen.map((name) => `${name} ${Number(counts[name].toFixed(1))}`);
  return `${time}: ${Math.round(indicator)} (${people.join(", ")})`;
}
