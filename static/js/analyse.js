/** The page for pictures and videos: sends what is dropped, follows it, shows what was read. */

import { alertHandlers, takeAlertLink } from "./alerts.js";
import { AnalyseCalls } from "./analyse_calls.js";
import { FileCards } from "./analyse_cards.js";
import { Detail } from "./analyse_detail.js";
import { AnalysedFile, newUploadId, sizeRefusal } from "./analyse_file.js";
import { AnalysedFiles, isDeleted } from "./analyse_files.js";
import { Turn } from "./analyse_turn.js";
import { watchDrops } from "./drop_zone.js";
import { Feed } from "./feed.js";
import { LinkWarning } from "./link_warning.js";
import { Webcam } from "./webcam.js";

const NO_ROOM = "Waits until the server has room for it";
const TICK_MS = 1000;
const ASK_AFTER_MS = 3000;
const root = document.querySelector("[data-analyse]");
const page = root.dataset;
const announcer = document.querySelector("[data-announcer]");
const warning = new LinkWarning(document.querySelector("[data-warning]"), page.loginUrl);
const calls = new AnalyseCalls(page.url, page.csrf);
const cards = new FileCards(root.querySelector("[data-files-section]"), template, { open, remove, retry });
const turn = new Turn();
const detail = new Detail(root.querySelector("[data-detail]"), template, calls);
const files = new AnalysedFiles();

function template(name) {
  const part = document.querySelector(`[data-template="${name}"]`);
  return part.content.firstElementChild.cloneNode(true);
}

function show() {
  cards.show(files.all, files.chosen);
  detail.show(files.chosen);
}

function say(file, words) {
  announcer.textContent = `${file.name}: ${words}`;
}

function open(file) {
  files.chosen = file;
  show();
  // On a phone it stands below the list.
  if (detail.box.getBoundingClientRect().top > innerHeight / 2) detail.box.scrollIntoView();
}

function drop(file) {
  files.drop(file);
  show();
}

function refuse(file, message, code = 0) {
  file.refuse(message, code);
  say(file, message);
  show();
}

function add(chosen) {
  const added = chosen.map((file) => new AnalysedFile(file.name, file.size, file));
  files.add(added);
  for (const file of added) {
    const refusal = sizeRefusal(file.sizeBytes, page.maxMb);
    if (refusal) refuse(file, refusal, 413);
  }
  show();
  sendNext();
}

async function sendNext() {
  const file = files.next;
  if (!file || !turn.hasCome(files.all, Date.now())) return;
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
  if (!turn.wait(error, files.all, Date.now())) return refuse(file, error.message, error.code);
  file.queue(NO_ROOM);
  show();
}

function retry(file) {
  file.queue();
  open(file);
  sendNext();
}

async function remove(file) {
  files.cancel(file);
  show();
  file.request?.abort();
  if (!file.id) return;
  try {
    await calls.forget(file.id);
  } catch (error) {
    files.all = [file, ...files.all];
    announcer.textContent = error.message;
    show();
  }
}

/** Delete what was read after it was cancelled; what fails is tried again with the next status. */
function forgetCancelled(status) {
  if (!isDeleted(status)) calls.forget(status.id).catch((error) => console.warn(error.message));
}

/** Take the status of a job, from an event or an answer. */
function take(status, sent = null) {
  if (files.isCancelled(status)) return forgetCancelled(status);
  const file = files.take(status, Date.now(), sent);
  if (file?.state === "failed") say(file, file.message);
  if (file?.state === "done") end(file);
  show();
  if (file && !file.isGoingOn) sendNext();
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
  for (const file of files.all) {
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
  const known = files.uploaded;
  try {
    const jobs = await calls.jobs();
    files.dropMissing(known, jobs);
    for (const status of jobs.toReversed()) take(status);
    files.chosen ??= files.all[0] ?? null;
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
new Webcam(root.querySelector("[data-webcam]"), add);
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
  if (files.all.some(({ isHere }) => isHere)) event.preventDefault();
});
load();
setInterval(tick, TICK_MS);
