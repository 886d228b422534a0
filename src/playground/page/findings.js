// What is to be said of the policy, each a way to its place.

import { counted, el, refill, words } from "/dom.js";

// Most findings that are listed.
const SHOWN_MAX = 200;

export function showFindings(parent, findings, goTo) {
  if (findings.length === 0) {
    refill(parent, el("p", { class: "good" }, "Nothing to say."));
    return;
  }
  const items = findings.slice(0, SHOWN_MAX).map((finding, n) =>
    el(
      "li",
      { class: finding.severity },
      el(
        "button",
        { type: "button", "data-key": `finding-${n}`, onclick: () => goTo(finding) },
        `line ${finding.line}`,
      ),
      " ",
      el("strong", {}, `${finding.severity} ${finding.code}`),
      " ",
      words(finding.message),
      finding.help ? el("span", { class: "help" }, words(finding.help)) : null,
    ),
  );
  const more = findings.length - items.length;
  refill(parent, el("ul", {}, items), more > 0 ? el("p", {}, `${more} more are not listed.`) : null);
}

// `2 errors, 1 warning`.
export function summary(findings) {
  const parts = ["error", "warning", "note"].map((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    return n > 0 ? counted(n, severity) : null;
  });
  return parts.filter(Boolean).join(", ") || "no findings";
}
