#!/usr/bin/env python3
"""Four processes, one of them away while a patient and a record are forgotten: it takes the state over and executes nothing
of what is gone (PRIVACY.md 18). Then the same with an empty node, and with kill -9 in the middle."""

import shutil
import signal
import threading
import time
import unittest

from cluster import Network, galen, wait_for

VICTIM = 4
OTHERS = (1, 2, 3)
TAKING = "taking the state of a later height from peers"
TAKEN = "state taken from peers"


class StateSyncTest(unittest.TestCase):
    def setUp(self):
        self.network = Network()
        self.addCleanup(lambda: self.network.__exit__(None, None, None))
        self.network.client(VICTIM, "practitioner", "register")
        self.kept, self.kept_records = self.patient_with_records(3)
        self.forgotten, self.forgotten_records = self.patient_with_records(4)
        self.network.ask(1, "consent", "grant", "--patient", self.kept, "--to", f"hospital-{VICTIM}", "--purpose", "TREAT",
                         "--until", "+1d")
        self.grant = self.network.ask(1, "consent", "grant", "--patient", self.forgotten, "--to", "hospital-2", "--purpose",
                                      "TREAT", "--until", "+1d")["grant"]
        self.network.wait_until_equal()

    def content(self, patient, number):
        return f"note {number} of {patient}\n".encode()

    def patient_with_records(self, count):
        patient = self.network.ask(1, "patient", "register")["patient"]
        files = []
        for number in range(count):
            path = self.network.parent / f"note-{number}.txt"
            path.write_bytes(self.content(patient, number))
            files.append(path)
        stored = self.network.ask(1, "record", "put", *files, "--patient", patient, "--class", "NOTE")
        return patient, [item["record"] for item in stored]

    def order(self, patient, *arguments):
        request = self.network.request_erasure(patient, *arguments)
        closing = () if "--record" in arguments else ("--without-closing-statement",)
        return self.network.ask(1, "erasure", "order", request, "--patient", patient, *arguments, *closing)["transaction"]

    def wait_until_gone(self, order, nodes):
        wait_for("bytes gone", lambda: all(self.network.ask(n, "erasure", "status", order)[0]["bytes_gone_ms"] for n in nodes), 60)

    def forget_meanwhile(self):
        """While the victim is down: a patient comes and goes, one leaves, a record goes, others go on."""
        late, late_records = self.patient_with_records(2)
        orders = [self.order(self.forgotten), self.order(self.kept, "--record", self.kept_records[0]), self.order(late)]
        for order in orders:
            self.wait_until_gone(order, OTHERS)
        self.new, self.new_records = self.patient_with_records(2)
        # A lab result for who stays: his tree changes too.
        path = self.network.parent / "lab.txt"
        path.write_bytes(b"glucose 5.4\n")
        self.network.client(1, "record", "put", path, "--patient", self.kept, "--class", "LAB")
        secrets = [self.forgotten, self.grant, *self.forgotten_records, self.kept_records[0], late, *late_records]
        return orders, [bytes.fromhex(text) for text in secrets]

    def log(self):
        return (self.network.place(VICTIM) / "galend.log").read_text(errors="replace")

    def nothing_left(self, secrets):
        """The first file of the victim that holds a secret."""
        for path in self.network.place(VICTIM).rglob("*"):
            if not path.is_file() or "people" in path.parts:
                continue
            content = path.read_bytes()
            for secret in secrets:
                if secret in content or secret.hex().encode() in content:
                    return path
        return None

    def is_level(self):
        """What a kill left behind its point of no return, the next start finishes by itself."""
        heights = [self.network.client(n, "status", "--output", "json", expect=None) for n in (1, VICTIM)]
        return all(h.code == 0 for h in heights) and len({h.json()["height"] for h in heights}) == 1

    def kill_soon_after_it_begins(self, begun, pause):
        """Looks as often as it can: a small state is taken in a few hundredths of a second."""
        deadline = time.monotonic() + 30
        while self.log().count(TAKING) == begun and time.monotonic() < deadline:
            pass
        threading.Event().wait(pause)
        self.network.signal(VICTIM, signal.SIGKILL)

    def check(self, orders, secrets):
        height = self.network.wait_until_equal()[0]
        self.wait_until_gone(orders[0], [VICTIM])
        for order in orders:
            self.wait_until_gone(order, [VICTIM])
        self.assertIsNone(self.nothing_left(secrets))
        out = self.network.parent / "read"
        self.network.client(VICTIM, "record", "get", self.kept_records[1], "--patient", self.kept, "--purpose", "TREAT", "--out", out)
        self.assertEqual(out.read_bytes(), self.content(self.kept, 1))
        self.assertGreater(self.network.wait_until_equal()[0], height, "reading was logged, and everybody follows")
        # What is counted for an order is the same here: else the next one would be refused, or end this node.
        last = self.order(self.kept)
        self.wait_until_gone(last, (*OTHERS, VICTIM))
        self.network.wait_until_equal()

    def test_1_a_node_that_was_away_catches_up_and_votes(self):
        self.network.kill(VICTIM)
        orders, secrets = self.forget_meanwhile()
        self.network.start()
        self.check(orders, secrets)
        self.assertIn(TAKEN, self.log())
        wait_for("votes", lambda: self.network.ask(VICTIM, "status")["voting"])
        self.network.kill(3)
        self.assertTrue(self.network.ask(1, "patient", "register")["patient"], "three of four go on: the victim votes")
        self.network.start()
        self.network.wait_until_equal()

    def test_2_an_empty_node_follows_without_voting(self):
        self.network.kill(VICTIM)
        orders, secrets = self.forget_meanwhile()
        shutil.rmtree(self.network.place(VICTIM) / "data")
        shutil.rmtree(self.network.place(VICTIM) / "votes")
        self.network.start()
        self.check(orders, secrets)
        self.assertFalse(self.network.ask(VICTIM, "status")["voting"])

    def test_3_killed_in_the_middle_it_begins_again(self):
        self.network.kill(VICTIM)
        orders, secrets = self.forget_meanwhile()
        shutil.rmtree(self.network.place(VICTIM) / "data")
        cut = 0
        for pause in (0, 0.005, 0.01, 0.02):
            begun = self.log().count(TAKING)
            threading.Thread(target=self.kill_soon_after_it_begins, args=(begun, pause)).start()
            galen("network", "start", "--dir", self.network.dir, "--only", VICTIM, "--wait", 20, expect=None)
            wait_for("the end, or all of it", lambda: self.network.pid(VICTIM) is None or self.is_level())
            self.network.kill(VICTIM)
            if self.log().count(TAKEN):
                break
            cut += 1
            if self.log().count(TAKING) == begun:
                break
        self.assertGreater(cut, 0, "it was never cut off")
        self.network.start()
        self.check(orders, secrets)


if __name__ == "__main__":
    unittest.main()
