#!/usr/bin/env python3
"""Sensitivity labels are tags on the ledger: who has the patient's label key reads them, no other member does, and
consent works on them all the same (docs/consent.md, "Labels")."""

import json
import os
import re
import unittest

from cluster import SOURCE, Network, galen

SAMPLES = SOURCE / "tests/data/consent/fhir"
TAG = re.compile(r"[0-9a-f]{32}")


class LabelsTest(unittest.TestCase):
    clear = set()  # records whose labels are in clear

    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.network.client(1, "practitioner", "register")
        cls.doctor = cls.network.ask(2, "practitioner", "register")["practitioner"]
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]
        cls.hiv = cls.put("hiv", "--label", "HIV")
        cls.etoh = cls.put("etoh", "--label", "ETHUD")
        cls.plain = cls.network.profile(1).read_text()
        cls.network.profile(1).write_text(cls.plain.replace("[profile]\n", '[profile]\nlabels = ["STAFF"]\n'))
        cls.own = cls.put("own", "--label", "STAFF")
        cls.network.profile(1).write_text(cls.plain)

    @classmethod
    def put(cls, name, *options, expect=0):
        path = cls.network.parent / f"{name}.txt"
        path.write_text(name)
        command = ("record", "put", path, "--patient", cls.patient, "--class", "NOTE", *options)
        if expect:
            return cls.network.client(1, *command, expect=expect)
        return cls.network.ask(1, *command)[0]["record"]

    def give(self, verb, *options, hospital=1):
        return self.network.ask(hospital, "consent", verb, "--patient", self.patient, "--to", "hospital-2", *options)["grant"]

    def end(self, *grants):
        for grant in grants:
            self.network.client(1, "consent", "revoke", grant, "--patient", self.patient)

    def read(self, record, expect=0):
        out = self.network.parent / "read"
        out.unlink(missing_ok=True)
        command = ("record", "get", record, "--patient", self.patient, "--purpose", "TREAT", "--out", out)
        if expect:
            return self.network.client(2, *command, expect=expect)
        return self.network.ask(2, *command)

    def listed(self, hospital, *options):
        records = self.network.ask(hospital, "record", "list", "--patient", self.patient, *options)
        for record in records:
            self.assertEqual(record["labels_key_id"] is None, record["record"] in self.clear)
        return {record["record"]: record["labels"] for record in records}

    def as_stored(self):
        """Grants and denials as hospital 3 is told them, which has no key: their labels are tags, if any."""
        signing = self.network.place(1) / "people" / f"{self.patient}.signing.pem"
        return self.network.ask(3, "consent", "list", "--patient", self.patient, "--status", "active", "--as", self.patient,
                                "--key", signing)

    def test_1_the_custodian_reads_labels_and_the_ledger_has_tags(self):
        self.assertEqual(self.listed(1, "--custodian")[self.hiv], ["HIV"])
        own, = self.listed(1, "--custodian")[self.own]
        self.assertRegex(own, TAG, "a label of the hospital's own that the profile does not name")
        self.network.profile(1).write_text(self.plain.replace("[profile]\n", '[profile]\nlabels = ["STAFF"]\n'))
        self.assertEqual(self.listed(1, "--custodian")[self.own], ["STAFF"])
        self.network.profile(1).write_text(self.plain)
        for label, found in (("HIV", {self.hiv}), ("SEX", set())):
            self.assertEqual(set(self.listed(1, "--custodian", "--label", label)), found)

    def test_1_what_is_no_known_label_is_refused(self):
        """It would become a tag like any other, and nobody would see that it protects nothing."""
        for label in ("hiv", "HVI", "HIV PSY", " HIV", "\u00c4", "X" * 33):
            refused = self.put("wrong", "--label", label, expect=2).err
            self.assertIn(f"'{label}'", refused)
        deny = ("consent", "deny", "--patient", self.patient, "--to", "hospital-2", "--label", "HIV, PSY")
        self.assertIn("' PSY'", self.network.client(1, *deny, expect=2).err)
        self.assertEqual(self.as_stored(), [])
        self.network.client(1, *deny[:-1], "HVI", "--clear-labels", expect=2)
        self.network.client(1, "record", "list", "--patient", self.patient, "--custodian", "--label", "HVI", expect=2)

    def test_1_a_scope_means_the_labels_below_as_well(self):
        denial = self.give("deny", "--label", "SUD")
        shown, = self.network.ask(1, "consent", "list", "--patient", self.patient, "--status", "active")
        self.assertEqual(shown["labels"], ["ETHUD", "OPIOIDUD", "SUD"])
        self.end(denial)

    def test_2_every_way_to_give_consent_writes_tags(self):
        given = [self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "HIV"), self.give("deny", "--label", "HIV")]
        self.end(given[1])
        proxy = self.network.ask(1, "proxy", "authorize", "--patient", self.patient, "--until", "+1d", "--exclude-label", "SEX",
                                 "--may-grant")["proxy"]
        given.append(self.give("deny", "--label", "HIV", "--as", proxy, "--until", "+1h"))
        denial = self.give("deny", "--label", "PSY")
        for grant in self.as_stored():
            self.assertIsNotNone(grant["labels_key_id"])
            for label in grant["labels"]:
                self.assertRegex(label, TAG)
        shown, = self.network.ask(1, "proxy", "list", "--patient", self.patient)
        self.assertEqual(shown["excluded_labels"], ["SEX"])
        self.assertIsNotNone(shown["labels_key_id"])
        self.network.client(1, "proxy", "revoke", proxy, "--patient", self.patient)
        self.end(given[0], denial)
        sample = self.network.parent / "consent.json"
        consent = json.loads((SAMPLES / "permit-organization.json").read_text().replace("st-anna", "hospital-2"))
        consent["provision"].update(period={"start": "2020"}, securityLabel=[
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SUD"}])
        sample.write_text(json.dumps(consent))
        shown, = self.network.ask(1, "consent", "import", sample, "--patient", self.patient, "--dry-run")["grants"]
        imported = self.network.ask(1, "consent", "import", sample, "--patient", self.patient)["grants"]
        for grant in (shown, *imported):
            self.assertIn("ETHUD", grant["labels"], "who signs reads what he signs")
        stored = {grant["grant"]: grant for grant in self.as_stored()}
        for grant in imported:
            self.assertEqual(len(stored[grant["grant"]]["labels"]), len(grant["labels"]))
            for label in stored[grant["grant"]]["labels"]:
                self.assertRegex(label, TAG)
        self.end(*(grant["grant"] for grant in imported))
        dry = self.network.ask(1, "consent", "simulate", "--patient", self.patient, "--to", "hospital-2", "--purpose", "TREAT",
                               "--label", "ETHUD", "--for", self.doctor, "--record", self.etoh)
        decision, = dry["decisions"]
        self.assertEqual((decision["after"]["permit"], decision["after"]["obligations"]), (True, ["42cfr2-notice"]))

    def test_2_consent_works_on_tags_and_the_reader_gets_no_label(self):
        grant = self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "HIV")
        shown, = self.network.ask(1, "consent", "list", "--patient", self.patient, "--status", "active")
        self.assertEqual(shown["labels"], ["HIV"])
        self.read(self.hiv)
        self.read(self.etoh, expect=4)
        labels, = self.listed(2).values()
        self.assertEqual(len(labels), 1)
        self.assertRegex(labels[0], TAG)
        denial = self.give("deny", "--label", "HIV")
        self.read(self.hiv, expect=4)
        self.end(denial)
        self.read(self.hiv)
        self.end(grant)

    def test_2_what_a_label_obliges_to_is_told_with_the_record(self):
        grant = self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "HIV,ETHUD")
        self.assertEqual(self.read(self.etoh)["obligations"], ["42cfr2-notice"])
        check, = self.network.ask(1, "consent", "check", "--patient", self.patient, "--record", self.etoh, "--for", self.doctor)
        self.assertEqual((check["permit"], check["obligations"]), (True, ["42cfr2-notice"]))
        self.end(grant)

    def test_3_elsewhere_the_patients_label_key_is_needed(self):
        key = self.network.parent / "patient.label"
        self.network.client(1, "label", "export-key", "--patient", self.patient, "--out", key)
        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)
        signing = self.network.place(1) / "people" / f"{self.patient}.signing.pem"
        terms = ("--purpose", "TREAT", "--until", "+1d", "--label", "HIV", "--key", signing)
        command = ("consent", "grant", "--patient", self.patient, "--to", "hospital-2", *terms)
        refused = self.network.client(3, *command, expect=2).err
        self.assertEqual(refused.count("\n"), 1)
        self.assertIn("--label-key", refused)
        self.assertNotIn("--clear", refused)
        clear = self.give("grant", *terms, "--clear-labels", hospital=3)
        self.read(self.hiv, expect=4)  # clear labels are not compared with tags
        grant = self.give("grant", *terms, "--label-key", key, hospital=3)
        self.read(self.hiv)
        listed = self.network.ask(3, "consent", "list", "--patient", self.patient, "--status", "active", "--as", self.patient,
                                  "--key", signing, "--label-key", key)
        self.assertEqual({item["grant"]: item["labels"] for item in listed}, {clear: ["HIV"], grant: ["HIV"]})
        self.end(clear, grant)
        damaged = self.network.parent / "damaged.label"
        text = key.read_text().split(" ")
        text[3] = ("1" if text[3][0] == "0" else "0") + text[3][1:]
        damaged.write_text(" ".join(text))
        damaged.chmod(0o600)
        self.assertIn("check", self.network.client(3, *command, "--label-key", damaged, expect=3).err)
        other = self.network.ask(1, "patient", "register")["patient"]
        wrong = self.network.client(3, "consent", "grant", "--patient", other, "--to", "hospital-2", *terms, "--label-key", key,
                                    expect=3).err
        self.assertIn("of another patient", wrong)
        again = self.network.client(1, "label", "export-key", "--patient", self.patient, "--out", key, expect=1).err
        self.assertIn(key.name, again)
        self.network.client(3, "label", "export-key", "--patient", self.patient, "--out", self.network.parent / "no", expect=4)
        self.assertFalse((self.network.parent / "no").exists())

    def test_3_a_filter_never_says_none_where_it_cannot_tell(self):
        grant = self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "HIV")
        command = ("record", "list", "--patient", self.patient, "--label", "HIV")
        self.assertIn("--label-key", self.network.client(2, *command, expect=2).err)
        key = self.network.parent / "filter.label"
        self.network.client(1, "label", "export-key", "--patient", self.patient, "--out", key)
        found = self.network.ask(2, *command, "--label-key", key)
        self.assertEqual([(record["record"], record["labels"]) for record in found], [(self.hiv, ["HIV"])])
        self.end(grant)

    def test_4_a_denial_under_another_key_matches(self):
        grant = self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "HIV")
        clear = self.give("deny", "--label", "SEX", "--clear-labels")
        self.read(self.hiv, expect=4)  # it fails closed: whether HIV is SEX cannot be told
        self.end(clear)
        self.read(self.hiv)
        self.end(grant)

    def test_5_a_new_secret_writes_and_the_old_one_reads(self):
        secrets = self.network.place(1) / "keys" / "labels.secret"
        fresh = self.network.parent / "fresh.secret"
        galen("label", "create-secret", "--out", fresh)
        secrets.write_text(fresh.read_text() + secrets.read_text())
        later = self.put("later", "--label", "ETHUD")
        labels = self.listed(1, "--custodian")
        self.assertEqual((labels[self.etoh], labels[later]), (["ETHUD"], ["ETHUD"]))
        grant = self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "ETHUD")
        # The node was started with the old secrets: it cannot tell which labels these are, so it says all that may be.
        self.assertEqual(self.read(later)["obligations"], ["42cfr2-notice"])
        self.read(self.etoh, expect=4)  # its tags are of the secret before
        again = self.network.parent / "etoh.txt"
        replaced = self.network.ask(1, "record", "replace", self.etoh, again, "--patient", self.patient, "--class", "NOTE",
                                    "--label", "ETHUD", "--reason", "relabelled", "--label-reason", "relabelled")[0]["record"]
        self.read(replaced)
        self.end(grant)

    def test_6_a_profile_without_secrets_says_what_to_do(self):
        profile = self.network.profile(1)
        text = self.plain
        profile.write_text(text.replace('label_secrets = "keys/labels.secret"\n', ""))
        refused = self.put("none", "--label", "HIV", expect=2).err
        self.assertIn("label_secrets", refused)
        clear = self.put("none", "--label", "HIV", "--clear-labels")
        self.clear.add(clear)
        self.assertEqual(self.listed(1, "--custodian")[clear], ["HIV"])
        self.assertRegex(self.listed(1, "--custodian")[self.hiv][0], TAG)
        (self.network.place(1) / "keys" / "broken").write_text("zz\n")
        os.chmod(self.network.place(1) / "keys" / "broken", 0o600)
        profile.write_text(text.replace("keys/labels.secret", "keys/broken"))
        self.assertIn("keys/broken: line 1", self.put("none", "--label", "HIV", expect=3).err)
        profile.write_text(text)


if __name__ == "__main__":
    unittest.main()
