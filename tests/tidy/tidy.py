#!/usr/bin/env python3
"""House rules a compiler does not check. Reads a source tree, prints one line per finding, exits 1
when there is one. Rules: docs/ARCHITECTURE.md ("Folders") and the comments below.

    tests/tidy/tidy.py [--root DIR] [--warn]
"""

import argparse
import re
import sys
from pathlib import Path

MAX_LINES = 500
MAX_TEST_LINES = 600
PURE = {"base", "crypto", "codec", "ledger", "pbft", "mempool", "execution", "engine", "fhir"}
IMPURE_HEADERS = re.compile(
    r"<(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|stop_token|chrono|ctime|random"
    r"|iostream|fstream|filesystem|unordered_map|unordered_set|unistd\.h|fcntl\.h|pthread\.h|time\.h|sys/.*"
    r"|boost/.*|rocksdb/.*|grpcpp/.*|spdlog/.*|fmt/.*|toml\+\+/.*)>")
IMPURE_WORDS = re.compile(r"\b(float|double|rand\(\)|srand|time\(nullptr\)|std::random_device|std::\w+_distribution)\b")
# Where a third-party library may be included; folders below a listed one count.
CONFINED = {
    "openssl/": {"crypto", "net", "client"},
    "rocksdb/": {"storage"},
    "grpcpp/": {"net", "rpc", "client", "node"},
    "spdlog/": {"telemetry"},
    "CLI/": {"cli", "node"},
    "toml++/": {"node", "client"},
    "nlohmann/": {"ledger", "fhir", "cli", "bench"},
    "boost/": {"node", "rpc"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|(<[^>]+>))', re.M)
LIBRARY = re.compile(r"galen_library\s*\(\s*(\w+)(.*?)\)", re.S)
SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\bsleep\s*\(\s*\d|^\s*sleep\s+[\d.]+|time\.sleep", re.M)
CANNOT_FAIL = re.compile(r"\bDISABLED_|EXPECT_TRUE\(true\)|\bSUCCEED\(\)")
# A test may skip for one reason: the shared data it would read is not there.
SKIPS = re.compile(r"\bGTEST_SKIP\(\)(?!\s*<< \"no shared data)")
THREAD_RULE = re.compile(r"[Tt]hread\s+(//\s*)?rule:")
LEFT_OVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# What a page of docs/ calls `Suite.Test`, `Suite.Begin*` or `Suite.*`.
NAMED_TEST = re.compile(r"`([A-Z]\w+)\.((?:[A-Z]\w*)?\*?)`")
TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")
FOREIGN_PATHS = re.compile(r"(?<![\w.])/(work|root|home/\w+)/")


def code_of(text):
    """The text with comments and string contents blanked, so that words in them do not count."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
    return pattern.sub(lambda m: "\n" * m.group(0).count("\n"), text)


class Tree:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.warnings = []
        self.libraries = {}  # folder relative to src -> (library name, set of DEPS)
        self.order = {}      # library name -> position
        self.read_lists()

    def complain(self, path, what):
        self.findings.append(f"{path.relative_to(self.root)}: {what}")

    def read_lists(self):
        top = self.root / "src" / "CMakeLists.txt"
        found = re.search(r"set\(folders\s+([^)]*)\)", top.read_text()) if top.exists() else None
        folders = found.group(1).split() if found else []
        for position, folder in enumerate(folders):
            path = self.root / "src" / folder / "CMakeLists.txt"
            if not path.exists():
                continue
            for name, rest in LIBRARY.findall(path.read_text()):
                deps, section = set(), ""
                for word in rest.split():
                    if word in ("DEPS", "LIBS", "PRIVATE_LIBS"):
                        section = word
                    elif section == "DEPS":
                        deps.add(word)
                self.libraries[folder] = (name, deps)
                self.order[name] = position
        for path in (self.root / "src").rglob("CMakeLists.txt"):
            folder = str(path.parent.relative_to(self.root / "src"))
            if folder != "." and folder not in folders:
                self.complain(path, "folder is not in the list of src/CMakeLists.txt")

    def folder_of(self, relative):
        """The library folder a path relative to src belongs to: the longest that matches."""
        parts = Path(relative).parts
        for length in range(len(parts) - 1, 0, -1):
            folder = "/".join(parts[:length])
            if folder in self.libraries:
                return folder
        return None

    def sources(self, *folders, endings=(".h", ".cpp")):
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in endings and path.is_file():
                    yield path

    # A folder includes only the folders of its DEPS list, and those stand above it.
    def check_includes(self):
        for path in self.sources("src"):
            folder = self.folder_of(path.relative_to(self.root / "src"))
            if folder is None:
                self.complain(path, "belongs to no library folder")
                continue
            for quoted, angled in INCLUDE.findall(path.read_text()):
                if quoted:
                    self.check_quoted(path, folder, quoted)
                else:
                    self.check_angled(path, folder, angled)

    def check_quoted(self, path, folder, included):
        name, deps = self.libraries[folder]
        if included.startswith("galen/") and (self.root / "include" / included).exists():
            target = "client"
        elif re.match(r"galen/v\d+/.*\.pb\.h$", included):
            target = None
        elif (self.root / "src" / included).exists():
            target = self.libraries[self.folder_of(included)][0] if self.folder_of(included) else included
        else:
            self.complain(path, f'includes "{included}", which is no path from src/')
            return
        if target is None or target == name:
            return
        if target not in deps:
            self.complain(path, f'includes "{included}", but {target} is not in the DEPS of {name}')
        if self.order.get(target, 10**6) > self.order[name]:
            self.complain(path, f'includes "{included}": {target} stands above {name}, includes point downward only')

    def check_angled(self, path, folder, included):
        top = folder.split("/")[0]
        if (top in PURE or top == "modules") and IMPURE_HEADERS.match(included):
            self.complain(path, f"includes {included} on the pure side of the I/O line")
        for prefix, allowed in CONFINED.items():
            if included.startswith("<" + prefix) and top not in allowed:
                self.complain(path, f"includes {included}, which only {', '.join(sorted(allowed))} may")

    def check_deps_downward(self):
        for folder, (name, deps) in self.libraries.items():
            for dep in sorted(deps):
                if self.order.get(dep, -1) > self.order[name]:
                    self.complain(self.root / "src" / folder / "CMakeLists.txt", f"DEPS {dep} points upward")

    def check_pure_words(self):
        for path in self.sources("src"):
            top = path.relative_to(self.root / "src").parts[0]
            if top not in PURE and top != "modules":
                continue
            for word in sorted(set(IMPURE_WORDS.findall(code_of(path.read_text())))):
                self.complain(path, f"uses {word} on the pure side of the I/O line")

    def check_shape(self):
        for path in self.sources("src", "include", "tests"):
            text = path.read_text()
            lines = text.count("\n")
            most = MAX_TEST_LINES if path.is_relative_to(self.root / "tests") else MAX_LINES
            if lines > most:
                self.complain(path, f"{lines} lines, more than {most}")
            if path.suffix == ".h":
                if "#pragma once" not in text:
                    self.complain(path, "no #pragma once")
                if not text.startswith("//"):
                    self.complain(path, "a header starts with a comment that says what it is")
                elif not path.is_relative_to(self.root / "tests") and not THREAD_RULE.search(text):
                    self.complain(path, "a header says its thread rule")

    def check_public_headers(self):
        for path in self.sources("include"):
            for quoted, angled in INCLUDE.findall(path.read_text()):
                if quoted and not quoted.startswith("galen/"):
                    self.complain(path, f'a public header includes "{quoted}"')
                if "/" in angled or angled.endswith(".h>"):
                    self.complain(path, f"a public header includes {angled}")

    def check_tests(self):
        for path in self.sources("tests", endings=(".h", ".cpp", ".py", ".sh")):
            # resilience measures what happens within spans of time: there the span is the point.
            if any(path.is_relative_to(self.root / "tests" / folder) for folder in ("tidy", "resilience")):
                continue
            text = path.read_text()
            if SLEEPS.search(text):
                self.complain(path, "sleeps; wait for a condition with a deadline")
            if CANNOT_FAIL.search(text) or SKIPS.search(text):
                self.complain(path, "skips, is disabled, or cannot fail")

    def check_words(self):
        places = ("src", "include", "tests", "proto", "cmake", "scripts", "docs", "config", "docker", ".ci")
        for place in places:
            for path in sorted((self.root / place).rglob("*")):
                if not path.is_file() or path.is_relative_to(self.root / "tests" / "tidy"):
                    continue
                try:
                    text = path.read_text()
                except UnicodeDecodeError:
                    continue
                if LEFT_OVERS.search(text):
                    self.complain(path, "has a left-over mark; finish it or file an issue")
                if FOREIGN_PATHS.search(text):
                    self.complain(path, "names a path of one machine")

    # A page that maps rules to tests names tests that are there.
    def check_named_tests(self):
        texts = [path.read_text() for path in self.sources("tests", endings=(".cpp", ".h"))]
        tests = [".".join(name) for text in texts for name in TEST.findall(text)]
        for page in ("protocol.md", "compliance.md"):
            path = self.root / "docs" / page
            for suite, name in NAMED_TEST.findall(path.read_text() if path.exists() else ""):
                wanted, open_end = f"{suite}.{name.rstrip('*')}", name.endswith("*")
                if not any(test.startswith(wanted) if open_end else test == wanted for test in tests):
                    self.complain(path, f"names {suite}.{name}, which is no test")

    # Some test uses every library folder; a header that no test includes is a hint.
    def check_twins(self):
        tests = "\n".join(p.read_text() for p in self.sources("tests"))
        for folder in sorted(self.libraries):
            sources = sorted((self.root / "src" / folder).glob("*.cpp"))
            if not sources:
                continue
            if f'"{folder}/' not in tests:
                self.complain(self.root / "src" / folder, "no test includes a header of it")
            for source in sources:
                header = f"{folder}/{source.stem}.h"
                if (self.root / "src" / header).exists() and f'"{header}"' not in tests:
                    self.warnings.append(f"src/{header}: no test includes it")

    def check(self):
        self.check_includes()
        self.check_deps_downward()
        self.check_pure_words()
        self.check_shape()
        self.check_public_headers()
        self.check_tests()
        self.check_words()
        self.check_named_tests()
        self.check_twins()
        return self.findings


def main():
    parser = argparse.ArgumentParser(description="House rules of the source tree.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--warn", action="store_true", help="print hints too; they do not count")
    arguments = parser.parse_args()
    tree = Tree(arguments.root.resolve())
    findings = tree.check()
    for line in findings:
        print(line)
    if arguments.warn:
        for line in tree.warnings:
            print("hint: " + line)
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
