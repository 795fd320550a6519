"""Clients that write until they are told to end, and what of it the ledger must then hold."""

import threading

from cluster import BIN, run, wait_for


class Writer(threading.Thread):
    """Registers patients one after another; remembers what was acknowledged."""

    def __init__(self, network, hospital):
        super().__init__(daemon=True)
        self.network, self.hospital = network, hospital
        self.acknowledged = {}  # transaction -> height
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            answer = run(BIN / "galen", "--profile", self.network.profile(self.hospital), "--timeout", "3",
                         "patient", "register", "--output", "json")
            if answer.code == 0:
                committed = answer.json()["committed"]
                self.acknowledged[committed["transaction"]] = committed["height"]


def count(writers):
    return sum(len(writer.acknowledged) for writer in writers)


def wait_for_more(writers, more, seconds=60):
    """Until so many transactions more are acknowledged; returns how many are then."""
    wanted = count(writers) + more
    wait_for(f"{wanted} acknowledged transactions", lambda: count(writers) >= wanted, seconds)
    return count(writers)


def load_until(network, hospitals, end):
    """Runs a writer per hospital while `end` (a function of the writers) goes on; returns what was acknowledged."""
    writers = [Writer(network, hospital) for hospital in hospitals]
    for writer in writers:
        writer.start()
    try:
        end(writers)
    finally:
        for writer in writers:
            writer.ending.set()
        for writer in writers:
            writer.join(60)
    return {tx: height for writer in writers for tx, height in writer.acknowledged.items()}


def check_ledger(test, network, hospital, acknowledged):
    """All nodes end with one head; every acknowledged transaction stands where its receipt says, and once."""
    height, _, _ = network.wait_until_equal()
    where = {}
    for block in network.blocks(hospital, height):
        for tx in block["transactions"]:
            test.assertNotIn(tx, where, "a transaction is in two blocks")
            where[tx] = block["height"]
    for tx, number in acknowledged.items():
        test.assertEqual(where.get(tx), number, f"transaction {tx} was acknowledged at height {number}")
    return height
