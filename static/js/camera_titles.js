/** What the page calls a camera: its title, or its name where the page knows none. */

const center = globalThis.document?.querySelector("[data-camera-titles]");
const titles = new Map(Object.entries(JSON.parse(center?.dataset.cameraTitles ?? "{}")));

/** Read again what the cameras are called; of one that was removed the last title is kept. */
export async function learnTitles(camerasUrl) {
  try {
    const response = await fetch(camerasUrl, { headers: { Accept: "application/json" } });
    const { cameras } = await response.json();
    for (const { name, title } of cameras) titles.set(name, title);
  } catch (error) {
    console.warn("The cameras could not be read again.", error);
  }
}

export const titleOf = (name) => titles.get(name) || name;
