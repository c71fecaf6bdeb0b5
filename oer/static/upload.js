// Files are sent one after the other, in pieces, each with its progress, and go on after a cut, a reload or in another tab.
// Without this script the form sends them itself.
"use strict";

const forms = document.querySelectorAll("form[data-upload]");
const PAUSE = 2000;
const PIECE = 4 * 1024 * 1024;
const WAITS = [1, 2, 4, 8, 15, 30];

function line(form, file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const state = document.createElement("span");
  const bar = document.createElement("progress");
  const button = document.createElement("button");
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  button.type = "button";
  button.className = "quiet small";
  button.hidden = true;
  item.append(name, state, bar, button);
  form.querySelector(".sending").append(item);
  form.querySelector(".sending").hidden = false;
  return { item, state, bar, button };
}

function offer(shown, words, action) {
  shown.button.textContent = words;
  shown.button.hidden = false;
  shown.button.onclick = action;
}

function refused(form, shown, text, again) {
  shown.state.textContent = text;
  shown.state.className = "error";
  shown.bar.remove();
  shown.button.hidden = true;
  if (again) offer(shown, form.dataset.wordsAgain, () => { shown.item.remove(); again(); });
}

// What ends an upload: the server says why, or nothing more can be done.
class Refusal extends Error {}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function ask(form, method, url, headers, body, onProgress, keep) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const name of Object.keys(headers)) request.setRequestHeader(name, headers[name]);
    request.setRequestHeader("X-CSRFToken", form.csrf_token.value);
    request.setRequestHeader("Tus-Resumable", "1.0.0");
    if (onProgress) request.upload.addEventListener("progress", onProgress);
    request.addEventListener("loadend", () => resolve(request));
    if (keep) keep(request);
    request.send(body);
  });
}

function told(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}

function isCut(request) {
  return request.status === 0 || request.status >= 500 || [408, 423, 429, 460].includes(request.status);
}

// One file on its way (tus 1.0). A cut is waited for; what has come is asked for, never guessed.
class Sending {
  constructor(form, file, shown, extra = {}) {
    // Of a file in a folder, its name is its path.
    Object.assign(this, { form, file, shown, extra, name: file.webkitRelativePath || file.name, url: undefined, offset: 0, tries: 0, paused: false, request: undefined });
  }

  async run() {
    await this.find();
    for (;;) {
      if (this.paused) await this.resumed();
      if (!this.url) await this.begin();
      else if (this.offset < this.file.size || !this.file.size) await this.part();
      const found = this.offset >= this.file.size ? await this.outcome() : undefined;
      if (found) return found;
    }
  }

  // An upload of the same file that is not finished: begun before a reload, or in another tab.
  async find() {
    const request = await this.patiently("GET", this.form.dataset.uploads);
    const { size, lastModified } = this.file;
    const here = this.form.dataset.material ?? "";
    const mine = (told(request).uploads ?? []).find((each) => each.name === this.name && each.size === size
      && each.modified === String(lastModified) && (!here || each.material === here)
      && each.batch === (this.extra.batch ?? ""));
    if (mine) [this.url, this.offset] = [mine.location, mine.received];
  }

  async begin() {
    const { size, lastModified } = this.file;
    const material = this.form.dataset.material ?? "";
    const facts = { filename: this.name, modified: String(lastModified), material, ...this.extra };
    const metadata = Object.keys(facts).filter((each) => facts[each])
      .map((each) => `${each} ${base64(new TextEncoder().encode(facts[each]))}`).join(",");
    const headers = { "Upload-Length": String(size), "Upload-Metadata": metadata };
    const request = await this.patiently("POST", this.form.dataset.uploads, headers);
    if (request.status !== 201) throw new Refusal(told(request).detail);
    [this.url, this.offset] = [request.getResponseHeader("Location"), 0];
  }

  async part() {
    const piece = this.file.slice(this.offset, this.offset + PIECE);
    const headers = { "Upload-Offset": String(this.offset), "Content-Type": "application/offset+octet-stream" };
    if (crypto.subtle) {  // only where the page came safely
      try {
        headers["Upload-Checksum"] = `sha256 ${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer())))}`;
      } catch {
        throw new Refusal(this.form.dataset.wordsFailed);  // the file was changed or removed meanwhile
      }
    }
    this.pausable();
    const request = await ask(this.form, "PATCH", this.url, headers, piece, (event) => this.show(event.loaded), (sent) => { this.request = sent; });
    this.request = undefined;
    if (request.status === 204) {
      this.offset = Number(request.getResponseHeader("Upload-Offset"));
      this.tries = 0;
      this.show(0);
    } else if (request.status === 409) await this.place();
    else if (request.status === 404 || request.status === 410) this.url = undefined;
    else if (!isCut(request)) throw new Refusal(told(request).detail);
    else if (!this.paused) {
      await this.waited();
      await this.place();
    }
  }

