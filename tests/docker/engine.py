"""A docker engine and the image under test, for tests that must not need anything but Debian's mirror.

An engine that answers is used. Otherwise dockerd is started by hand and ended with the tests. The base
image is made with debootstrap when it is not there, under the tag that docker/Dockerfile asks for.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

BIN = Path(os.environ.get("GALEN_BIN", "build/release/bin")).resolve()
SOURCE = Path(__file__).resolve().parents[2]
BASE_IMAGE = "debian:bookworm-slim"
RUNTIME_IMAGE = "galen-test-runtime"
IMAGE = "galen-test"
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
# From what most machines can do to what every machine can do.
ENGINE_FLAGS = ([], ["--storage-driver=vfs"], ["--iptables=false"], ["--iptables=false", "--storage-driver=vfs"])


def wait_for(what, condition, seconds=30):
    """Calls `condition` until it gives something true, which is returned; fails after the deadline."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        pause.wait(0.1)


def command(*words, seconds=120, check=True, env=None, text=True, **options):
    """Runs a program; what it printed is in the error when it fails and `check` is set."""
    words = [str(word) for word in words]
    if env and AS_ROOT and words[: len(AS_ROOT)] == AS_ROOT:  # sudo clears the environment
        words = AS_ROOT + ["env", *(f"{name}={value}" for name, value in env.items())] + words[len(AS_ROOT):]
    done = subprocess.run(words, capture_output=True, text=text, timeout=seconds, check=False,
                          env={**os.environ, **(env or {})}, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def find_client():
    """The client that an engine answers, else any; None when there is none."""
    found = [path for path in (shutil.which("docker"), "/usr/bin/docker") if path and os.access(path, os.X_OK)]
    for prefix in ([], AS_ROOT) if AS_ROOT else ([],):
        for path in found:
            if answers(prefix + [path]):
                return prefix + [path]
    return AS_ROOT + found[:1] if found else None


def answers(client):
    return command(*client, "version", "--format", "{{.Server.Version}}", check=False).returncode == 0


class Engine:
    def __init__(self):
        self.process = None
        self.client = find_client()
        self.scratch = Path(tempfile.mkdtemp(prefix="galen-docker-"))

    def __enter__(self):
        try:
            if self.client is None:
                raise AssertionError("no docker client here; run scripts/install-deps --docker")
            if not answers(self.client):
                self.start()
            self.make_base_image()
            self.make_image()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.end_process()
        command(*AS_ROOT, "rm", "-rf", self.scratch)

    def docker(self, *words, **options):
        return command(*self.client, *words, **options)

    def out(self, *words, **options):
        return self.docker(*words, **options).stdout.strip()

    # The engine

    def start(self):
        dockerd = shutil.which("dockerd") or "/usr/sbin/dockerd"
        for flags in ENGINE_FLAGS:
            log = self.scratch / "dockerd.log"
            with open(log, "w") as output:
                # An engine never outlives the test, however that ends.
                self.process = subprocess.Popen(
                    [*AS_ROOT, "setpriv", "--pdeathsig", "TERM", dockerd, "--pidfile", str(self.scratch / "dockerd.pid"), *flags],
                    stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)
            wait_for("dockerd answers or ends", lambda: answers(self.client) or self.process.poll() is not None, 60)
            if self.process.poll() is None:
                return
            self.process = None
        raise AssertionError("dockerd does not start:\n" + "".join(log.read_text().splitlines(True)[-15:]))

    def end_process(self):
        pid = int((self.scratch / "dockerd.pid").read_text())
        command(*AS_ROOT, "kill", "-TERM", pid, check=False)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            command(*AS_ROOT, "kill", f"-{int(signal.SIGKILL)}", pid, check=False)
            self.process.wait(10)
        self.process = None

    # Images

    def make_base_image(self):
        if self.docker("image", "inspect", BASE_IMAGE, check=False).returncode == 0:
            return
        print(f"making {BASE_IMAGE} with debootstrap (once per engine)...", flush=True)
        root = self.scratch / "base"
        mirror = debian_sources("bookworm")
        command(*AS_ROOT, "debootstrap", "--variant=minbase", "bookworm", root, *mirror[:1], seconds=600)
        sources = "".join(f"deb {uri} {suite} main\n" for suite in ("bookworm", "bookworm-updates", "bookworm-security")
                          for uri in debian_sources(suite)[:1])
        if sources:
            (self.scratch / "sources.list").write_text(sources)
            command(*AS_ROOT, "cp", self.scratch / "sources.list", root / "etc/apt/sources.list")
        packed = subprocess.Popen(
            [*AS_ROOT, "tar", "-C", str(root), "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*_*",
             "--exclude=./usr/share/doc/*", "--exclude=./usr/share/locale/*", "-c", "."], stdout=subprocess.PIPE)
        self.docker("import", "--change", "LABEL galen.stand-in=debootstrap", "-", BASE_IMAGE, stdin=packed.stdout,
                    seconds=300)
        if packed.wait() != 0:
            raise AssertionError("tar of the base image failed")

    @staticmethod
    def proxies():
        """Arguments of `docker build` for a machine behind a proxy."""
        return [word for name in ("http_proxy", "https_proxy", "no_proxy") if name in os.environ
                for word in ("--build-arg", f"{name}={os.environ[name]}")]

    def make_image(self):
        """The programs of $GALEN_BIN on the runtime stage of docker/Dockerfile."""
        context = self.scratch / "context"
        shutil.copytree(SOURCE / "docker", context / "docker")
        programs = self.scratch / "programs"
        programs.mkdir()
        for program in ("galen", "galend"):
            command("strip", "-o", programs / program, BIN / program)
        # The classic builder: it never asks a registry for a base image that is here.
        for words in (("--target", "runtime", "--tag", RUNTIME_IMAGE, *self.proxies(), "--file", context / "docker/Dockerfile", context),
                      ("--build-arg", f"RUNTIME_IMAGE={RUNTIME_IMAGE}", "--tag", IMAGE,
                       "--file", SOURCE / "tests/docker/Dockerfile", programs)):
            self.docker("build", "--network", "host", "--quiet", *words, env={"DOCKER_BUILDKIT": "0"}, seconds=600)


def debian_sources(suite):
    """URIs from which this machine takes a suite of Debian."""
    listed = command("apt-get", "indextargets", "--format", "$(CODENAME) $(RELEASE) $(COMPONENT) $(REPO_URI)",
                     "Identifier: Packages", check=False).stdout
    lines = [line.split() for line in listed.splitlines()]
    return [line[3] for line in lines if len(line) == 4 and suite in line[:2] and line[2] == "main"]


def compose_tool(client):
    """The compose plugin, else docker-compose."""
    if command(*client, "compose", "version", check=False).returncode == 0:
        return [*client, "compose"]
    found = shutil.which("docker-compose")
    if not found:
        raise AssertionError("no compose tool here; run scripts/install-deps --docker")
    return [*client[:-1], found]
