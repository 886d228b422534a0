#!/usr/bin/env python3
"""Judges releases that `cargo bench --bench anonymity -- --write DIR` wrote.

k and l of each are what pyCANON says, not what made them; that nobody is missing is
counted, and the loss is computed anew from the labels, as a reader sees them.

    judge.py DIR ADULT      needs pycanon 1.3 and pandas
"""

import collections
import math
import pathlib
import re
import sys

import pandas
from pycanon import anonymity

QUASI = ["age", "education", "marital-status", "native-country", "occupation", "sex"]
ROWS = 30_162


def table(adult, name):
    """Of each name of a node: how many values lie in it, as a share."""
    text = (adult / f"adult_hierarchy_{name}.csv").read_text()
    rows = [[cell.strip() for cell in line.split(";")] for line in text.splitlines()]
    values = collections.defaultdict(set)
    for row in rows:
        for node in row:
            values[node].add(row[0])
    return {node: (len(of) - 1) / (len(rows) - 1) for node, of in values.items()}


def age_loss(form, ages, label):
    if form == "Table":
        return ages[label]
    low, high = {"Tightest": (17, 90), "Step": (15, 90), "Steps": (15, 90)}[form]
    if label == "*":
        return 1.0
    if edge := re.fullmatch(r"(<|>=)(\d+)", label):
        end = int(edge[2])
        start, end = (low, end) if edge[1] == "<" else (end, high)
        # What is at or above the top is a step of its own, or a point.
        extra = 0 if form == "Tightest" else 5
        return min(1.0, (end - start + extra) / (high - low))
    ends = [int(n) for n in label.split("-")]
    width = ends[-1] - ends[0] + (0 if form == "Tightest" else 1)
    return width / (high - low)


def main():
    folder, adult = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    tables = {name: table(adult, name) for name in QUASI}
    cases = collections.defaultdict(list)
    for file in folder.glob("*.csv"):
        case = re.fullmatch(r"(\w+)-k(\d+)-n(\d+)-l(\d+)-\d+", file.stem)
        cases[case.group(1), *(int(n) for n in case.groups()[1:])].append(file)
    bad = 0
    for (form, k, n, least), files in sorted(cases.items()):
        rows, losses, found_k, found_l = 0, 0.0, math.inf, math.inf
        for file in files:
            data = pandas.read_csv(file, sep=";", dtype=str, keep_default_na=False)
            rows += len(data)
            found_k = min(found_k, anonymity.k_anonymity(data, QUASI))
            found_l = min(found_l, anonymity.l_diversity(data, QUASI, ["salary-class"]))
            own = sum(
                age_loss(form, tables["age"], row[0]) + sum(
                    tables[name][label] for name, label in zip(QUASI[1:], row[1:])
                )
                for row in data[QUASI].itertuples(index=False)
            )
            losses += own / len(QUASI)
            said = data["loss"].astype(float).sum()
            # Losses are cut to 2^-20.
            if abs(said - own / len(QUASI)) > len(data) * 2**-19:
                print(f"{file.name}: loss {own / len(QUASI)}, said {said}")
                bad += 1
        holds = found_k >= k and found_l >= least and rows == ROWS
        bad += not holds
        verdict = "holds" if holds else "DOES NOT HOLD"
        print(f"{form:9} k={k:<3} n={n:<6} l={least}: pyCANON k {found_k}, l {found_l}; "
              f"{rows} rows; loss {losses / rows:.4f}: {verdict}")
    if not cases or bad:
        sys.exit("not everything is what it was said to be")


main()
