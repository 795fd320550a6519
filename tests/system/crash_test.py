#!/usr/bin/env python3
"""kill -9 at random moments under load: every acknowledged transaction is there exactly once, and all
nodes end with one head and one root. The seed is printed; GALEN_SEED repeats a run."""

import os
import random
import threading
import unittest

from cluster import Network, run, BIN, wait_for

SEED = int(os.environ.get("GALEN_SEED", random.randrange(2**32)))
ROUNDS = int(os.environ.get("GALEN_ROUNDS", "2"))
WRITERS = 3


class Writer(threading.Thread):
    """Registers patients one after another; remembers what was acknowledged."""

    def __init__(self, network, hospital):
        super().__init__(daemon=True)
        self.network, self.hospital = network, hospital
        self.acknowledged = {}  # transaction -> height
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            answer = run(BIN / "galen", "--profile", self.network.profile(self.hospital), "--timeout", "3",
                         "patient", "register", "--output", "json")
            if answer.code == 0:
                committed = answer.json()["committed"]
                self.acknowledged[committed["transaction"]] = committed["height"]


class CrashTest(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", flush=True)
        self.random = random.Random(SEED)
        self.network = Network()
        self.addCleanup(lambda: self.network.__exit__(None, None, None))

    def load_until(self, end):
        """Runs the writers while `end` (a function of the writers) goes on; returns what was acknowledged."""
        writers = [Writer(self.network, 1 + i) for i in range(WRITERS)]
        for writer in writers:
            writer.start()
        end(writers)
        for writer in writers:
            writer.ending.set()
        for writer in writers:
            writer.join(60)
        return {tx: height for writer in writers for tx, height in writer.acknowledged.items()}

    def blocks(self, hospital, height):
        """Transactions of every block as one node tells them."""
        return {number: self.network.ask(hospital, "--node", f"hospital-{hospital}", "block", "get", number)["transactions"]
                for number in range(1, height + 1)}

    def check_ledger(self, acknowledged):
        height, _, _ = self.network.wait_until_equal()
        where = {}
        for number, transactions in self.blocks(self.random.randint(1, 4), height).items():
            for tx in transactions:
                self.assertNotIn(tx, where, "a transaction is in two blocks")
                where[tx] = number
        for tx, number in acknowledged.items():
            self.assertEqual(where.get(tx), number, f"transaction {tx} was acknowledged at height {number}")
        return height

    def crash_moment(self, writers, wanted):
        wait_for(f"{wanted} acknowledged transactions",
                 lambda: sum(len(writer.acknowledged) for writer in writers) >= wanted, 60)
        threading.Event().wait(self.random.random() * 0.2)  # any phase of a block

    def test_all_four_at_once(self):
        acknowledged = {}
        for _ in range(ROUNDS):
            def crash(writers):
                self.crash_moment(writers, self.random.randint(3, 12))
                self.network.kill(*self.network.numbers())
            acknowledged.update(self.load_until(crash))
            self.network.start()
            self.check_ledger(acknowledged)
        self.assertTrue(self.network.ask(1, "patient", "register")["patient"], "the network goes on")

    def test_one_backup_while_the_others_go_on(self):
        self.crash_one(self.random.choice([2, 3, 4]))

    def test_the_primary_and_the_others_elect_a_new_one(self):
        self.crash_one(1)

    def crash_one(self, victim):
        def crash_and_return(writers):
            self.crash_moment(writers, 4)
            self.network.kill(victim)
            before = sum(len(writer.acknowledged) for writer in writers)
            self.crash_moment(writers, before + 6)
            self.network.start("--only", victim)
            self.crash_moment(writers, before + 10)
        self.check_ledger(self.load_until(crash_and_return))


if __name__ == "__main__":
    unittest.main()
