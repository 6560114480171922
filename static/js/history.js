/** The history page: fetches what the table shows and draws it as two curves. */

import { AlertMarks } from "./alert_marks.js";
import { AxisTimes } from "./axis_times.js";
import { drawIndicator, drawPeople, pointText } from "./history_curves.js";
import { drawLimits, followLimits, limitsOf } from "./limits.js";
import { ScaleMarks } from "./scale_marks.js";
import { pageZone } from "./times.js";

const root = document.querySelector("[data-history]");

class Readout {
  constructor(history, times, legend) {
    Object.assign(this, { history, times, legend });
    this.words = root.querySelector("[data-readout]");
    this.values = legend.map((item) => item.querySelector("[data-value]"));
    this.means = this.values.map((value) => value.textContent);
  }

  show(at) {
    const point = at === null ? null : this.history.points[at];
    this.words.textContent = point ? pointText(point, this.times, this.history.pauses) : "";
    this.values.forEach((value, place) => {
      const count = point?.counts?.[this.history.classes[place]];
      const text = count === undefined ? "–" : count.toFixed(2);
      value.textContent = point ? text : this.means[place];
    });
  }
}

function openRange(startS, endS) {
  const url = new URL(root.dataset.pageUrl, location.href);
  const iso = (atS) => new Date(atS * 1000).toISOString().replace(".000Z", "Z");
  url.searchParams.set("from", iso(startS));
  url.searchParams.set("to", iso(endS));
  location.assign(url);
}

async function fetchHistory() {
  const response = await fetch(root.dataset.url, { headers: { Accept: "application/json" } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function draw(history) {
  const times = new AxisTimes(pageZone());
  const legend = [...root.querySelectorAll("[data-legend] li")];
  const readout = new Readout(history, times, legend);
  const actions = { onCursor: (at) => readout.show(at), onRange: openRange };
  const box = (name) => root.querySelector(`[data-${name}-chart]`);
  const indicator = drawIndicator(box("indicator"), history, times, actions);
  const main = document.querySelector("main");
  let limits = limitsOf(main);
  followLimits(main, root.dataset.camera, (changed) => {
    limits = changed;
    indicator.redraw();
  });
  indicator.onDraw((plot) => drawLimits(plot, limits, getComputedStyle(indicator.box)));
  indicator.redraw();
  new AlertMarks(indicator);
  new ScaleMarks(indicator, root.dataset.scaleChanged);
  drawPeople(box("people"), history, times, legend, actions);
}

async function start() {
  const notice = root.querySelector("[data-notice]");
  try {
    if (!window.uPlot) throw new Error("The browser packages are missing on this server.");
    draw(await fetchHistory());
    notice.hidden = true;
    root.dataset.drawn = "";
  } catch (error) {
    console.warn("The curves could not be drawn.", error);
    notice.dataset.failed = "";
    notice.textContent = `The curves did not load: ${error.message} The table below holds the same data; open the page again for the curves.`;
  }
}

if (root) start();
