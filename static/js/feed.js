/** The Socket.IO connection: passes on what comes and says how the link is. */

const RETRY_MS = 2000;

/** Whether the sign-in "holds" or has "ended"; "unknown" while the server does not say. */
async function signIn(url) {
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/json" },
      cache: "no-store",
      redirect: "manual",
    });
    if (response.ok) return "holds";
    const isOver = response.type === "opaqueredirect" || [401, 403].includes(response.status);
    return isOver ? "ended" : "unknown";
  } catch {
    return "unknown";
  }
}

export class Feed {
  /**
   * @param sessionUrl a page that answers 401 once the sign-in has ended.
   * @param handlers a function for each event, by its name.
   */
  constructor({ socketPath, sessionUrl, onLink, handlers }) {
    Object.assign(this, { socketPath, sessionUrl, onLink, handlers });
  }

  start() {
    if (!window.io) return this.onLink("unavailable");
    this.socket = window.io({
      path: this.socketPath,
      reconnectionDelay: 500,
      reconnectionDelayMax: 8000,
    });
    this.socket.on("connect", () => this.onLink("connected"));
    this.socket.on("disconnect", (reason) => {
      if (reason !== "io client disconnect") this.recover(reason === "io server disconnect");
    });
    this.socket.on("connect_error", () => this.recover());
    for (const [event, handle] of Object.entries(this.handlers)) this.socket.on(event, handle);
  }

  /** @param wasCut by the server: what the user may see has changed, unless the sign-in ended. */
  async recover(wasCut = false) {
    this.onLink("lost");
    const state = await signIn(this.sessionUrl);
    if (state === "ended") return this.end();
    if (wasCut && state === "holds") return location.reload();
    // The library does not retry by itself after a refusal or a disconnect by the server.
    if (!this.socket.active) setTimeout(() => this.socket.connect(), RETRY_MS);
  }

  leave() {
    this.socket?.disconnect();
  }

  end() {
    this.socket.disconnect();
    this.onLink("ended");
  }
}
