#!/usr/bin/env python3
"""Writes zones.txt: every change of the clock of some zones from 1970 to 2037,
by Python's zoneinfo. A zone, then its changes: the second since 1970 from which
it holds, seconds ahead of UTC before and after."""

from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

ZONES = [
    "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Africa/Cairo",
    "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin", "Europe/Berlin",
    "Europe/London", "Europe/Moscow", "Pacific/Apia", "Pacific/Auckland",
]
STEP = 6 * 3600


def ahead(zone, at):
    return int(datetime.fromtimestamp(at, timezone.utc).astimezone(zone).utcoffset().total_seconds())


def changes(zone):
    at, end = 0, int(datetime(2038, 1, 1, tzinfo=timezone.utc).timestamp())
    while at < end:
        low, high = at, at + STEP
        before, after = ahead(zone, low), ahead(zone, high)
        if before != after:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if ahead(zone, middle) == before else (low, middle)
            yield high, before, after
        at += STEP


def main():
    lines = ["# Written by zones.py."]
    for name in ZONES:
        lines.append(name)
        lines += [" %d %d %d" % change for change in changes(ZoneInfo(name))]
    (Path(__file__).parent / "zones.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
