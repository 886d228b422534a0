#!/usr/bin/env python3
"""Everything that Python checks about the formats: all frozen vectors, and the
example of docs/formats.md, also against what `veil` writes when there is one.

Usage: check.py [PATH OF veil]     exits 1 when anything differs
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target"


def newest_veil():
    """The `veil` that was built last, by any profile."""
    built = [path for path in TARGET.glob("*/veil") if path.is_file()]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def main():
    veil = sys.argv[1] if len(sys.argv) > 1 else newest_veil()
    example = ["test_example.py"] + ([veil] if veil else [])
    if not veil:
        print("no veil was built: its own output is not checked", file=sys.stderr)
    commands = [["recompute.py"], example]
    results = [subprocess.run([sys.executable, HERE / c, *args]) for c, *args in commands]
    return int(any(result.returncode for result in results))


if __name__ == "__main__":
    sys.exit(main())