  async place() {
    const request = await this.patiently("GET", this.url);
    if (request.status === 200) this.offset = told(request).received;
    else if (request.status === 404 || request.status === 410) this.url = undefined;
    else throw new Refusal(told(request).detail);
  }

  async outcome() {
    const request = await this.patiently("GET", this.url);
    if (request.status !== 200) throw new Refusal(told(request).detail);
    const found = told(request);
    if (found.state === "done") return found;
    await this.waited();
    this.offset = found.received;
    if (this.offset >= this.file.size) await this.patiently("PATCH", this.url, { "Upload-Offset": String(this.offset), "Content-Type": "application/offset+octet-stream" });
    return undefined;
  }

  async patiently(method, url, headers = {}) {
    for (;;) {
      const request = await ask(this.form, method, url, headers);
      if (!isCut(request)) return request;
      await this.waited();
    }
  }

  // Until the connection may be back: after a while, when the browser says so, or at the press of the button.
  waited() {
    const seconds = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    this.shown.state.textContent = this.form.dataset.wordsCut;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      const now = () => { clearTimeout(timer); resolve(); };
      window.addEventListener("online", now, { once: true });
      offer(this.shown, this.form.dataset.wordsAgain, now);
    });
  }

  pausable() {
    offer(this.shown, this.form.dataset.wordsPause, () => {
      this.paused = true;
      this.shown.button.hidden = true;
      if (this.request) this.request.abort();
    });
  }

  async resumed() {
    this.shown.state.textContent = this.form.dataset.wordsPaused;
    await new Promise((resolve) => offer(this.shown, this.form.dataset.wordsResume, resolve));
    this.paused = false;
    if (this.url) await this.place();
  }

  show(loaded) {
    this.shown.bar.value = this.file.size ? Math.min(1, (this.offset + loaded) / this.file.size) : 1;
    this.shown.state.textContent = `${this.form.dataset.wordsSending} ${Math.floor(100 * this.shown.bar.value)}%`;
  }
}

async function send(form, file, extra) {
  const shown = line(form, file);
  if (file.size > Number(form.dataset.mostBytes)) {
    refused(form, shown, form.dataset.wordsLarge);
    return false;
  }
  try {
    const done = await new Sending(form, file, shown, extra).run();
    // The first file begins the material; the others go to it.
    if (!form.dataset.material) form.dataset.material = done.material;
    if (!form.dataset.next) form.dataset.next = done.files;
    shown.bar.value = 1;
    shown.button.hidden = true;
    shown.state.textContent = form.dataset.wordsDone;
    return true;
  } catch (error) {
    const again = (error instanceof Refusal && error.message) || extra ? undefined : () => sendAll(form, [file]);
    refused(form, shown, (error instanceof Refusal && error.message) || form.dataset.wordsFailed, again);
    if (error instanceof Refusal && error.message) return undefined;  // for good
  }
  return false;
}

// One after the other, also what is chosen meanwhile: two files that are sent at once would begin two materials.
function sendAll(form, files) {
  form.sending = (form.sending ?? 0) + 1;
  form.turn = (form.turn ?? Promise.resolve()).then(() => sendThese(form, files));
}

async function sendThese(form, files) {
  for (const file of files) {
    if (await send(form, file)) form.sent = true;
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
  sendAll(form, Array.from(list));
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

// A batch: all of its files are sent, in the order of the folder, then it is looked through.
async function sendBatch(form) {
  const submit = form.querySelector("button:not([type])");
  submit.disabled = true;
  const fields = (more) => {
    const data = new FormData();
    for (const [name, value] of Object.entries({ csrf_token: form.csrf_token.value, ...more })) data.append(name, value);
    return data;
  };
  if (!form.dataset.batch) {
    const begun = await fetch(location.href, { method: "POST", body: fields({ begin: "yes" }) }).catch(() => undefined);
    if (!begun?.ok) {
      HTMLFormElement.prototype.submit.call(form);  // whatever is wrong, the plain form says it
      return;
    }
    form.dataset.batch = new URL(begun.url).pathname;
  }
  const batch = form.dataset.batch.split("/").pop();
  form.settled = form.settled ?? new Set();  // pressed again, it goes on without what was refused
  let whole = true;
  for (const input of form.querySelectorAll("input[type=file]")) {
    for (const file of input.files) {
      const sent = form.settled.has(file) || await send(form, file, { batch, role: input.name });
      if (sent !== false) form.settled.add(file);
      whole = whole && sent === true;
    }
  }
  submit.disabled = false;
  if (!whole) return;
  await fetch(`${form.dataset.batch}/check`, { method: "POST", body: fields({}) }).catch(() => undefined);
  location.assign(form.dataset.batch);
}

for (const form of document.querySelectorAll("form[data-batch]")) {
  form.addEventListener("submit", (event) => { event.preventDefault(); sendBatch(form); });
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
