// The link to another language, on a page with a form: presses the button in the foot, which takes along what was typed.
"use strict";
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#in-"]');
  const button = link && document.querySelector(`button[name="in_language"]${link.hash}`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
