/** What both curves of the history page have in common: axes, shading, cursor, dragging. */

import { plainAxis } from "./chart_axis.js";

const HATCH_PX = 8;
const LEAST_SPAN_S = 60;

/** A canvas pattern of stripes. */
export function stripes(context, color, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_PX;
  const brush = tile.getContext("2d");
  if (ground) {
    brush.fillStyle = ground;
    brush.fillRect(0, 0, HATCH_PX, HATCH_PX);
  }
  brush.strokeStyle = color;
  brush.lineWidth = 2;
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    brush.moveTo(shift, HATCH_PX);
    brush.lineTo(shift + HATCH_PX, 0);
  }
  brush.stroke();
  return context.createPattern(tile, "repeat");
}

export class HistoryPlot {
  /**
   * @param box where to draw.
   * @param history as `/api/history` answers.
   * @param times an `AxisTimes`.
   * @param actions `onCursor(index or null)` and, where a stretch can be opened,
   *   `onRange(startS, endS)`.
   */
  constructor(box, history, times, actions) {
    Object.assign(this, { box, history, times, actions });
    this.fromS = Date.parse(history.from) / 1000;
    this.toS = Date.parse(history.to) / 1000;
    this.headPx = 8;
    this.knownUntil = history.points.at(-1)?.until ?? history.from;
    this.gaps = history.points.filter((point) => point.no_data > 0.5);
  }

  draw(series, columns, valueRange) {
    this.plot = new window.uPlot(this.options(series, valueRange), columns, this.box);
    this.resizes = new ResizeObserver(() => this.plot.setSize(this.size()));
    this.resizes.observe(this.box);
    this.redraw = () => this.plot.redraw();
    document.addEventListener("themechange", this.redraw);
    return this.plot;
  }

  /** Call after every drawing; for marks that go with the curve. */
  onDraw(callback) {
    (this.plot.hooks.draw ??= []).push(callback);
  }

  /** Forget everything; for a page that shows another history after this one. */
  destroy() {
    this.resizes.disconnect();
    document.removeEventListener("themechange", this.redraw);
    this.plot.destroy();
  }

  /** Times as uPlot takes them: every point begins a step, and the last one has an end. */
  timesS() {
    const { points } = this.history;
    const ends = points.slice(-1).map(({ until }) => until);
    return [...points.map(({ at }) => at), ...ends].map((iso) => Date.parse(iso) / 1000);
  }

  size() {
    return { width: this.box.clientWidth, height: this.box.clientHeight };
  }

  color(name) {
    return getComputedStyle(this.box).getPropertyValue(name);
  }

  options(series, valueRange) {
    return {
      ...this.size(),
      padding: [this.headPx, 20, 0, 0],
      legend: { show: false },
      tzDate: (atS) => this.times.date(atS),
      cursor: {
        y: false,
        points: { show: false },
        sync: { key: "history" },
        drag: { x: Boolean(this.actions.onRange), y: false, setScale: false, dist: 8 },
      },
      scales: { x: { time: true, range: () => [this.fromS, this.toS] }, y: { range: valueRange } },
      axes: [this.timeAxis(), this.valueAxis()],
      series: [{}, ...series],
      hooks: {
        drawClear: [(plot) => this.shadeGaps(plot)],
        setCursor: [(plot) => this.actions.onCursor(plot.cursor.idx ?? null)],
        setSelect: [(plot) => this.choose(plot)],
      },
    };
  }

  timeAxis() {
    const values = (_, times, __, ___, stepS) => this.times.ticks(times, stepS);
    return { ...plainAxis(this.box, 2.25), space: 64, values };
  }

  valueAxis() {
    return { ...plainAxis(this.box, 3), space: 24 };
  }

  shadeGaps(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = stripes(ctx, this.color("--chart-grid"));
    for (const { at, until } of this.gaps) {
      const left = this.leftPx(plot, Date.parse(at) / 1000);
      ctx.fillRect(left, bbox.top, this.leftPx(plot, Date.parse(until) / 1000) - left, bbox.height);
    }
    ctx.restore();
  }

  leftPx(plot, atS) {
    const inside = Math.min(this.toS, Math.max(this.fromS, atS));
    return plot.valToPos(inside, "x", true);
  }

  /** A dragged stretch is opened; one of nothing is the click that ended it. */
  choose(plot) {
    const { left, width } = plot.select;
    if (width < 1) return;
    const startS = Math.floor(plot.posToVal(left, "x"));
    const endS = Math.ceil(plot.posToVal(left + width, "x"));
    this.actions.onRange(startS, Math.max(endS, startS + LEAST_SPAN_S));
  }
}
