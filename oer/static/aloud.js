// Reads a page aloud by the browser's own voice, sentence by sentence: the one being spoken is marked and scrolled to.
// The button for it shows where a browser can speak; nothing is sent anywhere by us.
(() => {
  const opener = document.getElementById("aloud-open"), bar = document.getElementById("aloud"), speech = window.speechSynthesis;
  if (!opener || !bar || !speech || !window.SpeechSynthesisUtterance) return;
  const words = bar.dataset, rate = document.getElementById("aloud-rate"), told = bar.querySelector("[role=status]");
  const play = bar.querySelector("[data-do=play]"), GO_ON = "oer.aloud", RATE = "oer.aloud.rate";
  const BLOCKS = "p, li, h1, h2, h3, h4, h5, h6, td, th, caption, blockquote, figcaption, dt, dd, pre, div";
  // A point after these ends no sentence (as in oer/search/passages.py).
  const SHORT = /(?:^|[\s(["“/.])(?:\p{L}|tp|ts|ths|pgs|gs|bs|ks|cn|tr|vd|stt|đc|tx|tt|nxb|mr|mrs|ms|dr|st|no|vol|fig|e\.g|i\.e|vs)\.$/iu;
  const LONGEST = 220;   // browsers cut off what takes longer than about fifteen seconds
  let parts = null, at = 0, turn = 0, isSpeaking = false, current = null, voices = {};

  const ends = (text) => {
    const found = [];
    let from = 0;
    for (const stop of text.matchAll(/[.!?…]+["”’»)\]]*\s+/g)) {
      const end = stop.index + stop[0].length, bare = text.slice(Math.max(0, stop.index - 8), stop.index + stop[0].trimEnd().length);
      const isNumber = /^\s*\d{1,3}\.\s+$/.test(text.slice(from, end));   // "3. Đổ đất"
      if (end < text.length && !isNumber && !/\p{Ll}/u.test(text[end]) && !SHORT.test(bare)) { found.push(end); from = end; }
    }
    found.push(text.length);
    let begin = 0;
    return found.flatMap((end) => {
      const cuts = [];
      while (end - begin > LONGEST) {
        const piece = text.slice(begin, begin + LONGEST), comma = Math.max(...[", ", "; ", ": "].map((sign) => piece.lastIndexOf(sign)));
        begin += comma > 60 ? comma + 2 : Math.max(piece.lastIndexOf(" "), 60);
        cuts.push(begin);
      }
      begin = end;
      return [...cuts, end];
    });
  };
  // The sentences of the page, each with the elements that show it. Text is wrapped once; a formula and a picture say their words.
  const read = () => {
    const blocks = [];
    let last = null;
    for (const root of document.querySelectorAll(".reader .text")) {
      const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
        if (node.nodeType === 3) return node.data.trim() || last ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
        if (node.matches(".notice, .hint, script, style, [hidden]")) return NodeFilter.FILTER_REJECT;
        return node.matches("math, img") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
      });
      let inside = null;
      while (walk.nextNode()) {
        const node = walk.currentNode;
        if (inside?.contains(node)) continue;
        const isText = node.nodeType === 3, block = (isText ? node.parentElement : node).closest(BLOCKS);
        if (!isText) inside = node;
        if (block !== last) { blocks.push({ lang: block.closest("[lang]").lang, pieces: [] }); last = block; }
        blocks[blocks.length - 1].pieces.push({ node, isText, text: isText ? node.data : ` ${node.getAttribute("alttext") || node.getAttribute("alt") || ""} ` });
      }
    }
    return blocks.flatMap(sentences);
  };
  const sentences = ({ lang, pieces }) => {
    const whole = pieces.map((piece) => piece.text).join("");
    let begin = 0;
    const found = ends(whole).map((end) => {
      const one = { lang, text: whole.slice(begin, end).replace(/\s+/g, " ").trim(), begin, end, shown: [] };
      begin = end;
      return one;
    });
    let start = 0;
    for (const { node, isText, text } of pieces) {
      const stop = start + text.length, own = found.filter((one) => one.begin < stop && one.end > start);
      if (!isText) own.forEach((one) => one.shown.push(node));
      else if (text.trim()) {
        node.replaceWith(...own.map((one) => {
          const span = document.createElement("span");
          span.textContent = text.slice(Math.max(0, one.begin - start), one.end - start);
          one.shown.push(span);
          return span;
        }));
      }
      start = stop;
    }
    return found.filter((one) => /[\p{L}\p{N}]/u.test(one.text));
  };

  const tell = (text) => { told.textContent = text; };
  const show = (speaking) => {
    isSpeaking = speaking;
    bar.classList.toggle("speaking", speaking);
    play.setAttribute("aria-label", speaking ? words.pause : words.play);
  };
  const mark = (one) => {
    document.querySelectorAll(".now-said").forEach((each) => each.classList.remove("now-said"));
    if (!one) return;
    one.shown.forEach((each) => each.classList.add("now-said"));
    const box = one.shown[0]?.getBoundingClientRect(), above = bar.getBoundingClientRect().bottom;
    if (!box || (box.top >= above && box.bottom < innerHeight - 80)) return;
    one.shown[0].scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const base = (tag) => tag.replace("_", "-").toLowerCase().split("-")[0];
  const voiceFor = (lang) => {
    const own = speech.getVoices().filter((voice) => base(voice.lang) === base(lang));
    const local = own.filter((voice) => voice.localService);   // others send the text to whoever made the browser
    const among = local.length ? local : own;
    return among.find((voice) => voice.default) || among[0];
  };
  // Browsers tell their voices late, and some never: then there are none.
  const waitForVoices = () => new Promise((resolve) => {
    if (speech.getVoices().length) { resolve(); return; }
    const late = setTimeout(resolve, 1500);
    speech.addEventListener?.("voiceschanged", () => { clearTimeout(late); resolve(); }, { once: true });
  });
  const stop = () => { turn += 1; speech.cancel(); show(false); };
  const say = (number) => {
    at = Math.min(Math.max(number, 0), parts.length - 1);
    turn += 1;
    const mine = turn, one = parts[at];
    speech.cancel();
    tell("");
    mark(one);
    current = new SpeechSynthesisUtterance(one.text);   // kept: browsers forget one that nobody holds, and its end with it
    const voice = voices[base(one.lang)] ||= voiceFor(one.lang) || voices.own;
    current.voice = voice; current.lang = voice.lang; current.rate = Number(rate.value);
    current.onend = () => { if (mine === turn) { if (at + 1 < parts.length) say(at + 1); else finish(); } };
    current.onerror = (event) => {
      if (mine !== turn || event.error === "interrupted" || event.error === "canceled") return;
      stop();
      if (event.error !== "not-allowed") tell(words.failed);
    };
    speech.speak(current);
    show(true);
  };
  const finish = () => {
    stop();
    mark(null);
    at = 0;
    const next = document.querySelector(".turning a[rel=next]");
    if (!next) { tell(words.end); return; }
    try { sessionStorage.setItem(GO_ON, "1"); } catch { /* forbidden: the next page waits for the button */ }
    next.click();
  };
  const first = () => {
    const top = bar.getBoundingClientRect().bottom;
    return Math.max(0, parts.findIndex((one) => (one.shown[0]?.getBoundingClientRect().bottom ?? 0) > top));
  };
  const start = async (fromTop) => {
    bar.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    play.focus({ preventScroll: true });
    await waitForVoices();
    const main = document.querySelector(".reader .text")?.closest("[lang]").lang || "vi";
    voices = { own: voiceFor(main) };
    bar.classList.toggle("mute", !voices.own);
    if (!voices.own) { tell(words.none); bar.querySelector("[data-do=close]").focus(); return; }
    parts ||= read();
    if (parts.length) say(fromTop ? 0 : first()); else tell(words.empty);
  };
  const close = () => {
    stop(); mark(null); tell("");
    bar.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  };
  const acts = {
    play: () => { if (isSpeaking) { stop(); } else if (parts?.length) say(at); else start(); },   // pausing by the browser fails on phones
    before: () => say(at - 1), after: () => say(at + 1), close,
  };
  bar.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
  bar.addEventListener("keydown", (event) => {
    const act = { ArrowLeft: "before", ArrowRight: "after", Escape: "close" }[event.key];
    if (!act || (event.target === rate && act !== "close") || (act !== "close" && !parts?.length)) return;
    event.preventDefault();
    acts[act]();
  });
  rate.addEventListener("change", () => {
    try { localStorage.setItem(RATE, rate.value); } catch { /* forbidden: it holds for this page */ }
    if (isSpeaking) say(at);
  });
  document.addEventListener("click", (event) => {   // a sentence that is pressed is read from there
    if (bar.hidden || !parts || event.target.closest("a, button, summary, input") || !getSelection().isCollapsed) return;
    const number = parts.findIndex((one) => one.shown.some((each) => each.contains(event.target)));
    if (number >= 0) say(number);
  });
  opener.addEventListener("click", () => (bar.hidden ? start() : close()));
  addEventListener("pagehide", () => speech.cancel());
  opener.hidden = false;
  let goesOn = false;
  try {
    const kept = localStorage.getItem(RATE);
    if ([...rate.options].some((each) => each.value === kept)) rate.value = kept;
    goesOn = sessionStorage.getItem(GO_ON) === "1";
    sessionStorage.removeItem(GO_ON);
  } catch { /* forbidden: nothing is remembered */ }
  if (goesOn) start(true);
})();
