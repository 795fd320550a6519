"""The four containers of docker/compose.yaml, reached through their ports on 127.0.0.1."""

import json
import os
import random
import socket
import threading
from contextlib import contextmanager

from engine import AS_ROOT, BIN, IMAGE, SOURCE, Engine, command, compose_tool, wait_for

NUMBERS = (1, 2, 3, 4)
SHOWN_LOG_LINES = "15"


def free_port_prefix():
    """Digits d such that the ports d1 to d4 are free now."""
    for _ in range(200):
        prefix = random.randrange(2000, 3000)
        try:
            for number in NUMBERS:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", prefix * 10 + number))
            return prefix
        except OSError:
            continue
    raise AssertionError("no free ports")


class Consortium:
    def __init__(self):
        self.engine = Engine().__enter__()
        self.name = f"galen-test-{os.getpid()}"
        self.prefix = free_port_prefix()
        self.scratch = self.engine.scratch / "work"
        self.scratch.mkdir()
        try:
            self.compose_tool = compose_tool(self.engine.client)
            self.up()
            self.wait_until_equal()
        except BaseException:
            self.print_logs()
            self.end()
            raise

    def end(self):
        self.compose("down", "--volumes", "--timeout", "3", check=False)
        self.engine.__exit__()

    def docker(self, *words, **options):
        return self.engine.out(*words, **options)

    def compose(self, *words, **options):
        return command(*self.compose_tool, "-p", self.name, "-f", SOURCE / "docker/compose.yaml", *words,
                       env={"GALEN_IMAGE": IMAGE, "GALEN_PORT_PREFIX": str(self.prefix)}, **options)

    def up(self):
        self.compose("up", "-d")
        for number in NUMBERS:
            place = self.scratch / f"hospital-{number}"
            place.mkdir(exist_ok=True)
            shared = command(*self.engine.client, "exec", self.container(number), "tar", "-C", "/galen", "-c", ".",
                             text=False).stdout
            command("tar", "-C", place, "--no-same-owner", "-x", input=shared, text=False)
            # Asks the own node only: what it alone can do is what some tests are about.
            profile, first, _ = self.profile(number).read_text().split("[[endpoints]]", 2)
            (place / "node" / "client-alone.toml").write_text(profile + "[[endpoints]]" + first)

    # Containers

    def container(self, number):
        found = self.docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={self.name}",
                            "--filter", f"label=com.docker.compose.service=hospital-{number}").split()
        if len(found) != 1:
            raise AssertionError(f"hospital-{number} has {len(found)} containers")
        return found[0]

    def network(self):
        return f"{self.name}_default"

    def inspect(self, number, template):
        return self.docker("inspect", "--format", template, self.container(number))

    def inside(self, number, *words, **options):
        return self.engine.docker("exec", self.container(number), *words, **options)

    def log(self, number):
        done = self.engine.docker("logs", self.container(number))
        return done.stdout + done.stderr

    def address(self, number):
        return self.inspect(number, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")

    def connect(self, number):
        self.docker("network", "connect", "--alias", f"hospital-{number}", self.network(), self.container(number))

    def disconnect(self, number):
        self.docker("network", "disconnect", self.network(), self.container(number))

    @contextmanager
    def partition(self, *sides):
        """Packets between hospitals that no side holds together are dropped, as a cut cable would."""
        addresses = {number: self.address(number) for number in NUMBERS}
        cut = [(number, other) for number in NUMBERS for other in NUMBERS
               if number != other and not any(number in side and other in side for side in sides)]
        rules = [(number, chain, flag, addresses[other]) for number, other in cut
                 for chain, flag in (("INPUT", "-s"), ("OUTPUT", "-d"))]
        try:
            for rule in rules:
                self.filter("--insert", *rule)
            yield
        finally:
            for rule in rules:
                self.filter("--delete", *rule)

    def filter(self, verb, number, chain, flag, address):
        """From outside: the container itself has neither the right nor the program."""
        pid = self.inspect(number, "{{.State.Pid}}")
        command(*AS_ROOT, "nsenter", "--target", pid, "--net", "iptables", verb, chain, flag, address, "-j", "DROP")

    def change_volume(self, number, volume, script):
        """Runs `script` in a volume of a stopped hospital: "hospital" or "ledger"."""
        return self.docker("run", "--rm", "--user", "root", "--network", "none", "--workdir", "/volume", "--volume",
                           f"{self.name}_{volume}-{number}:/volume", "--no-healthcheck", IMAGE, "sh", "-c", script)

    @contextmanager
    def small_disk(self, number, mib):
        """A disk with `mib` of room under the ledger of a stopped hospital; yields its path. What is on it
        when it is taken away again, from the once more stopped hospital, stays the ledger."""
        place = self.docker("volume", "inspect", "--format", "{{.Mountpoint}}", f"{self.name}_ledger-{number}")
        aside = self.engine.scratch / f"ledger-{number}"

        def copy(source, target):
            command(*AS_ROOT, "cp", "-a", f"{source}/.", target)

        command(*AS_ROOT, "mkdir", aside)
        copy(place, aside)
        used = int(command(*AS_ROOT, "du", "--summarize", "--block-size=1M", aside).stdout.split()[0])
        command(*AS_ROOT, "mount", "-t", "tmpfs", "-o", f"size={used + mib}m", "tmpfs", place)
        try:
            copy(aside, place)
            yield place
            command(*AS_ROOT, "rm", "-r", aside)
            copy(place, aside)
        finally:
            # A test that failed has left the hospital running on it.
            command(*AS_ROOT, "umount", "--lazy", place)
        command(*AS_ROOT, "find", place, "-mindepth", "1", "-delete")
        copy(aside, place)

    # Clients

    def profile(self, number, name="client-published.toml"):
        return self.scratch / f"hospital-{number}" / "node" / name

    def client(self, number, *arguments, expect=0, timeout=30, profile="client-published.toml"):
        answer = command(BIN / "galen", "--profile", self.profile(number, profile), "--timeout", timeout, *arguments, check=False)
        if expect is not None and answer.returncode != expect:
            raise AssertionError(f"expected exit code {expect}, got {answer.returncode}: {arguments}\n{answer.stdout}{answer.stderr}")
        return answer

    def ask(self, number, *arguments, **options):
        return json.loads(self.client(number, *arguments, "--output", "json", **options).stdout)

    # State

    def statuses(self):
        """By hospital's number; without those that do not answer."""
        answer = self.client(1, "status", "--all", "--output", "json", expect=None, timeout=2)
        if answer.returncode not in (0, 6):
            raise AssertionError(answer.stderr)
        nodes = json.loads(answer.stdout) if answer.stdout else []
        return {int(node["organisation"].rpartition("-")[2]): node for node in nodes if node["reachable"]}

    def height(self, number):
        return self.statuses().get(number, {}).get("height", -1)

    def primary(self):
        """The number of the hospital that the highest view makes the primary."""
        newest = max(self.statuses().values(), key=lambda node: node["view"])
        return int(newest["primary"].rpartition("-")[2])

    def wait_until_equal(self, voting=NUMBERS, seconds=60):
        """Returns (height, hash, root) once all four show the same, are connected, and `voting` vote."""
        def one_head():
            nodes = self.statuses()
            heads = {(node["height"], node["block"], node["state_root"]) for node in nodes.values()}
            connected = all(peer["connected"] for node in nodes.values() for peer in node["peers"])
            voters = {number for number, node in nodes.items() if node["voting"]}
            return heads if len(nodes) == 4 and len(heads) == 1 and connected and voters == set(voting) else None
        return next(iter(wait_for("all nodes connected, at one height, hash and root", one_head, seconds)))

    def print_logs(self):
        for number in NUMBERS:
            done = self.compose("logs", "--no-color", "--tail", SHOWN_LOG_LINES, f"hospital-{number}", check=False)
            print(done.stdout, flush=True)


class Writer(threading.Thread):
    """Registers patients one after another; remembers what was acknowledged."""

    PAUSE_S = 0.1  # the load is there to be interrupted, not to fill the machine

    def __init__(self, consortium, hospital):
        super().__init__(daemon=True)
        self.consortium, self.hospital = consortium, hospital
        self.acknowledged = {}  # transaction -> height
        self.unanswered = 0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(self.PAUSE_S):
            answer = self.consortium.client(self.hospital, "patient", "register", "--output", "json", expect=None, timeout=3)
            if answer.returncode == 0:
                committed = json.loads(answer.stdout)["committed"]
                self.acknowledged[committed["transaction"]] = committed["height"]
            else:
                self.unanswered += 1


class Chain:
    """What the blocks hold, as far as read: every block once, linked to its parent."""

    def __init__(self, consortium):
        self.consortium = consortium
        self.hashes = []  # of height 1, 2, ...
        self.where = {}   # transaction -> height

    def read_to(self, height, hospital):
        while len(self.hashes) < height:
            first = len(self.hashes) + 1
            self.add(first, self.consortium.ask(hospital, "--node", f"hospital-{hospital}", "block", "list", "--from", first,
                                                "--count", min(1000, height + 1 - first)), hospital)

    def add(self, first, blocks, hospital):
        for number, block in enumerate(blocks, first):
            if block["height"] != number:
                raise AssertionError(f"hospital-{hospital} told block {block['height']} for {number}")
            if self.hashes and block["parent"] != self.hashes[-1]:
                raise AssertionError(f"block {number} of hospital-{hospital} does not follow block {number - 1}")
            if len(set(block["signers"])) < 3:
                raise AssertionError(f"block {number} has {len(block['signers'])} signers")
            for transaction in block["transactions"]:
                if transaction in self.where:
                    raise AssertionError(f"{transaction} is in blocks {self.where[transaction]} and {number}")
                self.where[transaction] = number
            self.hashes.append(block["hash"])
