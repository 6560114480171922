/** The indicator over the last five minutes, as points and in words. */

export const SPAN_S = 300;
const GAP_S = 5;

/** A point of a `counts` payload or a history row; its value is null where nobody was read. */
export function toPoint({ at, faces, indicator }) {
  return { atS: Date.parse(at) / 1000, value: faces ? indicator : null };
}

export class Series {
  constructor() {
    this.points = [];
  }

  /** Put history before what has already come live. */
  prepend(points) {
    const firstS = this.points[0]?.atS ?? Infinity;
    this.points = [...points.filter((point) => point.atS < firstS), ...this.points];
  }

  append(point) {
    const lastS = this.points.at(-1)?.atS ?? -Infinity;
    if (point.atS > lastS) this.points.push(point);
  }

  forgetBefore(atS) {
    const first = this.points.findIndex((point) => point.atS >= atS);
    this.points.splice(0, first === -1 ? this.points.length : first);
  }

  /** Times and values as uPlot takes them; a null breaks the line where points are missing. */
  columns() {
    const times = [];
    const values = [];
    for (const { atS, value } of this.points) {
      if (times.length && atS - times.at(-1) > GAP_S) {
        times.push(times.at(-1) + 1);
        values.push(null);
      }
      times.push(atS);
      values.push(value);
    }
    return [times, values];
  }

  /** Lowest, mean and highest in one sentence. */
  summary() {
    const values = this.points.map((point) => point.value).filter((value) => value !== null);
    if (!values.length) return "No reading in the last five minutes.";
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const [low, middle, high] = [Math.min(...values), mean, Math.max(...values)].map(Math.round);
    return `Lowest ${low}, mean ${middle}, highest ${high}`;
  }
}
