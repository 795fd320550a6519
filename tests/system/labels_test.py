#!/usr/bin/env python3
"""Sensitivity labels are tags on the ledger: who has the patient's label key reads them, no other member does, and
consent works on them all the same (docs/consent.md, "Labels")."""

import os
import re
import unittest

from cluster import Network, galen

TAG = re.compile(r"[0-9a-f]{32}")


class LabelsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.network.client(1, "practitioner", "register")
        cls.doctor = cls.network.ask(2, "practitioner", "register")["practitioner"]
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]
        cls.hiv = cls.put("hiv", "--label", "HIV")
        cls.etoh = cls.put("etoh", "--label", "ETHUD")
        cls.own = cls.put("own", "--label", "STAFF")

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
        return {record["record"]: record["labels"] for record in records}

    def test_1_the_custodian_reads_labels_and_the_ledger_has_tags(self):
        self.assertEqual(self.listed(1, "--custodian")[self.hiv], ["HIV"])
        own, = self.listed(1, "--custodian")[self.own]
        self.assertRegex(own, TAG, "a label of the hospital's own that the profile does not name")
        profile = self.network.profile(1)
        profile.write_text(profile.read_text().replace("[profile]\n", '[profile]\nlabels = ["STAFF"]\n'))
        self.assertEqual(self.listed(1, "--custodian")[self.own], ["STAFF"])
        self.assertEqual(set(self.listed(1, "--custodian", "--label", "HIV")), {self.hiv})
        self.assertEqual(set(self.listed(1, "--custodian", "--label", "STAFF")), {self.own})
        self.assertEqual(self.listed(1, "--custodian", "--label", "SEX"), {})

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
        clear = self.give("grant", *terms, "--clear-labels", hospital=3)
        self.read(self.hiv, expect=4)  # clear labels are not compared with tags
        grant = self.give("grant", *terms, "--label-key", key, hospital=3)
        self.read(self.hiv)
        self.end(clear, grant)
        other = self.network.ask(1, "patient", "register")["patient"]
        wrong = self.network.client(3, "consent", "grant", "--patient", other, "--to", "hospital-2", *terms, "--label-key", key,
                                    expect=3).err
        self.assertIn("of another patient", wrong)
        again = self.network.client(1, "label", "export-key", "--patient", self.patient, "--out", key, expect=1).err
        self.assertIn(key.name, again)
        self.network.client(3, "label", "export-key", "--patient", self.patient, "--out", self.network.parent / "no", expect=4)
        self.assertFalse((self.network.parent / "no").exists())

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
        later = self.put("later", "--label", "HIV")
        labels = self.listed(1, "--custodian")
        self.assertEqual((labels[self.hiv], labels[later]), (["HIV"], ["HIV"]))
        grant = self.give("grant", "--purpose", "TREAT", "--until", "+1d", "--label", "HIV")
        self.read(later)
        self.read(self.hiv, expect=4)  # its tags are of the secret before: relabel it, or grant by record
        self.end(grant)

    def test_6_a_profile_without_secrets_says_what_to_do(self):
        profile = self.network.profile(1)
        text = profile.read_text()
        profile.write_text(text.replace('label_secrets = "keys/labels.secret"\n', ""))
        refused = self.put("none", "--label", "HIV", expect=2).err
        self.assertIn("label_secrets", refused)
        clear = self.put("none", "--label", "HIV", "--clear-labels")
        self.assertEqual(self.listed(1, "--custodian")[clear], ["HIV"])
        self.assertRegex(self.listed(1, "--custodian")[self.hiv][0], TAG)
        (self.network.place(1) / "keys" / "broken").write_text("zz\n")
        os.chmod(self.network.place(1) / "keys" / "broken", 0o600)
        profile.write_text(text.replace("keys/labels.secret", "keys/broken"))
        self.assertIn("keys/broken: line 1", self.put("none", "--label", "HIV", expect=3).err)
        profile.write_text(text)


if __name__ == "__main__":
    unittest.main()
