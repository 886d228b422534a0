// The fate of each record, and one of them beside what left of it.

import { code, el, faint, refill, table, words } from "/dom.js";

const MARKS = {
  written: "✓",
  waits: "…",
  counted: "…",
  "left out": "–",
  withheld: "–",
  cleared: "–",
  quarantined: "✕",
};
const LOOKS = {
  written: "good",
  waits: "warning",
  counted: "warning",
  "left out": "warning",
  withheld: "warning",
  cleared: "warning",
  quarantined: "bad",
};

function fate({ word, reason }) {
  return [
    el("span", { class: LOOKS[word] }, `${MARKS[word]} ${word}`),
    reason ? el("span", { class: "reason" }, ` ${reason}`) : null,
  ];
}

// One stop for the Tab key; arrows go from record to record.
export function showRecords(parent, made, chosen, choose) {
  const { records, explained } = made;
  if (records.length === 0) {
    refill(parent, el("p", {}, "The sample holds no record: nothing can be said of the policy."));
    return;
  }
  const keys = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: records.length - 1 };
  const move = (event) => {
    const to = keys[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(Math.min(Math.max(to, 0), records.length - 1), true);
  };
  const rows = records.map((record, n) => ({
    attributes: { "aria-current": n === chosen ? "true" : null },
    cells: [
      el(
        "button",
        {
          type: "button",
          "data-key": `record-${n}`,
          "aria-label": `record ${record.line}`,
          "aria-pressed": String(n === chosen),
          tabindex: n === chosen ? "0" : "-1",
          onclick: () => choose(n, false),
          onkeydown: move,
        },
        record.line,
      ),
      record.type ?? faint("–"),
      ...record.became.map(fate),
    ],
  }));
  const columns = ["line", "type", ...explained.outputs.map((output) => output.topic)];
  refill(parent, table("records", columns, rows).firstChild);
}

export const focusRecord = (parent, n) =>
  parent.querySelector(`[data-key="record-${n}"]`)?.focus();

const TAGS = {
  written: "good",
  waits: "warning",
  counted: "warning",
  sealed: "good",
  within: "good",
  "left out": "warning",
  replaced: "warning",
  "not told": "warning",
  "not written": "warning",
  refused: "bad",
};

// What does not leave, and was not to.
const STAYS = new Set(["unnamed", "read", "dropped"]);

export function showBeside(parent, beside, record) {
  if (!beside) {
    refill(parent, el("p", {}, "There is no record to show."));
    return;
  }
  const { became, needs, rows, more, absent, raw, left } = beside;
  const by = record?.refused_by;
  const line = el(
    "p",
    { class: "fate" },
    `Record ${beside.line}, `,
    code(beside.output),
    ": ",
    fate(became),
    became.cause ? [". ", words(became.cause), " "] : null,
    by ? ["Refused by ", code(by[1]), " of ", code(by[0]), ". "] : null,
    became.remedy ? words(became.remedy) : null,
  );
  const cells = rows.map((row) => ({
    attributes: { class: STAYS.has(row.fate) ? "stays" : null },
    cells: [
      [el("span", { class: "path" }, row.from), row.before === null ? faint("nothing") : code(row.before)],
      row.after === null
        ? [row.to && row.to !== row.from ? el("span", { class: "path" }, row.to) : null, faint("–")]
        : [el("span", { class: "path" }, row.to), code(row.after)],
      [
        el("span", { class: `tag ${TAGS[row.fate] ?? "faint"}` }, row.fate),
        " ",
        row.action ? code(row.action) : null,
        el("span", { class: "words" }, words(row.why)),
      ],
    ],
  }));
  refill(
    parent,
    line,
    needs !== null ? el("p", {}, words(needs)) : null,
    raw !== null ? pre("The value as it came", raw) : null,
    rows.length > 0
      ? table("before, after and why", ["before", "after", "why"], cells, { cards: true })
      : null,
    more > 0 ? el("p", {}, `${more} more places are not shown.`) : null,
    absent.length > 0
      ? el("p", {}, "Nothing in this record for: ", absent.flatMap((path, n) => [n ? ", " : null, code(path)]))
      : null,
    left !== null ? pre("The value that left", left) : null,
  );
}

function pre(label, text) {
  return el("figure", {}, el("figcaption", {}, label), el("pre", { tabindex: "0" }, el("code", {}, text)));
}
