"""Runs field values of a policy on texts, through the binary (`VEIL`, or target/debug/veil)."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VEIL = os.environ.get("VEIL", str(ROOT / "target/debug/veil"))

HEAD = """apiVersion: veil/v1
kind: Policy
metadata: { name: oracle, version: 1, owner: tests }
source: { topic: raw }
consent: { signals: [{ from: value, path: ads, category: ads }] }
outputs:
  - topic: out
    purpose: marketing.advertising
    domain: oracle
    needs_consent: ads
    recipient: oracle
    fields:
"""


def made(fields, texts):
    """What each of `fields` (NAME → field value) makes of each text; a refused or absent
    one is missing."""
    each = ", ".join(f"{name}: {value[:-2]}, on_error: drop_field }}" for name, value in fields.items())
    policy = f"{HEAD}      text: {{ as: {{ {each} }} }}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(policy, encoding="utf-8")
        lines = "".join(json.dumps({"ads": True, "text": text}) + "\n" for text in texts)
        ran = subprocess.run(
            [VEIL, "apply", "-p", str(path)], input=lines.encode(), capture_output=True
        )
    if ran.returncode not in (0, 2):
        raise SystemExit(ran.stderr.decode())
    out = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(out) == len(texts), f"{len(texts)} texts, {len(out)} lines: {ran.stderr.decode()}"
    return out
