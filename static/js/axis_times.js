/** Words for the time axis and for a moment, in the zone of the server. */

import { zoneFormat } from "./times.js";

const MINUTE = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { day: "numeric", month: "short" };
const DAY_S = 86_400;
// uPlot counts days in the browser's own zone, where clocks may change on another date.
const ASTRAY_MS = 2 * 3600 * 1000;

export class AxisTimes {
  constructor(zone) {
    const format = (fields) => zoneFormat("en-GB", zone, fields);
    this.zone = zone;
    this.minute = format(MINUTE);
    this.second = format({ ...MINUTE, second: "2-digit" });
    this.day = format(DAY);
    this.dayAndMinute = format({ ...DAY, ...MINUTE });
    this.dayAndYear = format({ ...DAY, year: "numeric" });
  }

  /** The same wall-clock time in the browser's own zone, by which uPlot places its ticks. */
  date(atS) {
    try {
      return window.uPlot.tzDate(new Date(atS * 1000), this.zone);
    } catch {
      return window.uPlot.tzDate(new Date(atS * 1000), "UTC");
    }
  }

  /** Ticks: the time of day, and at midnight the day. */
  ticks(timesS, stepS) {
    return timesS.map((atS) => {
      const atMs = atS * 1000;
      if (stepS >= DAY_S) return this.day.format(atMs + ASTRAY_MS);
      if (stepS < 60) return this.second.format(atMs);
      const clock = this.minute.format(atMs);
      return clock === "00:00" ? this.day.format(atMs) : clock;
    });
  }

  /** A span in words; one of a day has its date only. */
  span(startMs, endMs) {
    if ((endMs - startMs) / 1000 >= DAY_S - 3600) return this.dayAndYear.format(startMs);
    const isShort = endMs - startMs < 60_000;
    return isShort ? this.second.format(startMs) : this.dayAndMinute.format(startMs);
  }

  moment(atMs) {
    return `${this.day.format(atMs)}, ${this.second.format(atMs)}`;
  }
}
