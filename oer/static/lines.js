// Saves a line of a report in the background and puts the answer in its place. Without this, the form does the same.
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
    line.replaceWith(fresh);
    (fresh.querySelector(".wrong input, .wrong textarea, [role=alert]") || fresh.querySelector("summary")).focus();
  } catch {
    form.submit();
  }
});
