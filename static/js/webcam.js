/** A picture or ten seconds from the viewer's own camera, handed on as a file. */

import { pageTimes } from "./times.js";
import { ENDED, INSECURE, faultWords, fileName, leftWords } from "./webcam_words.js";

const RECORDED_MS = 10_000;
const TICK_MS = 250;
// What is recorded so far, each second: a camera that goes away takes no more with it.
const SLICE_MS = 1000;
const JPEG_QUALITY = 0.92;
const FORMATS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];
const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };

export class Webcam {
  /**
   * @param part of the page.
   * @param take is called with a list of one file.
   */
  constructor(part, take) {
    Object.assign(this, { part, take, stream: null, recorder: null });
    this.video = this.find("video");
    this.on("open", () => this.open());
    this.on("picture", () => this.takePicture());
    this.on("record", () => this.record());
    this.on("stop", () => this.recorder?.stop());
    this.on("close", () => this.close());
    addEventListener("pagehide", () => this.close());
  }

  find(name) {
    return this.part.querySelector(`[data-webcam-${name}]`);
  }

  on(name, deed) {
    this.find(name).addEventListener("click", deed);
  }

  say(words) {
    this.find("words").textContent = words;
  }

  async open() {
    this.say("");
    if (!navigator.mediaDevices) return this.say(INSECURE);
    this.find("open").disabled = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: SIZE, audio: false });
      this.stream.getVideoTracks()[0].addEventListener("ended", () => this.end());
      this.video.srcObject = this.stream;
      this.show("opened");
      await this.video.play();
      this.find("picture").focus();
    } catch (error) {
      this.close();
      this.say(faultWords(error));
    } finally {
      this.find("open").disabled = false;
    }
  }

  /** @param state `closed`, `opened` or `recording`. */
  show(state) {
    this.find("open").hidden = state !== "closed";
    this.find("view").hidden = state === "closed";
    for (const name of ["picture", "record"]) this.find(name).hidden = state !== "opened";
    this.find("stop").hidden = state !== "recording";
  }

  async takePicture() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    this.close();
    this.hand(await new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY)));
  }

  record() {
    const parts = [];
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.recorder = new MediaRecorder(this.stream, { mimeType });
    this.recorder.addEventListener("dataavailable", ({ data }) => data.size && parts.push(data));
    this.recorder.addEventListener("stop", () => {
      const isKept = this.recorder !== null;
      this.close();
      if (isKept && parts.length) this.hand(new Blob(parts, { type: mimeType }));
    });
    this.recorder.start(SLICE_MS);
    this.show("recording");
    this.find("stop").focus();
    this.count(performance.now() + RECORDED_MS);
  }

  count(endMs) {
    if (this.recorder?.state !== "recording") return;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return this.recorder.stop();
    this.say(leftWords(leftMs));
    setTimeout(() => this.count(endMs), TICK_MS);
  }

  hand(blob) {
    const type = blob.type.split(";")[0];
    this.take([new File([blob], fileName(Date.now(), type, pageTimes), { type })]);
  }

  /** The camera was unplugged, or forbidden while it was open. */
  end() {
    if (this.recorder?.state === "recording") this.recorder.stop();
    else this.close();
    this.say(ENDED);
  }

  /** Close the camera and drop what is being recorded. */
  close() {
    const { recorder } = this;
    this.recorder = null;
    if (recorder?.state === "recording") recorder.stop();
    const hadKeyboard = this.find("view").contains(document.activeElement);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.video.srcObject = null;
    this.say("");
    this.show("closed");
    if (hadKeyboard) this.find("open").focus();
  }
}
