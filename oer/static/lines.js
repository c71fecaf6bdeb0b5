// Saves a line of a report in the background and puts the answer in its place. Without this, the form does the same.
// What was typed stays where there is no connection; leaving the page with something typed and not saved is asked about.
document.addEventListener("input", (event) => event.target.closest("form.entry")?.setAttribute("data-changed", ""));
addEventListener("beforeunload", (event) => { if (document.querySelector("form.entry[data-changed]")) event.preventDefault(); });
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.entry")) return;
  event.preventDefault();
  const line = form.closest("details"), button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Line-Only": "1" } });
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    const fresh = made.content.querySelector("details.line");
    if (!fresh) throw new Error("no line");
    fresh.open = true;
    const chosen = form.querySelector("input[type=file]"), next = fresh.querySelector("input[type=file]");
    if (!answer.ok && chosen && next) next.files = chosen.files;
    if (!answer.ok) fresh.querySelector("form.entry")?.setAttribute("data-changed", "");
    line.replaceWith(fresh);
    (fresh.querySelector(".wrong input, .wrong textarea, [role=alert]") || fresh.querySelector("summary")).focus();
  } catch {
    form.querySelector(".unsaved").hidden = false;
    button.disabled = false;
  }
});
