#!/usr/bin/env python3
"""Watching a network whose nodes are killed: every event once and in order; headers without the rest."""

import json
import os
import random
import subprocess
import threading
import unittest

from cluster import BIN, Network, wait_for
from writers import Writer, wait_for_more

SEED = int(os.environ.get("GALEN_SEED", random.randrange(2**32)))


class Watcher(threading.Thread):
    """`galen watch` as a process of its own; keeps the events it prints."""

    def __init__(self, network, hospital, *arguments):
        super().__init__(daemon=True)
        command = [BIN / "galen", "--profile", network.profile(hospital), "watch", "--output", "json", *arguments]
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        self.events = []
        self.start()

    def run(self):
        with self.process.stdout as lines:
            for line in lines:
                self.events.append(json.loads(line))

    def height(self):
        return self.events[-1]["height"] if self.events else 0

    def end(self):
        self.process.kill()
        self.process.wait()
        self.join(10)
        return self.events


class WatchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"seed {SEED}", flush=True)
        cls.random = random.Random(SEED)
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)

    def check_order(self, events):
        places = [(event["height"], event["index"]) for event in events]
        self.assertEqual(places, sorted(set(places)), "twice, or out of order")
        blocks = [event["height"] for event in events if event["kind"] == "block"]
        self.assertEqual(blocks, list(range(blocks[0], blocks[-1] + 1)), "a block is missing")

    def test_1_kill_and_restart_under_load(self):
        watcher = Watcher(self.network, 1, "--from", 1, "--verify")
        self.addCleanup(watcher.end)
        writers = [Writer(self.network, hospital) for hospital in (1, 2, 3)]
        for writer in writers:
            writer.start()
        try:
            for victim in (1, 1, 2):
                wait_for_more(writers, 4)
                threading.Event().wait(self.random.random() * 0.2)  # any phase of a block
                self.network.kill(victim)
                wait_for_more(writers, 3)
                self.network.start("--only", victim)
            wait_for_more(writers, 4)
        finally:
            for writer in writers:
                writer.ending.set()
            for writer in writers:
                writer.join(60)
        head, _, _ = self.network.wait_until_equal()
        wait_for(f"the watcher at height {head}", lambda: watcher.height() >= head)
        # The last block's own events come behind it.
        own = writers[0].acknowledged
        def registered():
            return [event["transaction"] for event in list(watcher.events) if event["kind"] == "patient-registered"]
        wait_for("the last of the own patients", lambda: set(own) <= set(registered()))
        events = watcher.end()
        self.check_order(events)
        self.assertEqual(len(registered()), len(set(registered())))
        where = {event["transaction"]: event["height"] for event in events if event["kind"] == "patient-registered"}
        for transaction, height in own.items():
            self.assertEqual(where[transaction], height)
        for writer in writers[1:]:
            self.assertFalse(set(writer.acknowledged) & set(where), "another hospital's patients are not shown")

    def test_2_a_cursor_goes_on_at_any_node(self):
        whole = Watcher(self.network, 1, "--from", 1, "--timeout", 3)
        whole.process.wait(60)
        whole.join(10)
        self.assertEqual(whole.process.returncode, 0)
        self.check_order(whole.events)
        middle = len(whole.events) // 2
        rest = Watcher(self.network, 1, "--cursor", whole.events[middle]["cursor"], "--node", "hospital-3",
                       "--count", len(whole.events) - middle - 1, "--timeout", 30)
        rest.process.wait(60)
        rest.join(10)
        self.assertEqual(rest.process.returncode, 0)
        strip = [{key: value for key, value in event.items() if key != "signers"} for event in rest.events]
        self.assertEqual(strip, whole.events[middle + 1:])

    def test_3_filters_and_bad_input(self):
        patient = self.network.ask(1, "patient", "register")
        path = self.network.parent / "note.txt"
        path.write_text("note")
        record = self.network.ask(1, "record", "put", path, "--patient", patient["patient"])[0]["record"]
        answer = self.network.client(1, "watch", "--from", patient["committed"]["height"], "--patient", patient["patient"],
                                     "--kind", "record-appended", "--count", 1, "--timeout", 30, "--output", "json")
        event = answer.json()
        self.assertEqual((event["kind"], event["record"]), ("record-appended", record))
        self.network.client(1, "watch", "--kind", "nonsense", expect=2)
        self.network.client(1, "watch", "--cursor", "00", expect=2)
        self.network.client(1, "watch", "--kind", "rejected", "--count", 1, "--timeout", 1, expect=6)

    def test_4_persons_see_what_they_may_discover(self):
        doctor = self.network.ask(2, "practitioner", "register")["practitioner"]
        patient = self.network.ask(1, "patient", "register")
        path = self.network.parent / "lab.txt"
        path.write_text("lab")
        self.network.ask(1, "record", "put", path, "--patient", patient["patient"], "--class", "LAB")
        asked = ("watch", "--from", patient["committed"]["height"], "--patient", patient["patient"], "--as", doctor,
                 "--kind", "record-appended", "--output", "json", "--timeout", 3)
        self.assertEqual(self.network.client(2, *asked).out, "")
        self.network.ask(1, "consent", "grant", "--patient", patient["patient"], "--to", "hospital-2", "--purpose", "TREAT",
                         "--class", "LAB")
        def seen():
            return self.network.client(2, *asked, "--count", 1, expect=None).out
        self.assertEqual(json.loads(wait_for("the record", seen))["subject"], patient["patient"])

    def test_5_a_light_client_follows_headers(self):
        state = self.network.parent / "head"
        first = self.network.client(2, "light", "follow", "--state", state, "--to-head", "--output", "json").out.splitlines()
        headers = [json.loads(line) for line in first[:-1]]
        trusted = json.loads(first[-1])["trusted"]
        self.assertEqual([header["height"] for header in headers], list(range(1, trusted["height"] + 1)))
        for parent, child in zip(headers, headers[1:]):
            self.assertEqual(child["parent"], parent["hash"])
        self.assertEqual(self.network.ask(3, "block", "get", trusted["height"])["hash"], trusted["hash"])
        self.network.ask(1, "patient", "register")
        second = self.network.client(3, "light", "follow", "--state", state, "--to-head", "--output", "json").out.splitlines()
        self.assertEqual(json.loads(second[0])["height"], trusted["height"] + 1)
        content = bytearray(state.read_bytes())
        content[len(content) // 2] ^= 1
        state.write_bytes(content)
        self.network.client(2, "light", "follow", "--state", state, "--to-head", expect=7)


if __name__ == "__main__":
    unittest.main()
