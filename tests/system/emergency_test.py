#!/usr/bin/env python3
"""Break-glass with real processes: three of four nodes are down, the custodian's node alone serves a
declared emergency; afterwards everything reaches the chain, and what was tampered with shows."""

import json
import unittest

from cluster import Network, galen, wait_for


class EmergencyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.doctor = cls.network.ask(2, "practitioner", "register", "--emergency")["practitioner"]
        cls.officer = cls.network.ask(2, "practitioner", "register", "--role", "privacy-officer")["practitioner"]
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]
        path = cls.network.parent / "visit.txt"
        cls.content = b"allergic to penicillin\n" * 100_000
        path.write_bytes(cls.content)
        stored = cls.network.ask(1, "record", "put", path, "--patient", cls.patient, "--class", "NOTE")
        cls.record = stored[0]["record"]
        cls.network.wait_until_equal()

    def declare(self):
        return self.network.ask(2, "emergency", "declare", "--patient", self.patient, "--reason", "life-threatening",
                                "--for", "1h", "--as", self.doctor)

    def read(self, *more, expect=0):
        out = self.network.parent / "read"
        out.unlink(missing_ok=True)
        answer = self.network.client(2, "record", "get", self.record, "--patient", self.patient, "--purpose", "BTG",
                                     "--emergency", "--as", self.doctor, "--out", out, "--output", "json", *more,
                                     expect=expect)
        if expect:
            self.assertFalse(out.exists())
            return answer
        self.assertEqual(out.read_bytes(), self.content)
        self.assertIn("EMERGENCY ACCESS", answer.err)
        return answer.json()

    def alone(self):
        """Only the custodian's node is up, and it knows that it is alone."""
        self.network.kill(2, 3, 4)
        wait_for("hospital-1 stale", lambda: not self.network.ask(1, "status")["fresh"], 60)

    def together(self):
        self.network.start()
        self.network.wait_until_equal()
        wait_for("hospital-1 fresh", lambda: self.network.ask(1, "status")["fresh"], 60)

    def anchor(self, hospital):
        return self.network.ask(hospital, "emergency", "anchor")

    def late(self):
        return [entry for entry in self.network.ask(1, "audit", "list", "--patient", self.patient) if entry["late"]]

    def explained(self, entry):
        """The late entry, as `consent explain` tells it."""
        for transaction in self.network.ask(1, "block", "get", entry["height"])["transactions"]:
            told = self.network.client(1, "consent", "explain", "--transaction", transaction, "--patient", self.patient,
                                       "--output", "json", expect=None)
            if told.code == 0:
                return told.json()
        raise AssertionError(entry)

    def proven(self, key):
        out = self.network.parent / "proof"
        out.unlink(missing_ok=True)
        self.network.client(1, "proof", "get", key, "--out", out)
        shown = galen("proof", "verify", out, "--genesis", self.network.dir / "genesis.json", "--output", "json").json()
        self.assertTrue(shown["present"], key)
        return shown["value"]

    def journals(self):
        return self.network.ask(1, "emergency", "journals")

    def test_1_a_node_alone_opens_the_record_and_the_chain_learns_of_it(self):
        self.alone()
        self.assertIn("declare", self.read(expect=5).err)
        declared = self.declare()
        self.assertIsNone(declared["committed"])
        read = self.read()
        self.assertEqual((read["custodian"], read["content_checked"]), ("hospital-1", True))
        self.assertEqual(read["emergency"]["number"], 1)
        self.together()
        self.assertEqual(self.late(), [])
        report = self.anchor(1)
        self.assertEqual((report["anchored"], report["logged"], report["problems"]), (True, 1, []))
        entries = self.late()
        self.assertEqual(len(entries), 1)
        self.assertEqual(entries[0]["person"], self.doctor)
        self.assertEqual((entries[0]["organisation"], entries[0]["brought_by"]), ("hospital-2", "hospital-1"))
        self.assertEqual(entries[0]["journal"], read["emergency"]["journal"])
        self.assertEqual(entries[0]["decisions"][0]["rule"], "break-glass")
        self.assertLess(entries[0]["released_ms"], entries[0]["time_ms"])
        again = self.anchor(1)
        self.assertEqual((again["anchored"], again["logged"], again["problems"]), (False, 0, []))
        receipts = self.network.ask(2, "emergency", "receipts", "anchor")
        self.assertEqual((receipts["declared"], receipts["receipts"], receipts["problems"]), (1, 1, []))
        self.assertEqual(self.journals()["evidence"], [])
        told = self.explained(entries[0])
        self.assertTrue(told["late"])
        self.assertEqual(len(told["findings"]), 4)
        self.assertEqual([finding for finding in told["findings"] if finding.startswith("DOUBTFUL")], [])
        self.assertEqual(told["decisions"][0]["replayed"]["rule"], "break-glass", told)

    def test_2_the_declaration_waits_until_another_role_reviews_it(self):
        waiting = self.network.ask(2, "emergency", "list", "--unreviewed")
        self.assertEqual(len(waiting["declarations"]), 1)
        declaration = waiting["declarations"][0]["declaration"]
        # The custodian's officer sees who broke the glass on its patients; nobody else does.
        self.assertEqual(self.network.ask(1, "emergency", "list")["declarations"], waiting["declarations"])
        self.assertEqual(self.network.ask(3, "emergency", "list")["declarations"], [])
        asked = [json.loads(line) for line in self.network.client(
            2, "audit", "organisation", "--emergency", "--output", "json").out.splitlines()]
        self.assertEqual([(e["kind"], e["person"]) for e in asked], [("emergency-declared", self.doctor)])
        refused = self.network.client(2, "emergency", "review", declaration, "--outcome", "justified", "--as", self.doctor,
                                      expect=5)
        self.assertIn("same-reviewer", refused.err)
        self.network.client(2, "emergency", "review", declaration, "--outcome", "justified", "--as", self.officer)
        self.assertEqual(self.network.ask(2, "emergency", "list")["declarations"], [])
        reviewed = self.network.ask(1, "emergency", "list", "--patient", self.patient)["declarations"]
        self.assertEqual(reviewed[0]["review"]["outcome"], "justified")
        himself = ("--as", self.patient, "--key", self.network.place(1) / "people" / f"{self.patient}.signing.pem")
        self.assertEqual(self.network.ask(3, "emergency", "list", "--patient", self.patient, *himself)["declarations"], reviewed)
        told = [json.loads(line) for line in self.network.client(
            3, "watch", "--patient", self.patient, *himself, "--from", "1", "--timeout", "3", "--kind",
            "emergency-declared,emergency-released,emergency-reviewed", "--output", "json").out.splitlines()]
        self.assertEqual([event["emergency"]["declaration"] for event in told], [declaration] * 3)
        told = {event["kind"].removeprefix("emergency-"): event for event in told}
        self.assertEqual({kind: event["person"] for kind, event in told.items()},
                         {"declared": self.doctor, "released": self.doctor, "reviewed": self.officer})
        self.assertEqual(told["declared"]["emergency"]["reason"], reviewed[0]["reason"])
        self.assertEqual([(d["record"], d["permit"]) for d in told["released"]["decisions"]], [(self.record, True)])
        self.assertEqual(told["reviewed"]["emergency"]["outcome"], "justified")
        journal = self.journals()["journals"][0]
        for key, part in ((f"declaration:{self.patient}:{declaration}", "declared by a"),
                          (f"review:{self.patient}:{declaration}", "justified, reviewed by a"),
                          ("emergencies:hospital-2", "1 emergencies declared ever"),
                          (f"journal:{journal['organisation']}:{journal['journal']}", "1 entries anchored")):
            self.assertIn(part, self.proven(key))

    def test_3_a_silent_custodian_is_not_a_missing_record(self):
        self.network.kill(1)
        self.declare()
        silent = self.read(expect=6)
        self.assertIn("hospital-1", silent.err)
        self.together()

    def test_3_a_declaration_is_no_longer_than_the_parameter(self):
        too_long = self.network.client(2, "emergency", "declare", "--patient", self.patient, "--as", self.doctor, "--reason", "disaster",
                                       "--for", "5h", expect=2)
        self.assertIn("at most 240 minutes", too_long.err)

    def test_3_with_the_network_up_the_chain_decides(self):
        self.assertIsNotNone(self.declare()["committed"])
        self.assertIn("access", self.read())
        self.assertEqual(len(self.late()), 1)

    def test_4_an_entry_taken_out_of_the_journal_shows(self):
        self.alone()
        self.declare()
        number = self.read()["emergency"]["number"]
        self.network.kill(1)
        journal = self.network.place(1) / "data" / "emergency" / "journal"
        if not journal.exists():
            journal = next(self.network.place(1).rglob("emergency/journal"))
        content = journal.read_bytes()
        journal.write_bytes(content[:218])  # the header alone: the journal as if nobody had asked
        self.together()
        self.assertEqual(self.network.ask(2, "emergency", "receipts", "anchor")["receipts"], 1)
        evidence = self.journals()["evidence"]
        self.assertEqual([(piece["organisation"], piece["number"], piece["kind"]) for piece in evidence],
                         [("hospital-1", number, "gap")])

    def test_5_a_journal_that_does_not_fit_the_ledger_is_set_aside(self):
        before = [item for item in self.journals()["journals"] if item["organisation"] == "hospital-1"]
        self.network.kill(1)
        next(self.network.place(1).rglob("emergency/journal")).unlink()
        self.together()
        self.alone()
        self.declare()
        self.read()
        self.together()
        self.assertEqual(self.anchor(1)["problems"], [])
        after = [item for item in self.journals()["journals"] if item["organisation"] == "hospital-1"]
        self.assertEqual(len(after), len(before) + 1)
        self.assertEqual(after[0]["follows"], before[0]["journal"])
        self.assertFalse(after[1]["present"])


if __name__ == "__main__":
    unittest.main()
