"""Load from `galen bench --retry` with every receipt on record."""

import collections
import json
import math
import subprocess
import time

from cluster import BIN, SLOW


Receipt = collections.namedtuple("Receipt", "time height transaction latency_ms")


class Load:
    """A running bench. Times are unix seconds."""

    def __init__(self, network, profile=None, clients=4, in_flight=4, seconds=3600, warm_up=0, options=()):
        self.path = network.parent / f"receipts-{time.monotonic_ns()}.jsonl"
        self.process = subprocess.Popen(
            [BIN / "galen", "--profile", profile or network.profile(1), "bench", "--retry", "--clients", str(clients),
             "--in-flight", str(in_flight), "--duration", str(seconds), "--warm-up", str(warm_up),
             "--receipts", self.path, "--output", "json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.read = 0
        self.tail = ""
        self.receipts = []

    def poll(self):
        """All receipts so far."""
        if self.path.exists():
            with open(self.path, encoding="ascii") as file:
                file.seek(self.read)
                text = self.tail + file.read()
                self.read = file.tell()
            *lines, self.tail = text.split("\n")
            for line in lines:
                row = json.loads(line)
                self.receipts.append(Receipt(row["time_ms"] / 1000, row["height"], row["transaction"], row["latency_ms"]))
        return self.receipts

    def height(self):
        return max((row.height for row in self.poll()), default=0)

    def wait_for_commit_above(self, height, seconds):
        """Unix time of the first receipt above `height`; fails after the deadline."""
        end = time.monotonic() + seconds * SLOW
        while time.monotonic() < end:
            times = [row.time for row in self.poll() if row.height > height]
            if times:
                return min(times)
            if self.process.poll() is not None:
                raise AssertionError("the load has ended")
            time.sleep(0.02)
        raise AssertionError(f"no commit above height {height} within {seconds} s")

    def longest_pause(self, begin, end):
        """Longest time without a receipt between two moments."""
        times = sorted([begin, end, *(row.time for row in self.poll() if begin <= row.time <= end)])
        return max(b - a for a, b in zip(times, times[1:]))

    def rate(self, begin, end):
        """Receipts per second."""
        return sum(begin <= row.time < end for row in self.poll()) / (end - begin)

    def p99_ms(self, begin, end):
        """99th percentile of the latencies of what was answered then."""
        latencies = sorted(row.latency_ms for row in self.poll() if begin <= row.time < end)
        return latencies[math.ceil(0.99 * len(latencies)) - 1] if latencies else math.inf

    def finish(self):
        """Waits for the end; the figures of bench."""
        out, _ = self.process.communicate(timeout=3600)
        self.poll()
        return json.loads(out)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.poll()
