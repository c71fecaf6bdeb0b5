// Files are sent one by one as they are, each with its progress; without this script the form sends them itself.
"use strict";

const forms = document.querySelectorAll("form[data-upload]");
const PAUSE = 2000;

function key() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function line(form, file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const state = document.createElement("span");
  const bar = document.createElement("progress");
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  item.append(name, state, bar);
  form.querySelector(".sending").append(item);
  form.querySelector(".sending").hidden = false;
  return { item, state, bar };
}

function refused(form, shown, text, again) {
  shown.state.textContent = text;
  shown.state.className = "error";
  shown.bar.remove();
  if (!again) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.textContent = form.dataset.wordsAgain;
  button.addEventListener("click", () => { shown.item.remove(); again(); });
  shown.item.append(button);
}

function post(form, url, file, fileKey, shown) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${url}?${new URLSearchParams({ name: file.name, key: fileKey })}`);
    request.setRequestHeader("X-CSRFToken", form.csrf_token.value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      shown.bar.value = event.loaded / event.total;
      shown.state.textContent = `${form.dataset.wordsSending} ${Math.floor(100 * shown.bar.value)}%`;
    });
    request.addEventListener("loadend", () => resolve(request));
    request.send(file);
  });
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).detail;
  } catch {
    return undefined;
  }
}

// The same key goes with every try, so that a file whose answer was lost is not added twice.
async function send(form, file, fileKey) {
  const shown = line(form, file);
  if (file.size > Number(form.dataset.mostBytes)) {
    refused(form, shown, form.dataset.wordsLarge);
    return false;
  }
  try {
    const request = await post(form, form.dataset.uploadAddress ?? form.dataset.begin, file, fileKey, shown);
    if (request.status === 201) {
      // The first file begins the material; the others go to it.
      if (!form.dataset.uploadAddress) {
        const begun = JSON.parse(request.responseText);
        form.dataset.uploadAddress = begun.upload;
        form.dataset.next = begun.files;
      }
      shown.bar.value = 1;
      shown.state.textContent = form.dataset.wordsDone;
      return true;
    }
    const again = request.status === 0 || request.status >= 500 ? () => sendAll(form, [[file, fileKey]]) : undefined;
    refused(form, shown, reason(request) ?? form.dataset.wordsFailed, again);
  } catch {
    refused(form, shown, form.dataset.wordsFailed, () => sendAll(form, [[file, fileKey]]));
  }
  return false;
}

// One after the other, also what is chosen meanwhile: two files that are sent at once would begin two materials.
function sendAll(form, files) {
  form.sending = (form.sending ?? 0) + 1;
  form.turn = (form.turn ?? Promise.resolve()).then(() => sendThese(form, files));
}

async function sendThese(form, files) {
  for (const [file, fileKey] of files) {
    if (await send(form, file, fileKey)) form.sent = true;
  }
  form.sending -= 1;
  if (form.sent && !form.sending && !form.querySelector(".sending .error")) location.assign(form.dataset.next);
  else if (form.sent && !form.sending) offerNext(form);
}

function offerNext(form) {
  if (form.querySelector(".go-on")) return;
  const link = document.createElement("a");
  link.className = "button go-on";
  link.href = form.dataset.next;
  link.textContent = form.dataset.wordsNext;
  form.append(link);
}

function begin(form, list) {
  sendAll(form, Array.from(list, (file) => [file, key()]));
}

for (const form of forms) {
  const input = form.querySelector("input[type=file]");
  form.dataset.ready = "";
  form.querySelector("label").textContent = form.dataset.wordsDrop;
  form.querySelector("button:not([type])").hidden = true;
  input.required = false;
  input.addEventListener("change", () => { begin(form, input.files); input.value = ""; });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.dataset.over = ""; });
  }
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => delete form.dataset.over);
  form.addEventListener("drop", (event) => { event.preventDefault(); begin(form, event.dataTransfer.files); });
  // On a slow line, files may have been chosen before this script came; nothing would send them any more.
  if (input.files.length) { begin(form, input.files); input.value = ""; }
}

// While a file is being read, look now and then whether that has ended, and show what was found.
const list = document.querySelector("[data-waiting]");
if (list) {
  const look = async () => {
    const answer = await fetch(list.dataset.waiting, { headers: { Accept: "application/json" } }).catch(() => undefined);
    const busy = document.querySelector(".sending li, details.change[open]");
    if (answer?.ok && !(await answer.json()).waiting && !busy) location.reload();
    else setTimeout(look, PAUSE);
  };
  setTimeout(look, PAUSE);
}
