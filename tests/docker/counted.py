"""unittest.main() that leaves its counts beside those of the GoogleTest programs (scripts/count-tests.py)."""

import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path


class CountedResult(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.names = []

    def startTest(self, test):
        self.names.append(test.id())
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        self.stream.writeln(f"    {time.monotonic() - self.began:.1f} s")
        super().stopTest(test)

    def write(self, path):
        # An error outside of a test (setUpModule) is one failure more.
        bad = {test.id() for test, _ in self.failures + self.errors} | {test.id() for test in self.unexpectedSuccesses}
        names = self.names + sorted(bad - set(self.names))
        skipped = {test.id() for test, _ in self.skipped}
        suites = ElementTree.Element("testsuites", tests=str(len(names)), failures=str(len(bad)))
        for name in names:
            case = ElementTree.SubElement(suites, "testcase", name=name)
            if name in bad:
                ElementTree.SubElement(case, "failure")
            elif name in skipped:
                ElementTree.SubElement(case, "skipped")
        ElementTree.ElementTree(suites).write(path)


def main(name):
    """Runs the tests of __main__; `name` is that of the ctest test."""
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    if len(sys.argv) > 1:
        tests = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:], sys.modules["__main__"])
    result = unittest.TextTestRunner(resultclass=CountedResult, verbosity=2, stream=sys.stdout).run(tests)
    place = os.environ.get("GTEST_OUTPUT", "")
    if place.startswith("xml:"):
        result.write(Path(place[4:]) / f"test_{name}.xml")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
