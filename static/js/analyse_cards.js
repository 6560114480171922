/** The list of the user's files: what each is doing, and what can be done about it. */

export class FileCards {
  /**
   * @param section holds [data-files].
   * @param template makes an element of a name.
   * @param actions `open`, `remove` and `retry`, each called with the file.
   */
  constructor(section, template, actions) {
    Object.assign(this, { section, template, actions });
    this.list = section.querySelector("[data-files]");
    this.cards = new Map();
  }

  /** @param files newest first; those that are new stand before those that are not. */
  show(files, selected) {
    this.section.hidden = !files.length;
    for (const file of [...this.cards.keys()]) if (!files.includes(file)) this.drop(file);
    for (const file of [...files].reverse()) if (!this.cards.has(file)) this.add(file);
    for (const [file, card] of this.cards) this.update(card, file, file === selected);
  }

  add(file) {
    const card = this.template("file");
    const name = card.querySelector("[data-name]");
    Object.assign(name, { textContent: file.name, title: file.name });
    card.querySelector("[data-open]").addEventListener("click", () => this.actions.open(file));
    card.querySelector("[data-remove]").addEventListener("click", () => this.actions.remove(file));
    card.querySelector("[data-retry]").addEventListener("click", () => this.actions.retry(file));
    card.querySelector("[data-progress]").setAttribute("aria-label", `Progress of ${file.name}`);
    this.cards.set(file, card);
    this.list.prepend(card);
  }

  drop(file) {
    const card = this.cards.get(file);
    const next = card.nextElementSibling ?? card.previousElementSibling;
    const hadFocus = card.contains(document.activeElement);
    this.cards.delete(file);
    card.remove();
    if (hadFocus) (next?.querySelector("[data-open]") ?? document.querySelector("[data-file-input]")).focus();
  }

  update(card, file, isSelected) {
    card.dataset.state = file.state;
    card.toggleAttribute("data-selected", isSelected);
    card.querySelector("[data-open]").setAttribute("aria-pressed", isSelected);
    card.querySelector("[data-words]").textContent = file.words();
    showProgress(card.querySelector("[data-progress]"), file);
    card.querySelector("[data-retry]").hidden = !file.mayRetry;
    const isBusy = file.isHere || file.isGoingOn;
    const remove = card.querySelector("[data-remove]");
    remove.textContent = isBusy ? "Cancel" : "Delete";
    remove.setAttribute("aria-label", `${remove.textContent} ${file.name}`);
  }
}

/** A bar without a value moves, as it does while nobody knows how long it takes. */
export function showProgress(bar, file) {
  bar.hidden = !(file.state === "sending" || file.isGoingOn);
  if (file.progress === null || file.state === "waiting") bar.removeAttribute("value");
  else bar.value = file.progress;
}
