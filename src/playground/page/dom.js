// Elements, made of texts. Whatever a text holds, it stays a text.

// Characters that act instead of being seen: control codes, marks that turn the
// writing direction, what has no width and hides.
const ACTS =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

export function visible(text) {
  return String(text).replace(ACTS, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

// Characters of a name or a value that are shown: a member's name may be very long.
const SHOWN_MAX = 300;

const cut = (text) => (text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);

// An element with attributes and children; a child that is no node is a text, and one
// that is null or undefined is none. `onclick` and the like are listeners.
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined) continue;
    made.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
  return made;
}

// Puts new children in place of old ones. What had the focus has it again, if there is
// something of the same `data-key`.
export function refill(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  parent.replaceChildren(...children.flat(Infinity).filter((child) => child));
  if (!key) return;
  const again = [...parent.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key);
  again?.focus({ preventScroll: true });
}

// A table that keeps its meaning where a narrow screen shows it as a list.
export function table(label, columns, rows, { cards = false } = {}) {
  const names = columns.map((column) => column.replace(/^#/, ""));
  const side = (n) => (columns[n].startsWith("#") ? "figures" : null);
  const head = names.map((name, n) =>
    el("th", { scope: "col", role: "columnheader", class: side(n) }, name),
  );
  const body = rows.map(({ attributes = {}, cells }) =>
    el(
      "tr",
      { role: "row", ...attributes },
      cells.map((cell, n) => el("td", { role: "cell", class: side(n), "data-label": names[n] }, cell)),
    ),
  );
  const made = el(
    "table",
    { role: "table", "aria-label": label, class: cards ? "cards" : null },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)),
    el("tbody", { role: "rowgroup" }, body),
  );
  if (cards) return made;
  return el("div", { class: "scroll", role: "group", "aria-label": label, tabindex: "0" }, made);
}

// Words with what stands between backticks as code.
export const words = (text) =>
  String(text)
    .split("`")
    .map((part, n, all) => (n % 2 === 1 && n + 1 < all.length ? code(part) : part));

export const code = (text) => el("code", {}, cut(String(text)));
export const faint = (text) => el("span", { class: "faint" }, text);

// `2 errors`, `1 error`.
export const counted = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
