/** Times of alerts: in the server's zone, as the server itself writes them. */

const FIELDS = {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};

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

  /** The second today, else the day and the minute, with the year unless it is this one. */
  clock(atMs, nowMs = Date.now()) {
    const at = this.parts(atMs);
    const now = this.parts(nowMs);
    const sameYear = at.year === now.year;
    if (sameYear && at.month === now.month && at.day === now.day)
      return `${at.hour}:${at.minute}:${at.second}`;
    return `${at.day} ${at.month}${sameYear ? "" : ` ${at.year}`}, ${at.hour}:${at.minute}`;
  }
}
