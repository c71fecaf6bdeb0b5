// Words that are selected in a text can be highlighted or written about: this fills the form that is there without it.
(() => {
  const form = document.getElementById("note-form"), bar = document.getElementById("note-bar"), LONGEST = 600, AROUND = 80;
  if (!form || !bar) return;
  const text = document.querySelector(".reader .text"), shown = form.querySelector("blockquote"), told = bar.querySelector("p");
  let chosen = null;
  const wordsOf = (range) => {   // formulas are left out, as they are where quotes are looked for
    const part = range.cloneContents();
    part.querySelectorAll("math").forEach((each) => each.remove());
    return part.textContent;
  };
  const bare = (words) => words.replace(/\s+/g, "");
  const around = (node, offset, isBefore) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    if (isBefore) range.setEnd(node, offset); else range.setStart(node, offset);
    return bare(wordsOf(range));
  };
  const look = () => {
    const selection = getSelection(), range = selection.rangeCount ? selection.getRangeAt(0) : null;
    const isIn = text && range && !selection.isCollapsed && text.contains(range.commonAncestorContainer) && bare(wordsOf(range));
    if (!isIn) { if (!bar.contains(document.activeElement)) bar.hidden = true; return; }
    const quote = selection.toString().replace(/\s+/g, " ").trim(), isLong = quote.length > LONGEST;
    const before = around(range.startContainer, range.startOffset, true), after = around(range.endContainer, range.endOffset, false);
    chosen = isLong ? null : { quote: range.cloneContents().querySelector("math") ? wordsOf(range).replace(/\s+/g, " ").trim() : quote, before: before.slice(-AROUND), after: after.slice(0, AROUND), position: before.length };
    told.hidden = !isLong;
    bar.querySelectorAll("button").forEach((each) => { each.disabled = isLong; });
    bar.hidden = false;
  };
  const fill = () => {
    for (const [name, value] of Object.entries(chosen)) form.elements[name].value = value;
    shown.textContent = chosen.quote;
    shown.hidden = false;
  };
  let wait = 0;
  document.addEventListener("selectionchange", () => { clearTimeout(wait); wait = setTimeout(look, 200); });
  bar.addEventListener("mousedown", (event) => event.preventDefault());   // else pressing a button takes the selection away
  bar.addEventListener("click", (event) => {
    const act = event.target.closest("[data-note]")?.dataset.note;
    if (!act || !chosen) return;
    fill();
    bar.hidden = true;
    if (act === "mark") { form.elements.words.value = ""; form.submit(); return; }
    form.closest("details").open = true;
    form.elements.words.focus();
  });
  // In a recording a note belongs to the second that is being heard.
  const player = document.getElementById("player");
  if (player) form.addEventListener("submit", () => { form.elements.at.value = Math.floor(player.currentTime) || form.elements.at.value; });
})();
