#!/usr/bin/env python3
"""Four processes: a patient is registered, recorded, read, and forgotten on every node (PRIVACY.md 12-20)."""

import datetime
import os
import shutil
import time
import unittest

from cluster import Network, galen, galend, run, wait_for, BIN, SLOW

ENTRIES = int(os.environ.get("GALEN_ERASURE_ENTRIES", "24"))
OBJECT_START = len(b"\x06object") + 2 + 4 + 88  # bytes before an object's ciphertext (docs/formats.md, "object file")


class ErasureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network(options=("--audit-retention-days", 0))
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.doctor = cls.network.ask(2, "practitioner", "register")["practitioner"]

    def patient_with_records(self, count):
        patient = self.network.ask(1, "patient", "register")["patient"]
        files = []
        for number in range(count):
            path = self.network.parent / f"note-{number}.txt"
            path.write_bytes(f"note {number} of {patient}\n".encode())
            files.append(path)
        stored = self.network.ask(1, "record", "put", *files, "--patient", patient, "--class", "NOTE")
        return patient, [item["record"] for item in stored]

    def files(self):
        """Every file of every node's data directory and journal, as bytes."""
        for number in self.network.numbers():
            for path in self.network.place(number).rglob("*"):
                # Keys of people are the gateway's, not the node's.
                if path.is_file() and "people" not in path.parts:
                    yield path, path.read_bytes()

    def stored_objects(self, number):
        return sorted(p.name for p in self.network.place(number).rglob("*.object"))

    def upload_notes(self, number):
        """Of uploads that the node does not know to be on the chain."""
        return sorted(p.name for p in self.network.place(number).rglob("*.upload"))

    def payload_files(self):
        """Objects and envelopes of all patients of hospital-1."""
        return {path for path in self.network.place(1).rglob("*") if path.suffix in (".object", ".envelopes")}

    def ciphertext(self, path):
        """Some of what such a file holds: the same bytes stand in no other."""
        start = OBJECT_START if path.suffix == ".object" else 0
        piece = path.read_bytes()[start:start + 64]
        self.assertEqual(len(piece), 64, path)
        return piece

    def order(self, patient, *arguments):
        request = self.network.request_erasure(patient, *arguments)
        closing = () if "--record" in arguments else ("--closing-statement", self.network.parent / f"{patient}.closing")
        return self.network.ask(1, "erasure", "order", request, "--patient", patient, *arguments, *closing)["transaction"]

    def closed(self, path):
        """What a closing statement proves, offline."""
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        return galen("audit", "show", path, "--genesis", self.network.dir / "genesis.json", "--output", "json").json()

    def status(self, hospital, order):
        return self.network.ask(hospital, "erasure", "status", order)[0]

    def wait_for_phase(self, order, phase, seconds):
        started = time.monotonic()
        wait_for(f"{phase} on every node",
                 lambda: all(self.status(n, order)[phase + "_ms"] for n in self.network.numbers()), seconds)
        return time.monotonic() - started

    def test_1_a_patient_is_forgotten_everywhere(self):
        patient, records = self.patient_with_records(ENTRIES)
        other, kept = self.patient_with_records(1)
        grant = self.network.ask(1, "consent", "grant", "--patient", patient, "--to", "hospital-2", "--purpose", "TREAT",
                                 "--until", "+1d")["grant"]
        objects = self.stored_objects(1)
        self.assertEqual(len(objects), ENTRIES + 1)
        order = self.order(patient)
        keys = self.wait_for_phase(order, "keys_gone", 10)
        everything = self.wait_for_phase(order, "bytes_gone", 60)
        print(f"{ENTRIES} records: keys gone on four nodes after {keys:.1f} s, bytes {everything:.1f} s later")
        statuses = [self.status(n, order) for n in self.network.numbers()]
        # Registration, records, grant, request.
        self.assertEqual({s["operations"] for s in statuses}, {ENTRIES + 3})
        self.assertEqual(len(self.stored_objects(1)), 1)
        self.assertEqual(len(self.upload_notes(1)), 1, "of the other patient")
        secrets = {bytes.fromhex(text) for text in (patient, grant, *records)}
        for path, content in self.files():
            for secret in secrets:
                self.assertNotIn(secret, content, path)
                self.assertNotIn(secret.hex().encode(), content, path)
        for verb in (("record", "list"), ("consent", "list"), ("audit", "list")):
            answer = self.network.client(1, *verb, "--patient", patient, expect=None)
            self.assertNotIn(records[0], answer.out)
            self.assertNotIn(grant, answer.out)
        answer = self.network.client(1, "record", "put", self.network.parent / "note-0.txt", "--patient", patient, "--class",
                                     "NOTE", expect=None)
        self.assertNotEqual(answer.code, 0, answer)
        self.assertEqual(self.network.ask(1, "record", "list", "--patient", other, "--custodian")[0]["record"], kept[0])
        self.network.wait_until_equal()
        self.certificate(order)

    def certificate(self, order):
        for number in self.network.numbers():
            # Who keeps his keyring's backup too long is not refused: he is told, and so is everybody.
            kept = "keyring-backup:" + ("+3650d" if number == 4 else "+30d")
            told = self.network.client(number, "erasure", "attest", order, "--retained", kept)
            self.assertEqual("OVER THE LIMIT" in told.err, number == 4, told)
        path = self.network.parent / "certificate"
        self.network.client(1, "erasure", "certificate", order, "--out", path)
        genesis = self.network.dir / "genesis.json"
        report = galen("erasure", "verify", path, "--genesis", genesis, "--output", "json").json()
        self.assertEqual(report["order"], order)
        self.assertEqual(len(report["attestations"]), 2 * len(self.network.numbers()))
        self.assertGreater(report["audit_until_ms"], 1000 * time.time())
        for found in (report, self.status(1, order)):
            self.assertEqual({(a["organisation"], kept["item"]) for a in found["attestations"] for kept in a["retained"]
                              if kept["over_limit"]}, {("hospital-4", "keyring-backup")})
        for shown in (galen("erasure", "verify", path, "--genesis", genesis), self.network.client(1, "erasure", "status", order)):
            self.assertIn("hospital-4 keeps keyring-backup until", shown.out)
        content = bytearray(path.read_bytes())
        for place in (0, 40, len(content) // 2, len(content) - 1):
            wrong = bytearray(content)
            wrong[place] ^= 1
            path.write_bytes(wrong)
            self.assertEqual(run(BIN / "galen", "erasure", "verify", path, "--genesis", genesis).code, 7, place)

    def test_1_b_what_never_came_onto_the_chain_goes_with_its_patient(self):
        patient, records = self.patient_with_records(1)
        before = self.stored_objects(1)
        self.network.kill(3, 4)
        path = self.network.parent / "note-0.txt"
        self.network.client(1, "--timeout", "3", "record", "put", path, "--patient", patient, "--class", "NOTE", expect=6)
        self.network.kill(1, 2)  # and with them the transaction that waited
        self.network.start()
        self.network.wait_until_equal()
        # Settled at the start, all but the one that is on no chain.
        wait_for("one note", lambda: len(self.upload_notes(1)) == 1, 20)
        self.assertEqual(len(self.stored_objects(1)), len(before) + 1)
        self.assertEqual([item["record"] for item in self.network.ask(1, "record", "list", "--patient", patient, "--custodian")],
                         records)
        self.wait_for_phase(self.order(patient), "bytes_gone", 60)
        self.assertEqual(self.upload_notes(1), [])
        self.assertEqual(len(self.stored_objects(1)), len(before) - 1)

    def test_2_a_record_goes_and_the_patient_stays(self):
        earlier = self.payload_files()
        patient, records = self.patient_with_records(2)
        stored = {path: self.ciphertext(path) for path in self.payload_files() - earlier}
        before = self.sealed_everywhere(patient, fewest=5)
        order = self.order(patient, "--record", records[0])
        self.wait_for_phase(order, "bytes_gone", 60)
        listed = self.network.ask(1, "record", "list", "--patient", patient, "--custodian")
        self.assertEqual([item["record"] for item in listed], [records[1]])
        self.network.wait_until_equal()
        self.network.stop()
        payload = {piece for path, piece in stored.items() if not path.exists()}
        self.assertEqual((len(stored), len(payload)), (4, 2), "object and envelopes of one record of two")
        for number in self.network.numbers():
            # Its body, its entry, and the page that held the entry's leaf.
            rows = before[number]["row"] - self.sealed(number, patient)["row"]
            self.assertGreaterEqual(len(rows), 3)
            self.nothing_of(number, {"row": rows, "payload": payload})
        self.network.start()
        self.network.wait_until_equal()

    def test_3_a_hold_stops_an_order_until_it_is_lifted(self):
        patient, _ = self.patient_with_records(1)
        paper = self.network.parent / "court-order.txt"
        paper.write_text("the court orders")
        commitment = galen("consent", "commit-text", paper, "--output", "json").json()
        place = ("hold", "place", "--patient", patient, "--until", "+1d", "--document-commitment")
        self.assertIn("--document-commitment", self.network.client(1, *place, "no hash", expect=2).err)
        hold = self.network.ask(1, *place, commitment["commitment"])["hold"]
        request = self.network.request_erasure(patient)
        carry_out = ("erasure", "order", request, "--patient", patient)
        closing = self.network.parent / "held.closing"
        self.network.client(1, *carry_out, expect=2)
        refused = self.network.client(1, *carry_out, "--closing-statement", closing, expect=5)
        self.assertIn("held", refused.err)
        self.assertFalse(closing.exists())
        held, = self.network.ask(1, "hold", "list", "--patient", patient)["holds"]
        self.assertEqual((held["hold"], held["scope"], held["basis"]), (hold, "patient", "court-order"))
        self.assertEqual((held["placed_by"], held["in_force"]), ("hospital-1", True))
        check = ("consent", "commit-text", paper, "--salt", commitment["salt"], "--expect", held["document"])
        galen(*check)
        paper.write_text("the court orders otherwise")
        galen(*check, expect=7)
        self.assertIn("in force", self.network.client(1, "hold", "list", "--patient", patient).out)
        self.network.client(2, "hold", "list", "--patient", patient, expect=4)
        proof = self.network.parent / "holds.proof"
        for present in (True, False):
            proof.unlink(missing_ok=True)
            self.network.client(1, "proof", "get", f"holds:{patient}", "--out", proof)
            shown = galen("proof", "verify", proof, "--genesis", self.network.dir / "genesis.json", "--output", "json").json()
            self.assertEqual(shown["present"], present)
            self.assertNotIn(patient, shown["subject"])
            if present:
                self.assertIn("1 holds: patient, court-order, placed by hospital-1", shown["value"])
                self.network.client(1, "hold", "lift", hold, "--patient", patient)
        self.assertEqual(self.network.ask(1, "hold", "list", "--patient", patient)["holds"], [])
        closing.write_text("mine")
        self.network.client(1, *carry_out, "--closing-statement", closing, expect=2)
        self.assertEqual(closing.read_text(), "mine")
        order = self.network.ask(1, *carry_out, "--without-closing-statement")["transaction"]
        self.wait_for_phase(order, "keys_gone", 10)

    def test_3_a_request_is_taken_back_or_ordered_by_the_custodian(self):
        patient, _ = self.patient_with_records(1)
        key = self.network.place(1) / "people" / f"{patient}.signing.pem"
        ask = ("erasure", "request", "--patient", patient, "--key", key)
        for alone in (ask, ask[:-2]):
            refused = self.network.client(1, *alone, expect=2)
            self.assertIn("this hospital holds or held the patient's keys, so a second one has to agree", refused.err)

        def standing(request):
            out = self.network.parent / "request.proof"
            out.unlink(missing_ok=True)
            self.network.client(2, "proof", "get", f"erasure-request:{request}", "--out", out)
            return galen("proof", "verify", out, "--genesis", self.network.dir / "genesis.json", "--output", "json").json()["value"]

        request = self.network.ask(3, *ask)["request"]
        self.network.wait_until_equal()
        self.assertIn("by the patient through hospital-3, signed with a key that hospital-1 holds, may be ordered until", standing(request))
        withdraw = ("erasure", "withdraw", request, "--patient", patient)
        self.network.client(2, *withdraw, expect=3)
        self.network.client(2, *withdraw, "--key", key)
        self.network.wait_until_equal()
        self.assertIn("withdrawn", standing(request))
        carry_out = ("--patient", patient, "--without-closing-statement")
        refused = self.network.client(1, "erasure", "order", request, *carry_out, expect=5)
        self.assertIn("unknown-request", refused.err)
        # Brought by one member, carried out by the custodian.
        request = self.network.ask(3, *ask)["request"]
        self.network.wait_until_equal()
        order = self.network.ask(1, "erasure", "order", request, *carry_out)["transaction"]
        self.wait_for_phase(order, "keys_gone", 10)
        self.assertIn("ordered", standing(request))
        out = self.network.parent / "erased.proof"
        self.network.client(2, "proof", "get", f"erased:{patient}", "--out", out)
        shown = galen("proof", "verify", out, "--genesis", self.network.dir / "genesis.json").out
        self.assertIn("patient of hospital-1 erased in block", shown)

    def test_4_what_was_done_survives_a_restart(self):
        patient, _ = self.patient_with_records(1)
        order = self.order(patient)
        self.network.kill(2)
        self.network.start()
        self.wait_for_phase(order, "bytes_gone", 60)
        self.network.wait_until_equal()

    def test_5_two_organisations_end_an_audit_log_and_what_it_said_stays(self):
        patient, records = self.patient_with_records(1)
        self.network.client(2, "record", "get", records[0], "--patient", patient, "--out", self.network.parent / "no", expect=4)
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20 * SLOW)
        agreement = self.network.parent / "agreement.hex"
        ask = ("erasure", "request", "--patient", patient)
        self.network.client(1, *ask, "--basis", "unlawful", "--for", "hospital-1", "--out", agreement, expect=2)
        self.network.client(2, *ask, "--basis", "unlawful", "--for", "hospital-1", "--out", agreement)
        self.assertEqual(agreement.stat().st_mode & 0o777, 0o600)
        self.network.client(3, *ask, "--approval", agreement, expect=2)
        self.network.client(1, *ask, "--record", records[0], "--approval", agreement, expect=2)
        request = self.network.ask(1, *ask, "--approval", agreement)["request"]
        first = self.network.parent / "first.closing"
        order = self.network.ask(1, "erasure", "order", request, "--patient", patient, "--audit-until",
                                 soon.strftime("%Y-%m-%dT%H:%M:%SZ"), "--closing-statement", first)["transaction"]
        self.assertEqual([d["rule"] for e in self.closed(first)["entries"] for d in e["decisions"]], ["no-consent"])
        self.wait_for_phase(order, "bytes_gone", 60)
        log = self.sealed_everywhere(patient, "audit", fewest=5)
        of_the_patient = order
        self.assertEqual(self.status(1, order)["audit_until_ms"], 1000 * int(soon.timestamp()))
        self.network.client(1, "erasure", "status", order, "--due", expect=2)

        def due():
            return {one["order"] for one in self.network.ask(1, "erasure", "status", "--due")}
        wait_for("the log's turn", lambda: of_the_patient in due(), 60)

        self.network.client(2, *ask, "--audit", "--basis", "retention-ended", "--for", "hospital-1", "--out", agreement)
        request = self.network.ask(1, *ask, "--audit", "--approval", agreement)["request"]
        last = self.network.parent / "last.closing"

        def over():
            done = self.network.client(1, "erasure", "order", request, "--patient", patient, "--closing-statement", last,
                                       "--output", "json", expect=None)
            if done.code == 5:
                self.assertIn("retention-not-over", done.err)
            return done.json()["transaction"] if done.code == 0 else None
        order = wait_for("the end of the retention", over, 60)
        said = self.closed(first)["entries"]
        entries = self.closed(last)["entries"]
        self.assertEqual(entries[:len(said)], said)
        self.assertEqual({e["kind"] for e in entries[len(said):]}, {"audit-read"})
        self.wait_for_phase(order, "keys_gone", 20)
        for number, found in log.items():
            self.no_key_of(number, found)
        self.wait_for_phase(order, "bytes_gone", 60)
        for number, found in log.items():
            self.nothing_of(number, found)
        self.assertNotIn(of_the_patient, due())
        self.network.client(1, "audit", "statement", "--patient", patient, "--out", self.network.parent / "late", expect=4)
        self.network.stop()
        for number, found in log.items():
            self.nothing_of(number, found)
            self.assertEqual(self.sealed(number, patient, "audit"), {})
        self.network.start()
        self.network.wait_until_equal()

    def sealed(self, number, patient, compartment="clinical"):
        """What the stopped node's disk holds of a patient, key material apart: {what: {bytes}}."""
        answer = run(BIN / "sealed-rows", self.network.place(number) / "data", patient, compartment)
        self.assertEqual(answer.code, 0, answer)
        found = {}
        for line in answer.out.splitlines():
            what, text = line.split()
            found.setdefault(what, set()).add(bytes.fromhex(text))
        return found

    def places(self, number, wanted, below="."):
        """Which of the byte strings stand in files of a node's data directory and journal."""
        contents = [path.read_bytes() for path in (self.network.place(number) / below).rglob("*")
                    if path.is_file() and "people" not in path.parts]
        return {secret for secret in wanted if any(secret in content for content in contents)}

    def sealed_everywhere(self, patient, compartment="clinical", fewest=8):
        """sealed() of every node; the nodes are stopped for it. What is looked for afterwards is in the files now: else
        finding nothing would mean nothing."""
        self.network.wait_until_equal()
        self.network.stop()
        before = {number: self.sealed(number, patient, compartment) for number in self.network.numbers()}
        for number, found in before.items():
            self.assertEqual(set(found), {"key-name", "handle", "key-row", "row"})
            self.assertGreater(len(found["row"]), fewest)
            self.assertGreater(len(self.places(number, found["row"])), len(found["row"]) / 2)
            self.assertEqual(self.places(number, found["key-row"], "data/keyring"), found["key-row"])
        self.network.start()
        self.network.wait_until_equal()
        return before

    def no_key_of(self, number, before):
        for what in ("key-name", "handle", "key-row"):
            self.assertEqual(self.places(number, before[what], "data/keyring"), set(), (number, what))

    def test_7_no_byte_is_left_on_any_node_nor_on_one_that_was_away(self):
        away, others = 4, (1, 2, 3)
        earlier = self.payload_files()
        patient, _ = self.patient_with_records(3)
        payload = {self.ciphertext(path) for path in self.payload_files() - earlier}
        self.assertEqual(len(payload), 6, "three objects and the envelopes of each")
        linked, _ = self.patient_with_records(1)
        self.network.client(1, "consent", "grant", "--patient", patient, "--to", "hospital-2", "--purpose", "TREAT",
                            "--until", "+1d")
        self.network.client(1, "patient", "link", patient, "--with", linked)
        before = self.sealed_everywhere(patient)
        for found in before.values():
            found["payload"] = payload
        self.network.kill(away)
        order = self.order(patient)
        wait_for("keys gone", lambda: all(self.status(n, order)["keys_gone_ms"] for n in others), 20)
        for number in others:
            self.no_key_of(number, before[number])
        wait_for("bytes gone", lambda: all(self.status(n, order)["bytes_gone_ms"] for n in others), 60)
        for number in others:
            self.nothing_of(number, before[number])
        self.network.start("--only", away)
        # Until it has the order's block it knows of none.
        wait_for("the order", lambda: self.network.client(away, "erasure", "status", order, expect=None).code == 0, 60)
        wait_for("bytes gone there too", lambda: self.status(away, order)["bytes_gone_ms"], 60)
        self.nothing_of(away, before[away])
        self.network.wait_until_equal()
        self.network.stop()
        for number in self.network.numbers():
            self.nothing_of(number, before[number])
            self.assertEqual(self.sealed(number, patient), {})
        self.network.start()
        self.network.wait_until_equal()

    def nothing_of(self, number, before):
        for what, secrets in before.items():
            self.assertEqual(self.places(number, secrets), set(), (number, what))

    def test_6_a_stopped_nodes_directory_is_verified(self):
        verify = ("verify-store", "--config", self.network.config(3))
        self.assertEqual(galend(*verify).code, 4)
        self.network.wait_until_equal()
        self.network.kill(3)
        whole = galend(*verify)
        self.assertEqual((whole.code, whole.out.splitlines()[-1][:17]), (0, "verify-store: ok:"), whole)
        self.assertIn(" erased", whole.out)
        data = next(self.network.place(3).rglob("IDENTITY")).parent
        copy = self.network.parent / "copy"
        shutil.copytree(data, copy)
        on_copy = (*verify, "--set", f"node.data_dir={copy}")
        self.assertEqual(galend(*on_copy).code, 0)
        table = max((copy / "ledger").glob("*.sst"), key=lambda path: path.stat().st_size)
        content = bytearray(table.read_bytes())
        content[len(content) // 3] ^= 1
        table.write_bytes(content)
        damaged = galend(*on_copy)
        self.assertEqual(damaged.code, 12, damaged)
        self.assertIn("finding: ", damaged.out)
        self.assertIn("verify-store: DAMAGED:", damaged.out.splitlines()[-1])
        self.network.start()
        self.network.wait_until_equal()


if __name__ == "__main__":
    unittest.main()
