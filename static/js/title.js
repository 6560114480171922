/** The window's title, led by the number of alerts that wait for somebody. */

let text = document.title;
let count = 0;

function show() {
  const title = count ? `(${count}) ${text}` : text;
  if (document.title !== title) document.title = title;
}

export function setTitle(newText) {
  text = newText;
  show();
}

export function setTitleCount(newCount) {
  count = newCount;
  show();
}
