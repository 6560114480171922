/** The page for pictures and videos: sends what is dropped, follows it, shows what was read. */

import { alertHandlers, takeAlertLink } from "./alerts.js";
import { AnalyseCalls } from "./analyse_calls.js";
import { FileCards } from "./analyse_cards.js";
import { Detail } from "./analyse_detail.js";
import { AnalysedFile, newUploadId } from "./analyse_file.js";
import { Turn } from "./analyse_turn.js";
import { watchDrops } from "./drop_zone.js";
import { Feed } from "./feed.js";
import { LinkWarning } from "./link_warning.js";

const NO_ROOM = "Waits until the server has room for it";
const TICK_MS = 1000;
const ASK_AFTER_MS = 3000;
// What the server says last of a file; after it the file is unknown.
const DELETED = new Set(["cancelled", "forgotten"]);
const BYTES_PER_MB = 1_000_000;
const root = document.querySelector("[data-analyse]");
const page = root.dataset;
const announcer = document.querySelector("[data-announcer]");
const warning = new LinkWarning(document.querySelector("[data-warning]"), page.loginUrl);
const calls = new AnalyseCalls(page.url, page.csrf);
const cards = new FileCards(root.querySelector("[data-files-section]"), template, { open, remove, retry });
const turn = new Turn();
const detail = new Detail(root.querySelector("[data-detail]"), template, calls);

// Newest first.
let files = [];
let selected = null;
// Upload ids of what was cancelled before the server had answered, and may be read all the same.
const cancelled = new Set();

function template(name) {
  const part = document.querySelector(`[data-template="${name}"]`);
  return part.content.firstElementChild.cloneNode(true);
}

function show() {
  cards.show(files, selected);
  detail.show(selected);
}

function say(file, words) {
  announcer.textContent = `${file.name}: ${words}`;
}

function open(file) {
  selected = file;
  show();
  // On a phone it stands below the list.
  if (detail.box.getBoundingClientRect().top > innerHeight / 2) detail.box.scrollIntoView();
}

function drop(file) {
  files = files.filter((other) => other !== file);
  if (selected === file) selected = files[0] ?? null;
  show();
}

function refuse(file, message, code = 0) {
  file.refuse(message, code);
  say(file, message);
  show();
}

function add(chosen) {
  const added = chosen.map((file) => new AnalysedFile(file.name, file.size, file));
  files = [...added.toReversed(), ...files];
  selected = added[0] ?? selected;
  for (const file of added.filter(isTooLarge)) refuse(file, tooLarge(file), 413);
  show();
  sendNext();
}

const isTooLarge = (file) => file.sizeBytes > page.maxMb * BYTES_PER_MB;

function tooLarge({ sizeBytes }) {
  const size = (sizeBytes / BYTES_PER_MB).toLocaleString("en", { maximumFractionDigits: 1 });
  return `It has ${size} MB; at most ${page.maxMb} MB are taken. Shrink or cut it, or have ANALYSE_MAX_MB raised.`;
}

/** One at a time, in the order they came: the server reads them one by one as well. */
async function sendNext() {
  const file = files.findLast(({ state }) => state === "queued");
  if (!file || files.some(({ state }) => state === "sending")) return;
  if (!turn.hasCome(files, Date.now())) return;
  Object.assign(file, { state: "sending", uploadId: newUploadId() });
  const sending = calls.send(file.file, file.uploadId, (share) => {
    file.share = share;
    show();
  });
  file.request = sending.request;
  show();
  try {
    take(await sending.answer, file);
  } catch (error) {
    fail(file, error);
  }
  sendNext();
}

function fail(file, error) {
  // Aborted: whoever did it has taken the file away.
  if (!error) return;
  if (error.code === 401) warning.show("ended");
  if (!turn.wait(error, files, Date.now())) return refuse(file, error.message, error.code);
  file.queue(NO_ROOM);
  show();
}

function retry(file) {
  file.queue();
  open(file);
  sendNext();
}

async function remove(file) {
  drop(file);
  file.request?.abort();
  if (!file.id) return void cancelled.add(file.uploadId);
  try {
    await calls.forget(file.id);
  } catch (error) {
    files = [file, ...files];
    announcer.textContent = error.message;
    show();
  }
}

/** The file that a status is about; events may come before the answer to the upload. */
function fileOf(status) {
  const isSent = ({ uploadId }) => uploadId === status.upload_id;
  return files.find(({ id }) => id === status.id) ?? files.find(isSent);
}

/** Delete what was read after it was cancelled; what fails is tried again with the next status. */
function forgetCancelled({ id, state }) {
  if (!DELETED.has(state)) calls.forget(id).catch((error) => console.warn(error.message));
}

function addUnknown(status) {
  const file = new AnalysedFile(status.name, status.size_bytes);
  files = [file, ...files];
  return file;
}

/** Take the status of a job, from an event or an answer. */
function take(status, sent = null) {
  if (cancelled.has(status.upload_id)) return forgetCancelled(status);
  const known = sent ?? fileOf(status);
  if (DELETED.has(status.state)) return known && drop(known);
  const file = known ?? addUnknown(status);
  files = files.filter((other) => other === file || other.id !== status.id);
  // An answer may be overtaken by the event of the end.
  if (file.state === "done" && status.state !== "done") return;
  file.take(status, Date.now());
  if (status.state === "failed") say(file, file.message);
  if (status.state === "done") end(file);
  show();
  if (!file.isGoingOn) sendNext();
}

async function end(file) {
  try {
    if (!file.result) file.result = (await calls.job(file.id)).result;
    say(file, "read.");
    show();
  } catch (error) {
    // Deleted between the event and the question.
    if (error.code === 404) drop(file);
    else refuse(file, error.message);
  }
}

/** Forget what the server has forgotten, ask where it has been silent, send what has waited. */
function tick() {
  const nowMs = Date.now();
  for (const file of files) {
    if (file.expiresMs <= nowMs) drop(file);
    else if (file.isGoingOn && nowMs - file.heardMs > ASK_AFTER_MS) ask(file, nowMs);
  }
  show();
  sendNext();
}

async function ask(file, nowMs) {
  file.heardMs = nowMs;
  try {
    take(await calls.job(file.id), file);
  } catch (error) {
    if (error.code === 404) drop(file);
    if (error.code === 401) warning.show("ended");
  }
}

/** Read again what there is; done once more after every loss of the connection. */
async function load() {
  // What is sent while the list is on its way is not in it.
  const known = files.filter(({ id }) => id);
  try {
    const jobs = await calls.jobs();
    const ids = new Set(jobs.map(({ id }) => id));
    for (const file of known) if (!ids.has(file.id)) drop(file);
    for (const status of jobs.toReversed()) take(status);
    selected ??= files[0] ?? null;
    show();
  } catch (error) {
    console.warn("Earlier files could not be asked for.", error);
  }
}

function takeLink(name) {
  takeAlertLink(name);
  warning.show(name);
  if (name === "connected") load();
}

watchDrops(root.querySelector("[data-drop-zone]"), root.querySelector("[data-file-input]"), add);
const feed = new Feed({
  socketPath: page.socketPath,
  sessionUrl: page.url,
  onLink: takeLink,
  handlers: { analysis: take, ...alertHandlers },
});
feed.start();
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) feed.leave();
});
addEventListener("beforeunload", (event) => {
  if (files.some(({ isHere }) => isHere)) event.preventDefault();
});
load();
setInterval(tick, TICK_MS);
