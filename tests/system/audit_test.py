#!/usr/bin/env python3
"""Four processes: who reads an audit log, that each reading is one entry of it, administrative acts, late entries explained."""

import json
import unittest
from pathlib import Path

from cluster import Network, galen


class AuditTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        try:
            cls.patient = cls.ask(1, "patient", "register")["patient"]
            cls.doctor = cls.ask(2, "practitioner", "register", "--emergency")["practitioner"]
            cls.officer = cls.ask(1, "practitioner", "register", "--role", "privacy-officer")["practitioner"]
            cls.auditor = cls.ask(3, "practitioner", "register", "--role", "auditor")["practitioner"]
            path = cls.network.parent / "note.txt"
            path.write_text("something")
            cls.record = cls.ask(1, "record", "put", path, "--patient", cls.patient, "--class", "NOTE")[0]["record"]
        except BaseException:
            cls.network.__exit__(None, None, None)
            raise

    @classmethod
    def tearDownClass(cls):
        cls.network.__exit__(None, None, None)

    @classmethod
    def ask(cls, hospital, *arguments):
        return cls.network.ask(hospital, *arguments)

    def read(self, hospital, *arguments, expect=0, patient=None):
        answer = self.network.client(hospital, "audit", "list", "--patient", patient or self.patient, "--output", "json",
                                     *arguments, expect=expect)
        return answer.json() if expect == 0 else answer

    def refused_access(self):
        self.network.client(2, "record", "get", self.record, "--patient", self.patient, "--as", self.doctor, "--out",
                            self.network.parent / "none", expect=4)

    def test_1_every_reading_is_one_entry_that_names_the_reader(self):
        self.refused_access()
        self.assertEqual([entry["kind"] for entry in self.read(1)], ["access"])
        self.read(1, "--as", self.officer)
        self.read(1, "--as", self.patient)
        self.read(3, "--as", self.auditor, "--purpose", "FRAUD")
        proxy = self.ask(1, "proxy", "authorize", "--patient", self.patient, "--until", "+1d")["proxy"]
        self.read(1, "--as", proxy)
        readings = [entry for entry in self.read(1) if entry["kind"] == "audit-read"]
        self.assertEqual([(entry["role"], entry["rule"], entry["purpose"], entry["organisation"]) for entry in readings],
                         [("organisation", "own-record", "HOPERAT", "hospital-1"),
                          ("privacy-officer", "own-record", "HOPERAT", "hospital-1"),
                          ("patient", "self", "PATRQT", "hospital-1"),
                          ("auditor", "auditor", "FRAUD", "hospital-3"),
                          ("proxy", "proxy", "FAMRQT", "hospital-1")])
        self.assertEqual([entry["person"] for entry in readings[1:]], [self.officer, self.patient, self.auditor, proxy])
        self.assertTrue(all(entry["permit"] for entry in readings))

    def test_2_everybody_else_is_refused_like_an_unknown_patient_and_noted(self):
        refused = self.read(2, expect=4)
        unknown = self.read(2, expect=4, patient="0" * 63 + "1")
        self.assertEqual(refused.err, unknown.err)
        self.read(2, "--as", self.doctor, "--purpose", "TREAT", expect=4)
        self.read(3, "--as", self.auditor, "--purpose", "HMARKT", expect=4)
        denied = [entry for entry in self.read(1, "--denied") if entry["kind"] == "audit-read"]
        self.assertEqual([entry["rule"] for entry in denied], ["not-a-reader", "not-a-reader", "purpose"])
        # Nor does its own log tell whom it was refused by; its transactions tell it what it asked.
        own = self.ask(2, "audit", "list", "--patient", denied[0]["organisation_id"])
        self.assertEqual([(entry["asked"], entry["rule"], entry["permit"]) for entry in own],
                         [("LogAccess", "not-found", False)] + [("LogAuditRead", "not-found", False)] * 3)
        self.assertNotIn(self.patient, json.dumps(own))
        self.assertNotIn(self.record, json.dumps(own))
        asked = self.ask(2, "tx", "get", own[0]["tx_id"])["operations"][own[0]["operation"]]
        self.assertEqual((asked["patient"], asked["records"], asked["digest"]),
                         (self.patient, [self.record], own[0]["digest"]))

    def test_2_what_the_own_people_asked_elsewhere_is_one_list(self):
        def asked(hospital, *arguments):
            lines = self.network.client(hospital, "audit", "organisation", *arguments, "--output", "json").out.splitlines()
            return [json.loads(line) for line in lines]

        all_of_2 = asked(2)
        self.assertTrue(all(event["organisation"] == "hospital-2" for event in all_of_2))
        self.assertIn((self.doctor, self.patient, "TREAT", False),
                      [(e["person"], e["subject"], e["purpose"], e["decisions"][0]["permit"]) for e in all_of_2])
        readings = [e for e in all_of_2 if e["action"] == "AUDIT-READ"]
        self.assertEqual([e["decisions"][0]["permit"] for e in readings if e["subject"] == self.patient], [False, False])
        self.assertEqual(asked(2, "--person", self.doctor), [e for e in all_of_2 if e["person"] == self.doctor])
        self.assertEqual(asked(2, "--denied"), [e for e in all_of_2 if not all(d["permit"] for d in e["decisions"])])
        self.assertEqual(asked(2, "--emergency"), [])
        self.assertEqual(asked(2, "--to", "2020-01-01"), [])
        self.assertEqual(asked(2, "--from", "2020-01-01"), all_of_2)
        # The custodian is told of others' accesses to its patients; these are not its people's.
        self.assertNotIn("hospital-2", [e["organisation"] for e in asked(1)])

    def test_3_a_patient_takes_his_statement_home_and_exports_it(self):
        path = self.network.parent / "home"
        self.network.client(1, "audit", "statement", "--patient", self.patient, "--as", self.patient, "--out", path)
        genesis = self.network.dir / "genesis.json"
        shown = galen("audit", "show", path, "--genesis", genesis, "--output", "json").json()
        self.assertFalse(shown["may_grow"])
        self.assertEqual(shown["log_size"], len(shown["entries"]) + 1)
        out = self.network.parent / "bundle"
        galen("audit", "export", path, "--genesis", genesis, "--format", "fhir", "--out", out)
        codes = [entry["resource"]["type"]["code"] for entry in json.loads(out.read_text())["entry"]]
        self.assertEqual(codes.count("110101"), len([e for e in shown["entries"] if e["kind"] == "audit-read"]))

    def test_4_acts_outside_the_ledger_are_told_once(self):
        self.network.client(1, "audit", "act", "--act", "export", "--patient", self.patient, "--record", self.record,
                            "--recipient", "hospital-3", "--purpose", "HRESCH", "--as", self.officer)
        self.network.client(1, "audit", "act", "--act", "backup", "--patient", self.patient)
        self.network.client(1, "audit", "act", "--act", "gossip", expect=2)
        self.network.client(1, "audit", "act", "--act", "backup", "--recipient", "hospital-3", expect=5)
        acts = [entry for entry in self.read(1) if entry["kind"] not in ("access", "audit-read")]
        self.assertEqual([(act["kind"], act["role"], act["recipient"], act["accounting"]) for act in acts],
                         [("export", "privacy-officer", "hospital-3", True), ("backup", "organisation", None, False)])
        self.assertEqual(acts[0]["records"], [self.record])
        accounted = self.read(1, "--accounting")
        self.assertEqual([entry["kind"] for entry in accounted], ["export"])

    def test_5_a_past_access_is_explained_to_who_may_read_the_log(self):
        given = self.ask(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-2", "--purpose", "TREAT")
        self.check_receipt(given["grant"])
        out = self.network.parent / "read"
        done = self.ask(2, "record", "get", self.record, "--patient", self.patient, "--as", self.doctor, "--out", out)
        access = done["access"]["transaction"]
        told = self.ask(3, "consent", "explain", "--transaction", access, "--patient", self.patient, "--as", self.auditor,
                        "--purpose", "FRAUD")
        self.assertEqual(told["decisions"][0]["replayed"], told["decisions"][0]["recorded"])
        self.network.client(2, "consent", "explain", "--transaction", access, "--patient", self.patient, expect=4)
        last = [entry for entry in self.read(1) if entry["kind"] == "audit-read" and entry["permit"]][-1]
        self.assertEqual((last["person"], last["from_ms"] + 1), (self.auditor, last["to_ms"]))

    def check_receipt(self, grant):
        """What the patient takes home is refused when a byte of it is changed."""
        path = self.network.parent / "receipt.txt"
        self.network.client(1, "consent", "receipt", grant, "--patient", self.patient, "--out", path)
        genesis = self.network.dir / "genesis.json"
        verified = galen("consent", "receipt-verify", path, "--genesis", genesis, "--output", "json").json()
        self.assertEqual((verified["organisation"], verified["proof"]["subject"]),
                         ("hospital-1", f"grant:{self.patient}:{grant}"))
        for ending in ("", ".proof", ".seal"):
            part = Path(f"{path}{ending}")
            whole = part.read_bytes()
            for place in range(0, len(whole), max(1, len(whole) // 7)):
                part.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
                galen("consent", "receipt-verify", path, "--genesis", genesis, expect=7)
            part.write_bytes(whole)
        galen("consent", "receipt-verify", path, "--genesis", genesis)

    def test_6_the_log_survives_a_restart_of_all(self):
        before = self.network.wait_until_equal()
        self.network.stop()
        self.network.start()
        self.assertEqual(self.network.wait_until_equal(), before)
        self.assertTrue(self.read(1, "--as", self.patient))


if __name__ == "__main__":
    unittest.main(verbosity=2)
