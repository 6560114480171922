/** A line above a page that has lost its server. */

const WORDS = {
  lost: "The connection to the server is lost. Trying again.",
  ended: "Your sign-in has ended.",
};

export class LinkWarning {
  constructor(line, loginUrl) {
    Object.assign(this, { line, loginUrl });
  }

  /** @param name as a `Feed` passes it; an end stays. */
  show(name) {
    if (this.name === "ended" || this.name === name) return;
    this.name = name;
    this.line.hidden = !(name in WORDS);
    this.line.replaceChildren(WORDS[name] ?? "", " ");
    if (name === "ended") this.line.append(this.link());
  }

  link() {
    const link = document.createElement("a");
    const url = new URL(this.loginUrl, location.href);
    url.searchParams.set("next", location.pathname);
    link.href = url;
    link.textContent = "Sign in again";
    return link;
  }
}
