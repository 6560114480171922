/** Parts of a page that are read again when alerts change, and forms that are sent in place. */

import { focusNext, sendDeed } from "./alert_deeds.js";

const REFRESH_AFTER_MS = 700;
const REFRESH_EVERY_MS = 30_000;
const REGIONS = "[data-live-region]";
const CONTROLS = "input:not([type=hidden], [type=checkbox]), select, textarea";
const REACHABLE = "a[href], button, summary, input[type=checkbox], [tabindex]";
const place = document.querySelector("[data-page-url]");
const changed = document.querySelector("[data-list-changed]");
let timer = null;

/** Somebody writes here: what they have written must not vanish. */
function isBusy(region) {
  const focused = document.activeElement;
  const isTyping = region.contains(focused) && focused.matches(CONTROLS);
  return isTyping || [...region.querySelectorAll(CONTROLS)].some((i) => i.value !== i.defaultValue);
}

/** Open what is open, and tick what is ticked, as far as it is still there. */
function carryOver(region, fresh) {
  for (const { id } of region.querySelectorAll("details[open][id]"))
    fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  for (const { name, value } of region.querySelectorAll("input[type=checkbox]:checked")) {
    const boxes = fresh.querySelectorAll(`input[name="${CSS.escape(name)}"]`);
    for (const box of boxes) if (box.value === value) box.checked = true;
  }
}

/** Where the keyboard stands: the part that has an id, and which of its controls. */
function keyboardPlace(region) {
  const focused = document.activeElement;
  if (!region.contains(focused)) return null;
  const part = focused.closest("[id]");
  return { id: part.id, at: [...part.querySelectorAll(REACHABLE)].indexOf(focused) };
}

function replace(region, fresh) {
  const stood = keyboardPlace(region);
  region.replaceWith(document.adoptNode(fresh));
  const part = stood && document.getElementById(stood.id);
  if (part) part.querySelectorAll(REACHABLE)[stood.at]?.focus({ preventScroll: true });
}

// Every answer has another CSRF field; it makes no difference to a reader.
const content = (region) => region.outerHTML.replace(/name="csrf_token" value="[^"]*"/g, "");

function swap(region, fresh) {
  if (!fresh) return;
  carryOver(region, fresh);
  if (content(region) === content(fresh)) return;
  if (!isBusy(region)) replace(region, fresh);
  else if (changed) changed.hidden = false;
}

/** Read the page again, and take from it what has changed. */
export async function refresh() {
  const response = await fetch(place.dataset.pageUrl, {
    headers: { Accept: "text/html" },
    cache: "no-store",
  });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (changed) changed.hidden = true;
  for (const region of document.querySelectorAll(REGIONS))
    swap(region, page.getElementById(region.id));
  document.dispatchEvent(new Event("regionschange"));
}

function refreshSoon(delayMs = REFRESH_AFTER_MS) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    refresh().catch((error) => console.warn("The page could not be read again.", error));
    refreshSoon(REFRESH_EVERY_MS);
  }, delayMs);
}

/** Go on at an alert: what there is to do next may lie in a part that is closed. */
function goOn(alert) {
  const question = alert?.querySelector("[data-question]");
  const closed = question?.closest("details:not([open])");
  if (closed?.id.startsWith("more-")) closed.open = true;
  focusNext(alert);
}

/** Acknowledge and answer without leaving the place; the alert changes where it stands. */
async function submitInPlace(event) {
  const { target: form, submitter } = event;
  if (!form.matches("[data-in-place]")) return;
  event.preventDefault();
  const alert = form.closest("[data-alert-place]");
  try {
    await sendDeed(form, submitter);
    form.reset();
    form.closest("details[id^=answer-]")?.removeAttribute("open");
    document.activeElement.blur();
    await refresh();
    goOn(document.getElementById(alert.id));
  } catch (error) {
    const trouble = alert.querySelector("[data-trouble]");
    trouble.textContent = `Nothing was changed: ${error.message}`;
    trouble.hidden = false;
    submitter?.focus();
  }
}

/** Follow what others do with alerts. */
export function followAlerts() {
  document.addEventListener("submit", submitInPlace);
  document.addEventListener("alertschange", () => refreshSoon());
  refreshSoon(REFRESH_EVERY_MS);
}
