/** What the page calls a camera: its title, or its name where the page knows none. */

const center = globalThis.document?.querySelector("[data-camera-titles]");
const titles = new Map(Object.entries(JSON.parse(center?.dataset.cameraTitles ?? "{}")));

export const titleOf = (name) => titles.get(name) || name;
