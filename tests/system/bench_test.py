#!/usr/bin/env python3
"""galen bench against a network that loses a node: with --retry nothing is lost and nothing is refused."""

import json
import signal
import subprocess
import unittest

from cluster import BIN, Network, galen, wait_for


class BenchTest(unittest.TestCase):
    def setUp(self):
        self.network = Network()
        self.addCleanup(lambda: self.network.__exit__(None, None, None))
        self.receipts = self.network.parent / "receipts.jsonl"

    def read_receipts(self):
        if not self.receipts.exists():
            return []
        lines = self.receipts.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def test_goes_on_at_another_node_when_one_is_killed(self):
        """Client 2 of 4 loads hospital-2, which is killed and comes back."""
        with subprocess.Popen([BIN / "galen", "--profile", self.network.profile(1), "bench", "--retry", "--in-flight", "64",
                               "--warm-up", "0", "--duration", "12", "--receipts", self.receipts, "--output", "json"],
                              stdout=subprocess.PIPE, text=True) as bench:
            wait_for("receipts", lambda: len(self.read_receipts()) > 50)
            self.network.kill(2)
            seen = len(self.read_receipts())
            wait_for("receipts after the kill", lambda: len(self.read_receipts()) > seen + 50)
            self.network.start()
            out, _ = bench.communicate(timeout=120)
        figures = json.loads(out)
        self.assertEqual((bench.returncode, figures["errors"], figures["rejected"]), (0, 0, 0), figures)
        receipts = self.read_receipts()
        heights = {receipt["transaction"]: receipt["height"] for receipt in receipts}
        self.assertEqual(len(heights), len(receipts), "one receipt per transaction")
        top, _, _ = self.network.wait_until_equal()
        found = {}
        for block in self.network.blocks(2, top):
            for transaction in block["transactions"]:
                self.assertNotIn(transaction, found, "a transaction takes effect once")
                found[transaction] = block["height"]
        self.assertEqual({tx: found.get(tx) for tx in heights}, heights)

    def test_accesses_of_patients_with_grants(self):
        out = galen("--profile", self.network.profile(1), "bench", "--operation", "access", "--patients", "2", "--grants", "300",
                    "--batch", "8", "--clients", "1", "--in-flight", "4", "--warm-up", "0", "--duration", "1",
                    "--receipts", self.receipts, "--output", "json")
        figures = json.loads(out.out)
        self.assertEqual((figures["operation"], figures["batch"], figures["errors"], figures["rejected"]), ("access", 8, 0, 0))
        accesses = {receipt["transaction"] for receipt in self.read_receipts() if receipt["ok"]}
        self.assertEqual(len(accesses), len(self.read_receipts()), "every access is logged")
        top, _, _ = self.network.wait_until_equal()
        found = [tx for block in self.network.blocks(2, top) for tx in block["transactions"]]
        self.assertLessEqual(accesses, set(found))
        # The patients, the clinician, their records, and of each patient 300 grants, 128 at a time.
        self.assertEqual(len(found), 1 + 1 + 1 + 2 * 3 + len(accesses))

    def test_start_and_stop_tell_programs_too(self):
        there = ("--dir", self.network.dir, "--output", "json")
        self.assertEqual(galen("network", "stop", *there, "--only", 2).json(), {"stopped": 1})
        self.assertEqual(galen("network", "start", *there).json(), {"started": 1, "running": 4})
        made = self.network.parent / "another"
        self.assertEqual(galen("network", "create", "--dir", made, "--output", "json").json(), {"directory": str(made), "hospitals": 4})

    def test_without_retry_a_lost_node_is_an_error(self):
        with subprocess.Popen([BIN / "galen", "--profile", self.network.profile(1), "bench", "--in-flight", "4", "--warm-up", "0",
                               "--duration", "4", "--receipts", self.receipts, "--output", "json"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bench:
            wait_for("receipts", lambda: len(self.read_receipts()) > 20)
            self.network.signal(3, signal.SIGKILL)
            out, _ = bench.communicate(timeout=120)
        self.assertGreater(json.loads(out)["errors"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
