#!/usr/bin/env python3
"""The image and docker/compose.yaml: who runs it, what it may, how it stops; and a record shared by four."""

import json
import unittest

from consortium import NUMBERS, Consortium
from counted import main
from engine import IMAGE, SOURCE, wait_for

state = {}


def setUpModule():
    state["consortium"] = Consortium()
    unittest.addModuleCleanup(state["consortium"].end)


class ImageTest(unittest.TestCase):
    def setUp(self):
        self.net = state["consortium"]

    def test_the_image_says_what_operators_need(self):
        image = json.loads(self.net.docker("image", "inspect", IMAGE))[0]["Config"]
        self.assertEqual(image["User"], "galen")
        self.assertEqual(image["StopSignal"], "SIGTERM")
        self.assertEqual(image["Healthcheck"]["Test"], ["CMD", "galend", "healthcheck"])
        self.assertEqual(set(image["Volumes"]), {"/galen", "/var/lib/galen"})
        for label in ("title", "description", "licenses"):
            self.assertTrue(image["Labels"]["org.opencontainers.image." + label])

    def test_every_stage_is_built_from_what_a_fresh_clone_has(self):
        """Docker's classic builder makes every stage, also those that the image does not need."""
        context = {line[1:] for line in (SOURCE / ".dockerignore").read_text().splitlines() if line.startswith("!")}
        self.assertFalse({path for path in context if not (SOURCE / path).exists()} | ({"build"} & context))
        for line in (SOURCE / "docker/Dockerfile").read_text().splitlines():
            words = line.split()
            if words[:1] != ["COPY"] or words[1].startswith("--from"):
                continue
            for source in words[1:-1]:
                self.assertTrue(source == "." or source.split("/")[0] in context, line)

    def test_nobody_is_root_and_the_root_file_system_is_read_only(self):
        for number in NUMBERS:
            self.assertEqual(self.net.inside(number, "id", "-u").stdout.strip(), "10001")
            denied = self.net.inside(number, "touch", "/usr/local/bin/x", check=False)
            self.assertIn("Read-only file system", denied.stderr)
            self.assertEqual(self.net.inspect(number, "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"), "true [ALL]")

    def test_a_hospital_has_its_own_keys_only(self):
        seen = set()
        for number in NUMBERS:
            listing = self.net.inside(number, "sh", "-c", "cat /galen/node/keys/*.pem | sha256sum").stdout
            self.assertNotIn(listing, seen)
            seen.add(listing)
            organisation = self.net.inside(number, "galend", "check-config").stdout
            self.assertIn(f"organisation hospital-{number}", organisation)
            self.assertEqual(self.net.inside(number, "ls", "/galen").stdout.split(), ["ca-bundle.pem", "genesis.json", "node"])

    def test_ports_are_those_of_this_machine_only(self):
        for number in NUMBERS:
            ports = json.loads(self.net.inspect(number, "{{json .NetworkSettings.Ports}}"))
            self.assertEqual([binding["HostIp"] for bindings in ports.values() for binding in bindings], ["127.0.0.1"])

    def test_health_follows_the_node_and_no_proxy_is_between(self):
        for number in NUMBERS:
            wait_for(f"hospital-{number} is healthy",
                     lambda n=number: self.net.inspect(n, "{{.State.Health.Status}}") == "healthy", 40)
        dead_proxy = ["--env", "http_proxy=http://127.0.0.1:9", "--env", "grpc_proxy=http://127.0.0.1:9"]
        self.net.docker("exec", *dead_proxy, self.net.container(1), "galend", "healthcheck")
        closed = self.net.inside(1, "galend", "healthcheck", "--set", "node.listen=0.0.0.0:9", check=False)
        self.assertEqual((closed.returncode, closed.stderr.count("\n")), (1, 1), closed.stderr)

    def test_without_configuration_there_is_one_clear_line(self):
        done = self.net.engine.docker("run", "--rm", IMAGE, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn("/galen/node/galend.toml", done.stderr)

    def test_the_environment_configures_a_container(self):
        shown = self.net.docker("exec", "--env", "GALEN_LOG_LEVEL=debug", self.net.container(2), "galend", "check-config", "--print")
        self.assertIn("debug", shown)
        wrong = self.net.engine.docker("exec", "--env", "GALEN_LOG_LEVLE=debug", self.net.container(2), "galend",
                                       "check-config", check=False)
        self.assertEqual((wrong.returncode, wrong.stderr.count("\n")), (3, 1), wrong.stderr)


class SharesTest(unittest.TestCase):
    """galen-create-network, which the service "create" runs, on directories of a container of its own."""

    def create(self, prepare):
        places = " ".join(f"/s/{number}" for number in NUMBERS)
        script = f"mkdir -p {places} && {prepare} && galen-create-network {places}"
        return state["consortium"].engine.docker("run", "--rm", "--user", "root", "--network", "none", IMAGE, "sh", "-c",
                                                 script, check=False)

    def one_line(self, done, part):
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stdout + done.stderr)
        self.assertIn(part, done.stderr)

    def test_a_second_run_changes_nothing(self):
        places = " ".join(f"/s/{number}" for number in NUMBERS)
        done = self.create(f"galen-create-network {places} && sha256sum /s/*/genesis.json /s/*/node/keys/* >/s/before")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("there already", done.stdout)

    def test_half_a_share_is_not_completed(self):
        self.one_line(self.create("mkdir /s/3/node"), "/s/3")

    def test_a_lost_share_is_not_replaced(self):
        places = " ".join(f"/s/{number}" for number in NUMBERS)
        self.one_line(self.create(f"galen-create-network {places} && rm -r /s/2/*"), "only 3 of 4")

    def test_fewer_than_four_are_refused(self):
        done = state["consortium"].engine.docker("run", "--rm", IMAGE, "galen-create-network", "/a", "/b", check=False)
        self.one_line(done, "4")


