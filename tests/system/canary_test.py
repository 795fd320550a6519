#!/usr/bin/env python3
"""No file of any node names a person (docs/compliance.md, R1 and R2): names, addresses, numbers, dates and codes of
sample patients are canaries. None stands in clear anywhere, nor does the hash of any: whoever holds a disk and a
dictionary of numbers, birth dates and codes learns nothing by hashing it."""

import collections
import hashlib
import itertools
import json
import os
import re
import unittest
from pathlib import Path

from cluster import SOURCE, Network, wait_for

SHORTEST = 5  # bytes; what is shorter is found in clear in any ciphertext
SHORT_NUMBER = re.compile(rb"\d{1,9}")  # a text of times and sizes has any such number in it sooner or later
PATIENTS = 4
DOCUMENTS = 8  # of each patient
TAGS = ("patient", "subject", "record", "practitioner", "related", "organisation", "grant", "group", "proxy", "guardian",
        "erasure", "hold", "val", "leaf")


def samples():
    """FHIR R4 bundles of the directory in GALEN_SAMPLE_DATA, else of the shared data (in GALEN_SHARED, else beside the
    repository), else our own: the smallest ones."""
    shared = Path(os.environ.get("GALEN_SHARED", SOURCE.parent / "shared")) / "data/ehr/fhir-r4/synthea-bundles"
    folder = Path(os.environ.get("GALEN_SAMPLE_DATA", shared if shared.is_dir() else SOURCE / "tests/data/fhir"))
    return sorted(folder.glob("*.json"), key=lambda path: (path.stat().st_size, path.name))[:PATIENTS]


def tagged(tag):
    """What our hashes begin with (docs/formats.md): the tag's length in a byte, then its characters."""
    return bytes([len(tag)]) + tag.encode()


def beginnings(chain, organisations):
    """What stands before the value in ids and other hashes of ours (docs/formats.md, "Identifiers"): tag, chain and
    organisation, with and without the last two."""
    return [tagged(tag) + where + whose for tag, where, whose in itertools.product(TAGS, (b"", chain), (b"", *organisations))]


def encodings(text):
    """How a value stands in what is hashed: bare, with the codec's length before it, as 32 bytes where a seed belongs."""
    return text, len(text).to_bytes(4, "big") + text, hashlib.sha256(text).digest(), text.ljust(32, b"\0")[:32]


def texts(value):
    """Every string below a JSON value, with the name it stands under."""
    if isinstance(value, dict):
        for key, below in value.items():
            if isinstance(below, str):
                yield key, below
            else:
                yield from texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from (((None, below),) if isinstance(below, str) else texts(below))


def canaries(bundle):
    """Names, addresses, telecoms, identifiers, dates, codes and displays of everybody and everything in it. The short ones
    are looked for as hashes alone."""
    found = set()
    for entry in bundle["entry"]:
        resource = entry["resource"]
        person = resource["resourceType"] in ("Patient", "Practitioner")
        for key, text in texts(resource):
            telling = key in ("value", "code", "display", "text", "birthDate", "reference", "id")
            if (telling or person) and not text.startswith(("http://", "https://")):
                found.add(text)
    return {text for text in found if 2 <= len(text) <= 200 and not is_plain_word(text)}


def is_plain_word(text):
    """A status such as "confirmed" or "in-progress" is of nobody, and a log may use the word."""
    return text.islower() and text.isascii() and text.replace("-", "").isalpha()


def files_of(network):
    """Everything that the four nodes keep: ledger, keyring, journals, payloads, logs. Keys and profiles are the
    hospital's own: the client's key folder holds the ids of its patients by purpose, its emergency folder what it declared."""
    for number in network.numbers():
        for path in network.place(number).rglob("*"):
            inside = path.relative_to(network.place(number)).parts
            if path.is_file() and "keys" not in inside and inside[0] != "emergency" and path.name != "client.toml":
                yield path


