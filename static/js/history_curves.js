/** The two curves of a history: the indicator, and the people in view by expression. */

import { HistoryPlot, stripes } from "./history_plot.js";

// Room for the flags of alerts above the curve.
const ALERTS_PX = 32;

function step() {
  return window.uPlot.paths.stepped({ align: 1 });
}

/**
 * A column of the points; the last value stands until the end of its step.
 * @param from the first point of a part of them; what lies outside of it is null
 * @param end the part's end, excluded
 */
export function column(points, value, from = 0, end = points.length) {
  const inside = points.slice(from, end).map((point, n) => value(point, from + n));
  const after = Array(points.length - end).fill(null);
  return [...Array(from).fill(null), ...inside, ...inside.slice(-1), ...after];
}

/** Which points are the first with an indicator of another scale than the one before. */
export function scaleChanges(points) {
  let last = null;
  return points.flatMap(({ scale = null }, at) => {
    const isChange = last !== null && scale !== null && scale !== last;
    last = scale ?? last;
    return isChange ? [at] : [];
  });
}

/** The mean as a line over its highest; null where nobody is in view, and a line per scale. */
export function drawIndicator(box, history, times, actions) {
  const plot = new HistoryPlot(box, history, times, actions);
  plot.headPx = ALERTS_PX;
  const line = (stroke, fill) => ({
    stroke: stroke && (() => plot.color(stroke)),
    fill: fill && (() => plot.color(fill)),
    width: stroke ? 2 : 0,
    paths: step(),
    points: { show: false },
  });
  const { points } = history;
  const starts = [0, ...scaleChanges(points)];
  const columns = starts.flatMap((start, n) => [
    column(points, (point) => point.indicator_max, start, starts[n + 1]),
    column(points, (point) => point.indicator, start, starts[n + 1]),
  ]);
  const series = starts.flatMap(() => [line(null, "--chart-fill"), line("--chart-line", null)]);
  plot.draw(series, [plot.timesS(), ...columns], [0, 100]);
  return plot;
}

/** Every class stands on those before it, so it is drawn from zero and those before over it. */
export function stacked(points, classes) {
  const sums = points.map(() => 0);
  const columns = classes.map((name) =>
    column(points, (point, at) => {
      if (point.counts === null) return null;
      sums[at] += point.counts[name];
      return sums[at];
    }),
  );
  return { columns, highest: Math.max(0, ...sums) };
}

/** Who had paused the camera between two times, and why; "" where nobody had. */
export function pausedText(at, until, pauses) {
  const pause = pauses.find(
    (each) => Date.parse(each.at) < Date.parse(until) && Date.parse(each.until) > Date.parse(at),
  );
  return pause ? `, paused by ${pause.by}${pause.reason ? ` (${pause.reason})` : ""}` : "";
}

/** A point in words: its mean and its highest, where there are any. */
export function pointText(point, times, pauses = []) {
  const { at, until, counts, indicator, indicator_max: highest } = point;
  const time = times.span(Date.parse(at), Date.parse(until));
  if (counts === null) return `${time}: no data${pausedText(at, until, pauses)}`;
  if (indicator === null) return `${time}: nobody in view`;
  return `${time}: ${Math.round(indicator)}, highest ${Math.round(highest)}`;
}

function area(swatch, isStriped) {
  const style = () => getComputedStyle(swatch);
  const surface = () => getComputedStyle(swatch).getPropertyValue("--chart-ground");
  const fill = (plot) =>
    isStriped
      ? stripes(plot.ctx, style().backgroundColor, surface())
      : style().backgroundColor;
  return {
    stroke: () => style().borderTopColor,
    fill,
    width: 1,
    paths: step(),
    points: { show: false },
  };
}

/** A stacked area per expression, in the colours of `legend`, one item per class. */
export function drawPeople(box, history, times, legend, actions) {
  const plot = new HistoryPlot(box, history, times, actions);
  const { columns, highest } = stacked(history.points, history.classes);
  const areas = history.classes.map((name, at) =>
    area(legend[at].querySelector(".key-area"), name === "uncertain"),
  );
  const top = Math.max(1, Math.ceil(highest));
  plot.draw(areas.reverse(), [plot.timesS(), ...columns.reverse()], [0, top]);
  return plot;
}
