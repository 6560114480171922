/** Sends what somebody does with an alert, and keeps the keyboard where they go on. */

/**
 * Send a form as a program does; it cannot be sent once more meanwhile.
 *
 * @param pressed the button, whose value goes along.
 * @returns the alert as it is now, or null when somebody else was faster.
 */
export async function sendDeed(form, pressed) {
  // Before it is disabled: the value of a disabled button is left out.
  const body = new FormData(form, pressed);
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    return await post(form.action, body);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/json" },
    body,
  });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 409) return null;
  if (!response.ok) throw new Error(answer.message || `The server answered ${response.status}.`);
  return answer;
}

/**
 * Go on where the form was; a question as a whole, so that no second press answers it. With nothing
 * left to do it is the place itself, and the page's content when that is gone.
 */
export function focusNext(place) {
  const next = place?.querySelector("form:not([hidden]) [data-question], [data-next]:not([hidden])");
  const target = next ?? place ?? document.getElementById("main");
  if (target === place) place.tabIndex = -1;
  target.focus({ preventScroll: true });
}