def needle_in(path, needle, content):
    """A log's own times and sizes are bare numbers: there a short number counts where it is said as a text."""
    if path.name.startswith("LOG") or path.name == "galend.log":  # 000012.log is a database log
        if SHORT_NUMBER.fullmatch(needle):
            return re.search(rb"[\"']" + needle + rb"(?!\d)", content) is not None
    return needle in content


class CanaryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        profile = cls.network.profile(1)
        profile.write_text(profile.read_text().replace("[profile]\n", '[profile]\nlabels = ["PSYCANARY"]\n'))
        cls.words, cls.ids = set(), set()
        reader = cls.network.ask(2, "practitioner", "register", "--emergency")["practitioner"]
        cls.ids.add(reader)
        for path in samples():
            cls.share(path)
        cls.emergency(reader)
        cls.network.wait_until_equal()
        cls.chain = bytes.fromhex(cls.network.ask(1, "status")["chain"])
        cls.network.stop()  # what a stolen disk shows
        cls.content = {path: cls.name_of(path) + b"\0" + path.read_bytes() for path in files_of(cls.network)}

    @classmethod
    def name_of(cls, path):
        """What a file is called tells, too. The client's key folder is called by the ids of its people, on purpose."""
        return b"" if "people" in path.parts else str(path.relative_to(cls.network.dir)).encode()

    @classmethod
    def share(cls, path):
        cls.words |= canaries(json.loads(path.read_text()))
        documents = cls.network.parent / f"documents-{path.stem}"
        cls.network.client(1, "fhir", "split", path, "--out", documents)
        patient = cls.network.ask(1, "patient", "register")["patient"]
        cls.ids.add(patient)
        files = sorted(documents.glob("*.json"))[:DOCUMENTS]
        stored = cls.network.ask(1, "record", "put", *files, "--patient", patient, "--class", "NOTE", "--label", "PSYCANARY",
                                 "--confidentiality", "R")
        cls.words.add("PSYCANARY")
        cls.ids |= {record["record"] for record in stored}
        grant = cls.network.ask(1, "consent", "grant", "--patient", patient, "--to", "hospital-2", "--purpose", "TREAT",
                                "--confidentiality", "R", "--label", "PSYCANARY", "--until", "+1d")["grant"]
        cls.ids.add(grant)
        out = cls.network.parent / "read"
        cls.network.client(2, "record", "get", stored[0]["record"], "--patient", patient, "--purpose", "TREAT", "--out", out)
        cls.network.client(3, "record", "get", stored[0]["record"], "--patient", patient, "--purpose", "TREAT", "--out", out,
                           expect=None)

    @classmethod
    def emergency(cls, doctor):
        """A record is opened while the custodian's node is alone; then the journal's entry gets into its log."""
        patient = cls.network.ask(1, "patient", "register")["patient"]
        note = cls.network.parent / "emergency.txt"
        note.write_text("allergic to penicillin")
        record = cls.network.ask(1, "record", "put", note, "--patient", patient, "--class", "NOTE")[0]["record"]
        cls.network.wait_until_equal()
        cls.network.kill(2, 3, 4)
        wait_for("hospital-1 stale", lambda: not cls.network.ask(1, "status")["fresh"], 60)
        declared = cls.network.ask(2, "emergency", "declare", "--patient", patient, "--reason", "life-threatening", "--for", "1h",
                                   "--as", doctor)
        cls.network.client(2, "record", "get", record, "--patient", patient, "--purpose", "BTG", "--emergency", "--as", doctor,
                           "--out", cls.network.parent / "opened")
        journal, = cls.network.place(1).rglob("emergency/journal")
        assert bytes.fromhex(record) in journal.read_bytes(), "until then the journal is the only place that knows"
        cls.network.start()
        cls.network.wait_until_equal()
        wait_for("hospital-1 fresh", lambda: cls.network.ask(1, "status")["fresh"], 60)
        report = cls.network.ask(1, "emergency", "anchor")
        assert (report["anchored"], report["logged"]) == (True, 1), report
        cls.ids |= {patient, record, declared["declaration"]}

    def find(self, needles):
        """[(needle, file)] of those that stand in a file."""
        return [(needle, path.name) for path, content in self.content.items()
                for needle in needles if needle_in(path, needle, content)]

    def test_the_scan_finds_what_is_there(self):
        """Otherwise the other tests could not fail."""
        genesis = json.loads((self.network.dir / "genesis.json").read_text())
        organisation = bytes.fromhex(genesis["organisations"][0]["id"])
        self.assertTrue(self.find([organisation]), "the scan reads the databases")
        self.assertGreater(len(self.words), 100)

    def test_a_number_of_a_log_is_a_canary_where_it_is_said_as_a_text(self):
        for path in (Path("LOG.old.1"), Path("galend.log")):
            for text in (b"12:00:00.310965 7", b'"total_data_size": 310965', b"took 1310965"):
                self.assertFalse(needle_in(path, b"310965", text), text)
            for text in (b'"code":"310965"', b"'310965'"):
                self.assertTrue(needle_in(path, b"310965", text), text)
        self.assertTrue(needle_in(Path("000012.log"), b"310965", b"code310965"))

    def test_no_name_number_date_or_code_stands_anywhere(self):
        found = self.find({word.encode() for word in self.words if len(word) >= SHORTEST})
        self.assertEqual(self.telling(found), [])

    def test_one_short_word_is_chance_and_two_are_none(self):
        short, other, long = (b"Smith", "a"), (b"02130", "a"), (b"1970-01-01", "b")
        self.assertEqual(self.telling([short]), [])
        self.assertEqual(self.telling([short, other]), [short, other])
        self.assertEqual(self.telling([long]), [long])
        self.assertEqual(self.telling([short, long]), [long])

    @staticmethod
    def telling(found):
        """Some 5 bytes of hundreds of words stand in 100 MB of ciphertext once in some dozens of runs. Who writes a person's
        data in clear writes more than one such word into a file."""
        files = collections.Counter(file for _, file in found)
        return [(needle, file) for needle, file in found if len(needle) > SHORTEST or files[file] > 1]

    def test_no_id_of_a_person_or_record_stands_anywhere(self):
        raw = {bytes.fromhex(value) for value in self.ids}
        self.assertEqual(self.find(raw | {value.encode() for value in self.ids}), [])

    def test_no_hash_of_a_dictionary_stands_anywhere(self):
        genesis = json.loads((self.network.dir / "genesis.json").read_text())
        organisations = [bytes.fromhex(item["id"]) for item in genesis["organisations"]]
        ours = beginnings(self.chain, organisations)
        prefixes = [b"", *organisations, *map(tagged, TAGS)]
        hashes = set()
        words = self.words | {"HIV", "PSY", "SUD", "SEX", "ETHUD"}  # what labels are called
        for text in {text.encode() for word in words for text in (word, word.lower(), word.upper())}:
            for prefix, digest in itertools.product(prefixes, (hashlib.sha256, hashlib.sha1, hashlib.md5)):
                hashes.add(digest(prefix + text).digest()[:16])
            for prefix, value in itertools.product(ours, encodings(text)):
                hashes.add(hashlib.sha256(prefix + value).digest()[:16])
        print(f"{len(words)} words of {len(samples())} patients, {len(hashes)} hashes, {len(self.content)} files of "
              f"{sum(map(len, self.content.values())) >> 20} MiB")
        # Any 16 bytes of a file, as a set: one pass for all hashes.
        for path, content in self.content.items():
            for start in range(len(content) - 15):
                if content[start:start + 16] in hashes:
                    self.fail(f"{path.name}: the hash of a canary at byte {start}")

    def test_our_ids_are_hashed_as_the_dictionary_is(self):
        """Otherwise it would be of shapes that no id of ours has."""
        genesis = json.loads((self.network.dir / "genesis.json").read_text())
        for item in genesis["organisations"]:
            hashed = hashlib.sha256(tagged("organisation") + bytes.fromhex(item["signing_key"])).hexdigest()
            self.assertEqual(hashed, item["id"])
        self.assertTrue(self.find([self.chain]), "the chain's id is the one that the nodes have")


if __name__ == "__main__":
    unittest.main()
