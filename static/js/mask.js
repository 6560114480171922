/** Masked areas as text: a line each, corners x,y in per cent, as `core/camera_mask.py` reads it. */

const CORNER = /^(\d{1,3}(?:\.\d+)?),(\d{1,3}(?:\.\d+)?)$/;

/** Returns the areas that can be read, each a list of corners [x, y] as shares from 0 to 1. */
export function parseAreas(text) {
  const areas = text.split("\n").map((line) => {
    const corners = line.trim().split(/\s+/).map((word) => CORNER.exec(word));
    return corners.every(Boolean) ? corners.map(([, x, y]) => [x / 100, y / 100]) : [];
  });
  return areas.filter((corners) => corners.length >= 3);
}

/** Returns a line for an area. */
export function formatArea(corners) {
  const perCent = (share) => String(Math.round(1000 * Math.min(1, Math.max(0, share))) / 10);
  return corners.map(([x, y]) => `${perCent(x)},${perCent(y)}`).join(" ");
}

/** Returns size and transform of an SVG group that shows a picture turned, then mirrored. */
export function frameOf(width, height, turnDeg, isMirrored) {
  const turns = {
    0: "",
    90: `translate(${height} 0) rotate(90)`,
    180: `translate(${width} ${height}) rotate(180)`,
    270: `translate(0 ${width}) rotate(270)`,
  };
  const isUpright = turnDeg % 180 === 0;
  const shown = isUpright ? { width, height } : { width: height, height: width };
  const mirror = isMirrored ? `translate(${shown.width} 0) scale(-1 1)` : "";
  return { ...shown, transform: `${mirror} ${turns[turnDeg]}`.trim() };
}
