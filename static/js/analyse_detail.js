/** What is shown of the one file that is chosen: how far it has come, then its result. */

import { showProgress } from "./analyse_cards.js";
import { showPicture } from "./analyse_picture.js";
import { showVideo } from "./analyse_video.js";
import { videoTime } from "./video_times.js";

const NEWEST_EVERY_MS = 1000;
const FAILED = new Set(["failed", "refused"]);
const SHOW = { picture: showPicture, video: showVideo };

function viewOf(file) {
  if (!file) return "empty";
  if (FAILED.has(file.state)) return "refused";
  return file.result ? file.status.kind : "reading";
}

export class Detail {
  /**
   * @param box where to show.
   * @param template makes an element of a name.
   * @param calls an `AnalyseCalls`, for the addresses of pictures and downloads.
   */
  constructor(box, template, calls) {
    Object.assign(this, { box, template, calls, file: null, view: "empty" });
    this.empty = box.querySelector("[data-empty]");
    this.leave = () => {};
    this.newestMs = 0;
  }

  show(file) {
    const view = viewOf(file);
    if (file !== this.file || view !== this.view) this.build(file, view);
    if (view === "reading") this.showReading(file);
  }

  build(file, view) {
    this.leave();
    this.leave = () => {};
    Object.assign(this, { file, view, newestMs: 0 });
    const part = view === "empty" ? this.empty : this.template(view);
    this.box.replaceChildren(part);
    const name = part.querySelector("[data-name]");
    if (name) name.textContent = file.name;
    const message = part.querySelector("[data-message]");
    if (message) this.showMessage(message, file.message);
    if (view in SHOW) this.showResult(part, view);
  }

  showMessage(element, text) {
    element.textContent = text;
    element.hidden = !text;
  }

  showResult(article, view) {
    const { id, result } = this.file;
    const address = (part) => this.calls.address(id, part);
    article.querySelector("[data-picture]").src = address("picture.jpg");
    article.querySelector("[data-jpeg]").href = address("picture.jpg");
    article.querySelector("[data-json]").href = address("result.json");
    article.querySelector("[data-csv]").href = address("result.csv");
    this.leave = SHOW[view](article, result, this.template, this.file);
  }

  showReading(file) {
    const put = (name, text) => {
      this.box.querySelector(`[data-${name}]`).textContent = text;
    };
    const { status } = file;
    showProgress(this.box.querySelector("[data-progress]"), file);
    put("state", file.words());
    this.box.querySelector("[data-figures]").hidden = !file.isGoingOn;
    put("hint", file.isHere ? "Keep this page open until it is sent." : "You may leave this page; the result waits here.");
    if (!file.isGoingOn) return;
    const length = status.duration_s ? ` of ${videoTime(status.duration_s)}` : "";
    put("read", `${videoTime(status.time_s)}${length}`);
    put("pictures", status.frames.toLocaleString("en"));
    put("left", file.leftWords());
    if (status.frames) this.showNewest(file);
  }

  showNewest(file) {
    const nowMs = Date.now();
    if (nowMs - this.newestMs < NEWEST_EVERY_MS) return;
    this.newestMs = nowMs;
    this.box.querySelector("[data-shot]").hidden = false;
    const url = `${this.calls.address(file.id, "newest.jpg")}?frames=${file.status.frames}`;
    this.box.querySelector("[data-newest]").src = url;
  }
}
