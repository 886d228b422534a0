#!/usr/bin/env python3
"""Writes idna.txt: cases of Unicode's IdnaTestV2.txt for the options that `email@1` has.

Usage: python3 idna.py IdnaTestV2.txt
(https://www.unicode.org/Public/idna/16.0.0/IdnaTestV2.txt; the crate idna 1.1.0 has
it in its tests.)

A status that belongs to an option which is off does not refuse: A4_1 and A4_2
(VerifyDnsLength), V2 and V3 (CheckHyphens), U1 (UseSTD3ASCIIRules). Sources that are no
text (a surrogate alone) are left out. Of those that are refused each sixth is taken, so that the file
stays small, and of those that are valid all.
"""

import re
import sys
from pathlib import Path

OFF = {"A4_1", "A4_2", "V2", "V3", "U1"}
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x\{([0-9A-Fa-f]+)\}")


def unescaped(text):
    if text == '""':
        return ""
    return ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), text)


def main():
    head = [
        "# Domains of Unicode's IdnaTestV2.txt, version 16.0.0 (© 2024 Unicode, Inc.), and their",
        "# UTS 46 ToASCII form (non-transitional, CheckBidi, CheckJoiners; CheckHyphens,",
        "# UseSTD3ASCIIRules, VerifyDnsLength off), chosen by idna.py:",
        "# code points ; ASCII form, or - where it is refused.",
    ]
    cases = {}
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        columns = [c.strip() for c in line.split("#")[0].split(";")]
        source, unicode, status, ascii, ascii_status = columns[:5]
        source = unescaped(source)
        unicode = unescaped(unicode) if unicode else source
        ascii = unescaped(ascii) if ascii else unicode
        refused = set(re.findall(r"[A-Z]\d(?:_\d)?\d*", ascii_status or status)) - OFF
        if not source or any(0xD800 <= ord(c) < 0xE000 for c in source):
            continue
        cases[source] = None if refused else ascii
    refused = [s for s, a in cases.items() if a is None]
    refused = set(refused[::6])
    lines = [
        f"{' '.join(f'{ord(c):x}' for c in source)} ; {ascii if ascii is not None else '-'}"
        for source, ascii in cases.items()
        if ascii is not None or source in refused
    ]
    out = Path(__file__).parent / "idna.txt"
    out.write_text("\n".join(head + lines) + "\n", encoding="utf-8")
    print(f"{len(cases)} cases, {len(lines)} written")


if __name__ == "__main__":
    main()
