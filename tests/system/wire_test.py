#!/usr/bin/env python3
"""What a member's key holder can do below gRPC (B35): floods of frames, half-open connections, slow ones. Nodes live."""

import resource
import socket
import ssl
import struct
import time
import unittest
from contextlib import ExitStack
from pathlib import Path

from cluster import Network, galen, wait_for

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
MIB = 1024 * 1024


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    """RFC 9113 4.1; `length`: what the frame claims instead of its own."""
    claimed = len(payload) if length is None else length
    return struct.pack(">I", claimed)[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def header(name, value):
    """RFC 7541 6.2.2: a literal without indexing, both as they are."""
    return b"\x00" + bytes((len(name),)) + name.encode() + bytes((len(value),)) + value.encode()


CALL = b"".join(header(name, value) for name, value in (
    (":method", "POST"), (":scheme", "https"), (":path", "/galen.v1.Ledger/GetStatus"), (":authority", "x"),
    ("content-type", "application/grpc"), ("te", "trailers")))


class WireTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.__exit__, None, None, None)
        cls.address = ("127.0.0.1", cls.network.base_port + 1)
        place = cls.network.place(1)
        cls.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        cls.context.check_hostname = False
        cls.context.verify_mode = ssl.CERT_NONE
        cls.context.set_alpn_protocols(["h2"])
        cls.context.load_cert_chain(place / "client.crt", place / "keys" / "client-tls.pem")
        cls.before = cls.memory()

    @classmethod
    def memory(cls):
        """Resident bytes of hospital-1's node, at most so far."""
        status = Path(f"/proc/{cls.network.pid(1)}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def tearDown(self):
        """The same process serves, is no primary deposed, and has not grown much."""
        galen("--profile", self.network.profile(1), "patient", "register")
        status = self.network.ask(1, "--node", "hospital-1", "status")
        self.assertEqual(status["view"], 0)
        self.assertLess(self.memory() - self.before, 256 * MIB)

    def member(self):
        connection = socket.create_connection(self.address, 5)
        secure = self.context.wrap_socket(connection)
        secure.settimeout(10)
        return secure

    def pour(self, *frames, opening=frame(SETTINGS)):
        """Sends all of it, or as much as the node takes before it hangs up."""
        with self.member() as secure:
            try:
                secure.sendall(PREFACE + opening)
                for one in frames:
                    secure.sendall(one)
            except (ConnectionError, ssl.SSLError):
                return

    def test_a_member_is_answered(self):
        """So that what the other tests send is read at all."""
        with self.member() as secure:
            secure.sendall(PREFACE + frame(SETTINGS) + frame(PING, payload=b"12345678"))
            answer = b""
            while frame(PING, 1, payload=b"12345678") not in answer:
                part = secure.recv(4096)
                self.assertTrue(part, answer)
                answer += part

    def test_frames_nobody_needs(self):
        self.pour(frame(SETTINGS) * 50_000)
        self.pour(frame(PING, payload=b"12345678") * 50_000)
        self.pour(frame(WINDOW_UPDATE, payload=struct.pack(">I", 1)) * 50_000)

    def test_streams_that_are_reset_as_soon_as_they_open(self):
        self.pour(*(frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, CALL) +
                    frame(RST_STREAM, 0, 2 * i + 1, struct.pack(">I", 8)) for i in range(20_000)))

    def test_headers_that_never_end(self):
        part = header("x", "y" * 100) * 100
        self.pour(frame(HEADERS, 0, 1, CALL), *(frame(CONTINUATION, 0, 1, part) for _ in range(2_000)))

    def test_frames_that_are_cut_or_lie_about_their_length(self):
        call = frame(HEADERS, END_HEADERS, 1, CALL)
        self.pour(call, frame(DATA, 0, 1, b"", length=(1 << 24) - 1))
        self.pour(call, frame(DATA, 0, 1, b"\x00" + struct.pack(">I", 1 << 30) + b"x" * 1000))  # a message of 1 GiB
        self.pour(call[:7])
        self.pour(frame(SETTINGS, payload=b"12345"))
        self.pour(frame(99, 255, 7, b"unknown" * 100))
        self.pour(opening=b"")

    def test_fields_nested_without_end(self):
        """Groups in groups (wire types 3 and 4 of field 1), 20,000 deep, with and without an end."""
        for nested in (b"\x0b" * 20_000 + b"\x0c" * 20_000, b"\x0b" * 40_000):
            body = b"\x00" + struct.pack(">I", len(nested)) + nested
            parts = [body[i:i + 16_000] for i in range(0, len(body), 16_000)]
            with self.member() as secure:
                secure.sendall(PREFACE + frame(SETTINGS) + frame(HEADERS, END_HEADERS, 1, CALL))
                for part in parts:
                    secure.sendall(frame(DATA, 0, 1, part))
                secure.sendall(frame(DATA, END_STREAM, 1))
                self.assertIn(HEADERS, self.kinds_on(secure, 1), "the call was read, and answered with a status")

    @staticmethod
    def kinds_on(connection, stream):
        """Kinds of the frames that come on the stream, until it ends."""
        def read(count):
            got = b""
            while len(got) < count:
                part = connection.recv(count - len(got))
                if not part:
                    raise EOFError
                got += part
            return got
        kinds = []
        while True:
            head = read(9)
            read(int.from_bytes(head[:3], "big"))
            if int.from_bytes(head[5:], "big") == stream:
                kinds.append(head[3])
                if head[4] & END_STREAM or head[3] == RST_STREAM:
                    return kinds

    def test_a_node_without_file_descriptors_serves_again_when_it_has_some(self):
        """gRPC's own listener ends here for good (CVE-2023-4785)."""
        pid = self.network.pid(1)
        log = self.network.place(1) / "galend.log"
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (100, before[1]))
        try:
            with ExitStack() as kept:
                for _ in range(150):
                    kept.enter_context(socket.create_connection(self.address, 5))
                wait_for("failure to accept", lambda: "connections cannot be accepted" in log.read_text(), 20)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        galen("--profile", self.network.profile(1), "--node", "hospital-1", "status")
        self.assertEqual(self.network.pid(1), pid)
        self.network.wait_until_equal()

    def test_connections_that_never_speak_are_closed(self):
        with ExitStack() as kept:
            silent = [kept.enter_context(socket.create_connection(self.address, 5)) for _ in range(300)]
            silent[0].sendall(b"\x16\x03\x01")  # the beginning of a ClientHello
            galen("--profile", self.network.profile(1), "patient", "register")
            until = time.monotonic() + 90
            for one in silent:
                one.settimeout(max(until - time.monotonic(), 0.1))
                self.assertTrue(self.ends(one), "the node closes it")

    @staticmethod
    def ends(connection):
        try:
            while connection.recv(4096):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def test_a_caller_who_sends_a_byte_a_time(self):
        with self.member() as secure:
            for byte in PREFACE + frame(SETTINGS):
                secure.sendall(bytes((byte,)))
                galen("--profile", self.network.profile(1), "--node", "hospital-1", "status")


if __name__ == "__main__":
    unittest.main(verbosity=2)
