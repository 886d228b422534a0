// The page of `veil try`: what is typed is tried, and what came of it is shown.

import { start, tried } from "/ask.js";
import { editor } from "/codemirror.js";
import { showCommands } from "/commands.js";
import { counted, el, refill } from "/dom.js";
import { showExplained } from "/explained.js";
import { showFindings, summary } from "/findings.js";
import { focusRecord, showBeside, showRecords } from "/records.js";
import { theme } from "/theme.js";

// Milliseconds without a key pressed before a policy is tried.
const PAUSE = 250;
// And before one is tried again that could not be tried.
const LATER = 2000;

// What becomes of records that do not leave as they come.
const LEAVING = { waits: "waiting at", counted: "counted for" };

const by = (id) => document.getElementById(id);
const say = (text) => {
  by("status").textContent = text;
};

theme(by("theme"));
try {
  page(await start());
} catch (error) {
  say(error.message);
}

function page(session) {
  const chosen = { record: 0, output: 0 };
  let made = null;
  let busy = false;
  let again = false;
  let timer = 0;

  refill(by("files"), el("code", {}, session.policy_path), " on ", el("code", {}, session.sample_path ?? "standard input"));
  const beyond = [
    session.has_more ? "the beginning of the sample" : null,
    session.too_long > 0 ? `${counted(session.too_long, "line")} too long to be shown` : null,
    session.test_keys ? "with the keys of policy tests" : null,
  ].filter(Boolean);
  by("held").textContent = [counted(session.records, "record"), ...beyond].join(", ");

  const view = editor({
    parent: by("editor"),
    text: session.policy,
    label: "policy",
    nonce: document.querySelector("meta[name=style-nonce]").content,
    changed: () => {
      clearTimeout(timer);
      timer = setTimeout(run, PAUSE);
    },
  });

  // One question at a time; what was typed meanwhile is asked afterwards.
  async function run() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    by("beside").setAttribute("aria-busy", "true");
    do {
      again = false;
      try {
        show(await tried(view.text(), chosen.record, chosen.output));
      } catch (error) {
        failed(error);
      }
    } while (again);
    busy = false;
    by("beside").removeAttribute("aria-busy");
  }

  // What was made before stays, marked.
  function failed(error) {
    document.body.classList.add("stale");
    say(made === null ? error.message : `${error.message}; below is what the policy made before`);
    if (!error.later || again) return;
    clearTimeout(timer);
    timer = setTimeout(run, LATER);
  }

  function show(answer) {
    view.show(answer.findings);
    showFindings(by("findings"), answer.findings, view.goTo);
    // A policy with an error makes nothing: what the last one made stays, marked.
    document.body.classList.toggle("stale", answer.made === null);
    if (answer.made === null) {
      say(`${summary(answer.findings)}; below is what the policy made before`);
      return;
    }
    made = answer.made;
    const topics = made.explained.outputs.map((output) => output.topic);
    chosen.record = Math.min(chosen.record, Math.max(made.records.length - 1, 0));
    if (chosen.output >= topics.length) {
      chosen.output = 0;
      again = true;
    }
    showOutputs(topics);
    showRecords(by("records"), made, chosen.record, choose);
    showBeside(by("beside"), made.beside, made.records[chosen.record]);
    by("previous").disabled = chosen.record === 0;
    by("next").disabled = chosen.record + 1 >= made.records.length;
    showExplained(by("explained"), made.explained, session.enveloped);
    showCommands(by("commands"), session, topics, view.text() !== session.policy, copy);
    const left = made.explained.outputs.map(({ written, waits, topic }) =>
      `${written} ${LEAVING[waits] ?? "to"} ${topic}`,
    );
    say(`${made.policy}: ${summary(answer.findings)}; of ${counted(made.records.length, "record")}, ${left.join(", ")}`);
  }

  function showOutputs(topics) {
    const options = topics.map((topic, n) =>
      el("option", { value: String(n), selected: n === chosen.output }, topic),
    );
    refill(by("output"), options);
  }

  async function choose(record, focus) {
    // A button may be pressed again before its answer is there.
    chosen.record = Math.max(0, Math.min(record, (made?.records.length ?? 1) - 1));
    await run();
    if (focus) focusRecord(by("records"), chosen.record);
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      say(`${what} is copied`);
    } catch {
      say(`the browser does not let ${what} be copied: mark it and copy it by hand`);
    }
  }

  // What was edited is nowhere but here.
  addEventListener("beforeunload", (event) => {
    if (view.text() !== session.policy) event.preventDefault();
  });
  by("output").addEventListener("change", (event) => {
    chosen.output = Number(event.target.value);
    run();
  });
  by("leaves").addEventListener("change", (event) => {
    by("beside").classList.toggle("leaves", event.target.checked);
  });
  by("previous").addEventListener("click", () => choose(chosen.record - 1, false));
  by("next").addEventListener("click", () => choose(chosen.record + 1, false));
  by("copy-policy").addEventListener("click", () => copy(view.text(), "the policy"));
  by("as-read").addEventListener("click", () => view.set(session.policy));
  by("download-policy").addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([view.text()], { type: "application/yaml" }));
    el("a", { href: url, download: "edited.yaml" }).click();
    URL.revokeObjectURL(url);
  });
  run();
}
