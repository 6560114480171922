/** Times as a reader sees them: local, with the UTC in the title. */

const MINUTE = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const minute = new Intl.DateTimeFormat([], MINUTE);
const clock = new Intl.DateTimeFormat([], { ...MINUTE, second: "2-digit" });
const dayAndMinute = new Intl.DateTimeFormat([], { ...MINUTE, day: "numeric", month: "short" });

export const clockTime = (atMs) => clock.format(atMs);
export const minuteTime = (atMs) => minute.format(atMs);

const dayOf = (atMs) => new Date(atMs).toDateString();

/** The minute, with the day unless it is today. */
export const sinceTime = (atMs, nowMs = Date.now()) =>
  (dayOf(atMs) === dayOf(nowMs) ? minute : dayAndMinute).format(atMs);

/** Put a time into a `<time>` element; the same text is not put again: it may be selected. */
export function showTime(element, atMs, format = clockTime) {
  const iso = new Date(atMs).toISOString();
  element.dateTime = iso;
  element.title = `${iso.slice(0, 19).replace("T", " ")} UTC`;
  const text = format(atMs);
  if (element.textContent !== text) element.textContent = text;
}
