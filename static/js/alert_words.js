/** What is said of an alert: camera, expressions, value, since when; never a person. */

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

const MATTERS = { no_data: "nothing to read", empty_view: "nobody in view" };

export const stateWord = ({ kind, state }) => (kind === "no_data" ? NO_DATA_WORDS : WORDS)[state];

export const matter = ({ kind, expressions }) => MATTERS[kind] ?? expressions.join(" or ");

/** What colour and shape repeat. */
export const tone = ({ kind, state }) =>
  state === "firing" && kind === "no_data" ? "no-data" : state;

const figure = ({ kind, value }) =>
  kind === "expression" ? `, indicator ${Math.round(value)}` : "";

/** One sentence, for ears and for notifications. */
export function sentence(alert, times) {
  const since = times.clock(Date.parse(alert.since));
  const what = `${matter(alert)}${figure(alert)}, since ${since}`;
  return `${stateWord(alert)}, camera ${alert.camera}: ${what}.`;
}
