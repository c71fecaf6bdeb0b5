// Saves a description while it is typed, and looks again once the file has been read. Without this the buttons do it.
// A second window is told by the server, which compares what the form was filled from (`seen`) with what is there.
(() => {
  const words = document.currentScript.dataset;
  const form = document.querySelector("form[data-autosave]");
  const saved = form.querySelector("[data-saved]");
  const PAUSE = 1500;
  let typed = false, sending = false, leaving = false, stopped = false, timer;

  async function save() {
    if (sending || stopped || leaving) return;
    typed = false;
    sending = true;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.getAttribute("action") || location.pathname, { method: "POST", body, headers: { "X-Autosave": "1" } });
      const told = await answer.json();
      if (told.seen !== undefined) form.elements.seen.value = told.seen;
      saved.textContent = told.words;
      saved.classList.toggle("error", !answer.ok);
      stopped = answer.status === 409; // what the other window has changed is compared by the page itself
    } catch {
      typed = true;
      saved.textContent = words.unsaved;
      saved.classList.add("error");
    }
    sending = false;
    if (typed) later();
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => { typed = true; later(); });
  form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && typed) save(); });

  const waiting = document.querySelector("[data-waiting]");
  async function look() {
    const answer = await fetch(waiting.dataset.waiting, { headers: { Accept: "application/json" } }).catch(() => undefined);
    if (answer?.ok && !(await answer.json()).waiting && !typed && !sending && !form.contains(document.activeElement)) location.reload();
    else setTimeout(look, 2000);
  }
  if (waiting) setTimeout(look, 2000);
})();
