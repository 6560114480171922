/** What is said of an alert: camera, expressions, value, since when; never a person. */

import { titleOf } from "./camera_titles.js";

const WORDS = {
  pending: "Pending",
  firing: "Firing",
  recovering: "Recovering",
  resolved: "Resolved",
};

const NO_DATA_WORDS = {
  pending: "No data, pending",
  firing: "No data",
  recovering: "Data is back",
  resolved: "No data, resolved",
};

export const ANSWERS = {
  was: "something was the matter",
  was_not: "nothing was the matter",
  cannot_tell: "cannot tell",
};

const MATTERS = { no_data: "nothing to read", empty_view: "nobody in view", test: "a test" };

export const stateWord = ({ kind, state }) => (kind === "no_data" ? NO_DATA_WORDS : WORDS)[state];

export const matter = ({ kind, expressions }) => MATTERS[kind] ?? expressions.join(" or ");

/** What colour and shape repeat. */
export const tone = ({ kind, state }) =>
  state === "firing" && kind === "no_data" ? "no-data" : state;

/** What the figure is of: a rule that counts people compares another value than the indicator. */
export const figureName = (alert) => (alert.counts_people ? "people risen" : "indicator");

/** The newest figure that is known, for people else that of the highest reading; "" without any. */
export function figureOf({ kind, counts_people: countsPeople, reading, value, ...evidence }) {
  if (kind !== "expression") return "";
  if (!countsPeople) return String(Math.round(reading ?? value));
  return reading ?? (evidence.in_view ? `up to ${evidence.people} of ${evidence.in_view}` : "");
}

/** One sentence, for ears and for notifications. */
export function sentence(alert, times) {
  const since = times.clock(Date.parse(alert.since));
  const figure = figureOf(alert);
  const figureWords = figure && `, ${figureName(alert)} ${figure}`;
  const what = `${matter(alert)}${figureWords}, since ${since}`;
  return `${stateWord(alert)}, camera ${titleOf(alert.camera)}: ${what}.`;
}
