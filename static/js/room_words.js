/** What a participant of a room reads, and how large the pictures are that go to the server. */

const MOST_WIDTH = 640;
const MOST_HEIGHT = 480;
const SLOW_FPS = 3;

/** Returns what was read off the own picture, in words. */
export function readWords(faces) {
  if (!faces.length) return "No face is seen.";
  return faces.map(faceWords).join(", ");
}

function faceWords({ label, probability }) {
  if (label === "not read") return "a face too small, turned or blurred to be read";
  if (label === "uncertain") return "uncertain";
  return `${label} ${Math.round(100 * probability)} %`;
}

/** Returns how often the pictures are read, and why it is seldom. */
export function rateWords(fps) {
  const often = `Read ${fps < 10 ? fps.toFixed(1) : Math.round(fps)} times a second.`;
  return fps && fps < SLOW_FPS ? `${often} The server is busy, so it is slower for all.` : often;
}

/** Returns the size of a picture that is shrunk as a whole, where it is too large. */
export function fitted(width, height) {
  const scale = Math.min(1, MOST_WIDTH / width, MOST_HEIGHT / height);
  return { width: Math.round(scale * width), height: Math.round(scale * height) };
}
