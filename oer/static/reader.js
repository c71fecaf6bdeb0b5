// Arrow keys turn pages, times in a transcript move the player, and a page image that was busy is asked for again.
// Everything works without this script.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, audio, video, [contenteditable], .table")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`.turning a[rel="${rel}"]`);
  if (link) link.click();
});
const player = document.getElementById("player");
if (player) {
  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-time]");
    if (!line) return;
    event.preventDefault();
    const time = Number(line.dataset.time);
    if (player.readyState === 0) player.addEventListener("loadedmetadata", () => { player.currentTime = time; }, { once: true });
    else player.currentTime = time;
    player.play();
  });
  document.querySelector("[data-cite]")?.addEventListener("click", (event) => {   // the moment that is being heard
    const link = event.currentTarget, address = new URL(link.href);
    if (player.currentTime >= 1) { address.searchParams.set("t", Math.floor(player.currentTime)); link.href = address.href; }
  });
}
for (const image of document.querySelectorAll("img[data-again]")) {
  let tries = 0;
  const again = () => {
    if (tries++ > 4) return;
    setTimeout(() => { const set = image.srcset; image.srcset = ""; image.srcset = set; }, 2000 * tries);
  };
  image.addEventListener("error", again);
  if (image.complete && !image.naturalWidth) again();
}
