/** Keeps the screen on, where the browser lets a page do so: over HTTPS or on the machine itself. */

async function ask() {
  try {
    if (!document.hidden) await navigator.wakeLock?.request("screen");
  } catch (error) {
    // A battery that is nearly empty, or a browser's setting.
    console.warn("The screen may go dark.", error);
  }
}

export function keepAwake() {
  // The browser takes it back whenever the page is not seen.
  document.addEventListener("visibilitychange", ask);
  return ask();
}
