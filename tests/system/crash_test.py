#!/usr/bin/env python3
"""kill -9 at random moments under load: every acknowledged transaction is there exactly once, and all
nodes end with one head and one root. The seed is printed; GALEN_SEED repeats a run."""

import os
import random
import resource
import signal
import threading
import unittest
from pathlib import Path

from cluster import BIN, Network, wait_for
from writers import check_ledger, load_until, wait_for_more

SEED = int(os.environ.get("GALEN_SEED", random.randrange(2**32)))
ROUNDS = int(os.environ.get("GALEN_ROUNDS", "2"))
WRITERS = (1, 2, 3)


class CrashTest(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", flush=True)
        self.random = random.Random(SEED)
        self.network = Network()
        self.addCleanup(lambda: self.network.__exit__(None, None, None))

    def check(self, acknowledged):
        check_ledger(self, self.network, self.random.randint(1, 4), acknowledged)

    def crash_moment(self, writers, more):
        wait_for_more(writers, more)
        threading.Event().wait(self.random.random() * 0.2)  # any phase of a block

    def test_all_four_at_once(self):
        acknowledged = {}
        for _ in range(ROUNDS):
            def crash(writers):
                self.crash_moment(writers, self.random.randint(3, 12))
                self.network.kill(*self.network.numbers())
            acknowledged.update(load_until(self.network, WRITERS, crash))
            self.network.start()
            self.check(acknowledged)
        self.assertTrue(self.network.ask(1, "patient", "register")["patient"], "the network goes on")

    def test_one_backup_while_the_others_go_on(self):
        self.crash_one(self.random.choice([2, 3, 4]))

    def test_the_primary_and_the_others_elect_a_new_one(self):
        self.crash_one(1)

    def dumps(self, program, *arguments, ready):
        """Whether it leaves a core dump when it is killed for a bad access of memory."""
        child = os.fork()
        if child == 0:
            try:
                os.chdir(self.network.parent)
                resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
                os.execv(program, [str(program), *map(str, arguments)])
            finally:
                os._exit(99)
        ready(child)
        os.kill(child, signal.SIGSEGV)
        status = os.waitpid(child, 0)[1]
        self.assertEqual(os.WTERMSIG(status), signal.SIGSEGV)
        return os.WCOREDUMP(status)

    def test_keys_go_into_no_core_dump(self):
        is_sleep = lambda child: wait_for("sleep", lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n")
        print("another program leaves one here:", self.dumps("/bin/sleep", 60, ready=is_sleep), flush=True)
        self.network.kill(1)
        is_up = lambda _: wait_for("the node", lambda: self.network.heads() is not None, 60)
        self.assertFalse(self.dumps(BIN / "galend", "--config", self.network.config(1), ready=is_up))

    def test_a_stopped_node_goes_on(self):
        """SIGSTOP of the primary, then of a backup, for 10 s; the others go on, it follows, and nobody's memory
        grows with it."""
        acknowledged = {}
        for victim in (1, self.random.choice([2, 3, 4])):
            before = {number: self.resident_kib(number) for number in self.network.numbers()}

            def stop_and_go_on(writers, victim=victim):
                self.crash_moment(writers, 4)
                self.network.signal(victim, signal.SIGSTOP)
                try:
                    self.crash_moment(writers, 6)
                    threading.Event().wait(10)
                finally:
                    self.network.signal(victim, signal.SIGCONT)
                self.crash_moment(writers, 4)
            acknowledged.update(load_until(self.network, WRITERS, stop_and_go_on))
            self.check(acknowledged)
            for number, kib in before.items():
                self.assertLess(self.resident_kib(number), kib + 96 * 1024, f"memory of node {number}")

    def resident_kib(self, number):
        status = Path(f"/proc/{self.network.pid(number)}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def crash_one(self, victim):
        def crash_and_return(writers):
            self.crash_moment(writers, 4)
            self.network.kill(victim)
            self.crash_moment(writers, 6)
            self.network.start("--only", victim)
            self.crash_moment(writers, 4)
        self.check(load_until(self.network, WRITERS, crash_and_return))


if __name__ == "__main__":
    unittest.main()
