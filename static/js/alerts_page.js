/** The alerts page: follows what others do, and holds what this browser is to do. */

import "./alerts.js";
import { mayNotify, NOTIFY, playSound, SOUND } from "./alert_calls.js";
import { recall, remember } from "./browser_memory.js";
import { followAlerts } from "./live_regions.js";

const BOXES = 'input[name="alert"]';
// Not there for who may not acknowledge.
const chooseAll = document.querySelector("[data-choose-all]");
const count = document.querySelector("[data-chosen-count]");

/** Repeats are chosen by the box of their row, and by their own: each counts once. */
function chosenIds() {
  const boxes = document.querySelectorAll(`${BOXES}:checked`);
  return new Set([...boxes].flatMap((box) => box.value.split(",")));
}

function showChosen() {
  if (!chooseAll) return;
  const chosen = chosenIds().size;
  count.textContent = chosen ? `\u00a0(${chosen})` : "";
  const boxes = [...document.querySelectorAll(BOXES)];
  chooseAll.querySelector("input").checked = boxes.length > 0 && boxes.every((box) => box.checked);
}

const tick = (part, isOn) => {
  for (const box of part.querySelectorAll(BOXES)) box.checked = isOn;
};

/** The box of repeats goes with those of all of them. */
function chooseOrNot({ target }) {
  if (target.closest("[data-choose-all]")) return tick(document, target.checked);
  if (!target.matches(BOXES)) return;
  tick(target.closest("li"), target.checked);
  const repeats = target.closest(".repeats");
  const whole = repeats?.parentElement.closest("li").querySelector(":scope > .choose input");
  if (whole) whole.checked = [...repeats.querySelectorAll(BOXES)].every((box) => box.checked);
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
if (chooseAll) chooseAll.hidden = false;
document.addEventListener("change", chooseOrNot);
document.addEventListener("change", showChosen);
document.addEventListener("regionschange", showChosen);
showChosen();
followAlerts();
