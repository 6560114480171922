/** The alerts page: follows what others do, and holds what this browser is to do. */

import "./alerts.js";
import { focusNext, sendDeed } from "./alert_deeds.js";
import { mayNotify, NOTIFY, playSound, SOUND } from "./alert_calls.js";
import { recall, remember } from "./browser_memory.js";

const REFRESH_AFTER_MS = 700;
const REFRESH_EVERY_MS = 30_000;
const columns = document.querySelector("[data-page-url]");
const changed = document.querySelector("[data-list-changed]");
let timer = null;

const controls = "input:not([type=hidden]), select, textarea";

/** Somebody writes here: what they have written must not vanish. */
function isBusy(region) {
  const focused = document.activeElement;
  const isTyping = region.contains(focused) && focused.matches(controls);
  return isTyping || [...region.querySelectorAll("input")].some((i) => i.value !== i.defaultValue);
}

/** Ids of the opened parts, to open them again. */
const opened = (region) => [...region.querySelectorAll("details[open]")].map((part) => part.id);

const reachable = (part) => [...part.querySelectorAll("a[href], button, summary, [tabindex]")];

/** Where the keyboard stands: the part that has an id, and which of its controls. */
function keyboardPlace(region) {
  const focused = document.activeElement;
  if (!region.contains(focused)) return null;
  const part = focused.closest("[id]");
  return { id: part.id, at: reachable(part).indexOf(focused) };
}

function replace(region, fresh) {
  const place = keyboardPlace(region);
  region.replaceWith(document.adoptNode(fresh));
  const part = place && document.getElementById(place.id);
  if (part) reachable(part)[place.at]?.focus({ preventScroll: true });
}

// Every answer has another CSRF field; it makes no difference to a reader.
const content = (region) => region.innerHTML.replace(/name="csrf_token" value="[^"]*"/g, "");

function swap(region, fresh) {
  const isOpen = opened(region);
  for (const id of isOpen) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  if (content(region) === content(fresh)) return;
  if (isBusy(region)) changed.hidden = false;
  else replace(region, fresh);
}

async function refresh() {
  const response = await fetch(columns.dataset.pageUrl, {
    headers: { Accept: "text/html" },
    cache: "no-store",
  });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  changed.hidden = true;
  for (const region of document.querySelectorAll("[data-live-region]"))
    swap(region, page.getElementById(region.id));
}

function refreshSoon(delayMs = REFRESH_AFTER_MS) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    refresh().catch((error) => console.warn("The lists could not be read again.", error));
    refreshSoon(REFRESH_EVERY_MS);
  }, delayMs);
}

/** Acknowledge and answer without leaving the place; the card changes where it stands. */
async function submitInPlace(event) {
  const { target: form, submitter } = event;
  if (!form.matches("[data-in-place]")) return;
  event.preventDefault();
  const card = form.closest(".alert-card");
  try {
    await sendDeed(form, submitter);
    form.reset();
    form.closest("details")?.removeAttribute("open");
    document.activeElement.blur();
    await refresh();
    focusNext(document.getElementById(card.id));
  } catch (error) {
    const trouble = card.querySelector("[data-trouble]");
    trouble.textContent = `Nothing was changed: ${error.message}`;
    trouble.hidden = false;
    submitter?.focus();
  }
}

function initSound(box, say) {
  box.checked = recall("localStorage", SOUND) === "on";
  box.addEventListener("change", () => {
    remember("localStorage", SOUND, box.checked ? "on" : "off");
    if (box.checked) playSound();
    say(box.checked ? "So it sounds. The page must stay open." : "No sound.");
  });
}

async function allowNotifications() {
  if (!window.Notification) return "This browser shows notifications only over HTTPS.";
  const permission = await Notification.requestPermission();
  if (permission === "granted") return "";
  return "The browser does not allow notifications of this site; its settings can.";
}

function initNotifications(box, say) {
  box.checked = mayNotify();
  box.addEventListener("change", async () => {
    const refusal = box.checked ? await allowNotifications() : "";
    box.checked &&= !refusal;
    remember("localStorage", NOTIFY, box.checked ? "on" : "off");
    const words = box.checked ? "Notifications are on. The page must stay open." : "No notifications.";
    say(refusal || words);
  });
}

const options = document.querySelector("[data-alert-options]");
const note = options.querySelector("[data-options-note]");
const say = (text) => {
  note.textContent = text;
};
initSound(options.querySelector("[data-sound-switch]"), say);
initNotifications(options.querySelector("[data-notify-switch]"), say);
options.hidden = false;
document.addEventListener("submit", submitInPlace);
document.addEventListener("alertschange", () => refreshSoon());
refreshSoon(REFRESH_EVERY_MS);
