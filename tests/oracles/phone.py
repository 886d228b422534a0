#!/usr/bin/env python3
"""Telephone numbers beside Google's libphonenumber (`pip install phonenumbers`).

Of each region its example numbers, fixed and mobile, with other last digits drawn until the
library says that they are valid, each in seven spellings. `phone@2(RR)` is read off by
`match_hash`, which hashes the canonical number; `phone: country` by itself. What counts: a
spelling that becomes another number than the library's would be another person.
"""

import hashlib
import random
from collections import Counter

import phonenumbers as p
from phonenumbers import PhoneNumberFormat as Format, PhoneNumberType as Type

from veil import made

SPELLINGS = [
    "E.164",
    "international, blanks",
    "national",
    "national, digits alone",
    "00 and digits",
    "digits with country code",
    "international, brackets and dots",
]
EACH = 12


def spellings(number):
    e164 = p.format_number(number, Format.E164)
    international = p.format_number(number, Format.INTERNATIONAL)
    national = p.format_number(number, Format.NATIONAL)
    digits = "".join(c for c in national if c.isdigit())
    head, rest = e164[: 1 + len(str(number.country_code))], e164[1 + len(str(number.country_code)) :]
    return [
        e164,
        international,
        national,
        digits,
        "00" + e164[1:],
        e164[1:],
        f"{head} ({rest[:2]}) {rest[2:5]}.{rest[5:]}",
    ]


def numbers(region, dice):
    found = set()
    for kind in (Type.MOBILE, Type.FIXED_LINE):
        example = p.example_number_for_type(region, kind)
        if example is None:
            continue
        text = p.format_number(example, Format.E164)
        for _ in range(EACH * 6):
            if len(found) >= EACH * (1 + (kind == Type.FIXED_LINE)):
                break
            drawn = p.parse(text[:-4] + "".join(dice.choice("0123456789") for _ in range(4)))
            if p.is_valid_number_for_region(drawn, region):
                found.add(p.format_number(drawn, Format.E164))
    return [p.parse(text) for text in sorted(found)]


def main():
    dice = random.Random(7)
    read = {spelling: Counter() for spelling in SPELLINGS}
    country, wrong, total = Counter(), [], 0
    for region in sorted(p.SUPPORTED_REGIONS):
        drawn = numbers(region, dice)
        total += len(drawn)
        if not drawn:
            continue
        texts = [text for number in drawn for text in spellings(number)]
        fields = {
            "number": f"{{ match_hash: {{ for: google, what: phone, region: {region} }} }}",
            "country": "{ generalize: { phone: country } }",
        }
        out = iter(made(fields, texts))
        for number in drawn:
            e164 = p.format_number(number, Format.E164)
            wanted = hashlib.sha256(e164.encode()).hexdigest()
            for spelling, text in zip(SPELLINGS, spellings(number)):
                left = next(out)
                got = left.get("number")
                fate = "refused" if got is None else "right" if got == wanted else "another number"
                read[spelling][fate] += 1
                if fate == "another number":
                    wrong.append((region, spelling, text, e164))
                if spelling == "E.164":
                    theirs, ours = p.region_code_for_number(number), left.get("country")
                    country["refused" if ours is None else "right" if ours == theirs
                            else "ZZ: not told" if ours == "ZZ" else f"another: {theirs} as {ours}"] += 1
    print(f"phonenumbers {p.__version__}: {total} valid numbers of {len(p.SUPPORTED_REGIONS)} regions\n")
    print(f"{'phone@2(RR)':<34}{'right':>9}{'refused':>9}{'another':>9}")
    for spelling, fates in read.items():
        n = sum(fates.values())
        share = lambda fate: f"{100 * fates[fate] / n:.1f} %"
        print(f"{spelling:<34}{share('right'):>9}{share('refused'):>9}{fates['another number']:>9}")
    by_region = Counter((region, spelling) for region, spelling, *_ in wrong)
    for (region, spelling), n in sorted(by_region.items()):
        print(f"  another number: {region}, {spelling}: {n}, as {next(w[2] for w in wrong if w[:2] == (region, spelling))}")
    print("\nphone: country")
    for fate, n in country.most_common():
        print(f"  {fate}: {n}")


if __name__ == "__main__":
    main()
