// Saves a line of a report in the background: by itself once typing pauses, and by its button, which puts the answer in
// the line's place. Without this, the form does the same. What was typed stays where there is no connection; leaving the
// page with something typed and not saved is asked about. Files are sent by the button alone.
const PAUSE = 1500;
const timers = new WeakMap(), running = new WeakMap();

async function send(form, body) {
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Line-Only": "1" } });
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  const fresh = made.content.querySelector("details.line");
  if (!fresh) throw new Error("no line");
  return { answer, fresh };
}

function inTurn(form, deed) {
  const next = (running.get(form) || Promise.resolve()).then(deed, deed);
  running.set(form, next.catch(() => {}));
  return next;
}

async function saveByItself(form) {
  if (!form.isConnected || !form.hasAttribute("data-changed")) return;
  const body = new FormData(form), chosen = form.querySelector("input[type=file]"), told = form.querySelector(".by-itself");
  if (chosen) body.delete(chosen.name);
  form.removeAttribute("data-changed");
  try {
    const { answer, fresh } = await send(form, body);
    if (answer.status === 409) return form.closest("details").replaceWith(fresh);
    if (!answer.ok) {
      form.setAttribute("data-changed", "");
      told.textContent = [...fresh.querySelectorAll(".error:not([hidden])")].map((each) => each.textContent.trim()).join(" ");
      told.hidden = !told.textContent;
      return;
    }
    told.hidden = form.querySelector(".unsaved").hidden = true;
    const name = "input[name$='-revision']", line = form.closest("details");
    form.querySelector(name).value = fresh.querySelector(name).value;
    line.querySelector("summary .value").replaceWith(fresh.querySelector("summary .value"));
    line.className = fresh.className;
    const at = fresh.querySelector(".actions .at");
    form.querySelector(".actions .at")?.remove();
    if (at) form.querySelector(".actions").append(at);
    if (chosen?.files.length) form.setAttribute("data-changed", "");
  } catch {
    form.setAttribute("data-changed", "");
    form.querySelector(".unsaved").hidden = false;
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form.entry");
  if (!form) return;
  form.setAttribute("data-changed", "");
  clearTimeout(timers.get(form));
  if (event.target.type !== "file") timers.set(form, setTimeout(() => inTurn(form, () => saveByItself(form)), PAUSE));
});
addEventListener("beforeunload", (event) => { if (document.querySelector("form.entry[data-changed]")) event.preventDefault(); });
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.entry")) return;
  event.preventDefault();
  clearTimeout(timers.get(form));
  const button = form.querySelector("button");
  button.disabled = true;
  inTurn(form, async () => {
    try {
      const { answer, fresh } = await send(form, new FormData(form));
      fresh.open = true;
      const chosen = form.querySelector("input[type=file]"), next = fresh.querySelector("input[type=file]");
      if (!answer.ok && chosen && next) next.files = chosen.files;
      if (!answer.ok) fresh.querySelector("form.entry")?.setAttribute("data-changed", "");
      form.closest("details").replaceWith(fresh);
      (fresh.querySelector(".wrong input, .wrong textarea, [role=alert]") || fresh.querySelector("summary")).focus();
    } catch {
      form.querySelector(".unsaved").hidden = false;
      button.disabled = false;
    }
  });
});
