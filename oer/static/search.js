// Suggestions under every search box, as a combobox (WAI-ARIA APG, list autocomplete with manual selection).
// Without this script the box is simply a form.
(() => {
  const style = document.currentScript.dataset.style;
  const forms = [...document.querySelectorAll("form.ask")].filter((form) => form.q);
  if (!forms.length || !window.fetch) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
  forms.forEach(attach);

  function attach(form, number) {
    const input = form.q;
    const list = document.createElement("ul");
    const status = document.createElement("p");
    const kept = new Map();
    let options = [], active = -1, waiting, asked = 0;
    list.id = `suggestions-${number}`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label") || "");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    form.append(list, status);

    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
    input.addEventListener("keydown", onKey);
    input.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("mousedown", (event) => event.preventDefault());  // the box keeps the focus
    list.addEventListener("click", (event) => {
      const at = [...list.children].indexOf(event.target.closest("li"));
      if (at >= 0) go(at);
    });

    async function ask() {
      const text = input.value.trim();
      const mine = ++asked;
      if (text.length < 2) return close();
      if (!kept.has(text)) {
        try {
          const answer = await fetch(`${form.action}/suggest?q=${encodeURIComponent(text)}`);
          if (!answer.ok) return close();
          kept.set(text, await answer.json());
        } catch { return close(); }
      }
      if (mine === asked && document.activeElement === input) show(kept.get(text), text);
    }

    function show(found, text) {
      list.dataset.query = text;
      options = found.suggestions;
      active = -1;
      list.replaceChildren(...options.map((option, at) => {
        const item = document.createElement("li");
        const kind = document.createElement("small");
        item.id = `${list.id}-${at}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        kind.textContent = option.kind;
        item.append(option.text, " ", kind);
        return item;
      }));
      toggle(options.length > 0);
      status.textContent = found.status;
    }

    function toggle(open) {
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      if (!open) { active = -1; input.removeAttribute("aria-activedescendant"); }
    }

    function close() { toggle(false); status.textContent = ""; }

    function choose(at) {
      active = (at + options.length + 1) % (options.length + 1);
      if (active === options.length) active = -1;  // beyond the ends lies the text itself
      [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
      if (active < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }

    function go(at) { location.assign(options[at].url); }

    function onKey(event) {
      if (event.isComposing) return;  // an input method is still making a letter
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!open) return ask();
        choose(event.key === "ArrowDown" ? active + 1 : (active < 0 ? options.length : active) - 1);
      } else if (event.key === "Enter" && open && active >= 0) {
        event.preventDefault();
        go(active);
      } else if (event.key === "Escape" && open) {
        event.preventDefault();  // a second Escape empties the box
        close();
      }
    }
  }
})();
