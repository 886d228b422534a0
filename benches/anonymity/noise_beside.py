#!/usr/bin/env python3
"""Holds the noise of `veil apply` against OpenDP's at the same scale: 10,000 windows of 40
cells in which nobody is, so that a value is its noise. Fails where the mean absolute errors
are 1 % apart (by chance 4 standard deviations of so many draws), or the distributions are
such that they would be once in a thousand.

    python3 benches/anonymity/noise_beside.py target/debug/veil      (needs: pip install opendp)
"""

import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import opendp.prelude as dp

dp.enable_features("contrib")

POLICY = """\
apiVersion: veil/v1
kind: Policy
metadata: { name: t, version: 1, owner: o }
source: { topic: raw, subject: who }
keys: { noise: { ref: "file:keyring.json#noise" } }
outputs:
  - topic: out
    purpose: analytics.reporting
    domain: d
    aggregate:
      window: 1d
      time: { from: value.at }
      by: { cell: keep }
      count: records
      contribution: { cells: 4 }
      epsilon: 0.5
      delta: 1e-6
      noise: NOISE
      key: noise
      keys: { list: LISTED }
      budget: { name: t, epsilon: 15, per: 30d }
"""
WINDOWS = 10_000
CELLS = 40


def drawn(veil, noise):
    """The values of every cell of every window, and what their header says."""
    with tempfile.TemporaryDirectory() as home:
        home = Path(home)
        run = lambda *args, **more: subprocess.run([veil, *args], cwd=home, capture_output=True, text=True, **more)
        run("keys", "new", "--keyring", "keyring.json", "noise").check_returncode()
        (home / "policy.yaml").write_text(POLICY.replace("NOISE", noise).replace("LISTED", str(list(range(CELLS)))))
        first = datetime(1999, 1, 1, tzinfo=timezone.utc)
        # Of the first and the last window: those between are there, and nobody is in them.
        days = (first, first + timedelta(days=WINDOWS - 1))
        lines = [{"who": 1, "cell": 0, "at": day.isoformat()} for day in days]
        done = run("apply", "-p", "policy.yaml", "--envelope", "--ledger", "spent.ndjson", "--begin-ledger",
                   input="".join(json.dumps({"value": line}) + "\n" for line in lines))
        if done.returncode != 0:
            sys.exit(done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(rows) == CELLS * WINDOWS, (len(rows), done.stderr)
        said = json.loads(rows[0]["headers"]["veil-dp"])
        # The two records count in the first and in the last window.
        return [row["value"]["value"] for row in rows[CELLS:-CELLS]], said


def smirnov(one, other):
    """How far two samples are apart, and the probability of that by chance (two-sided)."""
    a, b = Counter(one), Counter(other)
    n, m, apart, x, y = len(one), len(other), 0.0, 0, 0
    for value in sorted(a | b):
        x, y = x + a[value], y + b[value]
        apart = max(apart, abs(x / n - y / m))
    z = apart * math.sqrt(n * m / (n + m))
    return apart, min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * z * z) for k in range(1, 101)))


def main(veil):
    failed = False
    space = dp.atom_domain(T=int), dp.absolute_distance(T=int)
    for noise in ("laplace", "gaussian"):
        own, said = drawn(veil, noise)
        above, below = map(int, (said["scale"] if noise == "laplace" else said["variance"]).split("/"))
        if noise == "laplace":
            other = dp.m.make_laplace(*space, scale=above / below)
        else:
            other = dp.m.make_gaussian(*space, scale=math.sqrt(above / below))
        theirs = [other(0) for _ in own]
        mean = lambda values: sum(map(abs, values)) / len(values)
        apart, chance = smirnov(own, theirs)
        ratio = mean(own) / mean(theirs)
        print(f"{noise}: mean absolute error {mean(own):.3f}, OpenDP {mean(theirs):.3f} (x {ratio:.4f}); KS {apart:.4f}, p {chance:.3f}")
        failed |= abs(ratio - 1) > 0.01 or chance < 0.001
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
