/** The line of the last five minutes, drawn with uPlot. */

import { plainAxis } from "./chart_axis.js";
import { drawLimits } from "./limits.js";
import { Series, SPAN_S, toPoint } from "./series.js";
import { pageTimes } from "./times.js";

export class Timeline {
  /**
   * @param section holds [data-chart], [data-summary] and [data-readout].
   * @param limits as `limitsOf` gives them.
   */
  constructor(section, limits) {
    this.limits = limits;
    this.box = section.querySelector("[data-chart]");
    this.summary = section.querySelector("[data-summary]");
    this.readout = section.querySelector("[data-readout]");
    this.series = new Series();
    this.clockAheadMs = 0;
    this.plot = null;
    this.past = "loading";
    this.summary.textContent = "Loading the last five minutes.";
    new ResizeObserver(() => this.resize()).observe(this.box);
    document.addEventListener("themechange", () => this.plot?.redraw());
  }

  async load(url) {
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(`expected 200, got ${response.status}`);
      this.clockAheadMs = Date.parse(response.headers.get("Date")) - Date.now() || 0;
      this.series.prepend((await response.json()).points.map(toPoint));
      this.past = "loaded";
    } catch (error) {
      console.warn("The last five minutes did not load; the line starts now.", error);
      this.past = "missing";
    }
  }

  get newest() {
    return this.series.points.at(-1);
  }

  add(payload) {
    this.series.append(toPoint(payload));
  }

  /** Draw up to now by the server's clock, whatever this machine's says; nothing before `load`. */
  draw(nowMs) {
    if (this.past === "loading") return;
    this.nowS = (nowMs + this.clockAheadMs) / 1000;
    this.series.forgetBefore(this.nowS - SPAN_S);
    const missing = this.past === "missing" ? " Earlier readings did not load." : "";
    this.summary.textContent = this.series.summary() + missing;
    if (window.uPlot) this.plot ??= new window.uPlot(this.options(), [[], []], this.box);
    this.plot?.setData(this.series.columns());
  }

  resize() {
    this.plot?.setSize(this.size());
  }

  size() {
    return { width: this.box.clientWidth, height: this.box.clientHeight };
  }

  color(name) {
    return getComputedStyle(this.box).getPropertyValue(name);
  }

  options() {
    return {
      ...this.size(),
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: () => [this.nowS - SPAN_S, this.nowS] },
        y: { range: [0, 100] },
      },
      axes: [this.timeAxis(), this.valueAxis()],
      series: [{}, this.line()],
      hooks: {
        draw: [(plot) => drawLimits(plot, this.limits, getComputedStyle(this.box))],
        setCursor: [(plot) => this.showReadout(plot)],
      },
    };
  }

  timeAxis() {
    return {
      ...plainAxis(this.box, 2.5),
      incrs: [60, 120],
      values: (_, times) => times.map((atS) => pageTimes.minute(atS * 1000)),
    };
  }

  valueAxis() {
    return { ...plainAxis(this.box, 2.5), incrs: [25, 50], space: 24 };
  }

  line() {
    return {
      stroke: () => this.color("--chart-line"),
      fill: () => this.color("--chart-fill"),
      width: 2,
      spanGaps: false,
      points: { show: false },
    };
  }

  showReadout(plot) {
    const atS = plot.data[0][plot.cursor.idx];
    const value = plot.data[1][plot.cursor.idx] ?? null;
    const words = value === null ? "" : `${pageTimes.second(atS * 1000)}: ${Math.round(value)}`;
    this.readout.textContent = words;
  }
}
