#!/usr/bin/env python3
"""Prints the table `e164-lengths.txt` (`e164@2`) from libphonenumber's metadata.

Usage: e164-lengths.py PhoneNumberMetadata.xml VERSION DATE > e164-lengths.txt

Of each country code of `e164.txt`: the numbers of digits behind it that a fixed
or mobile number of any territory of that code has (`possibleLengths`, `national`;
what can be dialled at one place only is left out).
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def lengths(text):
    """`[5-15],17` as numbers."""
    for part in re.findall(r"\[(\d+)-(\d+)\]|(\d+)", text):
        first, last, single = part
        yield from range(int(first), int(last) + 1) if first else [int(single)]


def main(metadata, version, date):
    rows = Path(__file__).with_name("e164.txt").read_text(encoding="utf-8").splitlines()
    codes = {int(row.split(" ")[1]): set() for row in rows if not row.startswith("#")}
    for territory in ElementTree.parse(metadata).getroot().iter("territory"):
        of_code = codes[int(territory.get("countryCode"))]
        for kind in ("fixedLine", "mobile"):
            for possible in territory.findall(f"{kind}/possibleLengths"):
                of_code.update(lengths(possible.get("national")))
    print("# e164@2: country code, and how many digits a fixed or mobile number has behind it.")
    print("# A code without any has neither (toll-free and other numbers of no country).")
    print(f"# Derived by e164-lengths.py from the metadata of libphonenumber {version}")
    print(f"# (Apache-2.0), taken {date}. Shared codes: of all their territories.")
    print("# Committed, never edited: a change of a row is phone@3.")
    for code, found in sorted(codes.items(), key=lambda row: str(row[0])):
        print(" ".join(map(str, [code, *sorted(found)])))


if __name__ == "__main__":
    main(*sys.argv[1:])
