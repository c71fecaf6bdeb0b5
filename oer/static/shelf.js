// Where somebody is, what they saved and finished. Signed in, the place goes to the server in the background; without an
// account everything stays in this browser (localStorage) and nothing is sent. Pages work without this script.
{
  const KEY = "oer.shelf", MOST = { read: 12, saved: 100, done: 300 }, root = document.documentElement.lang === "vi" ? "" : "/en";
  const empty = () => ({ read: [], saved: [], done: [], off: false });
  const load = () => {
    try { const told = JSON.parse(localStorage.getItem(KEY)); return told && typeof told === "object" ? { ...empty(), ...told } : empty(); } catch { return empty(); }
  };
  const store = (kept) => { try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* full, or forbidden: then nothing is remembered */ } };
  const put = (kind, entry) => {
    const kept = load();
    if (kept.off) return;
    const old = kind === "read" && kept.read.find((each) => each.id === entry.id);
    if (old) {   // a jump keeps where one was; going on does not
      const isNear = old.file === entry.file && Math.abs(old.at - entry.at) <= (entry.kind === "page" ? 1 : 120);
      const { before: _, ...left } = old;
      entry.before = isNear ? old.before : left;
    }
    kept[kind] = [entry, ...kept[kind].filter((each) => each.id !== entry.id)].slice(0, MOST[kind]);
    store(kept);
  };
  const drop = (kind, id) => { const kept = load(); kept[kind] = kept[kind].filter((each) => each.id !== id); store(kept); };
  const has = (kind, id) => load()[kind].some((each) => each.id === id);
  const address = (entry) => {
    const page = `${root}/materials/${encodeURIComponent(entry.id)}`;
    if (!entry.file) return page;
    return `${page}/files/${Number(entry.file)}/read` + (entry.kind === "second" ? `?t=${Number(entry.at)}#player` : Number(entry.at) > 1 ? `?page=${Number(entry.at)}` : "");
  };
  const clock = (all) => {
    const parts = [Math.floor(all / 3600), Math.floor(all / 60) % 60, Math.floor(all % 60)];
    return (parts[0] ? parts : parts.slice(1)).map((each, place) => (place ? String(each).padStart(2, "0") : each)).join(":");
  };

  // A reader or player: a form where an account remembers, else an element with what this browser remembers.
  const place = document.getElementById("place"), player = document.getElementById("player");
  const isForm = place?.matches("form");
  const told = (name) => (isForm ? place.elements[name].value : place.dataset[name]);
  const keep = (at, total, ended) => {
    const may = isForm ? "may" in place.elements.finishes.dataset : "finishes" in place.dataset;
    if (isForm) {
      place.elements.at.value = at; place.elements.total.value = total;
      if (ended && may) place.elements.finishes.value = "yes";
      const sent = new URLSearchParams(new FormData(place));
      sent.set("quiet", "1");
      navigator.sendBeacon(place.action, sent);
      return;
    }
    const { id, title, file, kind, way, where, words } = place.dataset;
    const said = kind === "page" ? where : total ? words.replace("{at}", clock(at)).replace("{total}", clock(total)) : clock(at);
    put("read", { id, title, file: Number(file), kind, way, at, total, where: said });
    if (ended && may) put("done", { id, title });
  };
  if (place) {
    const kind = told("kind"), button = isForm && place.querySelector("button");
    if (button) button.hidden = true;
    const before = isForm ? null : load().read.find((each) => each.id === place.dataset.id);
    const notice = document.querySelector("[data-again-at][hidden]"), at = Number(told("at"));
    if (before && notice && String(before.file) === told("file") && Math.abs(before.at - at) > (kind === "page" ? 1 : 10)) {
      const link = notice.querySelector("a");
      link.href = address(before); link.textContent = before.where;
      if (kind === "second") link.dataset.time = before.at;
      notice.hidden = false;
    }
    if (kind === "page") {
      const total = Number(told("total"));
      keep(at, total, total > 1 && at === total);
    } else if (player) {
      let last = -1;
      const now = (ended) => {
        const second = Math.floor(player.currentTime), total = Number.isFinite(player.duration) ? Math.floor(player.duration) : Number(told("total"));
        if (second === last && !ended) return;
        last = second; keep(second, total, ended);
      };
      player.addEventListener("timeupdate", () => { if (Math.abs(player.currentTime - last) >= 15) now(false); });
      player.addEventListener("pause", () => now(player.ended));
      player.addEventListener("ended", () => now(true));
      addEventListener("pagehide", () => { if (!player.paused) now(false); });
    }
  }

  // Lists of what this browser remembers.
  const fill = (section) => {
    const kind = section.dataset.here, kept = load();
    const done = new Set(kept.done.map((each) => each.id));
    const all = kind === "read" ? kept.read.filter((each) => !done.has(each.id)) : kept[kind];
    const rows = section.querySelector("[data-rows]"), pattern = section.querySelector("template");
    rows.replaceChildren();
    for (const entry of all.slice(0, Number(section.dataset.most) || Infinity)) {
      const row = pattern.content.cloneNode(true), link = row.querySelector(".name a"), go = row.querySelector(".acts a");
      link.textContent = entry.title; link.href = `${root}/materials/${encodeURIComponent(entry.id)}`;
      row.querySelector(".meta").textContent = entry.where || "";
      const bar = row.querySelector("progress");
      if (entry.total > 1) { bar.hidden = false; bar.value = Math.min(100, (100 * entry.at) / entry.total); bar.setAttribute("aria-label", `${entry.title}: ${entry.where}`); }
      go.textContent = kind === "read" ? go.dataset[entry.way] || go.dataset.on : go.dataset.open;
      go.href = address(entry); go.setAttribute("aria-label", `${go.textContent}: ${entry.title}`);
      if (!rows.children.length && kind === "read") go.classList.remove("quiet");
      const back = row.querySelector("[data-before]");
      if (kind === "read" && entry.before) { back.hidden = false; back.href = address(entry.before); back.textContent = back.dataset.before.replace("{place}", entry.before.where); }
      const remove = row.querySelector("button");
      remove.setAttribute("aria-label", `${remove.textContent}: ${entry.title}`);
      remove.addEventListener("click", () => { drop(kind, entry.id); show(); });
      rows.append(row);
    }
    section.hidden = !rows.children.length;
  };
  const show = () => {
    document.querySelectorAll("[data-here]").forEach(fill);
    const kept = load(), isEmpty = !kept.read.length && !kept.saved.length && !kept.done.length;
    for (const each of document.querySelectorAll("[data-here-empty]")) each.hidden = !isEmpty;
    for (const each of document.querySelectorAll("[data-here-save], [data-here-clear]")) each.hidden = isEmpty;
    for (const each of document.querySelectorAll("[data-take-over]")) {
      if ("taken" in each.dataset && !isEmpty) { store(empty()); each.hidden = true; continue; }
      each.hidden = isEmpty;
      each.elements.kept.value = JSON.stringify(kept);
    }
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button, a");
    if (!pressed) return;
    if ("hereClear" in pressed.dataset) { store({ ...empty(), off: load().off }); show(); }
    if ("hereSave" in pressed.dataset) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(load(), null, 2)], { type: "application/json" }));
      link.download = "shelf.json"; link.click(); URL.revokeObjectURL(link.href);
    }
    const kind = pressed.dataset.keep;
    if (!kind) return;
    event.preventDefault();
    const { id, title } = pressed.dataset;
    if (has(kind, id)) drop(kind, id); else put(kind, { id, title });
    mark(pressed);
  });
  const mark = (button) => {
    const isOn = has(button.dataset.keep, button.dataset.id);
    button.dataset.off = button.dataset.off || button.textContent;
    button.textContent = isOn ? button.dataset.on : button.dataset.off;
    button.hidden = false;
  };
  if (!load().off) document.querySelectorAll("[data-keep]").forEach(mark);
  for (const box of document.querySelectorAll("[data-here-off]")) {
    const tick = box.querySelector("input");
    box.hidden = false; tick.checked = load().off;
    tick.addEventListener("change", () => { store({ ...(tick.checked ? empty() : load()), off: tick.checked }); show(); });
  }
  const done = new Set(load().done.map((each) => each.id));
  const steps = [...document.querySelectorAll("[data-step]")], ended = steps.filter((step) => done.has(step.dataset.step));
  for (const step of ended) step.querySelector("[data-done]").hidden = false;
  const next = ended.length && steps.find((step) => !done.has(step.dataset.step));
  if (next) next.querySelector("[data-next]").hidden = false;
  for (const each of document.querySelectorAll(".course-shelf [data-of]")) {   // as `draw_spines` does for an account
    const isDone = done.has(each.dataset.of), isNext = next && next.dataset.step === each.dataset.of, middle = Number(each.dataset.middle);
    if (!isDone && !isNext) continue;
    if (!each.dataset.middle) { each.classList.add(isDone ? "done" : "next"); continue; }
    each.setAttribute("class", isDone ? "done" : "here");
    each.setAttribute("d", isDone ? `M${middle - 4} 71l3 3 5-6` : `M${middle - 5} 74l5-7 5 7z`);
  }
  for (const line of document.querySelectorAll("[data-course]")) {
    line.textContent = line.dataset.course.replace("{done}", ended.length).replace("{total}", steps.length);
    line.hidden = !ended.length;
  }
  show();
}
