// Answers for pages that were kept when there is no connection (`told` stands before this: oer/reading/views/offline.py).
// With a connection everything comes from the server. `told.off` ends this worker and removes what was kept.
const SHELL = `oer-shell-${told.version}`, KEPT = "oer-kept";
const fresh = (url) => new Request(url, { credentials: "omit", cache: "reload" });   // without cookies: nobody's own page

self.addEventListener("install", (event) => {
  self.skipWaiting();
  if (told.off) return;
  event.waitUntil(caches.open(SHELL).then((shell) => Promise.all(told.shell.map(async (url) => {
    const answer = await fetch(fresh(url));
    if (answer.ok && !answer.redirected) await shell.put(url, answer);
  }))));
});
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith("oer-") && (told.off || (name !== SHELL && name !== KEPT))) await caches.delete(name);
  }
  if (told.off) await self.registration.unregister();
  else await self.clients.claim();
})()));

// Players ask for parts of a recording.
const partOf = async (answer, range) => {
  const found = /^bytes=(\d+)-(\d*)$/.exec(range || "");
  if (!found) return answer;
  const whole = await answer.blob(), start = Number(found[1]), end = Math.min(found[2] ? Number(found[2]) : whole.size - 1, whole.size - 1);
  if (start > end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${whole.size}` } });
  return new Response(whole.slice(start, end + 1), { status: 206, headers: { "Content-Type": answer.headers.get("Content-Type"), "Content-Range": `bytes ${start}-${end}/${whole.size}`, "Content-Length": end - start + 1, "Accept-Ranges": "bytes" } });
};
const keptAnswer = async (request) => {
  const url = new URL(request.url), options = { ignoreVary: true };
  const path = url.pathname.replace(/^\/en(?=\/|$)/, "") || "/", tongue = url.pathname.startsWith("/en") ? "/en" : "";
  const found = await caches.match(url.pathname + url.search, options) || (url.pathname.startsWith("/static/") && await caches.match(url.pathname, { ...options, ignoreSearch: true }));
  if (found) return partOf(found, request.headers.get("Range"));
  if (request.mode !== "navigate") return Response.error();
  const file = /^\/materials\/([^/]+)(?:\/files\/(\d+)\/(?:read|whole))?$/.exec(path);
  if (file) {
    const kept = await caches.open(KEPT);
    for (const { url: address } of await kept.keys()) {
      const page = new RegExp(`^(?:/en)?/materials/${file[1]}/files/${file[2] || "\\d+"}/(?:read|whole)$`).test(new URL(address).pathname);
      if (!page) continue;
      if (new URL(address).pathname === url.pathname) return kept.match(address, options);
      return Response.redirect(address + (url.searchParams.get("page") ? `#p-${Number(url.searchParams.get("page"))}` : ""));
    }
  }
  return await caches.match(`${tongue}/offline`, options) || Response.error();
};
self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (told.off || request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode !== "navigate" && !/^\/(?:static|(?:en\/)?materials)\//.test(url.pathname)) return;
  event.respondWith(fetch(request).catch(() => keptAnswer(request)));
});
