/** The button that pauses and resumes the camera, without leaving the page. */

const WORDS = { pause: "Pause", resume: "Resume" };
const FAILED = { pause: "Not paused", resume: "Not resumed" };

export class CameraSwitch {
  /** @param onSwitched called with the camera's state as the server answered. */
  constructor(form, trouble, onSwitched) {
    Object.assign(this, { form, trouble, onSwitched, isBusy: false });
    this.button = form.querySelector("button");
    this.options = form.querySelector("[data-pause-options]");
    form.addEventListener("submit", (event) => this.submit(event));
  }

  show(state) {
    this.action = state === "paused" ? "resume" : "pause";
    const { pauseUrl, resumeUrl } = this.form.dataset;
    this.form.action = this.action === "resume" ? resumeUrl : pauseUrl;
    const word = this.button.querySelector("[data-word]");
    if (word.textContent !== WORDS[this.action]) word.textContent = WORDS[this.action];
    this.options.hidden = this.action === "resume";
  }

  async submit(event) {
    event.preventDefault();
    if (this.isBusy) return;
    const action = this.action;
    this.setBusy(true);
    try {
      await this.send();
      this.showTrouble("");
    } catch (error) {
      this.showTrouble(`${FAILED[action]}: ${error.message}`);
    } finally {
      this.setBusy(false);
    }
  }

  async send() {
    const response = await fetch(this.form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(this.form),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.message || `The server answered ${response.status}.`);
    this.options.open = false;
    this.onSwitched({ camera: answer.name, state: answer.state, since: answer.since });
  }

  /** Not `disabled`: a button that is disabled loses the focus. */
  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.button.setAttribute("aria-disabled", isBusy);
  }

  showTrouble(text) {
    this.trouble.textContent = text;
    this.trouble.hidden = !text;
  }
}
