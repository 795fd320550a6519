#!/usr/bin/env python3
"""FHIR consents signed and decided on a running network (issue 4: conformance)."""

import json
import unittest
from pathlib import Path

from cluster import Network

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "consent" / "fhir"


class ConsentImportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]
        note = cls.network.parent / "note.txt"
        note.write_bytes(b"a note\n")
        cls.record = cls.network.ask(1, "record", "put", note, "--patient", cls.patient, "--class", "NOTE")[0]["record"]

    def consent(self, sample, **root):
        """A sample about this network: hospital-2 for St Anna, windows as given."""
        text = (SAMPLES / f"{sample}.json").read_text().replace("st-anna", "hospital-2")
        consent = json.loads(text)
        consent["provision"].update(root)
        path = self.network.parent / "consent.json"
        path.write_text(json.dumps(consent))
        return path

    def do_import(self, path, *arguments):
        return self.network.ask(1, "consent", "import", path, "--patient", self.patient, *arguments)

    def rule(self):
        return self.network.ask(1, "consent", "check", "--patient", self.patient, "--record", self.record,
                                "--for", "hospital-2")[0]["rule"]

    def active(self):
        return [g["grant"] for g in self.network.ask(1, "consent", "list", "--patient", self.patient)
                if g["status"] == "active"]

    def test_1_a_dry_run_signs_nothing(self):
        path = self.consent("permit-organization", period={"start": "2020"})
        shown = self.do_import(path, "--dry-run")
        self.assertEqual([g["to"] for g in shown["grants"]], ["hospital-2"])
        self.assertEqual(self.active(), [])
        effects = shown["effects"]
        self.assertEqual(effects["result"], "ok")
        self.assertIn(("hospital-2", self.record, False, True),
                      [(d["for"], d["record"], d["before"]["permit"], d["after"]["permit"]) for d in effects["decisions"]])
        self.assertEqual({d["for"] for d in effects["decisions"]}, {"hospital-2"})

    def test_2_a_consent_is_signed_whole(self):
        path = self.consent("permit-organization", period={"start": "2099-01-01", "end": "2099-12-31"},
                            provision=[{"type": "deny", "class": [{"system": "urn:galen:record-class", "code": "LAB"}]}])
        done = self.do_import(path)
        self.assertEqual([g["effect"] for g in done["grants"]], ["permit", "deny"])
        self.assertEqual(sorted(g["grant"] for g in done["grants"]), sorted(self.active()))
        self.assertEqual(self.rule(), "not-yet-valid")

    def test_3_a_root_deny_ends_the_other_grants(self):
        before = self.active()
        self.assertTrue(before)
        done = self.do_import(self.consent("root-deny-exceptions"), "--until", "+1d")
        self.assertEqual(sorted(done["supersedes"]), sorted(before))
        self.assertEqual(self.active(), [done["grants"][0]["grant"]])
        self.assertEqual(self.rule(), "grant")

    def test_4_a_refused_consent_changes_nothing(self):
        before = self.active()
        answer = self.network.client(1, "consent", "import", self.consent("error-dependents"), "--patient", self.patient,
                                     "--output", "json", expect=1)
        self.assertEqual(answer.json()["resourceType"], "OperationOutcome")
        # Only the ledger knows that an active denial shadows this one.
        self.do_import(self.consent("deny-everything"))
        shadowed = self.network.client(1, "consent", "import", self.consent("root-deny-exceptions", type="permit", purpose=[
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}], actor=[
            json.loads(self.consent("permit-organization").read_text())["provision"]["actor"][0]]),
            "--patient", self.patient, expect=5)
        self.assertEqual(shadowed.err.count("\n"), 1, shadowed)
        self.assertEqual(len(self.active()), len(before) + 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
