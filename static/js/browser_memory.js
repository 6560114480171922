/** What this browser remembers; nothing where its storage is blocked. */

function storage(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

export function recall(name, key) {
  return storage(name)?.getItem(key) ?? null;
}

export function remember(name, key, value) {
  try {
    storage(name)?.setItem(key, value);
  } catch {
    // Storage is full: the choice lasts for this page.
  }
}
