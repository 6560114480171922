/** Takes part in a room: the own camera's pictures go to the server, what is read off comes back. */

import { fitted, rateWords, readWords } from "./room_words.js";

const FORMATS = ["image/webp", "image/jpeg"];
const QUALITY = 0.7;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 8000;
const page = document.querySelector("[data-join]");
const find = (name) => page.querySelector(`[data-${name}]`);
const video = find("video");
const marks = find("marks");
const small = document.createElement("canvas");

let stream = null;
let socket = null;
let retryMs = FIRST_RETRY_MS;
let sending = 0;
// Counts up with each wish to open a camera or to close it: one that opens after the next is none.
let visit = 0;

function show(part) {
  for (const name of ["asking", "taking-part", "over"]) find(name).hidden = name !== part;
}

async function openCamera(deviceId) {
  const size = { width: { ideal: 640 }, height: { ideal: 360 } };
  const wanted = deviceId ? { ...size, deviceId: { exact: deviceId } } : size;
  const begun = (visit += 1);
  const opened = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  if (begun !== visit) {
    stopTracks(opened);
    return false;
  }
  stopTracks(stream);
  stream = opened;
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => begun === visit && end("Your camera gives no picture any more."));
  video.srcObject = stream;
  await video.play();
  return true;
}

function stopTracks(tracked) {
  for (const track of tracked?.getTracks() ?? []) track.stop();
}

function closeCamera() {
  visit += 1;
  stopTracks(stream);
  stream = null;
  video.srcObject = null;
}

async function listDevices() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const current = stream.getVideoTracks()[0].getSettings().deviceId;
  const options = devices
    .filter((device) => device.kind === "videoinput")
    .map(({ label, deviceId }, row) => {
      const isCurrent = deviceId === current;
      return new Option(label || `Camera ${row + 1}`, deviceId, isCurrent, isCurrent);
    });
  find("devices").replaceChildren(...options);
}

function encode() {
  const { width, height } = fitted(video.videoWidth, video.videoHeight);
  Object.assign(small, { width, height });
  small.getContext("2d").drawImage(video, 0, 0, width, height);
  return new Promise((done) => {
    small.toBlob((picture) => {
      if (picture?.type === FORMATS[0]) return done(picture);
      small.toBlob(done, FORMATS[1], QUALITY);
    }, FORMATS[0], QUALITY);
  });
}

async function sendPicture() {
  if (socket?.readyState !== WebSocket.OPEN || !stream) return;
  const picture = video.videoWidth ? await encode() : null;
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (picture) socket.send(picture);
  else sendSoon(200);
}

/** The next picture is taken when the last has arrived: a slow line gets fewer, never old ones. */
function sendSoon(paceMs) {
  clearTimeout(sending);
  sending = setTimeout(sendPicture, paceMs);
}

function mark(faces) {
  const pen = marks.getContext("2d");
  Object.assign(marks, { width: marks.clientWidth, height: marks.clientHeight });
  pen.strokeStyle = "#ffd60a";
  pen.lineWidth = 3;
  for (const { box } of faces) {
    const [x0, y0, x1, y1] = box.map((share, row) => share * (row % 2 ? marks.height : marks.width));
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
}

function take(message) {
  if (message.kind === "took" || message.kind === "dropped") sendSoon(message.pace_ms);
  if (message.kind === "took") find("trouble").textContent = "";
  if (message.kind === "dropped") find("trouble").textContent = message.fault;
  if (message.kind === "ended") end(message.reason);
  if (message.kind !== "read") return;
  mark(message.faces);
  find("reading").textContent = readWords(message.faces);
  find("rate").textContent = rateWords(message.fps);
}

function connect() {
  const address = new URL(page.dataset.socketUrl, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    retryMs = FIRST_RETRY_MS;
    find("trouble").textContent = "";
    sendPicture();
  });
  socket.addEventListener("message", ({ data }) => take(JSON.parse(data)));
  socket.addEventListener("close", () => {
    socket = null;
    if (stream) retry();
  });
}

function retry() {
  find("trouble").textContent = "No contact with the server; trying again …";
  find("reading").textContent = "Nothing is read now.";
  mark([]);
  setTimeout(() => stream && !socket && connect(), retryMs);
  retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
}

function end(reason) {
  closeCamera();
  clearTimeout(sending);
  socket?.close();
  find("reason").textContent = reason;
  show("over");
}

async function join(event) {
  event.preventDefault();
  find("fault").textContent = "";
  try {
    if (!(await openCamera())) return;
  } catch (error) {
    find("fault").textContent = `Your camera could not be opened (${error.name}). Allow it for this page, and close other programs that use it.`;
    return;
  }
  show("taking-part");
  await listDevices();
  connect();
}

async function changeCamera() {
  try {
    await openCamera(find("devices").value);
  } catch (error) {
    find("trouble").textContent = `That camera could not be opened (${error.name}).`;
    await listDevices();
  }
}

if (navigator.mediaDevices) {
  find("form").addEventListener("submit", join);
} else {
  find("insecure").hidden = false;
  find("form").hidden = true;
}
find("devices").addEventListener("change", changeCamera);
find("stop").addEventListener("click", () => end("You have left the room. Your camera is off."));
find("again").addEventListener("click", () => show("asking"));
addEventListener("pagehide", () => {
  closeCamera();
  socket?.close();
});
