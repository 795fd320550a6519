#!/usr/bin/env python3
"""Four processes: proxies, suspension, and new keys of persons and organisations."""

import datetime
import os
import time
import unittest

from cluster import Network, galen, run, wait_for

CLIENT_EXTENSIONS = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"


class IdentityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.doctor = cls.network.ask(2, "practitioner", "register")["practitioner"]
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]
        cls.note = cls.put("note", "--class", "NOTE")
        cls.hidden = cls.put("hidden", "--class", "NOTE", "--label", "SEX")

    @classmethod
    def put(cls, name, *arguments):
        path = cls.network.parent / f"{name}.txt"
        path.write_text(f"{name}\n")
        return cls.network.ask(1, "record", "put", path, "--patient", cls.patient, *arguments)[0]["record"]

    def get(self, hospital, record, person, purpose, expect=0):
        out = self.network.parent / "read"
        out.unlink(missing_ok=True)
        return self.network.client(hospital, "record", "get", record, "--patient", self.patient, "--as", person,
                                   "--purpose", purpose, "--out", out, expect=expect)

    def grant(self, expect=0):
        return self.network.client(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-2",
                                   "--purpose", "TREAT", "--until", "+1d", expect=expect)

    def proxy(self, *arguments):
        return self.network.ask(1, "proxy", "authorize", "--patient", self.patient, *arguments)["proxy"]

    def reasons(self):
        entries = self.network.ask(1, "audit", "list", "--patient", self.patient)
        return [decision["rule"] for entry in entries for decision in entry["decisions"]]

    def refused_soon(self, profile):
        """The seconds until a node refuses this client."""
        begun = time.monotonic()
        wait_for("refusal", lambda: galen("--profile", profile, "--timeout", 5, "status", expect=None).code != 0, 15)
        return time.monotonic() - begun

    def test_1_a_proxy_reads_but_for_what_is_hidden_from_him(self):
        proxy = self.proxy("--until", "+1d", "--exclude-label", "SEX")
        self.assertIn("1 labels excluded", self.proof(1, f"proxy:{self.patient}:{proxy}")["value"])
        self.get(1, self.note, proxy, "FAMRQT")
        self.get(1, self.hidden, proxy, "FAMRQT", expect=4)
        self.get(1, self.note, proxy, "PWATRNY", expect=4)
        self.assertEqual(self.reasons()[-3:], ["proxy", "proxy-scope", "proxy-not-authorized"])
        self.network.client(1, "proxy", "revoke", proxy, "--patient", self.patient)
        self.get(1, self.note, proxy, "FAMRQT", expect=4)
        self.assertEqual(self.reasons()[-1], "proxy-expired")
        self.assertEqual(self.network.ask(1, "proxy", "list", "--patient", self.patient)[0]["status"], "revoked")
        unknown = "ab" * 32
        revoke = ("proxy", "revoke", unknown, "--patient", self.patient)
        self.network.client(1, *revoke, expect=5)
        self.network.client(1, *revoke, "--in-advance", expect=2)
        self.assertIn("--in-advance", self.network.client(1, *revoke, "--by-patient", expect=4).err)
        self.network.client(1, *revoke, "--by-patient", "--in-advance", "--reason", "misuse")
        self.assertEqual(self.network.ask(1, "patient", "show", self.patient)["proxies_revoked_in_advance"], [unknown])
        out = self.network.parent / "proxy-revocation.proof"
        self.network.client(1, "proof", "get", f"proxy-revocation:{self.patient}:{unknown}", "--out", out)
        shown = galen("proof", "verify", out, "--genesis", self.network.dir / "genesis.json").out
        self.assertIn("misuse, before he was authorised", shown)

    def test_1_b_a_proxy_grants_and_revokes_within_his_scope(self):
        to = ("--patient", self.patient, "--to", "hospital-2", "--purpose", "TREAT", "--until", "+12h")
        reader = self.proxy("--until", "+1d")
        self.network.client(1, "consent", "grant", *to, "--as", reader, expect=5)
        proxy = self.proxy("--until", "+1d", "--exclude-label", "SEX", "--may-grant")
        self.network.client(1, "consent", "grant", *to, "--label", "SEX", "--as", proxy, expect=5)
        self.network.client(1, "consent", "grant", *to[:-1], "+2d", "--as", proxy, expect=5)
        self.get(2, self.note, self.doctor, "TREAT", expect=4)
        grant = self.network.ask(1, "consent", "grant", *to, "--as", proxy)["grant"]
        self.get(2, self.note, self.doctor, "TREAT")
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient, "--as", reader, expect=5)
        self.network.client(1, "consent", "revoke", grant, "--patient", self.patient, "--as", proxy)
        self.get(2, self.note, self.doctor, "TREAT", expect=4)
        denial = self.network.ask(1, "consent", "deny", *to, "--label", "HIV", "--as", proxy)["grant"]
        self.network.client(1, "proxy", "revoke", proxy, "--patient", self.patient)
        ended = {g["grant"]: g["status"] for g in self.network.ask(1, "consent", "list", "--patient", self.patient)}
        self.assertEqual(ended[denial], "revoked")

    def test_1_c_a_patient_takes_a_link_back(self):
        other = self.network.ask(1, "patient", "register")["patient"]
        unlink = ("patient", "unlink", self.patient, "--with", other, "--reason", "patient-request")
        self.network.client(1, "patient", "link", self.patient, "--with", other)
        self.network.client(3, *unlink, expect=5)
        key = self.network.place(1) / "people" / f"{self.patient}.signing.pem"
        self.network.client(3, *unlink, "--key", key)
        self.network.client(1, *unlink, "--by-patient", expect=5)
        self.network.client(1, "patient", "link", self.patient, "--with", other)
        self.network.client(1, *unlink, "--by-patient")

    def proof(self, hospital, key, expect=0):
        """What a fetched proof shows, once it is verified offline."""
        out = self.network.parent / "proof"
        out.unlink(missing_ok=True)
        answer = self.network.client(hospital, "proof", "get", key, "--out", out, expect=expect)
        if expect:
            return answer
        return galen("proof", "verify", out, "--genesis", self.network.dir / "genesis.json", "--output", "json").json()

    def test_1_d_two_custodians_link_their_patients_and_one_takes_it_back(self):
        other = self.network.ask(2, "patient", "register")["patient"]
        agreement = self.network.parent / "agreement.hex"
        link = ("patient", "link", self.patient, "--with", other)
        self.network.client(1, *link, expect=5)
        self.network.client(2, "patient", "link", other, "--with", self.patient, "--out", agreement)
        self.network.client(3, *link, "--approval", agreement, expect=5)
        self.network.client(1, *link, "--approval", agreement)
        self.network.wait_until_equal()
        for hospital, key in ((1, f"link:{self.patient}:{other}"), (2, f"link:{other}:{self.patient}")):
            shown = self.proof(hospital, key)
            self.assertTrue(shown["present"])
            self.assertIn("by hospital-1 and hospital-2", shown["value"])
        self.proof(3, f"link:{self.patient}:{other}", expect=4)
        # A link is no grant, and an agreement is used once.
        self.get(2, self.note, self.doctor, "TREAT", expect=4)
        self.network.client(1, *link, "--approval", agreement, expect=5)
        self.network.client(2, "patient", "unlink", other, "--with", self.patient, "--reason", "wrong-person")
        self.network.wait_until_equal()
        self.assertIn("taken back", self.proof(1, f"link:{self.patient}:{other}")["value"])

    def test_1_d_a_patient_sees_what_stands_about_him_at_any_member(self):
        other = self.network.ask(1, "patient", "register")["patient"]
        self.network.client(1, "patient", "link", self.patient, "--with", other)
        self.network.client(1, "recovery", "set", self.patient, "--guardian-organisation", "hospital-1", "--cooling-off", "24")
        proxy = self.proxy("--until", "+30d")
        self.network.wait_until_equal()
        himself = ("--as", self.patient, "--key", self.network.place(1) / "people" / f"{self.patient}.signing.pem")
        shown = self.network.ask(3, "patient", "show", self.patient, *himself)
        told = self.network.ask(1, "patient", "show", self.patient)
        told["links"] = [link for link in told["links"] if "unlinked_ms" not in link]
        # Another hospital has no key to read his labels' tags.
        tags = [one.pop("excluded_labels") for one in shown["proxies"]]
        names = [one.pop("excluded_labels") for one in told["proxies"]]
        self.assertEqual([len(one) for one in tags], [len(one) for one in names])
        self.assertEqual(shown, told)
        self.assertEqual((shown["custodian"], shown["keys_held_by"]), ("hospital-1", "custodian"))
        self.assertIn(other, [link["other"] for link in shown["links"]])
        self.assertIn(proxy, [one["proxy"] for one in shown["proxies"]])
        self.assertEqual(shown["recovery"]["guardians"], ["hospital-1"])
        text = self.network.client(3, "patient", "show", self.patient, *himself).out
        self.assertIn("LINKED WITH", text)
        listed = self.network.ask(3, "proxy", "list", "--patient", self.patient, *himself)
        self.assertEqual([one["proxy"] for one in listed], [one["proxy"] for one in shown["proxies"]])
        self.assertEqual(self.network.ask(3, "recovery", "status", self.patient, *himself), shown["recovery"])
        out = self.network.parent / "own.proof"
        self.get(2, self.note, self.doctor, "TREAT", expect=4)
        self.network.wait_until_equal()
        self.network.client(3, "proof", "get", f"proxy:{self.patient}:{other}", "--out", out, *himself, expect=4)
        for key in (f"proxy:{self.patient}:{proxy}", f"link:{self.patient}:{other}", f"recovery:{self.patient}",
                    f"patient:{self.patient}", f"accesses:{self.patient}", f"holds:{self.patient}"):
            out.unlink(missing_ok=True)
            self.network.client(3, "proof", "get", key, "--out", out, expect=4)
            self.network.client(3, "proof", "get", key, "--out", out, *himself)
            galen("proof", "verify", out, "--genesis", self.network.dir / "genesis.json")
        # Nobody else by his own signature, and nothing of anybody else.
        stranger = ("--as", other, "--key", self.network.place(1) / "people" / f"{other}.signing.pem")
        for verb in (("patient", "show", self.patient), ("proxy", "list", "--patient", self.patient),
                     ("recovery", "status", self.patient), ("hold", "list", "--patient", self.patient),
                     ("emergency", "list", "--patient", self.patient)):
            self.network.client(3, *verb, expect=4)
            self.network.client(3, *verb, *stranger, expect=2)
            self.network.client(3, *verb, "--as", self.patient, "--key", stranger[-1], expect=3)
        self.network.client(3, "proof", "get", "parameters", "--out", out, *himself, expect=2)

    def test_1_e_guardians_give_a_patient_new_keys(self):
        people = self.network.place(1) / "people"
        patient = self.network.ask(1, "patient", "register")["patient"]
        guardian = self.network.ask(1, "patient", "register")["patient"]
        guardian_key = people / f"{guardian}.signing.pem"
        self.network.client(1, "recovery", "request", patient, "--guardian", guardian_key, expect=5)
        self.network.client(1, "recovery", "set", patient, "--guardian", guardian_key, "--guardian-organisation", "hospital-1",
                            "--threshold", "2", "--cooling-off", "0")
        self.assertIn("any 2 of 2 guardians", self.proof(1, f"recovery:{patient}")["value"])
        self.proof(2, f"recovery:{patient}", expect=4)
        before = (people / f"{patient}.signing.pem").read_text()
        self.network.client(1, "recovery", "request", patient, "--guardian", guardian_key, expect=5)
        both = ("recovery", "request", patient, "--guardian", guardian_key, "--as-organisation")
        self.network.client(1, *both)
        # Who still has the keys ends it.
        self.network.client(1, "recovery", "veto", patient)
        self.assertIn("vetoed", self.proof(1, f"recovery-request:{patient}")["value"])
        self.network.client(1, "recovery", "complete", patient, expect=5)
        # So does the patient at any member's node.
        again = self.network.ask(1, *both)["recovery"]
        self.network.client(2, "recovery", "veto", patient, "--recovery", again, "--key", people / f"{patient}.signing.pem")
        self.network.wait_until_equal()
        self.assertIn("vetoed", self.proof(1, f"recovery-request:{patient}")["value"])
        self.network.client(1, *both)
        self.network.client(1, "recovery", "complete", patient)
        self.assertIn("completed", self.proof(1, f"recovery-request:{patient}")["value"])
        self.assertNotEqual((people / f"{patient}.signing.pem").read_text(), before)
        old = self.network.parent / "old.pem"
        old.write_text(before)
        old.chmod(0o600)
        deny = ("consent", "deny", "--patient", patient, "--to", "hospital-2", "--purpose", "TREAT", "--until", "+1d")
        self.network.client(1, *deny, "--key", old, expect=5)
        self.network.client(1, *deny)

    def test_1_f_a_grant_has_a_history_and_is_found_among_all_patients(self):
        patient = self.network.ask(1, "patient", "register")["patient"]
        give = ("consent", "grant", "--patient", patient, "--to", "hospital-3", "--purpose", "TREAT", "--until")
        first = self.network.ask(1, *give, "+2d")["grant"]
        second = self.network.ask(1, *give, "+20d", "--supersedes", first)["grant"]
        listed = ("consent", "list", "--all", "--to", "hospital-3")
        self.assertEqual({(grant["patient"], grant["grant"]) for grant in self.network.ask(1, *listed)},
                         {(patient, first), (patient, second)})
        self.assertEqual([grant["grant"] for grant in self.network.ask(1, *listed, "--expiring", "+30d")], [second])
        self.assertEqual(self.network.ask(1, *listed, "--expiring", "+10d"), [])
        self.assertEqual(self.network.ask(3, *listed), [], "they are of another hospital's patient")
        self.network.client(1, "consent", "list", "--patient", "", expect=2)
        self.network.client(1, "consent", "revoke", second, "--patient", patient)
        for asked in (first, second):
            old, new = self.network.ask(1, "consent", "history", asked, "--patient", patient)
            self.assertEqual((old["grant"]["grant"], old["grant"]["status"], old["superseded_by"]), (first, "superseded", second))
            self.assertEqual((new["grant"]["grant"], new["grant"]["status"], new["supersedes"]), (second, "revoked", [first]))
            self.assertEqual((new["brought_by"], new["revoked"]["by"]), ("hospital-1", "patient"))
            self.assertLessEqual(new["given_height"], new["revoked"]["height"])
        proxy = self.network.ask(1, "proxy", "authorize", "--patient", patient, "--until", "+1d", "--may-grant")["proxy"]
        by_proxy = self.network.ask(1, *give, "+12h", "--as", proxy)["grant"]
        self.network.client(1, "proxy", "revoke", proxy, "--patient", patient)
        (ended,) = self.network.ask(1, "consent", "history", by_proxy, "--patient", patient)
        self.assertEqual((ended["grant"]["status"], ended["revoked"]), ("revoked", None), "it ended with its proxy")
        self.network.client(1, "consent", "revoke", by_proxy, "--patient", patient)
        (ended,) = self.network.ask(1, "consent", "history", by_proxy, "--patient", patient)
        self.assertIsNone(ended["revoked"], "what came later did not end it")
        self.network.client(1, "consent", "history", "0" * 63 + "1", "--patient", patient, expect=4)
        self.network.client(3, "consent", "history", first, "--patient", patient, expect=4)
        self.network.client(1, "consent", "list", expect=2)
        self.network.client(1, "consent", "list", "--all", "--patient", patient, expect=2)

    def test_2_a_proxy_ages_out_by_block_time(self):
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=12)
        proxy = self.proxy("--without-patient", "--until", until.strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.get(1, self.note, proxy, "FAMRQT")

        def ended():
            refused = self.get(1, self.note, proxy, "FAMRQT", expect=None).code == 4
            return refused and self.reasons()[-1] == "proxy-expired"
        wait_for("the end of the proxy", ended, 30)
        self.assertGreaterEqual(datetime.datetime.now(datetime.timezone.utc), until.replace(microsecond=0))

    def test_3_a_suspended_practitioner_is_refused(self):
        self.grant()
        self.get(2, self.note, self.doctor, "TREAT")
        self.network.client(2, "practitioner", "suspend", self.doctor, "--reason", "left")
        self.get(2, self.note, self.doctor, "TREAT", expect=4)
        self.assertEqual(self.reasons()[-1], "member-inactive")
        self.network.client(2, "practitioner", "reinstate", self.doctor)
        self.get(2, self.note, self.doctor, "TREAT")

    def test_3_a_device_has_an_account_and_no_purpose_by_default(self):
        self.grant()
        monitor = self.network.ask(2, "practitioner", "register", "--role", "device")["practitioner"]
        self.get(2, self.note, monitor, "TREAT", expect=4)
        self.assertEqual(self.reasons()[-1], "purpose")
        self.network.client(2, "practitioner", "rotate-key", monitor)
        self.network.client(2, "practitioner", "suspend", monitor, "--reason", "left")
        self.get(2, self.note, monitor, "TREAT", expect=4)

    def test_4_new_keys_of_persons_work_and_grants_go_on(self):
        self.network.client(1, "patient", "rotate-key", self.patient)
        self.grant()
        self.network.client(2, "practitioner", "rotate-key", self.doctor)
        self.network.client(2, "practitioner", "rotate-key", self.doctor, "--use", "agreement")
        self.get(2, self.note, self.doctor, "TREAT")
        for key in (self.network.place(1) / "people").iterdir():
            self.assertEqual(os.stat(key).st_mode & 0o077, 0, key)

    def test_4_b_a_patient_takes_his_keys_himself(self):
        def held_by(patient):
            return self.network.ask(1, "patient", "show", patient)["keys_held_by"]

        def deny(patient, key):
            self.network.client(1, "consent", "deny", "--patient", patient, "--to", "hospital-2", "--purpose", "TREAT",
                                "--until", "+1d", "--key", key)

        patient = self.network.ask(1, "patient", "register")["patient"]
        self.assertEqual(held_by(patient), "custodian")
        old, own = self.network.place(1) / "people" / f"{patient}.signing.pem", self.network.parent / "own.pem"
        self.network.client(1, "patient", "rotate-key", patient, "--use", "agreement")
        self.network.client(1, "patient", "rotate-key", patient, "--key", old, "--out", own)
        self.assertEqual(held_by(patient), "patient")
        deny(patient, own)
        refused = self.network.client(1, "patient", "rotate-key", patient, "--use", "agreement", expect=5)
        self.assertIn("not-authorised", refused.err)
        keys = []
        for name in ("signing", "agreement"):
            keys.append(self.network.parent / f"held-{name}.pem")
            made = run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", keys[-1])
            self.assertEqual(made.code, 0, made)
            keys[-1].chmod(0o600)
        patient = self.network.ask(1, "patient", "register", "--held-by-patient", "--key", keys[0], "--agreement-key", keys[1])["patient"]
        self.assertEqual(held_by(patient), "patient")
        deny(patient, keys[0])

    def test_5_an_organisation_is_suspended_and_reinstated_by_ballot(self):
        def vote(hospital, verb, *arguments):
            return self.network.ask(hospital, "organisation", verb, "hospital-3", *arguments)["in_force"]
        reason = ("--reason", "investigation")
        self.assertEqual([vote(h, "suspend", *reason) for h in (1, 2, 4)], [False, False, True])
        self.assertLess(self.refused_soon(self.network.profile(3)), 5)
        self.assertEqual([vote(h, "reinstate") for h in (1, 2, 4)], [False, False, True])
        wait_for("service", lambda: self.network.client(3, "status", expect=None).code == 0, 15)

    def test_6_a_new_tls_key_works_and_the_old_one_is_refused(self):
        place = self.network.place(2)
        key, request, certificate, extensions = (place / name for name in ("new.pem", "new.csr", "new.crt", "new.ext"))
        extensions.write_text(CLIENT_EXTENSIONS)

        def openssl(*arguments):
            done = run("openssl", *arguments)
            self.assertEqual(done.code, 0, done)
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        key.chmod(0o600)
        openssl("req", "-new", "-key", key, "-subj", "/CN=hospital-2 gateway", "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", place / "ca.crt", "-CAkey", place / "keys" / "authority.pem",
                "-days", "30", "-extfile", extensions, "-out", certificate)
        self.network.client(2, "organisation", "rotate-key", "--use", "tls", "--key", key)
        self.assertLess(self.refused_soon(self.network.profile(2)), 5)
        profile = self.network.profile(2)
        text = profile.read_text()
        renewed = text.replace('"client.crt"', '"new.crt"').replace('"keys/client-tls.pem"', '"new.pem"')
        self.assertNotEqual(text, renewed)
        profile.write_text(renewed)
        self.network.client(2, "status")
        self.get(2, self.note, self.doctor, "TREAT")

    def test_7_a_new_signing_key_of_an_organisation(self):
        place = self.network.place(1)
        grant = self.network.ask(1, "consent", "list", "--patient", self.patient)[0]["grant"]
        before, after = self.network.parent / "before.txt", self.network.parent / "after.txt"
        receipt = ("consent", "receipt", grant, "--patient", self.patient, "--out")
        verify = ("consent", "receipt-verify", before, "--genesis", self.network.dir / "genesis.json")
        self.network.client(1, *receipt, before)
        self.network.client(1, "organisation", "rotate-key", "--use", "signing", "--out", place / "next.pem")
        old = self.network.client(1, "patient", "register", expect=None)
        self.assertNotEqual(old.code, 0, old)
        # No receipt that nobody could verify; what was handed out before stands.
        refused = self.network.client(1, *receipt, after, expect=3)
        self.assertIn("signing key", refused.err)
        self.assertFalse(after.exists())
        galen(*verify)
        profile = self.network.profile(1)
        profile.write_text(profile.read_text().replace('"keys/gateway-signing.pem"', '"next.pem"'))
        self.network.client(1, "patient", "register")
        self.grant()
        self.network.client(1, *receipt, before)
        galen(*verify)

    def test_8_a_new_agreement_key_of_an_organisation(self):
        place = self.network.place(1)
        note = self.network.parent / "later.txt"
        note.write_text("stored under the new key\n")
        put = ("record", "put", note, "--patient", self.patient, "--class", "NOTE")
        self.network.client(1, "organisation", "rotate-key", "--use", "agreement", "--out", place / "agreement-2.pem")
        # The node does not have it yet: it says so, and keeps nothing that could not be opened again.
        refused = self.network.client(1, *put, expect=None)
        self.assertNotEqual(refused.code, 0, refused)
        self.assertIn("agreement key", refused.err)
        self.get(2, self.note, self.doctor, "TREAT")

        def restart():
            self.network.kill(1)
            self.network.start("--only", 1)
        restart()
        self.assertIn("node.earlier_agreement_keys", (place / "galend.log").read_text())
        config = self.network.config(1)
        text = config.read_text()
        line = 'agreement_key = "keys/agreement.pem"'
        self.assertIn(line, text)
        config.write_text(text.replace(
            line, 'agreement_key = "agreement-2.pem"\nearlier_agreement_keys = "keys/agreement.pem"'))
        restart()
        record = self.network.ask(1, *put)[0]["record"]
        for stored in (self.note, record):
            self.get(2, stored, self.doctor, "TREAT")


if __name__ == "__main__":
    unittest.main(verbosity=2)
