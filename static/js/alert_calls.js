/** Calls attention once per alert: words for a screen reader, a sound, a notification. */

import { sentence } from "./alert_words.js";
import { recall, remember } from "./browser_memory.js";

export const SOUND = "evenkeel-alert-sound";
export const NOTIFY = "evenkeel-alert-notify";
const CALLED = "evenkeel-alerts-called";
const MOST_REMEMBERED = 200;
const TONES = [
  { hertz: 880, atS: 0 },
  { hertz: 660, atS: 0.22 },
  { hertz: 880, atS: 0.44 },
];

let audio = null;

/** A sound is allowed only after a click or a key on the page: be ready from the first one on. */
function readySound() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

export function prepareSound() {
  for (const event of ["pointerdown", "keydown"])
    addEventListener(event, () => {
      if (recall("localStorage", SOUND) === "on") readySound();
    });
}

function beep({ hertz, atS }) {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  const startS = audio.currentTime + atS;
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, startS);
  volume.gain.linearRampToValueAtTime(0.2, startS + 0.02);
  volume.gain.linearRampToValueAtTime(0, startS + 0.18);
  tone.connect(volume).connect(audio.destination);
  tone.start(startS);
  tone.stop(startS + 0.2);
}

/** Play the sound; false where the browser does not allow it yet. */
export function playSound() {
  if (!navigator.userActivation?.hasBeenActive) return false;
  readySound();
  for (const tone of TONES) beep(tone);
  return true;
}

export const mayNotify = () =>
  recall("localStorage", NOTIFY) === "on" && window.Notification?.permission === "granted";

/** A click on it opens the alert's page in this tab. */
function notify(alert, times, pagesUrl) {
  try {
    // The tag keeps several tabs from showing the same alert several times.
    const options = { body: sentence(alert, times), tag: alert.id };
    const shown = new Notification("Evenkeel alert", options);
    shown.onclick = () => {
      window.focus();
      location.assign(`${pagesUrl}/${encodeURIComponent(alert.id)}`);
    };
  } catch (error) {
    // Chrome on Android lets only service workers notify: https://crbug.com/481856
    console.warn("The browser shows no notification.", error);
  }
}

export class AlertCalls {
  constructor(center, times) {
    this.call = center.querySelector("[data-alert-call]");
    this.news = center.querySelector("[data-alert-news]");
    this.times = times;
    this.pagesUrl = center.dataset.alertPagesUrl;
    this.called = new Set(JSON.parse(recall("sessionStorage", CALLED) ?? "[]"));
  }

  /** Announce the firing alerts that were not announced before. */
  announce(list) {
    const fresh = list.waiting.filter((a) => a.state === "firing" && !this.called.has(a.id));
    if (!fresh.length) return;
    for (const alert of fresh) this.called.add(alert.id);
    remember("sessionStorage", CALLED, JSON.stringify([...this.called].slice(-MOST_REMEMBERED)));
    this.call.textContent = fresh.map((alert) => sentence(alert, this.times)).join(" ");
    this.sound(fresh.filter((alert) => !alert.silenced_until));
  }

  sound(alerts) {
    if (!alerts.length) return;
    if (mayNotify()) for (const alert of alerts) notify(alert, this.times, this.pagesUrl);
    if (recall("localStorage", SOUND) !== "on") return;
    const blocked = document.querySelector("[data-sound-blocked]");
    const wasPlayed = playSound();
    if (blocked) blocked.hidden = wasPlayed;
  }

  say(text) {
    this.news.textContent = text;
  }
}
