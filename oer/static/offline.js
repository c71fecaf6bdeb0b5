// Keeps materials and courses for reading offline: what is fetched and how large it is the server says first. What is kept
// stays in this browser (Cache Storage); copies follow new versions once a day, and go where a material was withdrawn.
(() => {
  const words = document.currentScript.dataset, KEPT = "oer-kept", DAY = 24 * 3600 * 1000, CHECKED = "oer.kept.checked";
  if (!("caches" in window) || !navigator.serviceWorker) return;
  const say = (text, values = {}) => Object.entries(values).reduce((all, [name, value]) => all.replace(`{${name}}`, value), text);
  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`);
  const plain = { credentials: "omit", cache: "no-cache" };   // without cookies: never anybody's own page
  const entry = (id) => `/offline/kept/${encodeURIComponent(id)}`;
  const told = async (address) => {
    const answer = await fetch(address, plain);
    if (answer.status === 404 || answer.status === 410) return null;
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };
  const known = async () => {
    const kept = await caches.open(KEPT), keys = await kept.keys();
    const own = keys.filter(({ url }) => new URL(url).pathname.startsWith("/offline/kept/"));
    const found = await Promise.all(own.map(async (key) => (await kept.match(key)).json()));
    return found.sort((one, other) => other.at - one.at);
  };
  const remove = async (id) => {
    const kept = await caches.open(KEPT), found = await kept.match(entry(id));
    if (!found) return;
    for (const address of (await found.json()).fetch) await kept.delete(address, { ignoreVary: true });
    await kept.delete(entry(id));
  };
  // All or nothing: what was fetched before something failed is removed, and an older copy stays until the new one is whole.
  const keep = async (list, source, progress) => {
    const kept = await caches.open(KEPT), room = await navigator.storage?.estimate?.();
    if (room && list.bytes > room.quota - room.usage) throw new DOMException("no room", "QuotaExceededError");
    const before = await kept.match(entry(list.id)), had = before ? (await before.json()).fetch : [], fetched = [];
    try {
      for (const address of list.fetch) {
        const answer = await fetch(address, plain);
        if (answer.status !== 200 || answer.redirected) throw new Error(answer.status);
        await kept.put(address, answer);
        fetched.push(address);
        progress?.(fetched.length, list.fetch.length);
      }
    } catch (error) {
      for (const address of fetched) if (!had.includes(address)) await kept.delete(address, { ignoreVary: true });
      throw error;
    }
    for (const address of had) if (!list.fetch.includes(address)) await kept.delete(address, { ignoreVary: true });
    await kept.put(entry(list.id), new Response(JSON.stringify({ ...list, source, at: Date.now() }), { headers: { "Content-Type": "application/json" } }));
  };

  for (const box of document.querySelectorAll("[data-keep-offline]")) {
    const source = box.dataset.keepOffline, [ask, yes, no] = ["ask", "yes", "no"].map((name) => box.querySelector(`[data-${name}]`));
    const status = box.querySelector("[role=status]"), sure = box.querySelector("[data-sure]");
    let lists = [];
    const done = () => {
      const link = document.createElement("a");
      link.href = words.place; link.textContent = words.list;
      status.replaceChildren(`${words.done} `, link);
      ask.hidden = true;
    };
    box.hidden = false;
    known().then((all) => { if (all.some((each) => each.id === box.dataset.id)) done(); });
    ask.addEventListener("click", async () => {
      status.textContent = words.asking; ask.disabled = true;
      try {
        const first = await told(source);
        const sources = first?.materials ? first.materials.map((id) => source.replace(/\/collections\/.*/, `/materials/${encodeURIComponent(id)}/offline.json`)) : [source];
        lists = [];
        for (const each of sources) { const list = first?.materials ? await told(each) : first; if (list?.fetch.length) lists.push([list, each]); }
        const left = lists.flatMap(([list]) => list.left_out).join("; ");
        if (!lists.length) { status.textContent = words.nothing; return; }
        status.textContent = say(words.size, { size: size(lists.reduce((sum, [list]) => sum + list.bytes, 0)) }) + (left ? ` ${say(words.left, { names: left })}` : "");
        sure.hidden = false; yes.focus();
      } catch { status.textContent = words.failed; } finally { ask.disabled = false; }
    });
    no.addEventListener("click", () => { sure.hidden = true; status.textContent = ""; ask.focus(); });
    yes.addEventListener("click", async () => {
      sure.hidden = true;
      const all = lists.reduce((sum, [list]) => sum + list.fetch.length, 0);
      let before = 0;
      const finished = [];
      try {
        await navigator.serviceWorker.register(words.worker, { scope: "/" });
        await navigator.serviceWorker.ready;
        for (const [list, address] of lists) {
          await keep(list, address, (count) => { status.textContent = say(words.keeping, { done: before + count, all }); });
          before += list.fetch.length; finished.push(list.id);
        }
        done();
      } catch (error) {
        for (const id of finished) await remove(id);
        status.textContent = error.name === "QuotaExceededError" ? words.full : words.failed;
      }
    });
  }

  // The page of what is kept.
  const section = document.querySelector("[data-kept]"), news = document.querySelector("[data-told]");
  const show = async () => {
    if (!section) return;
    const all = await known(), rows = section.querySelector("[data-rows]"), pattern = section.querySelector("template");
    rows.replaceChildren(...all.map((each) => {
      const row = pattern.content.cloneNode(true), link = row.querySelector("a"), button = row.querySelector("button");
      link.textContent = each.title; link.href = each.pages[0];
      row.querySelector(".meta").textContent = size(each.bytes) + (each.isFresh ? `. ${words.fresh}` : "");
      button.setAttribute("aria-label", `${button.textContent}: ${each.title}`);
      button.addEventListener("click", async () => { await remove(each.id); if (news) news.textContent = words.gone; show(); });
      return row;
    }));
    section.querySelector("[data-total]").textContent = say(words.total, { size: size(all.reduce((sum, each) => sum + each.bytes, 0)) });
    section.hidden = !all.length;
    document.querySelector("[data-nothing]").hidden = all.length > 0;
  };
  section?.querySelector("[data-clear]").addEventListener("click", async () => {
    await caches.delete(KEPT);
    const worker = await navigator.serviceWorker.getRegistration("/");
    await worker?.unregister();
    news.textContent = words.gone;
    show();
  });
  if (location.pathname.replace(/^\/en/, "") !== "/offline") document.querySelector("[data-offline]")?.removeAttribute("hidden");
  const follow = async () => {
    const withdrawn = [];
    for (const each of await known()) {
      const list = await told(each.source);
      if (!list) { withdrawn.push(each.title); await remove(each.id); } else if (list.version !== each.version) await keep({ ...list, isFresh: true }, each.source);
    }
    if (withdrawn.length && news) news.textContent = say(words.withdrawn, { names: withdrawn.join("; ") });
  };
  const last = Number(localStorage.getItem(CHECKED)) || 0;
  show().then(async () => {
    if (!navigator.onLine || (!section && Math.abs(Date.now() - last) < DAY)) return;
    try { await follow(); localStorage.setItem(CHECKED, Date.now()); await show(); } catch { /* no connection after all: later */ }
  });
})();
