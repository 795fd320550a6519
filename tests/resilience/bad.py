"""A network whose first hospital, the primary of view 0, is a bad member (byznode)."""

import json
import os
import subprocess
import time
from pathlib import Path

from cluster import BIN, Network, wait_for

BAD = 1
HONEST = (2, 3, 4)


class BadNetwork(Network):
    """Starts byznode in place of hospital 1, then the honest nodes."""

    def __init__(self, strategies, seed=1):
        super().__init__(start=False)
        self.bad = None
        try:
            self.write_profile()
            log = open(self.place(BAD) / "galend.log", "wb")  # the process keeps it
            self.bad = subprocess.Popen([BIN / "byznode", "--config", self.config(BAD), "--strategy", ",".join(strategies),
                                         "--seed", str(self.seed_for(seed))],
                                        stdout=log, stderr=log)
            log.close()
            for number in HONEST:
                self.start("--only", number)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def seed_for(self, seed):
        """Of the strategy's choices; a function of the network when it has to fit who its members are."""
        return seed(json.loads((self.dir / "genesis.json").read_text())) if callable(seed) else seed

    def __exit__(self, kind, error, trace):
        if self.bad is not None:
            self.bad.kill()
            self.bad.wait()
        super().__exit__(kind, error, trace)

    def write_profile(self):
        """Hospital 2's, without the bad node: a client of the honest ones."""
        head, *endpoints = self.profile(2).read_text().split("[[endpoints]]")
        kept = [part for part in endpoints if f'"hospital-{BAD}"' not in part]
        assert len(kept) == len(HONEST), "a profile lists every hospital once"
        self.honest_profile.write_text("[[endpoints]]".join([head, *kept]))

    @property
    def honest_profile(self):
        return self.place(2) / "client-honest.toml"

    def honest_statuses(self):
        return [self.ask(number, "--node", f"hospital-{number}", "status") for number in HONEST]

    def wait_until_honest_equal(self, seconds=120):
        def one_head():
            heads = {(s["height"], s["block"], s["state_root"]) for s in self.honest_statuses()}
            return heads if len(heads) == 1 else None
        return next(iter(wait_for("all honest nodes at one height and root", one_head, seconds)))

    def memory_mib(self):
        """Resident memory of the largest honest node."""
        return max(resident_mib(self.pid(number)) for number in HONEST)

    def check_alive(self):
        dead = [number for number in HONEST if self.pid(number) is None]
        assert not dead, f"honest nodes ended: {dead}"
        assert self.bad.poll() is None, "the bad member ended by itself"


def resident_mib(pid):
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def rate_over(load, seconds):
    """Receipts per second from now on."""
    begin = time.time()
    time.sleep(seconds)
    return load.rate(begin, time.time())
