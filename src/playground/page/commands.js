// The same, on the command line.

import { el, refill, words } from "/dom.js";

const PLAIN = /^[\w@%+=:,./-]+$/;
const quoted = (word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export function showCommands(parent, session, outputs, edited, copy) {
  const policy = quoted(session.policy_path);
  const sample = session.sample_path === null ? "-" : quoted(session.sample_path);
  const envelope = session.enveloped ? " --envelope" : "";
  const from = sample === "-" ? "" : ` ${sample}`;
  const commands = [
    ["every finding", `veil check ${policy} --on ${sample}${envelope}`],
    ["what it makes of the whole sample", `veil explain -p ${policy} --on ${sample}${envelope}`],
    ...outputs.map((topic) => [
      `what leaves to ${topic}`,
      `veil apply -p ${policy}${envelope} --output ${quoted(topic)}${from}`,
    ]),
  ];
  if (edited) {
    commands.push(["what the edit changes", `veil diff ${policy} edited.yaml`]);
  }
  const items = commands.map(([what, command], n) =>
    el(
      "li",
      {},
      el("span", {}, `${what}: `),
      el("code", {}, command),
      " ",
      el(
        "button",
        {
          type: "button",
          "data-key": `command-${n}`,
          "aria-label": `Copy the command: ${what}`,
          onclick: () => copy(command, "the command"),
        },
        "Copy",
      ),
    ),
  );
  refill(
    parent,
    edited
      ? el("p", { class: "warning" }, "The policy was edited here, and the file was not: the commands read the file. Download it first.")
      : null,
    session.test_keys
      ? el("p", {}, words("The keys here are those of policy tests; `veil apply`, `explain` and `check` take the keyrings."))
      : null,
    el("ul", { class: "commands" }, items),
  );
}
