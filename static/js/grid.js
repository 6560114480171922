/** The page of all cameras: ordered by what needs a look, each with a picture every second. */

import { arrangeCards, setText, showCard, sumWords } from "./camera_cards.js";
import { LiveCameras } from "./live_cameras.js";
import { Notices } from "./notices.js";

const TICK_MS = 1000;
const GATHER_MS = 100;
const PICTURE_WIDTH = 320;
// Cards keep their places under a hand: nobody clicks on another camera than the one they meant.
const HANDS_OFF_MS = 5000;
const HANDS = ["pointermove", "pointerdown", "wheel", "keydown", "focusin"];

const list = document.querySelector("[data-overview]");
const sum = document.querySelector("[data-sum]");
const refusal = document.querySelector("[data-refusal]");
const notices = new Notices(list.dataset.loginUrl);
const cards = [...list.querySelectorAll("[data-card]")];
const cameras = new LiveCameras(list.dataset, cards, {
  width: PICTURE_WIDTH,
  onChange: show,
  onRefusal: (text) => {
    refusal.hidden = !text;
    setText(refusal, text && `No pictures: ${text}`);
  },
});
let touchedMs = 0;
let isDue = false;

function showCards() {
  isDue = false;
  const nowMs = Date.now();
  for (const [name, card] of cameras.cards) {
    const condition = cameras.conditionOf(name, nowMs);
    const readings = cameras.readings.get(name);
    showCard(card, readings, condition, cameras.alertsOf(name), cameras.glances, nowMs);
  }
  setText(sum, sumWords(cameras, nowMs));
  notices.showWarning(cameras.conditionOf(cards[0].dataset.card, nowMs));
  const names = cameras.arranged(nowMs);
  if (nowMs - touchedMs > HANDS_OFF_MS) arrangeCards(list, names.map((name) => cameras.cards.get(name)));
}

/** Many cameras say something at the same moment: one look at all of them serves them. */
function show() {
  if (isDue) return;
  isDue = true;
  setTimeout(showCards, GATHER_MS);
}

for (const hand of HANDS) list.addEventListener(hand, () => (touchedMs = Date.now()), { passive: true });
addEventListener("scroll", () => (touchedMs = Date.now()), { passive: true });
cameras.glances.show(cameras.cards.keys());
cameras.start();
setInterval(show, TICK_MS);
show();
