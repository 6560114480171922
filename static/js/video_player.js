/** The video itself beside its curves: from the browser's memory, never from the server. */

import { momentText } from "./video_times.js";

const BYTES_PER_MB = 1e6;
const megabytes = (bytes) => `${(bytes / BYTES_PER_MB).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;

/** Why a file that was chosen to be played is not the one that was read; "" where it is. */
export function otherFile(wanted, file) {
  if (file.name === wanted.name && file.size === wanted.sizeBytes) return "";
  return `Expected ${wanted.name} of ${megabytes(wanted.sizeBytes)}, got ${file.name} of ${megabytes(file.size)}. Choose the file that was read.`;
}

/** Moves a video to the newest moment asked for; one after the other, as fast as it can. */
export class Seeker {
  constructor(video) {
    Object.assign(this, { video, wantedS: null });
    video.addEventListener("seeked", () => this.go());
  }

  seek(atS) {
    this.wantedS = Math.max(0, atS);
    if (!this.video.seeking) this.go();
  }

  go() {
    if (this.wantedS === null) return;
    this.video.currentTime = this.wantedS;
    this.wantedS = null;
  }
}

export class VideoPlayer {
  /**
   * @param part of the page with the video and the button that chooses its file.
   * @param wanted the `AnalysedFile` that was read.
   */
  constructor(part, wanted) {
    Object.assign(this, { part, wanted, url: null, heads: [] });
    this.video = part.querySelector("video");
    this.seeker = new Seeker(this.video);
    this.note = part.querySelector("[data-play-note]");
    this.chooser = part.querySelector("[data-choose-video]");
    this.chooser.querySelector("input").addEventListener("change", (event) => this.choose(event.target));
    this.video.addEventListener("error", () => this.showUnplayable());
    for (const event of ["timeupdate", "seeking"]) this.video.addEventListener(event, () => this.showHeads());
    if (wanted.original) this.play(wanted.original);
    else this.say("Choose the file once more to see it beside its curves. It stays in this browser.");
  }

  choose(input) {
    const [file] = input.files;
    if (!file) return;
    const fault = otherFile(this.wanted, file);
    if (fault) return this.say(fault);
    this.wanted.original = file;
    this.play(file);
  }

  play(file) {
    this.url = URL.createObjectURL(file);
    this.video.src = this.url;
    this.video.hidden = false;
    this.chooser.hidden = true;
    this.say("Point at a curve to see its moment; a click goes there while it plays.");
  }

  say(text) {
    this.note.textContent = text;
  }

  showUnplayable() {
    this.video.hidden = true;
    this.showHeads();
    this.say("This browser cannot play such a video. The curves and the picture below are complete.");
  }

  /** Let a pointer on a curve choose the moment, and the curve show which one it is. */
  follow(plot) {
    const { over } = plot.plot;
    const head = document.createElement("span");
    head.className = "play-head";
    over.append(head);
    this.heads.push({ plot, head });
    const seek = (event) => this.seeker.seek(plot.plot.posToVal(event.offsetX, "x"));
    over.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && this.video.paused) seek(event);
    });
    over.addEventListener("click", seek);
    plot.onDraw(() => this.showHeads());
  }

  showHeads() {
    const atS = this.video.currentTime;
    for (const { plot, head } of this.heads) {
      head.hidden = this.video.hidden;
      head.style.left = `${plot.plot.valToPos(atS, "x")}px`;
    }
    this.video.setAttribute("aria-label", `${this.wanted.name}, at ${momentText(atS)}`);
  }

  leave() {
    this.video.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
