#!/usr/bin/env python3
"""Bad input: one clear line and the documented exit code, and the node lives (issue 2, "Bad input")."""

import os
import shutil
import socket
import ssl
import unittest
from pathlib import Path

from cluster import BIN, Network, galen, galend, run

UNKNOWN = "0" * 63 + "1"


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.scratch = cls.network.parent / "scratch"
        cls.scratch.mkdir()
        cls.network.client(1, "practitioner", "register")
        cls.patient = cls.network.ask(1, "patient", "register")["patient"]

    def tearDown(self):
        self.assertEqual(len(self.network.statuses()), 4)
        self.assertTrue(all(node["reachable"] for node in self.network.statuses()), "the nodes live")

    def one_line(self, answer, codes, part, program="galen"):
        self.assertIn(answer.code, codes if isinstance(codes, tuple) else (codes,), answer)
        self.assertEqual(answer.err.count("\n"), 1, answer)
        self.assertTrue(answer.err.startswith(program + ": "), answer)
        self.assertIn(part, answer.err, answer)

    def copy_of_hospital(self, number, name):
        """A copy of a hospital's folder that the test may spoil; genesis and bundle beside it."""
        place = self.scratch / name
        place.mkdir()
        for file in ("genesis.json", "ca-bundle.pem"):
            shutil.copy(self.network.dir / file, place / file)
        shutil.copytree(self.network.place(number), place / "h", symlinks=True,
                        ignore=shutil.ignore_patterns("data", "galend.pid", "galend.log"))
        return place / "h"

    # galen

    def test_wrong_flags_and_verbs(self):
        profile = self.network.profile(1)
        for arguments, part in ((("fly",), "fly"), (("record", "fly"), "fly"), (("status", "--fast"), "--fast"), (("record", "get"), ""),
                                (("network", "create"), "--dir"), (("block", "get", "x"), "x"),
                                (("network", "create", "--dir", self.scratch / "n", "--hospitals", "three"), "three")):
            self.one_line(run(BIN / "galen", "--profile", profile, *arguments), 2, part)
        self.one_line(run(BIN / "galen", "network", "create", "--dir", self.scratch / "n", "--hospitals", "3"), 2, "4")
        self.assertFalse((self.scratch / "n").exists())

    def test_profiles_that_cannot_be_used(self):
        self.one_line(run(BIN / "galen", "--profile", self.scratch / "absent.toml", "status"), 3, "absent.toml")
        place = self.copy_of_hospital(1, "profile")
        profile = place / "client.toml"
        good = profile.read_text()
        profile.write_text(good + '\ncolour = "blue"\n')
        self.one_line(run(BIN / "galen", "--profile", profile, "status"), 3, "colour")
        profile.write_text(good.replace('organisation = "hospital-1"', 'organisation = "hospital-9"', 1))
        self.one_line(run(BIN / "galen", "--profile", profile, "status"), 3, "hospital-9")
        profile.write_text(good)
        key = place / "keys" / "gateway-signing.pem"
        key.chmod(0o644)
        self.one_line(run(BIN / "galen", "--profile", profile, "patient", "register"), 3, str(key))
        key.chmod(0o600)
        shutil.copy(self.network.place(2) / "keys" / "gateway-signing.pem", key)
        self.one_line(run(BIN / "galen", "--profile", profile, "patient", "register"), 3, "hospital-1")

    def test_a_client_of_another_consortium_is_refused(self):
        with Network(start=False) as other:
            place = self.copy_of_hospital(1, "foreign")
            for file in ("client.crt", "keys/client-tls.pem"):
                shutil.copy(other.place(1) / file, place / file)
            answer = run(BIN / "galen", "--profile", place / "client.toml", "--timeout", "3", "status")
            self.one_line(answer, (3, 4, 6), "")
            # Trusts the other consortium's authorities: the node still does not.
            shutil.copy(other.dir / "ca-bundle.pem", place.parent / "ca-bundle.pem")
            answer = run(BIN / "galen", "--profile", place / "client.toml", "--timeout", "3", "status")
            self.one_line(answer, (3, 4, 6), "")

    def test_ids_and_files(self):
        for answer, codes, part in (
                (self.network.client(1, "tx", "get", "zz", expect=None), 2, ""),
                (self.network.client(1, "tx", "get", UNKNOWN, expect=None), 4, ""),
                (self.network.client(1, "block", "get", "999999", expect=None), 4, ""),
                (self.network.client(1, "block", "list", "--from", "999999", expect=None), 4, ""),
                (self.network.client(1, "record", "get", UNKNOWN, "--patient", self.patient, "--out",
                                     self.scratch / "x", expect=None), 4, ""),
                (self.network.client(1, "record", "put", self.scratch / "absent", "--patient", self.patient,
                                     expect=None), (1, 2), "absent"),
                (self.network.client(1, "record", "put", self.scratch, "--patient", self.patient, expect=None), (1, 2), ""),
                (self.network.client(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-9", "--purpose",
                                     "TREAT", expect=None), (2, 3, 4), "hospital-9"),
                (self.network.client(1, "consent", "grant", "--patient", self.patient, "--to", "hospital-2", "--purpose",
                                     "TREAT", "--class", "GOSSIP", expect=None), 2, "GOSSIP"),
                (galen("proof", "verify", self.scratch / "absent", "--genesis", self.network.dir / "genesis.json",
                       expect=None), (1, 7), "absent")):
            self.one_line(answer, codes, part)

    def test_a_file_above_the_limit_is_refused_before_it_is_read(self):
        big = self.scratch / "big"
        with open(big, "wb") as file:
            file.truncate(4 * 1024**3 + 1)
        self.one_line(self.network.client(1, "record", "put", big, "--patient", self.patient, expect=None), (1, 2), "")

    # galend

    def test_daemon_flags_and_configuration(self):
        self.one_line(galend("--fast"), 2, "--fast", "galend")
        self.one_line(galend(), 2, "--config", "galend")
        self.one_line(galend("--config", self.scratch / "absent.toml"), 3, "absent.toml", "galend")
        self.one_line(galend(env={"GALEN_CONFIG": str(self.scratch / "absent.toml")}), 3, "absent.toml", "galend")
        place = self.copy_of_hospital(1, "configuration")
        config = place / "galend.toml"
        good = config.read_text()
        config.write_text(good.replace("[log]", "[log]\nlevle = 3"))
        self.one_line(galend("--config", config), 3, "log.levle", "galend")
        config.write_text(good)
        self.one_line(galend("--config", config, env={"GALEN_LOG_LEVLE": "info"}), 3, "GALEN_LOG_LEVLE", "galend")
        for key in ("consensus", "node-tls", "agreement", "receipt"):
            path = place / "keys" / f"{key}.pem"
            path.chmod(0o640)
            self.one_line(galend("--config", config), 3, "chmod 600 " + str(path), "galend")
            path.chmod(0o600)
        (place.parent / "genesis.json").write_text("{}")
        self.one_line(galend("check-config", "--config", config), 3, "genesis.json", "galend")

    def test_a_second_process_on_the_same_directory(self):
        answer = galend("--config", self.network.config(2), "--set", "node.listen=127.0.0.1:0")
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("another process", answer.err)

    def test_a_directory_of_another_chain(self):
        with Network(start=False) as other:
            place = other.place(1)
            self.network.stop()
            try:
                shutil.copytree(self.network.place(1) / "data", place / "data")
            finally:
                self.network.start()
            answer = galend("--config", other.config(1))
            self.assertEqual(answer.code, 4, answer)
            self.assertIn("chain", answer.err)

    def test_a_node_that_stopped_for_good_stays_so(self):
        with Network() as other:
            other.stop()
            bundle = other.place(1) / "data" / "fail-stop-7.bundle"
            bundle.write_bytes(b"what a fail-stop leaves")
            answer = galend("--config", other.config(1))
            self.assertEqual(answer.code, 11, answer)
            self.assertIn(str(bundle), answer.err)
            self.assertIn("Exit code 11", answer.err)
            bundle.unlink()
            other.start()
            self.assertTrue(all(node["reachable"] for node in other.statuses()))

    def test_a_port_that_is_taken(self):
        with Network(start=False) as other, socket.socket() as taken:
            taken.bind(("127.0.0.1", other.base_port + 1))
            taken.listen()
            answer = galend("--config", other.config(1))
            self.assertEqual(answer.code, 5, answer)
            self.assertIn(str(other.base_port + 1), answer.err)

    def test_junk_on_the_wire_hurts_nobody(self):
        port = self.network.base_port + 1
        for junk in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\xff\xff" + os.urandom(70_000), b""):
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                try:
                    connection.sendall(junk)
                except OSError:
                    pass
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        with self.assertRaises(OSError):  # no client certificate
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                with context.wrap_socket(connection) as secure:
                    secure.settimeout(5)
                    secure.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                    if not secure.recv(1):
                        raise OSError("closed")
        # What gRPC says about it stands in the log's format too: lines of its own break readers.
        for line in (self.network.place(1) / "galend.log").read_text(errors="replace").splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z (TRACE|DEBUG|INFO|WARN|ERROR) ")

    def test_a_stop_in_order_ends_with_zero_and_a_restart_goes_on(self):
        before = self.network.wait_until_equal()
        self.network.stop()
        self.assertTrue(all(self.network.pid(number) is None for number in self.network.numbers()))
        self.network.start()
        self.assertEqual(self.network.wait_until_equal(), before)
        log = Path(self.network.place(1) / "galend.log").read_text()
        self.assertIn("stopped", log)


if __name__ == "__main__":
    unittest.main()
