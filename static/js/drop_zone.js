/** Files from a person's hands: dropped anywhere on the page, or chosen. */

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** @param take is called with a list of files. */
export function watchDrops(zone, input, take) {
  let depth = 0;
  const mark = () => zone.toggleAttribute("data-over", depth > 0);
  const count = (step) => (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth + step);
    mark();
  };
  document.addEventListener("dragenter", count(1));
  document.addEventListener("dragleave", count(-1));
  // Without this the browser would leave the page and open the file itself.
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    take([...event.dataTransfer.files]);
  });
  // It looks like a button, and the Enter key presses those.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    input.click();
  });
  input.addEventListener("change", () => {
    take([...input.files]);
    // The same file may be chosen again.
    input.value = "";
  });
}
