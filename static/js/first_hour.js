/** How an alert that was tried went: asked for again until it is over. */

const EVERY_MS = 1000;
const MOST_TRIES = 90;

async function newest(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-tried]");
}

async function follow(part, triesLeft) {
  if ("isOver" in part.dataset || !triesLeft) return;
  let next = part;
  try {
    const found = await newest(part.dataset.url);
    // What says the same stays, with its focus and selection.
    if (found && found.innerHTML !== part.innerHTML) part.replaceWith((next = found));
    else if (found && "isOver" in found.dataset) return;
  } catch (error) {
    console.warn("How the test went could not be asked.", error);
  }
  setTimeout(() => follow(next, triesLeft - 1), EVERY_MS);
}

const part = document.querySelector("[data-tried]");
if (part) follow(part, MOST_TRIES);
