/** The page of health is read again every ten seconds. */

import { refresh } from "./live_regions.js";

const EVERY_MS = 10_000;

setInterval(() => {
  refresh().catch((error) => console.warn("The page could not be read again.", error));
}, EVERY_MS);
