/** An error page that will pass: opens the wanted page as soon as it answers again. */

const RETRY_MS = 5000;

async function tryAgain() {
  try {
    const request = { headers: { Accept: "text/html" }, cache: "no-store" };
    const response = await fetch(location.href, request);
    if (response.ok) location.replace(location.href);
  } catch {
    // The server is away; the next attempt follows.
  }
}

setInterval(tryAgain, RETRY_MS);
