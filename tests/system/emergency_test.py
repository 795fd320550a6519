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

    def by(self, person):
        """Somebody whose keys hospital-1 made, at whichever hospital."""
        return "--as", person, "--key", self.network.place(1) / "people" / f"{person}.signing.pem"

    def notices(self, *who):
        """What hospital-3, which has no part in it, is told for a person."""
        return [json.loads(line) for line in self.network.client(
            3, "watch", "--patient", self.patient, *who, "--from", "1", "--timeout", "3", "--kind",
            "emergency-declared,emergency-released,emergency-reviewed", "--output", "json").out.splitlines()]

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
        # Also what was opened by another hospital's node and came to the chain with that one's journal.
        self.assertEqual(sorted((event["kind"], event["person"]) for event in asked),
                         [("emergency-declared", self.doctor), ("emergency-released", self.doctor)])
        opened, = (event for event in asked if event["kind"] == "emergency-released")
        self.assertEqual((opened["organisation"], opened["submitter"], opened["subject"]),
                         ("hospital-2", "hospital-1", self.patient))
        self.assertEqual(opened["decisions"], [{"record": self.record, "permit": True}])
        self.assertEqual(opened["emergency"]["declaration"], declaration)
        for other in (1, 3):
            self.assertEqual(self.network.client(other, "audit", "organisation", "--emergency", "--output", "json").out, "")
        refused = self.network.client(2, "emergency", "review", declaration, "--outcome", "justified", "--as", self.doctor,
                                      expect=5)
        self.assertIn("same-reviewer", refused.err)
        self.network.client(2, "emergency", "review", declaration, "--outcome", "justified", "--as", self.officer)
        self.assertEqual(self.network.ask(2, "emergency", "list")["declarations"], [])
        reviewed = self.network.ask(1, "emergency", "list", "--patient", self.patient)["declarations"]
        self.assertEqual(reviewed[0]["review"]["outcome"], "justified")
        himself = self.by(self.patient)
        self.assertEqual(self.network.ask(3, "emergency", "list", "--patient", self.patient, *himself)["declarations"], reviewed)
        told = self.notices(*himself)
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

    def test_2_then_his_guardian_has_the_same_notice(self):
        authorize = ("proxy", "authorize", "--patient", self.patient, "--until", "+1d")
        guardian = self.network.ask(1, *authorize)["proxy"]
        told = self.notices(*self.by(guardian), "--purpose", "FAMRQT")
        self.assertEqual(len(told), 3)
        self.assertEqual(told, self.notices(*self.by(self.patient)))
        # To one from whom something is hidden the log is closed, and so is this.
        partly = self.network.ask(1, *authorize, "--exclude-label", "SEX")["proxy"]
        self.assertEqual(self.notices(*self.by(partly), "--purpose", "FAMRQT"), [])

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

    def test_6_while_cut_off_the_custodian_sees_what_its_node_released(self):
        self.alone()
        declared = self.declare()
        released = self.read()["emergency"]
        self.network.client(2, "record", "get", "ab" * 32, "--patient", self.patient, "--purpose", "BTG", "--emergency",
                            "--as", self.doctor, "--out", self.network.parent / "nothing", expect=6)
        pending = self.network.ask(1, "emergency", "pending")
        self.assertEqual((pending["journal"], pending["next"]), (released["journal"], None))
        self.assertEqual([(entry["number"], entry["decisions"]) for entry in pending["entries"]],
                         [(released["number"], [{"record": self.record, "permit": True, "rule": "break-glass"}]),
                          (released["number"] + 1, [{"record": "ab" * 32, "permit": False, "rule": "unknown-record"}])])
        for entry in pending["entries"]:
            self.assertEqual((entry["organisation"], entry["person"], entry["patient"], entry["purpose"]),
                             ("hospital-2", self.doctor, self.patient, "BTG"))
            self.assertEqual((entry["declaration"], entry["reason"], entry["declared"]),
                             (declared["declaration"], "life-threatening", False))
        rest = self.network.ask(1, "emergency", "pending", "--from", released["number"] + 1)
        self.assertEqual(rest["entries"], pending["entries"][1:])
        shown = self.network.client(1, "emergency", "pending").out
        self.assertIn("permitted (break-glass)", shown)
        self.assertIn("REFUSED (unknown-record)", shown)
        # Of another's journal nobody is told; the own node of this one is down.
        self.network.client(2, "emergency", "pending", expect=6)
        self.together()
        self.assertEqual(self.anchor(1)["problems"], [])
        self.assertEqual(self.network.ask(1, "emergency", "pending")["entries"], [])
        self.assertIn((released["journal"], released["number"]),
                      [(entry["journal"], entry["number"]) for entry in self.late()])


if __name__ == "__main__":
    unittest.main()
