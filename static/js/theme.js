/** The theme switch: auto, light or dark, kept in this browser. */

const KEY = "evenkeel-theme";
const root = document.documentElement;

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts for this page.
  }
}

function apply(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  document.dispatchEvent(new Event("themechange"));
}

const control = document.querySelector("[data-theme-switch]");
const select = control.querySelector("select");
select.value = root.dataset.theme ?? "auto";
select.addEventListener("change", () => {
  remember(select.value);
  apply(select.value);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(select.value));
control.hidden = false;
