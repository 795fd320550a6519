"""Real processes for the system tests: a network of four nodes in a temporary directory.

The programs are those of $GALEN_BIN. Whatever is started is stopped; when a test fails, the ends of
the nodes' logs are printed.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

BIN = Path(os.environ.get("GALEN_BIN", "build/release/bin")).resolve()
SOURCE = Path(__file__).resolve().parents[2]
SLOW = float(os.environ.get("GALEN_SLOW", "1"))  # factor on deadlines, e.g. for sanitizers


def wait_for(what, condition, seconds=30):
    """Calls `condition` until it gives something true, which is returned; fails after the deadline."""
    deadline = time.monotonic() + seconds * SLOW
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"after {seconds * SLOW:.0f} s still not: {what}")
        pause.wait(0.05)


class Answer:
    """What one run of a program left."""

    def __init__(self, command, done):
        self.command = " ".join(str(part) for part in command)
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __str__(self):
        return f"{self.command}\nexit code {self.code}\n{self.out[-2000:]}{self.err[-2000:]}"

    def json(self):
        return json.loads(self.out)


def run(*command, seconds=60, env=None):
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * SLOW,
                          env={**os.environ, **(env or {})}, check=False)
    return Answer(command, done)


def galen(*arguments, expect=0, **options):
    answer = run(BIN / "galen", *arguments, **options)
    if expect is not None and answer.code != expect:
        raise AssertionError(f"expected exit code {expect}: {answer}")
    return answer


def galend(*arguments, **options):
    return run(BIN / "galend", *arguments, **options)


def free_base_port(count):
    """A port p such that p+1 ... p+count are free now."""
    for _ in range(200):
        base = random.randrange(20000, 30000)
        try:
            for port in range(base + 1, base + count + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise AssertionError("no free ports")


class Network:
    def __init__(self, hospitals=4, start=True, options=()):
        self.parent = Path(tempfile.mkdtemp(prefix="galen-system-"))
        self.dir = self.parent / "net"
        self.hospitals = hospitals
        self.base_port = free_base_port(hospitals)
        galen("network", "create", "--dir", self.dir, "--hospitals", hospitals, "--base-port", self.base_port,
              *options)
        if start:
            try:
                self.start()
            except BaseException:
                self.__exit__(None, None, None)
                raise

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.print_logs()
        for number in self.numbers():
            self.signal(number, signal.SIGKILL)
        shutil.rmtree(self.parent, ignore_errors=True)

    def numbers(self):
        return range(1, self.hospitals + 1)

    def place(self, number):
        return self.dir / f"hospital-{number}"

    def config(self, number):
        return self.place(number) / "galend.toml"

    def profile(self, number):
        return self.place(number) / "client.toml"

    def start(self, *arguments, seconds=60):
        try:
            return galen("network", "start", "--dir", self.dir, "--wait", int(seconds * SLOW), *arguments,
                         seconds=seconds + 30)
        except AssertionError:
            self.print_logs()
            raise

    def stop(self):
        return galen("network", "stop", "--dir", self.dir, "--wait", int(30 * SLOW), seconds=60)

    def pid(self, number):
        try:
            pid = int((self.place(number) / "galend.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.config(number)) in command else None

    def signal(self, number, what):
        pid = self.pid(number)
        if pid is not None:
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                pass

    def kill(self, *numbers):
        for number in numbers:
            self.signal(number, signal.SIGKILL)
        for number in numbers:
            wait_for(f"hospital-{number} gone", lambda n=number: self.pid(n) is None)

    def client(self, hospital, *arguments, **options):
        return galen("--profile", self.profile(hospital), *arguments, **options)

    def ask(self, hospital, *arguments, **options):
        return self.client(hospital, *arguments, "--output", "json", **options).json()

    def request_erasure(self, patient, *arguments):
        """Of a patient of hospital-1 whose keys it holds: so a second hospital has to agree."""
        agreement = self.parent / f"{patient}.agreement"
        ask = ("erasure", "request", "--patient", patient, *arguments)
        self.client(2, *ask, "--for", "hospital-1", "--out", agreement)
        return self.ask(1, *ask, "--approval", agreement)["request"]

    def blocks(self, teller, top):
        """All blocks up to `top` as one node tells them, one after the other."""
        each = 250  # with 2,000 transactions in each of them they are a long list
        for first in range(1, top + 1, each):
            count = min(each, top + 1 - first)
            blocks = self.ask(teller, "--node", f"hospital-{teller}", "block", "list", "--from", first, "--count", count,
                              seconds=180)
            assert [block["height"] for block in blocks] == list(range(first, first + count)), "a block is missing"
            yield from blocks

    def statuses(self):
        answer = galen("network", "status", "--dir", self.dir, "--output", "json", expect=None)
        return answer.json()["nodes"] if answer.out else []

    def heads(self):
        """The distinct (height, block, state root) of all nodes; None unless all answer."""
        nodes = self.statuses()
        if len(nodes) != self.hospitals or not all(node["reachable"] for node in nodes):
            return None
        return {(node["height"], node["block_hash"], node["state_root"]) for node in nodes}

    def wait_until_equal(self, seconds=60):
        """Returns (height, block hash, state root) once all nodes show the same."""
        def one_head():
            heads = self.heads()
            return heads if heads is not None and len(heads) == 1 else None
        return next(iter(wait_for("all nodes at one height and root", one_head, seconds)))

    def print_logs(self):
        for number in self.numbers():
            log = self.place(number) / "galend.log"
            if log.exists():
                tail = log.read_text(errors="replace").splitlines()[-15:]
                print(f"--- hospital-{number}", *tail, sep="\n", file=sys.stderr)
