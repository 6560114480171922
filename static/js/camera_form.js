/** The form of a camera: its areas are drawn on the picture, which turns as it will be turned. */

import { formatArea, frameOf, parseAreas } from "./mask.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const form = document.querySelector("[data-camera-form]");
const picture = form.querySelector("[data-picture]");

form.addEventListener("submit", ({ submitter }) => {
  if (!submitter?.matches("[data-try]")) return;
  form.querySelector("[data-trying]").textContent = "Looking; this may take half a minute …";
});

class MaskDrawing {
  constructor() {
    this.frame = picture.querySelector("[data-frame]");
    this.areas = picture.querySelector("[data-areas]");
    this.width = Number(picture.dataset.width);
    this.height = Number(picture.dataset.height);
    this.text = form.elements.mask;
    this.corners = null;
    for (const deed of ["draw", "finish", "undo"]) {
      this[`${deed}Button`] = form.querySelector(`[data-${deed}]`);
      this[`${deed}Button`].addEventListener("click", () => this[deed]());
    }
    picture.addEventListener("click", (event) => this.addCorner(event));
    this.text.addEventListener("input", () => this.show());
    form.elements.turn_deg.addEventListener("change", () => this.turn());
    form.elements.is_mirrored.addEventListener("change", () => this.turn());
    form.querySelector("[data-mask-tools]").hidden = false;
    this.turn();
    this.show();
  }

  draw() {
    this.corners = [];
    this.show();
  }

  finish() {
    const lines = this.text.value.split("\n").filter((line) => line.trim());
    this.text.value = [...lines, formatArea(this.corners)].join("\n");
    this.corners = null;
    this.show();
    this.drawButton.focus();
  }

  undo() {
    if (this.corners?.length) this.corners.pop();
    else if (this.corners) this.corners = null;
    else this.text.value = this.text.value.trimEnd().split("\n").slice(0, -1).join("\n");
    this.show();
  }

  addCorner(event) {
    if (!this.corners) return;
    const point = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = point.matrixTransform(this.frame.getScreenCTM().inverse());
    this.corners.push([x / this.width, y / this.height]);
    this.show();
  }

  turn() {
    const { turn_deg: turn, is_mirrored: mirror } = form.elements;
    const frame = frameOf(this.width, this.height, Number(turn.value), mirror.checked);
    picture.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    this.frame.setAttribute("transform", frame.transform);
  }

  show() {
    const drawn = parseAreas(this.text.value).map((corners) => this.shape("polygon", corners));
    const marks = (this.corners ?? []).map(([x, y]) => this.mark(x, y));
    if (this.corners?.length) marks.unshift(this.shape("polyline", this.corners));
    this.areas.replaceChildren(...drawn, ...marks);
    this.finishButton.hidden = !(this.corners?.length >= 3);
    this.drawButton.hidden = Boolean(this.corners);
    picture.parentElement.toggleAttribute("data-is-drawing", Boolean(this.corners));
    this.say();
  }

  say() {
    const said = form.querySelector("[data-drawing]");
    if (!this.corners) said.textContent = "";
    else if (this.corners.length < 3) said.textContent = "Click its corners on the picture, at least three.";
    else said.textContent = `${this.corners.length} corners; finish, or click more.`;
  }

  shape(name, corners) {
    const points = corners.map(([x, y]) => `${x * this.width},${y * this.height}`).join(" ");
    return this.element(name, { points });
  }

  mark(x, y) {
    return this.element("circle", { cx: x * this.width, cy: y * this.height, r: this.width / 120 });
  }

  element(name, attributes) {
    const element = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }
}

if (picture) new MaskDrawing();