class ShareTest(unittest.TestCase):
    def setUp(self):
        self.net = state["consortium"]

    def test_a_record_is_shared_by_four_containers(self):
        net = self.net
        content = b"glucose 5.4 mmol/l\n" * 100_000
        lab = net.scratch / "lab.txt"
        lab.write_bytes(content)
        for number in NUMBERS:
            net.client(number, "practitioner", "register")
        patient = net.ask(1, "patient", "register")["patient"]
        record = net.ask(1, "record", "put", lab, "--patient", patient, "--class", "LAB")[0]["record"]
        out = net.scratch / "read"

        def read(number, expect=0):
            out.unlink(missing_ok=True)
            net.client(number, "record", "get", record, "--patient", patient, "--purpose", "TREAT", "--out", out, expect=expect)
            self.assertEqual(out.read_bytes() if expect == 0 else out.exists(), content if expect == 0 else False)

        for number in (2, 3, 4):
            read(number, expect=4)
            grant = net.ask(1, "consent", "grant", "--patient", patient, "--to", f"hospital-{number}", "--purpose", "TREAT",
                            "--class", "LAB", "--until", "+1d")["grant"]
            read(number)
            net.client(1, "consent", "revoke", grant, "--patient", patient)
            read(number, expect=4)
        attempts = net.ask(1, "audit", "list", "--patient", patient)
        self.assertEqual([entry["decisions"][0]["permit"] for entry in attempts], [False, True, False] * 3)
        proof = net.scratch / "proof"
        net.client(1, "proof", "get", f"record:{patient}:{record}", "--out", proof)
        net.client(1, "proof", "verify", proof, "--genesis", net.scratch / "hospital-4/genesis.json")
        net.wait_until_equal()

    def test_down_and_up_again_keeps_keys_and_ledger(self):
        before = self.net.ask(1, "patient", "register")["committed"]
        head = self.net.wait_until_equal()
        codes = "{{.State.ExitCode}}"
        self.net.compose("stop")
        self.assertEqual([self.net.inspect(number, codes) for number in NUMBERS], ["0"] * 4, "SIGTERM is a stop in order")
        self.net.compose("down")
        self.net.up()
        self.assertEqual(self.net.wait_until_equal(), head)
        self.assertEqual(self.net.ask(2, "tx", "get", before["transaction"])["height"], before["height"])

    def test_no_identifier_of_a_person_is_in_a_log(self):
        patient = self.net.ask(1, "patient", "register")["patient"]
        for number in NUMBERS:
            log = self.net.log(number)
            self.assertIn("running", log)
            for line in log.splitlines():
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z (TRACE|DEBUG|INFO|WARN|ERROR) ")
            self.assertNotIn(patient[:12], log)
            self.assertNotIn("PRIVATE KEY", log)


if __name__ == "__main__":
    main("docker_image")
