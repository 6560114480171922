/** Every test of the browser's scripts, in one process: a process for each takes seconds. */

import { readdirSync } from "node:fs";

const here = new URL(".", import.meta.url);
for (const name of readdirSync(here).filter((name) => name.endsWith(".test.js")).sort())
  await import(new URL(name, here));
