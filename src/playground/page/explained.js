// The tables of `veil explain --on`.

import { code, counted, el, faint, refill, table, words } from "/dom.js";

const codes = (list) => list.flatMap((text, n) => [n ? ", " : null, code(text)]);

// `enveloped`: records of the sample have keys and headers.
export function showExplained(parent, explained, enveloped) {
  const { outputs, never_matched: never, unnamed, unnamed_more: more } = explained;
  refill(
    parent,
    outputs.map(output),
    el("h3", {}, "Selectors that never matched"),
    never.length === 0
      ? el("p", {}, "None: each selector met something.")
      : table("selectors that never matched", ["output", "field", "from", "what is there instead"],
          never.map((n) => ({ cells: [code(n.output), code(n.path), code(n.from), instead(n, enveloped)] }))),
    el("h3", {}, "Paths that the policy does not name"),
    unnamed.length === 0
      ? el("p", {}, "None: every path is named somewhere.")
      : [
          el("p", {}, "They leave nowhere."),
          table("paths that the policy does not name", ["path", "#records", "kind", "looks like", "may hold"],
            unnamed.map((u) => ({
              cells: [
                code(u.path),
                u.records,
                Object.keys(u.kinds).join(", "),
                u.looks_like ?? "",
                u.category ? [code(u.category), faint(` ${u.confidence} %`)] : "",
              ],
            }))),
        ],
    more > 0 ? el("p", {}, `${more} more paths are not listed.`) : null,
  );
}

// What becomes of the records of an output that do not leave as they come.
const FATES = { waits: "waiting for a release", counted: "counted" };

const of = (n) => (n === null ? "" : zero(n));

// The columns that there are whatever becomes of the records, and those of what left.
const columns = (waits) => [
  ...["field", "from", "action", waits ? "#values" : "#written", "#missing", "#nothing"],
  ...(waits ? [] : ["#null"]),
  ...["#dropped", "#replaced", "#refused"],
  ...(waits ? [] : ["examples"]),
];

function output({ topic, written, waits, needs, left_out: out, withheld, fields }) {
  const kept = [
    ...Object.entries(out).map(([why, n]) => `${n} left out (${why})`),
    ...Object.entries(withheld).map(([reason, n]) => `${n} withheld (${reason})`),
  ];
  return [
    el("h3", {}, code(topic)),
    el("p", {}, [`${counted(written, "record")} ${FATES[waits] ?? "written"}`, ...kept].join(", ")),
    needs === null ? null : el("p", {}, words(needs)),
    written === 0
      ? null
      : table(
          `fields of ${topic}`,
          columns(waits),
          fields.map((f) => ({
            cells: [
              code(f.path),
              f.from === f.path ? faint("same") : code(f.from),
              f.action,
              f.written,
              of(f.missing),
              zero(f.absent),
              ...(waits ? [] : [of(f.null)]),
              zero(f.dropped_on_error),
              zero(f.replaced_on_error),
              zero(f.refused),
              ...(waits ? [] : [codes(f.examples)]),
            ],
          })),
        ),
  ];
}

const zero = (n) => (n === 0 ? faint("0") : n);

// What stands beside the value.
const BESIDE = /^(header\.|record_key)/;

function instead({ from, there, folded, nearest }, enveloped) {
  if (!enveloped && BESIDE.test(from)) return faint("no record has a key or headers: see --envelope");
  if (there > 0) return `it is in ${counted(there, "record")}, none of which left here`;
  if (folded && !nearest) return faint("names there are data and count as one: which records have it is not known");
  return nearest ? code(nearest) : faint("nothing near it");
}
