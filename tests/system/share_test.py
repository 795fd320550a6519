#!/usr/bin/env python3
"""Four processes: store, refuse, grant, read, revoke, audit, prove (issue 2, first milestone)."""

import json
import random
import unittest

from cluster import BIN, Network, galen, run

UNKNOWN = "0" * 63 + "1"


class ShareTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.network.client(1, "practitioner", "register")
        cls.doctor = cls.network.ask(2, "practitioner", "register")["practitioner"]
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]
        cls.lab = cls.put("LAB", b"glucose 5.4 mmol/l\n" * 200_000)
        cls.note = cls.put("NOTE", b"dark thoughts\n", "--confidentiality", "R", "--label", "PSY")
        cls.claim = cls.put("CLAIM", b"")

    @classmethod
    def put(cls, record_class, content, *arguments):
        path = cls.network.parent / f"{record_class}.txt"
        path.write_bytes(content)
        stored = cls.network.ask(1, "record", "put", path, "--patient", cls.patient, "--class", record_class, *arguments)
        return stored[0]["record"], content

    def get(self, record, hospital=2, expect=0, via=None):
        out = self.network.parent / "read"
        out.unlink(missing_ok=True)
        asked = ("--node", via) if via else ()
        answer = self.network.client(hospital, *asked, "record", "get", record, "--patient", self.patient, "--purpose", "TREAT",
                                     "--out", out, expect=expect)
        if expect:
            self.assertFalse(out.exists(), "a refused record left a file")
            self.assertEqual(answer.err.count("\n"), 1, answer)
            return answer.err
        return out.read_bytes()

    def grant(self, *arguments):
        return self.network.ask(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-2", "--purpose",
                                "TREAT", "--until", "+1d", *arguments)["grant"]

    @staticmethod
    def accesses(entries):
        return [entry for entry in entries if entry["kind"] == "access"]

    def attempts(self):
        return self.accesses(self.network.ask(1, "audit", "list", "--patient", self.patient))

    def test_1_without_consent_everything_looks_absent(self):
        refused = self.get(self.lab[0], expect=4)
        absent = self.get(UNKNOWN, expect=4)
        self.assertEqual(refused.replace(self.lab[0], ""), absent.replace(UNKNOWN, ""))
        self.assertEqual(self.network.ask(2, "record", "list", "--patient", self.patient), [])
        self.assertEqual(self.network.ask(2, "record", "list", "--patient", UNKNOWN), [])

    def test_2_a_list_is_in_the_audit_before_it_is_read(self):
        before = len(self.attempts())
        self.network.ask(2, "record", "list", "--patient", self.patient)
        entry, = self.attempts()[before:]
        self.assertEqual((entry["organisation"], entry["action"]), ("hospital-2", "LIST"))
        self.assertEqual([(d["record"], d["permit"], d["rule"]) for d in entry["decisions"]], [("", True, "listed")])
        self.network.ask(1, "record", "list", "--patient", self.patient, "--custodian")
        self.assertEqual(len(self.attempts()), before + 1, "the custodian's own list is none")
        told = self.network.client(1, "audit", "list", "--patient", self.patient).out
        self.assertRegex(told, r"LIST +- +permit +listed")

    def test_2_a_grant_opens_what_it_says_and_nothing_else(self):
        grant = self.grant("--class", "LAB", "--class", "NOTE")
        self.assertEqual(self.get(self.lab[0]), self.lab[1])
        self.get(self.note[0], expect=4)   # label and confidentiality
        self.get(self.claim[0], expect=4)  # class
        listed = self.network.ask(2, "record", "list", "--patient", self.patient)
        self.assertEqual([item["record"] for item in listed], [self.lab[0]])
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)
        self.get(self.lab[0], expect=4)

    def test_2_another_hospitals_node_proves_what_it_says(self):
        grant = self.grant("--class", "LAB")
        self.assertEqual(self.get(self.lab[0], via="hospital-3"), self.lab[1])
        listed = self.network.ask(2, "--node", "hospital-3", "record", "list", "--patient", self.patient)
        self.assertEqual([item["record"] for item in listed], [self.lab[0]])
        # Whichever node answers, the reader keeps the proof of what he saw.
        for node in ("hospital-2", "hospital-3"):
            seen = self.network.parent / f"seen-at-{node}"
            command = ("--node", node, "record", "list", "--patient", self.patient, "--proofs", seen)
            self.assertEqual(self.network.ask(2, *command), listed)
            self.kept_proofs(seen, f"record:{self.patient}:{self.lab[0]}")
            before = (seen / f"{self.lab[0]}.proof").read_bytes()
            self.assertIn("there is a file", self.network.client(2, *command, expect=2).err)
            self.assertEqual((seen / f"{self.lab[0]}.proof").read_bytes(), before)
        self.network.client(2, *command[:-1], self.network.parent / "past", "--at", 1, expect=2)
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)
        self.get(self.lab[0], expect=4, via="hospital-3")

    def kept_proofs(self, directory, *subjects):
        """Exactly these, each in a file that anybody verifies and that no changed byte passes."""
        genesis = self.network.dir / "genesis.json"
        names = [subject.rsplit(":", 1)[1] for subject in subjects]
        self.assertEqual(sorted(path.name for path in directory.iterdir()), sorted(f"{name}.proof" for name in names))
        for subject, name in zip(subjects, names):
            path = directory / f"{name}.proof"
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            report = galen("proof", "verify", path, "--genesis", genesis, "--output", "json").json()
            self.assertEqual((report["subject"], report["present"]), (subject, True))
            content = path.read_bytes()
            for place in {0, len(content) - 1, *(random.randrange(len(content)) for _ in range(6))}:
                wrong = bytearray(content)
                wrong[place] ^= 1 << random.randrange(8)
                changed = self.network.parent / "changed"
                changed.write_bytes(wrong)
                self.assertEqual(run(BIN / "galen", "proof", "verify", changed, "--genesis", genesis).code, 7, place)

    def test_2_a_patient_lists_his_grants_through_another_hospital(self):
        grant = self.grant("--class", "LAB")
        key = self.network.place(1) / "people" / f"{self.patient}.signing.pem"
        command = ("consent", "list", "--patient", self.patient, "--status", "active")
        listed = self.network.ask(3, *command, "--as", self.patient, "--key", key)
        self.assertEqual([item["grant"] for item in listed], [grant])
        self.assertEqual(self.network.ask(3, "--node", "hospital-2", *command, "--as", self.patient, "--key", key), listed)
        his = self.network.parent / "his"
        self.assertEqual(self.network.ask(3, *command, "--as", self.patient, "--key", key, "--proofs", his), listed)
        self.kept_proofs(his, f"grant:{self.patient}:{grant}")
        self.network.client(3, *command, expect=4)
        self.network.client(2, *command, "--as", self.doctor, expect=2)
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)

    def test_3_an_empty_record_reads_back_empty(self):
        grant = self.grant("--class", "CLAIM")
        self.assertEqual(self.get(self.claim[0]), b"")
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)

    def test_4_every_attempt_is_in_the_audit(self):
        before = len(self.attempts())
        self.get(self.lab[0], expect=4)
        grant = self.grant()
        self.get(self.lab[0])
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)
        new = self.attempts()[before:]
        self.assertEqual([entry["decisions"][0]["permit"] for entry in new], [False, True])
        self.assertEqual({entry["organisation"] for entry in new}, {"hospital-2"})
        self.assertEqual(new[1]["decisions"][0]["grant"], grant)

    def test_5_proofs_verify_offline_and_no_changed_byte_passes(self):
        grant = self.grant()
        genesis = self.network.dir / "genesis.json"
        for key, present in ((f"grant:{self.patient}:{grant}", True), (f"grant:{self.patient}:{UNKNOWN}", False),
                             (f"patient:{self.patient}", True), ("organisation:hospital-3", True)):
            path = self.network.parent / "proof"
            path.unlink(missing_ok=True)
            self.network.client(1, "proof", "get", key, "--out", path)
            report = galen("proof", "verify", path, "--genesis", genesis, "--output", "json").json()
            self.assertEqual(report["present"], present, key)
            content = path.read_bytes()
            changed = self.network.parent / "changed"
            for place in {0, len(content) - 1, *(random.randrange(len(content)) for _ in range(12))}:
                wrong = bytearray(content)
                wrong[place] ^= 1 << random.randrange(8)
                changed.write_bytes(wrong)
                answer = run(BIN / "galen", "proof", "verify", changed, "--genesis", genesis)
                self.assertEqual(answer.code, 7, f"byte {place} of {key}: {answer}")
            changed.write_bytes(content[:-1])
            self.assertEqual(run(BIN / "galen", "proof", "verify", changed, "--genesis", genesis).code, 7)
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)

    def statement(self, *arguments):
        path = self.network.parent / "statement"
        path.unlink(missing_ok=True)
        self.network.client(1, "audit", "statement", "--patient", self.patient, "--out", path, *arguments)
        return path

    def offline(self, verb, path, *arguments, **options):
        return galen("audit", verb, path, "--genesis", self.network.dir / "genesis.json", *arguments, **options)

    def shown(self, path, *arguments):
        return self.offline("show", path, *arguments, "--output", "json").json()

    def test_5_a_statement_of_every_access_verifies_offline(self):
        for _ in range(3):
            self.get(self.lab[0], expect=4)
        listed = self.attempts()
        whole = self.shown(self.statement())
        self.assertEqual(self.accesses(whole["entries"]), listed)
        # All but its own reading, which shows that nothing else came before it.
        self.assertEqual(whole["log_size"], len(whole["entries"]) + 1)
        self.assertFalse(whole["may_grow"])
        first, last = listed[1]["height"], listed[-1]["height"]
        path = self.statement("--from-height", first, "--to-height", last)
        part = self.shown(path)
        self.assertEqual(self.accesses(part["entries"]), [entry for entry in listed if first <= entry["height"] < last])
        self.assertFalse(part["may_grow"])
        denied = self.accesses(self.shown(path, "--denied", "--organisation", "hospital-2")["entries"])
        self.assertTrue(denied)
        self.assertFalse(any(decision["permit"] for entry in denied for decision in entry["decisions"]))
        # Another hospital does not answer for the patient.
        self.network.client(2, "audit", "statement", "--patient", self.patient, "--out", path.with_name("no"), expect=4)
        self.assertFalse(path.with_name("no").exists())
        content = path.read_bytes()
        for place in {0, len(content) - 1, *(random.randrange(len(content)) for _ in range(12))}:
            wrong = bytearray(content)
            wrong[place] ^= 1 << random.randrange(8)
            path.with_name("changed").write_bytes(wrong)
            self.offline("verify", path.with_name("changed"), expect=7)
        out = path.with_name("bundle.json")
        self.offline("export", path, "--format", "fhir", "--out", out)
        events = [entry["resource"] for entry in json.loads(out.read_text())["entry"]]
        decisions = [event for event in events if event["type"]["code"] == "110113"]
        self.assertEqual([event["outcome"] for event in decisions],
                         ["0" if decision["permit"] else "8" for entry in part["entries"] for decision in entry["decisions"]])

    def test_5_a_statement_says_that_there_never_was_an_access(self):
        patient = self.network.ask(1, "patient", "register")["patient"]
        path = self.network.parent / "none"
        self.network.client(1, "audit", "statement", "--patient", patient, "--out", path)
        self.assertEqual((self.shown(path)["entries"], self.shown(path)["log_size"]), ([], 1))

    def test_6_only_the_custodian_sees_consent_and_audit(self):
        for verb in (("consent", "list"), ("audit", "list")):
            answer = self.network.client(2, *verb, "--patient", self.patient, expect=None)
            self.assertIn(answer.code, (0, 4), answer)
            self.assertNotIn(self.lab[0], answer.out)
            self.assertNotIn("hospital-2", answer.out)

    def test_7_all_nodes_end_equal_and_survive_a_restart(self):
        before = self.network.wait_until_equal()
        self.network.stop()
        self.network.start()
        self.assertEqual(self.network.wait_until_equal(), before)
        self.assertTrue(self.network.ask(1, "patient", "register")["patient"])

    def test_7_b_who_answers_for_the_own_node_is_told(self):
        self.network.kill(1)
        answer = self.network.client(1, "status")
        self.assertIn("galen: note: the node of hospital-1", answer.err)
        self.assertIn("hospital-2", answer.out)
        self.network.start()

    def test_8_no_identifier_of_a_person_is_in_a_log(self):
        for number in self.network.numbers():
            log = (self.network.place(number) / "galend.log").read_text(errors="replace")
            for secret in (self.patient, self.doctor, self.lab[0]):
                self.assertNotIn(secret[:12], log)
            self.assertNotIn("PRIVATE KEY", log)


if __name__ == "__main__":
    unittest.main()
