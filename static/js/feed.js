/** The Socket.IO connection: passes on what comes and says how the link is. */

const RETRY_MS = 2000;

async function signInHasEnded(url) {
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/json" },
      cache: "no-store",
      redirect: "manual",
    });
    return response.type === "opaqueredirect" || response.status === 401 || response.status === 403;
  } catch {
    return false;
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
      if (reason !== "io client disconnect") this.recover();
    });
    this.socket.on("connect_error", () => this.recover());
    for (const [event, handle] of Object.entries(this.handlers)) this.socket.on(event, handle);
  }

  async recover() {
    this.onLink("lost");
    if (await signInHasEnded(this.sessionUrl)) return this.end();
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
