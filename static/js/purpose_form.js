/** The form of a purpose: what is left as proposed says what that is for the kind chosen. */

const form = document.querySelector("[data-purpose-form]");

function follow() {
  const proposed = JSON.parse(form.dataset.proposed)[form.elements.kind.value];
  const { privacy, min_group: group } = form.elements;
  privacy.options[0].textContent = proposed ? `As proposed: ${proposed.privacy}` : "As proposed";
  group.placeholder = proposed ? proposed.group : "";
  const less = form.querySelector("[data-less]");
  // What is wrong there must not vanish.
  less.hidden = !privacy.value && !group.value && !less.querySelector(".fault");
}

if (form) {
  form.addEventListener("input", follow);
  follow();
}
