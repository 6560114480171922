/** Times as a reader sees them: in the server's zone everywhere, with the UTC in the title. */

const FIELDS = {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};

/** The zone in which the server writes the page's own times; UTC outside of a page. */
export const pageZone = () => globalThis.document?.documentElement.dataset.timeZone ?? "UTC";

/** A formatter of times in a zone; in UTC, as every title is, where the browser lacks the zone. */
export function zoneFormat(locale, zone, fields) {
  try {
    return new Intl.DateTimeFormat(locale, { ...fields, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...fields, timeZone: "UTC" });
  }
}

export class ZoneTimes {
  constructor(zone) {
    this.format = zoneFormat("en-US", zone, FIELDS);
  }

  parts(atMs) {
    const parts = this.format.formatToParts(atMs);
    return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  }

  minute(atMs) {
    const { hour, minute } = this.parts(atMs);
    return `${hour}:${minute}`;
  }

  second(atMs) {
    return `${this.minute(atMs)}:${this.parts(atMs).second}`;
  }

  /** The second today, else the day and the minute, with the year unless it is this one. */
  clock(atMs, nowMs = Date.now()) {
    const at = this.parts(atMs);
    const now = this.parts(nowMs);
    const sameYear = at.year === now.year;
    if (sameYear && at.month === now.month && at.day === now.day) return this.second(atMs);
    return `${at.day} ${at.month}${sameYear ? "" : ` ${at.year}`}, ${this.minute(atMs)}`;
  }
}

export const pageTimes = new ZoneTimes(pageZone());

/** Put a time into a `<time>` element; the same text is not put again: it may be selected. */
export function showTime(element, atMs, text = pageTimes.clock(atMs)) {
  const iso = new Date(atMs).toISOString();
  element.dateTime = iso;
  element.title = `${iso.slice(0, 19).replace("T", " ")} UTC`;
  if (element.textContent !== text) element.textContent = text;
}
