/** Which cameras need a look first, and an order of them that moves no more than it must. */

const FIRING = 0;
const SEEN_TO = 1;
const OFFLINE = 2;
const ALERT_LEVEL = 3;
const RAISED = 4;
const UNKNOWN = 5;
const CALM = 6;
const PAUSED = 7;

// A level that comes and goes does not send its camera to and fro.
const SINKS_AFTER_MS = 10_000;
const OF_CONDITION = {
  offline: OFFLINE,
  stale: OFFLINE,
  paused: PAUSED,
  connecting: UNKNOWN,
  loading: UNKNOWN,
};

/**
 * How soon a camera needs a look: 0 is first.
 * @param band as `bandOf` gives it.
 * @param alerts its open and pending ones.
 */
export function rankOf(condition, band, alerts) {
  const open = alerts.filter(({ state }) => state !== "pending");
  if (open.some((alert) => !alert.acknowledged && !alert.silenced_until)) return FIRING;
  if (open.length) return SEEN_TO;
  if (condition.name in OF_CONDITION) return OF_CONDITION[condition.name];
  if (alerts.length || band === "alert") return ALERT_LEVEL;
  return band === "raised" ? RAISED : CALM;
}

/** Cameras by rank, in the admins' order among equals; one rises at once and sinks after a while. */
export class CameraOrder {
  constructor(names) {
    this.names = names;
    this.held = new Map(names.map((name) => [name, { rank: CALM, sinksMs: null }]));
  }

  /** @param ranks by name; a name without one keeps its own. */
  arrange(ranks, nowMs) {
    for (const [name, rank] of ranks) this.take(this.held.get(name), rank, nowMs);
    const rank = (name) => this.held.get(name).rank;
    return [...this.names].sort((one, other) => rank(one) - rank(other));
  }

  take(held, rank, nowMs) {
    if (rank <= held.rank) Object.assign(held, { rank, sinksMs: null });
    else if (held.sinksMs === null) held.sinksMs = nowMs + SINKS_AFTER_MS;
    else if (nowMs >= held.sinksMs) Object.assign(held, { rank, sinksMs: null });
  }
}
