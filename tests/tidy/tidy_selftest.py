#!/usr/bin/env python3
"""Feeds tidy.py trees with one fault each and expects it to name exactly that one."""

import tempfile
import unittest
from pathlib import Path

from tidy import Tree

HEADER = "// What it is. Thread rule: values.\n#pragma once\n"
GOOD = {
    "src/CMakeLists.txt": "set(folders base pbft storage cli/network)\n",
    "src/base/CMakeLists.txt": "galen_library(base)\n",
    "src/base/x.h": HEADER,
    "src/base/x.cpp": '#include "base/x.h"\n\n#include <vector>\n',
    "src/pbft/CMakeLists.txt": "galen_library(pbft DEPS base)\n",
    "src/pbft/y.h": HEADER + '#include "base/x.h"\n',
    "src/storage/CMakeLists.txt": "galen_library(storage DEPS base pbft\n  LIBS a::b PRIVATE_LIBS c)\n",
    "src/storage/z.cpp": '#include "pbft/y.h"\n#include <mutex>\n#include <rocksdb/db.h>\n',
    "src/cli/network/CMakeLists.txt": "galen_library(cli_network DEPS base)\n",
    "src/cli/network/n.h": HEADER,
    "include/galen/client.h": HEADER + '#include <string>\n',
    "tests/unit/base/x_test.cpp": '#include "base/x.h"\n',
    "tests/unit/storage/z_test.cpp": '#include "storage/z.h"\n',
}


class TidyTest(unittest.TestCase):
    def findings(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            for name, text in {**GOOD, **changes}.items():
                if text is None:
                    continue
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return Tree(root).check()

    def expect(self, part, changes, count=1):
        found = self.findings(changes)
        self.assertEqual(len(found), count, found)
        self.assertIn(part, "\n".join(found))

    def test_a_good_tree_has_no_finding(self):
        self.assertEqual(self.findings({}), [])

    def test_an_include_that_points_upward(self):
        self.expect("stands above base", {
            "src/base/CMakeLists.txt": "galen_library(base DEPS storage)\n",
            "src/storage/s.h": HEADER,
            "src/base/x.h": HEADER + '#include "storage/s.h"\n'}, count=2)

    def test_deps_that_point_upward(self):
        self.expect("DEPS storage points upward", {"src/base/CMakeLists.txt": "galen_library(base DEPS storage)\n"})

    def test_an_include_outside_the_deps_list(self):
        self.expect("pbft is not in the DEPS of cli_network",
                    {"src/cli/network/n.h": HEADER + '#include "pbft/y.h"\n'})

    def test_a_name_in_libs_is_no_dep(self):
        self.expect("base is not in the DEPS of pbft", {"src/pbft/CMakeLists.txt": "galen_library(pbft LIBS base)\n"})

    def test_an_include_of_a_missing_file(self):
        self.expect("no path from src/", {"src/pbft/y.h": HEADER + '#include "y.h"\n'})

    def test_a_folder_outside_the_order(self):
        self.expect("not in the list", {"src/odd/CMakeLists.txt": "galen_library(odd)\n"})

    def test_a_source_of_no_library(self):
        self.expect("belongs to no library", {"src/odd/a.h": HEADER})

    def test_impure_headers_above_the_line(self):
        for header in ("<thread>", "<unordered_map>", "<random>", "<fstream>", "<chrono>", "<sys/stat.h>"):
            self.expect("pure side", {"src/pbft/y.h": HEADER + f"#include {header}\n"})

    def test_libraries_stay_where_they_belong(self):
        self.expect("only storage may", {"src/cli/network/n.h": HEADER + "#include <rocksdb/db.h>\n"})

    def test_floats_above_the_line(self):
        self.expect("uses double", {"src/base/x.cpp": "double ratio = 1;\n"})
        self.assertEqual(self.findings({"src/base/x.cpp": '// a double\nconst char* k = "float";\n'}), [])

    def test_long_files(self):
        self.expect("501 lines", {"src/base/x.cpp": "\n" * 501})
        self.expect("601 lines", {"tests/unit/base/long_test.cpp": "\n" * 601})

    def test_headers_have_a_guard_and_say_what_they_are(self):
        self.expect("no #pragma once", {"src/pbft/y.h": "// What. Thread rule: values.\n"})
        self.expect("starts with a comment", {"src/pbft/y.h": "#pragma once\n"})
        self.expect("thread rule", {"src/pbft/y.h": "// What.\n#pragma once\n"})

    def test_public_headers_name_no_third_party(self):
        self.expect("public header", {"include/galen/client.h": HEADER + "#include <grpcpp/channel.h>\n"})
        self.expect("public header", {"include/galen/client.h": HEADER + '#include "base/x.h"\n'})

    def test_tests_that_sleep_or_cannot_fail(self):
        self.expect("sleeps", {"tests/unit/base/x_test.cpp": '#include "base/x.h"\nstd::this_thread::sleep_for(1s);\n'})
        self.expect("sleeps", {"tests/system/a.py": "time.sleep(1)\n"})
        include = '#include "base/x.h"\n'
        self.expect("cannot fail", {"tests/unit/base/x_test.cpp": include + "GTEST_SKIP();\n"})
        self.expect("cannot fail", {"tests/unit/base/x_test.cpp": include + "TEST(DISABLED_X, Y)\n"})
        self.assertEqual(self.findings({"tests/unit/base/x_test.cpp": include + 'GTEST_SKIP() << "no shared data";\n'}), [])

    def test_folders_without_tests(self):
        self.expect("no test includes", {"tests/unit/base/x_test.cpp": None})

    def test_pages_name_tests_that_are_there(self):
        test = '#include "base/x.h"\nTEST(Base, HoldsItsRule) {}\n'
        self.expect("which is no test", {"docs/protocol.md": "| 1 | `Base.HoldsNothing` |\n"})
        self.expect("which is no test", {"docs/compliance.md": "| 1 | `Base.Breaks*` |\n"})
        page = "| 1 | `Base.HoldsItsRule`, `Base.Holds*`, `Base.*` |\n"
        self.assertEqual(self.findings({"docs/protocol.md": page, "tests/unit/base/x_test.cpp": test}), [])

    def test_left_over_marks_and_machine_paths(self):
        self.expect("left-over", {"docs/a.md": "TO" + "DO: later\n"})
        self.expect("path of one machine", {"scripts/a": "cd /home/me/galen\n"})


if __name__ == "__main__":
    unittest.main()
