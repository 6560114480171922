/** A week as minutes that are on or off, and as the text of a schedule. */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const HOURS = 24;
const HOUR = 60;
const DAY = HOURS * HOUR;
// No schedule: a blank one means always.
export const NEVER = "never";

/** The minutes of windows; without any, all are on. */
export function minutesOf(windows) {
  const minutes = new Uint8Array(7 * DAY).fill(windows.length ? 0 : 1);
  for (const { days, start, end } of windows)
    for (const day of days) {
      const length = start < end ? end - start : DAY - start + end;
      for (let n = 0; n < length; n += 1) minutes[(day * DAY + start + n) % minutes.length] = 1;
    }
  return minutes;
}

/** Whether an hour is on: "all", "some" or "none" of it. */
export function hourOf(minutes, day, hour) {
  const from = day * DAY + hour * HOUR;
  const on = minutes.subarray(from, from + HOUR).reduce((sum, minute) => sum + minute, 0);
  if (!on) return "none";
  return on === HOUR ? "all" : "some";
}

export function setHour(minutes, day, hour, isOn) {
  const from = day * DAY + hour * HOUR;
  minutes.fill(isOn ? 1 : 0, from, from + HOUR);
}

function clock(minute) {
  return `${String(Math.floor(minute / HOUR)).padStart(2, "0")}:${String(minute % HOUR).padStart(2, "0")}`;
}

function spansOf(minutes, day) {
  const spans = [];
  let start = null;
  for (let minute = 0; minute <= DAY; minute += 1) {
    const isOn = minute < DAY && minutes[day * DAY + minute] === 1;
    if (isOn && start === null) start = minute;
    if (!isOn && start !== null) {
      spans.push(`${clock(start)}-${clock(minute)}`);
      start = null;
    }
  }
  return spans.join(", ");
}

/** The schedule; days one after the other that are alike are written as one. */
export function textOf(minutes) {
  if (minutes.every((minute) => minute === 1)) return "";
  const parts = [];
  let first = 0;
  for (let day = 0; day < 7; day += 1) {
    const spans = spansOf(minutes, day);
    if (day < 6 && spansOf(minutes, day + 1) === spans) continue;
    const days = first === day ? DAYS[day] : `${DAYS[first]}-${DAYS[day]}`;
    if (spans) parts.push(`${days} ${spans}`);
    first = day + 1;
  }
  return parts.join("; ") || NEVER;
}
