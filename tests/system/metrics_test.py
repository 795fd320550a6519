#!/usr/bin/env python3
"""Four processes, one of which shows metrics: what a monitoring system reads, amnesia above all."""

import re
import shutil
import socket
import unittest
import urllib.error
import urllib.request

from cluster import Network, galen, wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MetricsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.network = Network(start=False)
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        config = cls.network.config(4)
        config.write_text(config.read_text() + f'\n[metrics]\nlisten = "127.0.0.1:{cls.port}"\n')
        cls.network.start()

    def bound(self, to):
        try:
            to.bind(("127.0.0.1", self.port))
        except OSError:
            return False
        return True

    def text(self, path="/metrics"):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metrics(self):
        found = dict(re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\d+)$", self.text(), re.MULTILINE))
        return {name: int(value) for name, value in found.items()}

    def test_1_what_status_says_is_there_as_numbers(self):
        self.network.client(1, "patient", "register")
        height, _, _ = self.network.wait_until_equal()
        found = self.metrics()
        self.assertGreaterEqual(found["galen_height"], height)
        self.assertEqual((found["galen_voting"], found["galen_amnesia"], found["galen_fresh"]), (1, 0, 1))
        self.assertEqual(found['galen_peer_connected{organisation="hospital-1"}'], 1)
        self.assertGreater(found["process_resident_memory_bytes"], 2**20)
        status = self.network.ask(4, "--node", "hospital-4", "status")
        self.assertEqual(found["galen_view"], status["view"])

    def test_1_who_asks_about_others_patients_shows(self):
        patient = self.network.ask(1, "patient", "register")["patient"]
        self.network.wait_until_equal()
        name = 'galen_refused_queries_total{organisation="hospital-2"}'
        before = self.metrics().get(name, 0)
        self.network.client(2, "consent", "list", "--patient", patient, "--node", "hospital-4", expect=4)
        self.assertGreater(self.metrics()[name], before)

    def test_2_there_is_nothing_else(self):
        with self.assertRaises(urllib.error.HTTPError) as missing:
            self.text("/")
        self.assertEqual(missing.exception.code, 404)

    def test_3_a_peer_that_is_gone_shows(self):
        self.network.kill(2)
        wait_for("the lost peer", lambda: self.metrics()['galen_peer_connected{organisation="hospital-2"}'] == 0, 30)
        self.network.start("--only", 2)
        wait_for("its return", lambda: self.metrics()['galen_peer_connected{organisation="hospital-2"}'] == 1, 30)

    def test_4_amnesia_shows(self):
        self.network.kill(4)
        shutil.rmtree(self.network.place(4) / "votes")
        self.network.start("--only", 4)
        found = wait_for("amnesia", lambda: (m := self.metrics())["galen_amnesia"] == 1 and m, 30)
        self.assertEqual(found["galen_voting"], 0)

    def test_5_an_address_in_use_ends_the_start_and_says_which(self):
        self.network.kill(4)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wait_for("the port to be free", lambda: self.bound(taken), 30)
            taken.listen()
            galen("network", "start", "--dir", self.network.dir, "--only", 4, "--wait", 20, expect=None)
            log = (self.network.place(4) / "galend.log").read_text()
            self.assertIn(f"metrics.listen: 127.0.0.1:{self.port}", log)
            self.assertIsNone(self.network.pid(4))


if __name__ == "__main__":
    unittest.main(verbosity=2)
