#!/usr/bin/env python3
"""Four processes: versions of a record, a grant to a group, a dry run, a receipt, a past decision explained."""

import json
import unittest

from cluster import Network, galen


class VersionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.patient = cls.ask(1, "patient", "register")["patient"]
        cls.doctor = cls.ask(2, "practitioner", "register")["practitioner"]
        cls.file = cls.network.parent / "visit.txt"

    @classmethod
    def ask(cls, hospital, *arguments, **options):
        return cls.network.ask(hospital, *arguments, **options)

    def put(self, content, *arguments):
        self.file.write_text(content)
        return self.ask(1, "record", "put", self.file, "--patient", self.patient, "--class", "NOTE", *arguments)[0]["record"]

    def get(self, record, *arguments, expect=0):
        out = self.network.parent / "read"
        out.unlink(missing_ok=True)
        answer = self.network.client(2, "record", "get", record, "--patient", self.patient, "--out", out, "--output",
                                     "json", *arguments, expect=expect)
        return (out.read_text(), answer.json()) if expect == 0 else answer

    def list(self, *arguments):
        listed = self.ask(1, "record", "list", "--patient", self.patient, "--custodian", *arguments)
        return {entry["record"]: entry["status"] for entry in listed}

    def test_1_versions_form_a_line(self):
        first = self.put("first")
        given = self.ask(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-2", "--purpose", "TREAT")
        grant = given["grant"]
        self.file.write_text("second")
        replace = ("record", "replace", first, self.file, "--patient", self.patient, "--class", "NOTE", "--reason", "correction")
        second = self.ask(1, *replace)[0]["record"]
        self.assertIn("not-current", self.network.client(1, *replace, expect=5).err)
        content, got = self.get(first)
        self.assertEqual((content, got["obligations"]), ("first", ["superseded-version"]))
        self.assertEqual(self.get(second)[0], "second")
        self.network.client(1, "record", "retract", second, "--patient", self.patient, "--reason", "new-version", expect=5)
        self.network.client(2, "record", "retract", second, "--patient", self.patient, "--reason", "duplicate", expect=5)
        self.network.client(1, "record", "retract", second, "--patient", self.patient, "--reason", "duplicate")
        self.get(second, expect=4)
        for version in (first, second):
            history = self.ask(1, "record", "history", version, "--patient", self.patient)
            self.assertEqual([v["record"] for v in history], [first, second])
            self.assertEqual([v["status"] for v in history], ["superseded", "entered-in-error"])
            self.assertEqual(history[1]["reason"], "correction")
            self.assertEqual(history[1]["retraction"], "duplicate")
        self.network.client(2, "record", "history", first, "--patient", self.patient, expect=4)
        self.assertEqual(self.list("--status", "superseded"), {first: "superseded"})
        self.assertEqual(self.list("--class", "LAB"), {})
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)
        self.assertEqual(self.list("--at", 1), {})
        granted = given["committed"]["height"]
        self.assertEqual(self.list("--at", granted), {first: "current"})
        self.assertEqual(self.list(), {first: "superseded", second: "entered-in-error"})
        statuses = [[g["status"] for g in self.ask(1, "consent", "list", "--patient", self.patient, *at)]
                    for at in (("--at", granted - 1), ("--at", granted), ())]
        self.assertEqual(statuses, [[], ["active"], ["revoked"]])
        for verb in (("consent", "list"), ("record", "list", "--custodian")):
            self.network.client(1, "--timeout", 3, *verb, "--patient", self.patient, "--at", 1_000_000, expect=6)
            self.network.client(1, *verb, "--patient", self.patient, "--at", 0, expect=2)

    def test_2_a_grant_on_paper_with_its_text_and_frame(self):
        record = self.put("by paper")
        text = self.network.parent / "consent.txt"
        text.write_text("I, the patient, agree.")
        made = galen("consent", "commit-text", text, "--output", "json").json()
        give = ("consent", "grant", "--patient", self.patient, "--to", "hospital-2", "--purpose", "TREAT", "--paper")
        elsewhere = self.ask(1, *give, "--region", "DE", "--class", "LAB")["grant"]
        self.get(record, expect=4)  # a note
        grant = self.ask(1, *give, "--until", "+30d", "--erase-by", "+60d", "--text-commitment", made["commitment"])["grant"]
        self.assertTrue(any(o.startswith("erase-by=") for o in self.get(record)[1]["obligations"]))
        stored = self.network.parent / "receipt.txt"
        self.network.client(1, "consent", "receipt", grant, "--patient", self.patient, "--out", stored)
        receipt = stored.read_text()
        self.assertRegex(receipt, r"given by *:? +the record holder, as the patient signed on paper")
        self.assertIn(made["commitment"], receipt)
        galen("consent", "commit-text", text, "--salt", made["salt"], "--expect", made["commitment"])
        self.assertIn("ends it when you say so", receipt)
        listed = {g["grant"]: g for g in self.ask(1, "consent", "list", "--patient", self.patient)}
        self.assertEqual((listed[elsewhere]["regions"], listed[elsewhere]["given_by"]), (["DE"], "custodian"))
        self.assertRegex(self.network.client(1, "consent", "list", "--patient", self.patient).out,
                         r"active \(paper\) +hospital-2 in DE")
        self.assertIn("members are in DE", self.network.client(1, *give, "--region", "UK", expect=2).err)
        self.network.client(1, *give, "--text-commitment", "00" * 32, expect=2)
        self.network.client(1, *give, "--policy", "00" * 32, expect=2)
        self.network.client(1, *give, "--erase-by", "+1d", expect=2)
        self.network.client(1, *give, "--as", self.patient, expect=2)
        self.network.client(2, *give, expect=5)  # not his custodian
        # The custodian ends what it gave, the patient everything.
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient, "--paper")
        self.network.client(1, "consent", "revoke", elsewhere, "--patient", self.patient)
        self.get(record, expect=4)
        own = self.ask(1, *give[:-1])["grant"]
        self.network.client(1, "consent", "revoke", own, "--patient", self.patient, "--paper", expect=5)
        self.network.client(1, "consent", "revoke", own, "--patient", self.patient)

    def test_2_a_group_is_frozen_or_followed(self):
        record = self.put("for the board")
        group = self.ask(2, "group", "define", "--name", "board")["group"]
        to_group = ("consent", "grant", "--patient", self.patient, "--to", f"group:{group}", "--purpose", "TREAT")
        frozen = self.ask(1, *to_group)["grant"]
        self.network.client(2, "group", "add", group, self.doctor)
        shown = self.ask(2, "group", "show", group, "--member", self.doctor)
        self.assertEqual((shown["version"], shown["member"], shown["organisations"]), (2, True, []))
        self.get(record, expect=4)
        followed = self.ask(1, *to_group, "--follow")["grant"]
        self.assertEqual(self.get(record)[0], "for the board")
        listed = {g["grant"]: g for g in self.ask(1, "consent", "list", "--patient", self.patient, "--to", f"group:{group}")}
        self.assertEqual({g: (v["group_version"], v["follow"]) for g, v in listed.items()},
                         {frozen: (1, False), followed: (2, True)})
        self.network.client(2, "group", "remove", group, self.doctor)
        self.get(record, expect=4)
        self.network.client(1, "group", "add", group, self.doctor, expect=5)
        self.assertEqual([g["name"] for g in self.ask(3, "group", "list")], ["board"])
        for grant in (frozen, followed):
            self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)

    def test_3_a_hospital_lends_its_doctor_with_its_signature(self):
        protocol = "ab" * 32
        group = self.ask(1, "group", "define", "--kind", "PROJECT", "--name", "study", "--document-commitment", protocol)["group"]
        self.assertEqual(self.ask(3, "group", "show", group)["document"], protocol)
        self.network.client(1, "group", "add", group, self.doctor, expect=5)
        key = next(self.network.place(2).rglob("gateway-signing.pem"))
        self.network.client(1, "group", "add", group, self.doctor, "--organisation", "hospital-2", "--key", key)
        record = self.put("for the study")
        grant = self.ask(1, "consent", "grant", "--patient", self.patient, "--to", f"project:{group}", "--purpose", "TREAT")
        self.get(record, expect=4)
        self.assertEqual(self.get(record, "--project", group)[0], "for the study")
        self.network.client(1, "consent", "revoke", grant["grant"], "--patient", self.patient)

    def test_4_what_would_change_and_what_was_decided(self):
        record = self.put("to be explained")
        terms = ("--patient", self.patient, "--to", "hospital-2", "--purpose", "TREAT")
        run = self.ask(1, "consent", "simulate", *terms, "--for", self.doctor, "--record", record)
        self.assertEqual(run["result"], "ok")
        self.assertEqual([(d["before"]["permit"], d["after"]["permit"]) for d in run["decisions"]], [(False, True)])
        everybody = self.ask(1, "consent", "simulate", *terms, "--record", record)
        self.assertEqual([(d["for"], d["role"], d["purpose"], d["changes"]) for d in everybody["decisions"]],
                         [("hospital-2", "clinician", purpose, True) for purpose in ("COC", "ETREAT", "TREAT")])
        billing = self.ask(1, "consent", "simulate", *terms[:-1], "HOPERAT", "--record", record)
        self.assertEqual([(d["for"], d["role"]) for d in billing["decisions"]], [("hospital-2", "billing"), ("hospital-2", "auditor")])
        one = self.ask(1, "consent", "simulate", *terms, "--record", record, "--for", "hospital-2", "--asked-purpose", "HOPERAT")
        self.assertEqual([(d["role"], d["changes"], d["after"]["rule"]) for d in one["decisions"]],
                         [("billing", False, "purpose"), ("auditor", False, "purpose")])
        self.network.client(1, "consent", "simulate", *terms, "--asked-purpose", "HLEGAL", expect=2)
        # Whom a standing grant names loses by a denial for others.
        person = self.ask(1, "consent", "grant", "--patient", self.patient, "--to", self.doctor, "--purpose", "TREAT")["grant"]
        denial = self.ask(1, "consent", "simulate", "--deny", *terms, "--record", record)
        self.assertEqual([(d["for"], d["role"], d["purpose"]) for d in denial["decisions"]],
                         [(self.doctor, None, purpose) for purpose in ("COC", "ETREAT", "TREAT")])
        self.network.client(1, "consent", "revoke", person, "--patient", self.patient)
        self.network.client(2, "consent", "simulate", *terms, "--for", self.doctor, expect=4)
        grant = self.ask(1, "consent", "grant", *terms)["grant"]
        access = self.get(record)[1]["access"]["transaction"]
        soon = self.ask(1, "consent", "list", "--patient", self.patient, "--status", "active", "--expiring", "+400d")
        self.assertEqual([g["grant"] for g in soon], [grant])
        self.assertEqual(self.ask(1, "consent", "list", "--patient", self.patient, "--expiring", "+1d"), [])
        dry = self.ask(1, "consent", "revoke", grant, "--patient", self.patient, "--dry-run", "--asked-purpose", "TREAT")
        self.assertEqual([(d["for"], d["purpose"], d["record"], d["changes"]) for d in dry["decisions"] if d["record"] == record],
                         [("hospital-2", "TREAT", record, True)])
        self.network.client(2, "consent", "revoke", grant, "--patient", self.patient, "--dry-run", expect=4)
        self.assertIn("unspecified withdrawn", self.network.client(
            1, "consent", "revoke", grant, "--patient", self.patient, "--reason", "because", expect=2).err)
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient, "--reason", "withdrawn")
        history = self.ask(1, "consent", "history", grant, "--patient", self.patient)
        self.assertEqual((history[0]["revoked"]["by"], history[0]["revoked"]["reason"]), ("patient", "withdrawn"))
        self.the_patient_sees_his_history(grant, history)
        proofs = self.network.parent / "proofs"
        told = self.ask(1, "consent", "explain", "--transaction", access, "--out", proofs)
        genesis = self.network.dir / "genesis.json"
        galen("audit", "verify", proofs / "access.statement", "--genesis", genesis)
        proven = galen("proof", "verify", proofs / f"{grant}.proof", "--genesis", genesis, "--output", "json").json()
        self.assertEqual((proven["subject"], proven["present"]), (f"grant:{self.patient}:{grant}", True))
        self.assertTrue(told["transaction_bound"])
        self.assertEqual(told["person"], self.doctor)
        decision = told["decisions"][0]
        self.assertEqual(decision["recorded"]["grant"], grant)
        self.assertEqual(decision["replayed"], decision["recorded"], told)
        self.assertGreater(decision["grant_written_height"], told["height"])
        self.assertGreaterEqual(told["proven_height"], told["height"])
        self.network.client(3, "consent", "explain", "--transaction", access, expect=4)

        at = ("consent", "explain", "--at", told["height"], "--patient", self.patient)
        (again,) = self.ask(1, *at)
        self.assertEqual((again["index"], again["decisions"]), (told["index"], told["decisions"]))
        self.assertIsNone(again["transaction"])
        self.assertEqual(self.ask(1, *at[:3], told["height"] - 1, *at[4:]), [])
        self.network.client(3, *at, expect=4)
        self.network.client(1, *at[:3], 10**9, *at[4:], expect=4)
        for wrong in (at[:4], (*at, "--transaction", access), ("consent", "explain", "--patient", self.patient),
                      (*at[:3], "-1", *at[4:])):
            self.network.client(1, *wrong, expect=2)

        out = self.network.parent / "receipt.json"
        self.network.client(1, "consent", "receipt", grant, "--patient", self.patient, "--out", out, "--format", "json")
        receipt = json.loads(out.read_text())
        self.assertEqual((receipt["receipt"], receipt["status"]), (grant, "revoked"))
        report = galen("proof", "verify", f"{out}.proof", "--genesis", self.network.dir / "genesis.json", "--output",
                       "json").json()
        self.assertEqual((report["present"], report["block"]), (True, receipt["proof"]["block"]))
        text = self.network.parent / "receipt.txt"
        self.network.client(1, "consent", "receipt", grant, "--patient", self.patient, "--out", text)
        told = text.read_text()
        self.assertIn("hospital-2", told)
        self.assertIn("treatment (TREAT)", told)
        # The patient himself through another member, which alone may not ask.
        mine = self.network.parent / "mine.txt"
        self.network.client(3, "consent", "receipt", grant, "--patient", self.patient, "--out", mine, expect=4)
        key = self.network.place(1) / "people" / f"{self.patient}.signing.pem"
        self.network.client(3, "consent", "receipt", grant, "--patient", self.patient, "--as", self.patient, "--key", key, "--out", mine)
        def of_the_grant(lines):
            return [line for line in lines.splitlines() if not line.startswith(("proven at", "block", "proof"))]
        self.assertEqual(of_the_grant(mine.read_text()), of_the_grant(told))
        self.assertIn("record holder", told)
        galen("consent", "receipt-verify", mine, "--genesis", self.network.dir / "genesis.json")

    def the_patient_sees_his_history(self, grant, history):
        """Through another member, which alone may not ask."""
        self.network.wait_until_equal()
        command = ("consent", "history", grant, "--patient", self.patient)
        key = self.network.place(1) / "people" / f"{self.patient}.signing.pem"
        self.network.client(3, *command, expect=4)
        self.network.client(3, *command, "--as", self.doctor, "--key", key, expect=2)
        for node in ((), ("--node", "hospital-2")):
            his = self.ask(3, *node, *command, "--as", self.patient, "--key", key)
            for one in his + history:
                one.pop("proven_height", None)
            self.assertEqual(his, history)

    def test_5_everything_is_exported_in_fhir(self):
        again = self.put("again")
        self.file.write_text("hidden")
        hidden = self.ask(1, "record", "put", self.file, "--patient", self.patient, "--class", "LAB", "--withhold")[0]["record"]
        proxy = self.ask(1, "proxy", "authorize", "--patient", self.patient, "--until", "+1d")["proxy"]
        other = self.ask(1, "patient", "register")["patient"]
        self.ask(1, "patient", "link", self.patient, "--with", other)
        standing = self.ask(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-3", "--purpose", "TREAT",
                            "--class", "LAB", "--label", "HIV", "--until", "+30d")["grant"]
        out = self.network.parent / "patient.json"
        export = ("patient", "export", self.patient, "--out", out)
        told = self.ask(1, *export)
        self.assertEqual(out.stat().st_mode & 0o777, 0o600)
        self.network.client(1, *export, expect=2)
        bundle = json.loads(out.read_text())
        self.assertEqual((bundle["type"], bundle["identifier"]["value"]), ("collection", told["block"]))
        of = {}
        for entry in bundle["entry"]:
            of.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
        self.assertEqual(len({entry["fullUrl"] for entry in bundle["entry"]}), len(bundle["entry"]))
        required = {"Patient": (), "Organization": ("name",), "RelatedPerson": ("patient",),
                    "Consent": ("status", "scope", "category", "patient", "policy", "provision"),
                    "DocumentReference": ("status", "content"), "AuditEvent": ("type", "recorded", "agent", "source")}
        self.assertEqual(set(of), set(required))
        for kind, names in required.items():
            for resource in of[kind]:
                self.assertLessEqual({"id", *names}, set(resource), resource)
        grants = {g["grant"]: g["status"] for g in self.ask(1, "consent", "list", "--patient", self.patient)}
        self.assertEqual({c["id"]: c["status"] for c in of["Consent"]},
                         {g: "active" if s == "active" else "inactive" for g, s in grants.items()})
        listed = {r["record"]: r["status"] for r in self.ask(1, "record", "list", "--patient", self.patient, "--custodian")}
        self.assertEqual({d["id"]: d["status"] for d in of["DocumentReference"]}, listed)
        self.assertIn(hidden, listed)
        *accesses, reading = self.ask(1, "audit", "list", "--patient", self.patient)
        self.assertEqual((accesses[-1]["kind"], reading["kind"]), ("export", "audit-read"))  # its own, the second not in it
        self.assertEqual(len(of["AuditEvent"]), sum(len(a["decisions"]) or 1 for a in accesses))
        self.assertEqual([p["id"] for p in of["RelatedPerson"]], [proxy])
        self.assertEqual(of["Patient"][0]["link"][0]["other"]["reference"], f"Patient/{other}")
        self.assertEqual((told["grants"], told["records"], told["accesses"]), (len(grants), len(listed), len(accesses)))

        # What is exported is imported as the same terms.
        consent = self.network.parent / "exported.json"
        consent.write_text(json.dumps(next(c for c in of["Consent"] if c["id"] == standing)))
        self.ask(1, "consent", "revoke", standing, "--patient", self.patient)
        signed = self.ask(1, "consent", "import", consent, "--patient", self.patient)["grants"][0]["grant"]
        terms = {g["grant"]: {k: v for k, v in g.items() if k not in ("grant", "status", "ended_ms", "sequence")}
                 for g in self.ask(1, "consent", "list", "--patient", self.patient)}
        self.assertEqual(terms[signed], terms[standing])

        out.unlink()
        self.ask(1, *export, "--as", self.patient)
        mine = {e["resource"]["id"] for e in json.loads(out.read_text())["entry"]}
        self.assertTrue(again in mine and hidden not in mine)
        out.unlink()
        self.network.client(1, *export, "--as", proxy, expect=2)
        self.network.client(2, *export, expect=4)
        self.assertEqual([p for p in out.parent.iterdir() if p.name.startswith("patient.json")], [])


if __name__ == "__main__":
    unittest.main()
