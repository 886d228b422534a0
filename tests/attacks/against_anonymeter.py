#!/usr/bin/env python3
"""Holds the risk of linkability and of inference that `veil attack` tells, against
Anonymeter 1.0.0 (Giomi et al., PoPETs 2023) on the same persons.

Each person is one event with six columns of words, so that hardly two persons are alike in
half of the columns: of rows that are equal Anonymeter takes the first, `veil` any.

Usage: against_anonymeter.py PATH OF veil     exits 1 when two intervals do not meet.
Both draw for themselves who is in the output. Needs `pip install anonymeter==1.0.0`.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

PERSONS = 3_000
# Of 95 %, as both say them.
CONFIDENCE = 0.95
COLUMNS = {"born": 60, "zip": 90, "job": 50, "car": 40, "club": 70, "paper": 30}

POLICY = """apiVersion: veil/v1
kind: Policy
metadata: {{ name: persons, version: 1, owner: tests }}
source: {{ topic: persons.raw, subject: {{ person: id }} }}
outputs:
  - topic: persons.clean
    purpose: analytics.reporting
    domain: analytics
    fields:
      ({columns}): {{ keep: {{ one_of: [{words}] }} }}
"""


def persons():
    """Made-up persons; what comes later leans on what came before, so that something can
    be inferred."""
    draw = random.Random(1818)
    for n in range(PERSONS):
        kind = draw.randrange(6)
        row = {name: f"w{(draw.randrange(size) if draw.random() < 0.6 else kind * size // 6):02}"
               for name, size in COLUMNS.items()}
        yield {"id": f"p-{n}", **row}


def attacked(veil, rows):
    words = ", ".join(f"w{n:02}" for n in range(max(COLUMNS.values())))
    with tempfile.TemporaryDirectory() as folder:
        policy, sample = Path(folder) / "policy.yaml", Path(folder) / "sample.ndjson"
        policy.write_text(POLICY.format(columns="|".join(COLUMNS), words=words))
        sample.write_text("".join(json.dumps(row) + "\n" for row in rows))
        ran = subprocess.run(
            [veil, "attack", "-p", policy, "--on", sample, "--only", "L", "--only", "I",
             "--seed", "1", "--format", "json"], stdout=subprocess.PIPE, check=True)
    return [found for attack in json.loads(ran.stdout)["attacks"] for found in attack["found"]]


def compared(found, table):
    """The same attack by Anonymeter, on a split of its own: its risk and interval."""
    import pandas
    from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator

    rows = table.sample(frac=1, random_state=7).reset_index(drop=True)
    at = len(rows) * 2 // 3
    inside, outside = rows[:at].reset_index(drop=True), rows[at:].reset_index(drop=True)
    attacks = min(len(outside), 2_000)
    of = {"ori": inside, "syn": inside, "control": outside, "n_attacks": attacks}
    named = re.findall(r"`([^`]+)`", found["what"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if found["attack"] == "L":
            one, other = (re.findall(r"`([^`]+)`", half) for half in found["what"].split(";"))
            by = LinkabilityEvaluator(aux_cols=(one, other), n_neighbors=1, **of).evaluate()
        else:
            known = [name for name in COLUMNS if name != named[0]]
            by = InferenceEvaluator(aux_cols=known, secret=named[0], **of).evaluate()
        return by.risk(CONFIDENCE)


def main():
    import numpy
    import pandas

    numpy.random.seed(1)
    rows = list(persons())
    table = pandas.DataFrame(rows)[list(COLUMNS)]
    wrong = 0
    for found in attacked(Path(sys.argv[1]).resolve(), rows):
        own, risk = found["control"], compared(found, table)
        (low, high), theirs = own["between"], risk.ci
        # Both are drawn, so it is the intervals that must meet.
        is_right = low <= theirs[1] and theirs[0] <= high
        wrong += not is_right
        print(f"{found['attack']} {found['what']}: {own['risk']:.4f} [{low:.4f}, {high:.4f}], "
              f"Anonymeter {risk.value:.4f} [{theirs[0]:.4f}, {theirs[1]:.4f}]"
              + ("" if is_right else "  WRONG"))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
