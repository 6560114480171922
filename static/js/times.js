/** Times and ages as a reader sees them: local, with the UTC in the title. */

const MINUTE = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const minute = new Intl.DateTimeFormat([], MINUTE);
const clock = new Intl.DateTimeFormat([], { ...MINUTE, second: "2-digit" });
const dayAndMinute = new Intl.DateTimeFormat([], { ...MINUTE, day: "numeric", month: "short" });

export const clockTime = (atMs) => clock.format(atMs);
export const minuteTime = (atMs) => minute.format(atMs);

const isToday = (atMs) => new Date(atMs).toDateString() === new Date().toDateString();

/** The minute, with the day unless it is today. */
export const sinceTime = (atMs) => (isToday(atMs) ? minute : dayAndMinute).format(atMs);

/** Put a time into a `<time>` element. */
export function showTime(element, atMs, format = clockTime) {
  const iso = new Date(atMs).toISOString();
  element.dateTime = iso;
  element.title = `${iso.slice(0, 19).replace("T", " ")} UTC`;
  element.textContent = format(atMs);
}

export function ageText(ageS) {
  if (ageS < 60) return `${Math.floor(ageS)} s`;
  if (ageS < 3600) return `${Math.floor(ageS / 60)} min`;
  return `${Math.floor(ageS / 3600)} h`;
}
