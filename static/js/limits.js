/** The limits of the camera's rule: on the gauge, and as lines across the last five minutes. */

const MIDDLE = 50;
// Of the words at the lines: their size beside the axes' text; in their own size, the height of a
// capital and the gap to the line.
const TEXT_SIZE = 0.92;
const CAP_HEIGHT = 0.75;
const LINE_GAP = 0.15;
const COLORS = ["--chart-begin", "--chart-end"];

/** What the page says of the limits, where alerts begin first; empty where none are marked. */
export function limitsOf(board) {
  const items = [...board.querySelectorAll("[data-limits]:not([hidden]) [data-limit]")];
  return items.map((item) => ({ item, at: Number(item.dataset.limit), words: item.textContent }));
}

/** Say what a `limits` event says of the camera's rule. */
function sayLimits(board, { marks, sentence }) {
  const list = board.querySelector("[data-limits]");
  list.hidden = !marks.length;
  list.querySelectorAll("[data-limit]").forEach((item, place) => {
    item.dataset.limit = marks[place]?.at ?? "";
    item.textContent = marks[place]?.words ?? "";
  });
  const line = board.querySelector("[data-limits-sentence]");
  line.hidden = !sentence;
  line.textContent = sentence;
}

/** Keep up with a rule that is edited: say its limits anew, then call back with `limitsOf`. */
export function followLimits(board, camera, onChange) {
  document.addEventListener("limitschange", ({ detail }) => {
    if (detail.camera !== camera) return;
    sayLimits(board, detail.limits);
    onChange(limitsOf(board));
  });
}

/**
 * On which side of its mark each limit's words stand, and in which row, so that they have room and
 * no mark runs through them.
 */
export function gaugePlaces([begins, ends]) {
  const side = ({ at }) => (at > MIDDLE ? "left" : "right");
  const isFirst = side(begins) === "right";
  return [
    { side: side(begins), row: isFirst ? 0 : 1 },
    { side: side(ends), row: isFirst ? 1 : 0 },
  ];
}

export function markGauge(limits) {
  if (!limits.length) return;
  gaugePlaces(limits).forEach(({ side, row }, place) => {
    const { item, at } = limits[place];
    item.dataset.side = side;
    item.dataset.row = row;
    item.style.left = side === "right" ? `${at}%` : "";
    item.style.right = side === "left" ? `${100 - at}%` : "";
  });
}

/**
 * Where the words of each line stand: above where alerts begin and below where they end, at the left
 * edge, since the newest readings come in at the right. Without room there they stand at the right
 * edge, beyond the other line if that is close.
 * @param unitPx height of one step of 0-100.
 * @param needPx height that words take.
 * @returns for each line the limit beside which its words stand, and where.
 */
export function linePlaces([begins, ends], unitPx, needPx) {
  const hasRoom = (units) => units * unitPx >= needPx;
  const isApart = hasRoom(begins.at - ends.at);
  return [
    hasRoom(100 - begins.at)
      ? { at: begins.at, isAbove: true, edge: "left" }
      : { at: isApart ? begins.at : ends.at, isAbove: false, edge: "right" },
    hasRoom(ends.at)
      ? { at: ends.at, isAbove: false, edge: "left" }
      : { at: isApart ? ends.at : begins.at, isAbove: true, edge: "right" },
  ];
}

function drawLine({ ctx, bbox }, y, ratio, isDashed) {
  ctx.lineWidth = ratio;
  ctx.setLineDash(isDashed ? [4 * ratio, 4 * ratio] : []);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Words with a rim, so that the curve behind them does not strike them out. */
function drawWords({ ctx, bbox }, words, { isAbove, edge }, y, textPx, rimColor) {
  const gapPx = LINE_GAP * textPx;
  const x = edge === "right" ? bbox.left + bbox.width - gapPx : bbox.left + gapPx;
  const baseY = isAbove ? y - 2 * gapPx : y + gapPx + CAP_HEIGHT * textPx;
  ctx.textAlign = edge;
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = 2 * gapPx;
  ctx.lineJoin = "round";
  ctx.strokeStyle = rimColor;
  ctx.strokeText(words, x, baseY);
  ctx.fillText(words, x, baseY);
}

/** Draw the lines onto a uPlot chart of 0-100; `style` gives the colours of its box. */
export function drawLimits(plot, limits, style) {
  if (!limits.length) return;
  const { ctx, bbox } = plot;
  const textPx = TEXT_SIZE * parseFloat(style.fontSize) * devicePixelRatio;
  const places = linePlaces(limits, bbox.height / 100, (CAP_HEIGHT + 2 * LINE_GAP) * textPx);
  const yOf = (at) => Math.round(plot.valToPos(at, "y", true));
  const colors = COLORS.map((name) => style.getPropertyValue(name));
  ctx.save();
  ctx.font = `${textPx}px ${style.fontFamily}`;
  limits.forEach(({ at }, row) => {
    ctx.strokeStyle = colors[row];
    drawLine(plot, yOf(at), devicePixelRatio, row > 0);
  });
  limits.forEach(({ words }, row) => {
    ctx.fillStyle = colors[row];
    const place = places[row];
    drawWords(plot, words, place, yOf(place.at), textPx, style.getPropertyValue("--chart-ground"));
  });
  ctx.restore();
}
