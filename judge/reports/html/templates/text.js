// Untrusted text becomes text nodes, never markup. Invisible and direction-changing characters become marks.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const SHORT = {
  0x61c: "ALM", 0x200b: "ZWSP", 0x200e: "LRM", 0x200f: "RLM", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF",
  0x202d: "LRO", 0x202e: "RLO", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xfeff: "BOM",
};
const FOLD = 4000;

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const number = (value) => value.toLocaleString("en");

function node(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function marked(text) {
  const parts = [];
  let start = 0;
  for (const found of String(text).matchAll(HIDDEN)) {
    const code = found[0].codePointAt(0);
    const name = "U+" + code.toString(16).toUpperCase().padStart(4, "0");
    parts.push(text.slice(start, found.index));
    parts.push(node("span", { class: "mark", title: name + ", an invisible character" }, SHORT[code] ?? name));
    start = found.index + found[0].length;
  }
  parts.push(String(text).slice(start));
  return parts.filter((part) => part !== "");
}

const name = (text) => node("bdi", {}, marked(text));

// A text with its direction isolated and its line breaks kept. A very long text is folded.
function reading(text) {
  const box = node("div", { class: "text", dir: "auto" });
  if (text.length <= FOLD) {
    box.append(...marked(text));
    return box;
  }
  let end = FOLD;
  if (text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) <= 0xdbff) end -= 1;
  const shown = node("div", { class: "text", dir: "auto" });
  const more = node("button", { type: "button", "aria-expanded": "false" });
  const show = (whole) => {
    shown.replaceChildren(...marked(whole ? text : text.slice(0, end) + "…"));
    more.textContent = whole ? "Show less" : `Show all ${number(text.length)} characters`;
    more.setAttribute("aria-expanded", String(whole));
  };
  more.addEventListener("click", () => show(more.getAttribute("aria-expanded") !== "true"));
  show(false);
  return node("div", {}, shown, more);
}
