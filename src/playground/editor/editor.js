// The editor of `veil try`: CodeMirror 6 with YAML, and findings where they stand.
// Built into ../page/codemirror.js by build.sh.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// What a finding points at: a word of the policy.
const WORD = /^[^\s:,{}[\]"']+/;

// An editor in `parent`. `nonce` marks its styles; `changed` is called with the text
// after each change. The Tab key leaves it.
export function editor({ parent, text, label, nonce, changed }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        EditorView.lineWrapping,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
        EditorState.tabSize.of(2),
        highlightSpecialChars(),
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        syntaxHighlighting(classHighlighter),
        yaml(),
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    set: (text) => {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    show: (findings) => {
      const list = findings.map((finding) => diagnostic(view.state.doc, finding));
      list.sort((a, b) => a.from - b.from);
      view.dispatch(setDiagnostics(view.state, list));
    },
    goTo: (finding) => {
      const { from } = diagnostic(view.state.doc, finding);
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },
  };
}

// Lines and columns count from 1, columns in characters.
function diagnostic(doc, { line, column, severity, code, message, help }) {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...at.text].slice(0, column - 1).join("");
  const from = at.from + before.length;
  const word = WORD.exec(at.text.slice(before.length));
  const to = from + (word ? word[0].length : 0);
  return {
    from,
    to: Math.max(to, Math.min(from + 1, at.to)),
    severity: severity === "note" ? "info" : severity,
    source: code,
    message: help ? `${message}\n${help}` : message,
  };
}
