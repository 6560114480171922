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

function formatter(zone) {
  try {
    return new Intl.DateTimeFormat("en-US", { ...FIELDS, timeZone: zone });
  } catch {
    // The browser does not know the zone; the UTC in the title stays right.
    return new Intl.DateTimeFormat("en-US", { ...FIELDS, timeZone: "UTC" });
  }
}

export class ZoneTimes {
  constructor(zone) {
    this.format = formatter(zone);
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

/** A length of time in the units that matter. */
export function durationText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}
