// A button that copies beside each text that is there to be copied; without this script one selects it by hand.
(() => {
  const words = document.currentScript.dataset;
  if (!navigator.clipboard) return;
  for (const field of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet small";
    button.textContent = words.words;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = words.done;
      setTimeout(() => { button.textContent = words.words; }, 2000);
    });
    const line = document.createElement("p");
    line.className = "acts";
    line.setAttribute("aria-live", "polite");
    line.append(button);
    field.closest(".field").after(line);
  }
})();
