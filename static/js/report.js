/** The report's print button; without JavaScript the browser's own menu prints. */

const print = document.querySelector("[data-print]");
print.addEventListener("click", () => window.print());
print.hidden = false;
