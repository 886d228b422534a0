#!/usr/bin/env python3
"""`redact` beside Presidio's pattern recognisers, on the sentences of this project's tests
(`pip install presidio-analyzer`; no language model is loaded).

The sentences, in five languages, one in five with nothing but what only looks like
personal data, are those of `personal::tests::sentences`, which an ignored test prints with what is
to be found, and what is found here. Presidio gets each with the words around it, as its own
pipeline would without a model: its recognisers alone, and of what they find all with a score of
0.3 or more (its default takes all). A hit is right when it covers what is to be found; an
alarm is one that touches nothing that is. Not to its disadvantage: Presidio asks for a
top-level domain that is registered, so it does not see the addresses here that are under
`.example` (all of the pages, a quarter of the mail), and without a model it has no words
around a number to weigh it by.
"""

import json
import logging
import subprocess

from presidio_analyzer import predefined_recognizers as theirs

from veil import ROOT

# Kinds that both have: ours, and Presidio's recognisers of it.
PAIRS = {
    "card": [theirs.CreditCardRecognizer],
    "iban": [theirs.IbanRecognizer],
    "email": [theirs.EmailRecognizer],
    "url": [theirs.UrlRecognizer],
    "ipv4": [theirs.IpRecognizer],
    "ipv6": [theirs.IpRecognizer],
    "mac": [getattr(theirs, "MacAddressRecognizer", None)],
    "btc": [theirs.CryptoRecognizer],
    "phone": [theirs.PhoneRecognizer],
    "ssn": [theirs.UsSsnRecognizer],
    "nino": [getattr(theirs, "UkNinoRecognizer", None)],
    "dni": [theirs.EsNifRecognizer],
    "nie": [getattr(theirs, "EsNieRecognizer", None)],
    "cf": [theirs.ItFiscalCodeRecognizer],
    "aadhaar": [theirs.InAadhaarRecognizer],
}
SCORE_MIN = 0.3


def sentences():
    ran = subprocess.run(
        ["cargo", "test", "-q", "--no-default-features", "--features", "cli", "--lib", "--",
         "--ignored", "--nocapture", "sentences_are_told"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"hits"')]


def score(hits, wanted):
    right = any(s <= wanted[0] and wanted[1] <= e for s, e in hits) if wanted else False
    apart = [(s, e) for s, e in hits if not wanted or e <= wanted[0] or wanted[1] <= s]
    return right, len(apart)


def main():
    # It would like to fetch the Public Suffix List anew, and has one with it.
    logging.disable(logging.CRITICAL)
    lines = sentences()
    recognisers = {}
    for kind, classes in PAIRS.items():
        recognisers[kind] = [c() for c in classes if c]
    print(f"{len(lines)} sentences; Presidio's recognisers alone, score {SCORE_MIN} and more\n")
    print(f"{'kind':<10}{'wanted':>8}{'ours: recall':>14}{'alarms':>8}{'Presidio: recall':>18}{'alarms':>8}")
    for kind, own in recognisers.items():
        if not own:
            print(f"{kind:<10} Presidio {theirs.__name__} has none")
            continue
        entities = [e for r in own for e in r.supported_entities]
        n = found = alarms = their_found = their_alarms = 0
        for line in lines:
            text, wanted = line["text"], line["wanted"]
            wanted = tuple(wanted[1:]) if wanted and wanted[0] == kind else None
            n += wanted is not None
            ours = [tuple(h[1:]) for h in line["hits"] if h[0] == kind]
            results = [x for r in own for x in r.analyze(text, entities, None) or []]
            hits = [(x.start, x.end) for x in results if x.score >= SCORE_MIN]
            # Another version of the address is what the other line is about.
            if kind in ("ipv4", "ipv6"):
                hits = [(s, e) for s, e in hits if (":" in text[s:e]) == (kind == "ipv6")]
            right, apart = score(ours, wanted)
            found, alarms = found + right, alarms + apart
            right, apart = score(hits, wanted)
            their_found, their_alarms = their_found + right, their_alarms + apart
        print(f"{kind:<10}{n:>8}{found / max(n, 1):>14.3f}{alarms:>8}{their_found / max(n, 1):>18.3f}{their_alarms:>8}")


if __name__ == "__main__":
    main()
