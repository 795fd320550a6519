#!/usr/bin/env python3
"""count-tests.py RESULTS CTEST_STATUS: adds up what ctest and the GoogleTest programs reported.

A GoogleTest program, or one that leaves the same kind of file (tests/docker/counted.py), counts by its
single tests, any other test as one. A program that failed
without a failed test of its own (a crash, a timeout) is one failure more.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def google_counts(results, name):
    """(passed, failed, skipped) of the program of one ctest test, or None without a file of its own."""
    try:
        suites = ElementTree.parse(results / f"test_{name}.xml").getroot()
    except (OSError, ElementTree.ParseError):
        return None
    skipped = sum(1 for case in suites.iter("testcase") if case.find("skipped") is not None)
    total, failed = int(suites.get("tests")), int(suites.get("failures"))
    return total - failed - skipped, failed, skipped


def main():
    results, status = Path(sys.argv[1]), int(sys.argv[2])
    passed = failed = skipped = 0
    try:
        cases = list(ElementTree.parse(results / "ctest.junit").getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        cases = []
    for case in cases:
        ok = case.get("status") == "run"
        counts = google_counts(results, case.get("name"))
        if counts is None:
            counts = (1, 0, 0) if ok else (0, 1, 0)
        elif not ok and counts[1] == 0:
            counts = (counts[0], 1, counts[2])
        passed, failed, skipped = passed + counts[0], failed + counts[1], skipped + counts[2]
    if status != 0 and failed == 0:
        failed = 1
    if skipped:
        print(f"{skipped} skipped: they need data that is not here (GALEN_SHARED)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
