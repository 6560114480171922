/** Lengths of time in words. */

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** A length of time in the units that matter. */
export function durationText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE_S) return `${whole} s`;
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  if (whole < HOUR_S) return `${minutes} min`;
  if (whole >= 2 * DAY_S) return `${Math.floor(whole / DAY_S)} days`;
  const hours = Math.floor(whole / HOUR_S);
  return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
}

/** A length of time that is estimated, in steps that promise no more than is known. */
export function estimateText(seconds) {
  if (seconds < 5) return "a few seconds";
  if (seconds < 90) return `${5 * Math.ceil(seconds / 5)} s`;
  return durationText(MINUTE_S * Math.round(seconds / MINUTE_S));
}
