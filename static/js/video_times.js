/** Times in a video, counted from its start, as the curves of a history take them. */

const MINUTE_S = 60;
const HOUR_S = 3600;
const two = (number) => String(number).padStart(2, "0");

/** A time such as 2:03.4 or 1:02:03; tenths only where a reader looks for a moment. */
export function videoTime(seconds, hasTenths = false) {
  const tenths = hasTenths ? Math.round(seconds * 10) : Math.floor(seconds + 1e-6) * 10;
  const whole = Math.floor(tenths / 10);
  const [hours, minutes] = [Math.floor(whole / HOUR_S), Math.floor((whole % HOUR_S) / MINUTE_S)];
  const head = hours ? `${hours}:${two(minutes)}` : minutes;
  return `${head}:${two(whole % MINUTE_S)}${hasTenths ? `.${tenths % 10}` : ""}`;
}

/** A time to a tenth of a second, such as 2:03.4. */
export const momentText = (seconds) => videoTime(seconds, true);

export class VideoTimes {
  constructor() {
    this.second = { format: (atMs) => this.moment(atMs) };
  }

  /** uPlot places its ticks by the fields of this date. */
  date(atS) {
    return window.uPlot.tzDate(new Date(atS * 1000), "UTC");
  }

  ticks(timesS, stepS) {
    return timesS.map((atS) => videoTime(atS, stepS < 1));
  }

  moment(atMs) {
    return momentText(atMs / 1000);
  }
}
