/** Marks on the indicator's curve where its scale changed: values beside one are not comparable. */

import { scaleChanges } from "./history_curves.js";

// Where less is left to the right of a mark, its words stand on the left.
const WORDS_PX = 130;

export class ScaleMarks {
  /**
   * @param plot a `HistoryPlot` that has been drawn.
   * @param title a sentence on what changed.
   */
  constructor(plot, title) {
    Object.assign(this, { plot, title });
    const { points } = plot.history;
    this.marks = scaleChanges(points).map((at) => [Date.parse(points[at].at) / 1000, this.mark()]);
    plot.box.append(...this.marks.map(([, mark]) => mark));
    plot.onDraw(() => this.place());
    this.place();
  }

  mark() {
    const mark = document.createElement("div");
    mark.className = "scale-mark";
    const words = document.createElement("span");
    words.className = "scale-words";
    words.title = this.title;
    words.textContent = "scale changed";
    mark.append(words);
    return mark;
  }

  place() {
    const { bbox } = this.plot.plot;
    for (const [atS, mark] of this.marks) {
      const leftPx = this.plot.leftPx(this.plot.plot, atS) / devicePixelRatio;
      mark.style.left = `${leftPx - 1}px`;
      mark.style.top = `${bbox.top / devicePixelRatio}px`;
      mark.style.height = `${bbox.height / devicePixelRatio}px`;
      mark.dataset.side = leftPx > this.plot.box.clientWidth - WORDS_PX ? "right" : "left";
    }
  }
}
