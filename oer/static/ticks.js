// What one can do after a material, to be ticked: kept in this browser alone. Without this script it is a plain list.
(() => {
  const words = document.currentScript.dataset.words;
  const list = document.querySelector("[data-ticks]");
  const key = `ticks-${list.dataset.ticks}`;
  let ticked;
  try {
    ticked = new Set(JSON.parse(localStorage.getItem(key)) || []);
    localStorage.setItem("ticks", "1"); // does it keep anything?
    localStorage.removeItem("ticks");
  } catch { return; }
  for (const item of list.children) {
    const line = item.textContent;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = ticked.has(line);
    box.addEventListener("change", () => {
      ticked[box.checked ? "add" : "delete"](line);
      try {
        if (ticked.size) localStorage.setItem(key, JSON.stringify([...ticked]));
        else localStorage.removeItem(key);
      } catch { /* full: it holds until the page is left */ }
    });
    const label = document.createElement("label");
    const text = document.createElement("span");
    text.append(...item.childNodes);
    label.append(box, text);
    item.append(label);
  }
  list.classList.add("ticks");
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = words;
  list.before(hint);
})();
