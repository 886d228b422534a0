#!/usr/bin/env python3
"""Runs the Python block of docs/formats.md against frozen vectors, and against
what a real `veil` writes when its path is given.

Usage: test_example.py [PATH OF veil]     exits 1 when anything differs
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "formats.md"


def example():
    """The names that the page's Python block defines."""
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(compile(block.group(1), str(PAGE), "exec"), names)
    return names


def against_vectors(names):
    """Every domain-scoped base64url pseudonym and every envelope of suites 01 and 03."""
    files = (HERE / name for name in ("v1.json", "envelope.json"))
    return sum(of_file(names, json.loads(file.read_text(encoding="utf-8"))) for file in files)


def of_file(names, file):
    root = bytes.fromhex(file["root"])
    checked = 0
    for vector in file["vectors"]:
        inputs, expected = vector["inputs"], vector["expected"]
        if inputs["op"] in ("seal01", "seal03"):
            context = (inputs[n].encode() for n in ("domain", "purpose", "label"))
            tag, content = names["open_envelope"](root, expected["text"], *context)
            value = inputs["value_json"]
            text = content.decode()
            read = {"s": json.dumps(text), "z": "null", "b": ["false", "true"][text == "\x01"]}
            read = read.get(tag, text)
            assert read == value, vector["what"]
            checked += 1
        elif inputs.get("encoding") == "base64url" and inputs["bits"] == 128:
            v = b"s" + json.loads(inputs["value_json"]).lower().encode()
            names_of = (inputs["domain"].encode(), inputs["canon"].encode())
            assert names["pseudonym"](root, *names_of, v) == expected, vector["what"]
            checked += 1
    assert checked in (9, 38), checked
    return checked


POLICY = """\
apiVersion: veil/v1
kind: Policy
metadata: { name: example, version: 1, owner: docs }
source: { topic: raw }
keys: { people: { ref: "file:keyring.json#people" } }
outputs:
  - topic: clean
    purpose: support
    domain: analytics
    fields:
      id: { pseudonymize: { key: people, normalize: email } }
      plan: { encrypt: { key: people } }
      user: { encrypt: { key: people, mode: deterministic, space: user } }
"""


def against_veil(names, veil):
    """A keyring, a policy and an event through the program; back by the page."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
        keyring = folder / "keyring.json"
        run = {"check": True, "capture_output": True, "text": True}
        subprocess.run([veil, "keys", "new", "--keyring", keyring, "people"], **run)
        event = {"id": "Jane.Doe@Example.com", "plan": "gold", "user": 42}
        command = [veil, "apply", "-p", folder / "policy.yaml", "--output", "clean"]
        done = subprocess.run(command, input=json.dumps(event) + "\n", **run)
        out = json.loads(done.stdout)
        version = json.loads(keyring.read_text(encoding="utf-8"))["keys"][0]["versions"][0]
        root = names["unb64u"](version["material"])
        pseudonym = names["pseudonym"](root, b"analytics", b"email@1", b"sjane.doe@example.com")
        assert out["id"] == pseudonym, "the pseudonym differs"
        opened = names["open_envelope"](root, out["plan"], b"analytics", b"support", b"plan")
        assert opened == ("s", b"gold"), "the envelope differs"
        opened = names["open_envelope"](root, out["user"], b"analytics", b"", b"user")
        assert opened == ("n", b"42"), "the deterministic envelope differs"


def main():
    names = example()
    checked = against_vectors(names)
    print(f"the example of docs/formats.md agrees with {checked} frozen vectors")
    if len(sys.argv) > 1:
        against_veil(names, sys.argv[1])
        print("the example of docs/formats.md reads what veil writes")


if __name__ == "__main__":
    main()
