#!/usr/bin/env python3
"""Holds `veil risk` and `veil attack` against figures computed here, from the events
alone: what each output says is simple enough to be made again without `veil`.

Usage: check.py PATH OF veil     exits 1 when a figure is not what it must be
"""

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).resolve().parent
PERSONS, RECORDS = 500, 4_000
# As policy.yaml has it.
PER_SUBJECT = 100


def events():
    """Made-up events: some people come often, most seldom, each with what they like."""
    draw = random.Random(18)
    born = [draw.randrange(1941, 2006) for _ in range(PERSONS)]
    country = [draw.choices(["DE", "FR", "CH", "AT"], [8, 4, 2, 1])[0] for _ in range(PERSONS)]
    likes = [draw.sample(range(120), 6) for _ in range(PERSONS)]
    weight = [1 / (1 + n % 50) for n in range(PERSONS)]
    for n in range(RECORDS):
        who = draw.choices(range(PERSONS), weight)[0]
        hour = n * 24 * 20 // RECORDS
        at = f"2026-03-{1 + hour // 24:02}T{hour % 24:02}:{draw.randrange(60):02}:07Z"
        sku = f"A-{draw.choice(likes[who])}"
        yield {"user": f"u-{who}", "at": at, "born": f"{born[who]}-05-17",
               "country": country[who], "sku": sku}


def outputs(events):
    """Rows as the policy lets them out, each with whose it is."""
    a = [(e["user"], e["at"][:13], e["born"][:3], e["country"], e["sku"]) for e in events]
    b = [(e["user"], e["at"][:10], e["sku"]) for e in events]
    return a, b


def mean_over_persons(tries):
    own = defaultdict(list)
    for who, success in tries:
        own[who].append(success)
    return sum(sum(t) / len(t) for t in own.values()) / len(own)




def frequency(rows):
    """A2a: codes of equal totals."""
    totals = Counter(row[0] for row in rows)
    same = Counter(totals.values())
    return mean_over_persons((who, 1 / same[n]) for who, n in totals.items())


def content(a, b):
    """A5: rows of one that say the same day and article as one of the other."""
    same = Counter((row[1][:10], row[4]) for row in a)
    return mean_over_persons((row[0], 1 / same[row[1], row[2]]) for row in b)


def point(rows):
    """A7a: codes that hold one known record, on the mean of a person's different ones."""
    holders = defaultdict(set)
    for row in rows:
        holders[row[1:]].add(row[0])
    own = defaultdict(set)
    for row in rows:
        own[row[0]].add(row[1:])
    each = [sum(1 / len(holders[p]) for p in points) / len(points) for points in own.values()]
    return sum(each) / len(each)


def two_points(rows):
    """A7b: codes that hold two known records, on the mean of a person's pairs of different ones."""
    holders = defaultdict(set)
    own = defaultdict(set)
    for row in rows:
        holders[row[1:]].add(row[0])
        own[row[0]].add(row[1:])
    tries = [
        (who, 1 / len(holders[one] & holders[other]))
        for who, points in own.items()
        for one, other in combinations(sorted(points), 2)
    ]
    return mean_over_persons(tries)


def row_by_row(a, b):
    """A4: row n of one is row n of the other, where both have every record in its order."""
    return mean_over_persons((one[0], one[0] == other[0]) for one, other in zip(a, b, strict=True))


def in_classes(events):
    """A7a where records leave in classes: the rows of the class, whatever else they say; of a
    person at most PER_SUBJECT."""
    country = {e["user"]: e["country"] for e in events}
    rows = Counter()
    for who, n in Counter(e["user"] for e in events).items():
        rows[country[who]] += min(n, PER_SUBJECT)
    return mean_over_persons((who, 1 / rows[of]) for who, of in country.items())


def behaviour(a, b):
    """A6: the multiset of days and articles of a code; the most alike of the other side."""
    bags = []
    for rows, at in ((a, 4), (b, 2)):
        own = defaultdict(Counter)
        for row in rows:
            own[row[0]][row[1][:10], row[at]] += 1
        bags.append(own)
    scores = defaultdict(dict)
    for who, bag in bags[1].items():
        for other, against in bags[0].items():
            both = sum((bag & against).values())
            if both:
                scores[who][other] = both / (sum(bag.values()) + sum(against.values()) - both)
    most = defaultdict(float)
    for of in scores.values():
        for other, score in of.items():
            most[other] = max(most[other], score)
    tries = []
    for who, of in scores.items():
        best = max(of.values())
        like = [other for other, score in of.items() if score == best]
        # Of these, whom nobody else is more like, if there are such.
        like = [other for other in like if most[other] <= best] or like
        tries.append((who, 1 / len(like) if who in like else 0))
    return mean_over_persons(tries)


def alone(rows, columns):
    """Of the columns that are one value a person: classes, and the share that is alone."""
    people = {row[0]: tuple(row[c] for c in columns) for row in rows}
    classes = Counter(people.values())
    return sum(n == 1 for n in classes.values()) / len(people), len(classes) / len(people)


def shown(veil, *args):
    ran = subprocess.run([veil, *args, "--format", "json"], stdout=subprocess.PIPE, check=True)
    return json.loads(ran.stdout)


def main():
    veil = Path(sys.argv[1]).resolve()
    all_events = list(events())
    a, b = outputs(all_events)
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.ndjson"
        sample.write_text("".join(json.dumps(e) + "\n" for e in all_events))
        given = ["-p", HERE / "policy.yaml", "--on", sample]
        attack = shown(veil, "attack", *given)
        risk = shown(veil, "risk", *given, "--output", "shop.analytics", "--qi", "born,country")
    found = {}
    for one in (f for each in attack["attacks"] for f in each["found"]):
        found.setdefault((one["attack"], one["topics"][0]), one)
    wrong = 0
    for name, topic, expected in [
        # Nobody has the key: codes under others are none of these; who can send an event has one.
        ("A1a", "shop.analytics", 0.0),
        ("A1b", "shop.analytics", 1.0),
        ("A2a", "shop.analytics", frequency(a)),
        ("A4", "shop.analytics", row_by_row(a, b)),
        ("A5", "shop.analytics", content(a, b)),
        ("A6", "shop.analytics", behaviour(a, b)),
        ("A7a", "shop.analytics", point(a)),
        ("A7a", "shop.recommendations", point(b)),
        ("A7b", "shop.analytics", two_points(a)),
        ("A7b", "shop.recommendations", two_points(b)),
        ("A7a", "shop.public", in_classes(all_events)),
    ]:
        one = found[name, topic]
        low, high = (end + one["guess"] for end in one["between"])
        is_right = low - 1e-4 <= expected <= high + 1e-4
        wrong += not is_right
        print(f"{name} {topic}: {one['success']:.4f} [{low:.4f}, {high:.4f}], here {expected:.4f}"
              + ("" if is_right else "  WRONG"))
    unique, average = alone(a, [2, 3])
    own = risk["outputs"][0]
    for name, is_, expected in [("alone", own["unique"], unique),
                                ("J/n", own["prosecutor"]["average"], average)]:
        is_right = abs(is_ - expected) <= 5e-5
        wrong += not is_right
        print(f"{name}: {is_}, here {expected:.4f}" + ("" if is_right else "  WRONG"))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
