#!/usr/bin/env python3
"""Attacks the policies of `config/` on made-up events, and holds what comes out against what is
claimed of them and against what is written in docs/measuring.md.

Usage: shipped.py PATH OF veil            exits 1 when a claim does not hold, or a figure has risen
       shipped.py PATH OF veil --write    writes the figures, and the tables of docs/measuring.md
"""

import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import samples

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "measuring.md"
FIGURES = HERE / "shipped.json"
PERSONS = 2_000
# What is claimed of outputs in classes (k), and of outputs that count (epsilon of a window).
CLASSES = {"signups.public": 10}
COUNTS = {"web.stats.people": 0.25, "web.stats.revenue": 0.25}
# No claim is above that: one in a hundred.
MOST = 0.01
# Figures come with four digits: a guess and an end of its advantage, added, are off by so much.
ROUNDED = 0.0002


def shown(veil, *args):
    ran = subprocess.run([veil, *args, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ran.returncode not in (0, 2):
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)


def measured(veil):
    """By policy what both commands find."""
    all_found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in samples.SAMPLES:
            sample = Path(folder) / f"{name}.ndjson"
            sample.write_text("".join(samples.lines(name, PERSONS)))
            given = ["-p", ROOT / "config" / f"{name}.yaml", "--on", sample]
            given += ["--envelope"] if name == "customers-cdc" else []
            attack = shown(veil, "attack", *given, "--seed", "1")
            risk = shown(veil, "risk", *given)
            found = [one for each in attack["attacks"] for one in each["found"]]
            all_found[name] = found, {one["topic"]: one for one in risk["outputs"]}, risk.get("pairs", [])
    return all_found


def ends(one):
    """The interval of a success."""
    low, high = one["between"]
    return max(0, low + one["guess"]), min(1, high + one["guess"])


def claims(found):
    """What is claimed of what lets no code out, and does not hold."""
    for one in found:
        for topic in one["topics"]:
            what = f"{one['attack']} {topic} ({one['what']})"
            if k := CLASSES.get(topic):
                yield from of_classes(what, one, k)
            if epsilon := COUNTS.get(topic):
                windows = int(re.search(r"up to (\d+) window|$", one["what"]).group(1) or 1)
                bound = 1 / (1 + math.exp(-epsilon * windows))
                if one["attack"] != "D":
                    yield f"{what}: no record leaves, and it fits"
                elif one["success"] > bound or one["certain"] > 0:
                    yield f"{what}: more than its noise allows, {bound:.3f}"


def of_two(veil):
    """Whoever reads two outputs in classes of one source does not find in one who is in the other."""
    k = 10
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.ndjson"
        sample.write_text("".join(samples.lines("signups-public", PERSONS)))
        found = shown(veil, "attack", "-p", HERE / "two_classes.yaml", "--on", sample, "--seed", "1")
    both = [one for each in found["attacks"] for one in each["found"] if len(one["topics"]) == 2]
    if not {"A4", "A5"} <= {one["attack"] for one in both}:
        yield f"two outputs in classes: A4 and A5 were not tried: {both}"
    for one in both:
        what = f"two outputs in classes: {one['attack']} ({one['what']})"
        if one["certain_between"][1] > MOST:
            yield f"{what}: certain up to {one['certain_between'][1]}"
        if one["advantage"] > 1 / k:
            yield f"{what}: advantage {one['advantage']} is more than one in {k}"


def of_classes(what, one, k):
    attack = one["attack"]
    # What all of a class have in common is told of each in it; `t` bounds that, where it is set.
    if attack != "I" and one["certain_between"][1] > MOST:
        yield f"{what}: certain up to {one['certain_between'][1]}"
    if attack in ("S", "K") and one["between"][1] > MOST:
        yield f"{what}: advantage up to {one['between'][1]}"
    if attack == "S" and one["control"]["between"][1] > MOST:
        yield f"{what}: risk up to {one['control']['between'][1]}"
    if (attack[:2] in ("A4", "A5", "A6", "A7", "A8") or attack == "L") and one["advantage"] > 1 / k:
        yield f"{what}: advantage {one['advantage']} is more than one in {k}"


def figures(all_found):
    """Of each attack its success, and what it may rise to: the upper end of its interval."""
    return {
        name: [
            {"attack": one["attack"], "outputs": one["topics"], "what": one["what"],
             "success": one["success"], "at_most": round(ends(one)[1], 4)}
            for one in found
        ]
        for name, (found, _, _) in all_found.items()
    }


def risen(new, old):
    for name, of in new.items():
        known = {(one["attack"], *one["outputs"], one["what"]): one for one in old.get(name, [])}
        for one in of:
            before = known.get((one["attack"], *one["outputs"], one["what"]))
            what = f"{name}: {one['attack']} {', '.join(one['outputs'])} ({one['what']})"
            if before is None:
                yield f"{what} is new: {one['success']}"
            elif one["success"] > before["at_most"] + ROUNDED:
                yield f"{what} has risen from {before['success']} to {one['success']}"


def cell(found, attack, topic):
    own = [one for one in found if one["attack"] == attack and one["topics"] == [topic]]
    if not own:
        return "–"
    low, high = ends(own[0])
    return f"{own[0]['success']:.3f} [{low:.3f}, {high:.3f}]"


def beside(found, attack, topic):
    """The highest risk of it."""
    own = [one["control"] for one in found if one["attack"] == attack and one["topics"] == [topic]]
    own = [control for control in own if control]
    if not own:
        return "–"
    most = max(own, key=lambda control: control["risk"])
    low, high = most["between"]
    # No minus in front of nothing.
    risk, low, high = (round(n, 2) + 0.0 for n in (most["risk"], low, high))
    return f"{risk:.2f} [{low:.2f}, {high:.2f}]".replace("-", "−")


def tables(all_found):
    lines = [
        "| output | alone | J/n | A1a | A2a | A3 | A7 two records | A8 | S risk | L risk |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for found, risk, _ in all_found.values():
        for topic, one in risk.items():
            if topic in COUNTS:
                continue
            # Of records in classes one is known, which is all that there is of a person.
            known = "A7a" if topic in CLASSES else "A7b"
            row = [f"`{topic}`", f"{one['unique']:.3f}", f"{one['prosecutor']['average']:.3f}"]
            row += [cell(found, attack, topic) for attack in ("A1a", "A2a", "A3", known, "A8")]
            row += [beside(found, attack, topic) for attack in ("S", "L")]
            lines.append("| " + " | ".join(row) + " |")
    lines += ["", "| outputs | A4 order | A5 content | A6 behaviour |", "|---|---|---|---|"]
    for found, _, _ in all_found.values():
        pairs = {tuple(one["topics"]): {} for one in found if len(one["topics"]) == 2}
        for one in found:
            if tuple(one["topics"]) in pairs:
                low, high = ends(one)
                own = pairs[tuple(one["topics"])]
                own.setdefault(one["attack"][:2], f"{one['success']:.3f} [{low:.3f}, {high:.3f}]")
        for topics, of in pairs.items():
            row = [", ".join(f"`{topic}`" for topic in topics)]
            row += [of.get(attack, "–") for attack in ("A4", "A5", "A6")]
            lines.append("| " + " | ".join(row) + " |")
    lines += ["", "| output that counts | D is right in | no test is right in more than |", "|---|---|---|"]
    for found, _, _ in all_found.values():
        for one in found:
            if one["attack"] == "D":
                low, high = ends(one)
                most = re.search(r"no test is right in more than ([\d.]+)", one["what"]).group(1)
                windows = re.search(r"up to (\d+) window", one["what"]).group(1)
                lines.append(f"| `{one['topics'][0]}`, persons in up to {windows} days | "
                             f"{one['success']:.3f} [{low:.3f}, {high:.3f}] | {most} |")
    return "\n".join(lines) + "\n"


BEGIN, END = "<!-- figures of tests/attacks/shipped.py: begin -->\n", "<!-- end -->\n"


def main():
    veil = Path(sys.argv[1]).resolve()
    all_found = measured(veil)
    wrong = [claim for found, _, _ in all_found.values() for claim in claims(found)]
    wrong += of_two(veil)
    new, page = figures(all_found), tables(all_found)
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    if "--write" in sys.argv:
        lines = ",\n".join(
            f' "{name}": [\n' + ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in of) + "\n ]"
            for name, of in new.items()
        )
        FIGURES.write_text("{\n" + lines + "\n}\n")
        PAGE.write_text(before + BEGIN + page + END + after)
    else:
        wrong += risen(new, json.loads(FIGURES.read_text()))
        if old != page:
            print("the tables of docs/measuring.md are of other figures: `just measured` writes them")
    for line in wrong:
        print(f"WRONG  {line}")
    tried = sum(map(len, new.values()))
    print(f"{tried} attacks on {len(new)} policies: {len(wrong)} figures are not what they may be")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
