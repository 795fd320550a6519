#!/usr/bin/env python3
"""Consortiums of five, six and seven (four is everywhere else): the quorum is ceil((n + f + 1) / 2), whatever
n is. With as many nodes down as it allows, the primary among them, the ledger goes on; with one more it stands
still and loses nothing; when they are back, it goes on by itself. And four whose primary changes with the time of their
blocks, through restarts: each finds its view again from its own ledger."""

import math
import unittest

from cluster import Network, galen, wait_for
from writers import check_ledger, count, load_until, wait_for_more


def quorum(n):
    f = (n - 1) // 3
    return math.ceil((n + f + 1) / 2)


class SizesTest(unittest.TestCase):
    def test_five_need_four(self):
        self.assertEqual(quorum(5), 4)
        self.lose_and_return(5)

    def test_six_need_four(self):
        self.assertEqual(quorum(6), 4)
        self.lose_and_return(6)

    def test_seven_need_five(self):
        self.assertEqual(quorum(7), 5)
        self.lose_and_return(7)

    def test_four_that_rotate(self):
        with Network(options=("--rotation", "2")) as network:
            def proposers_since(first):
                height = network.ask(4, "status")["height"]
                return {block["proposer"] for block in network.blocks(4, height) if block["height"] >= first}

            def faults(writers):
                wait_for("all four to propose", lambda: len(proposers_since(1)) == 4, 60)
                network.kill(1, 2, 3, 4)
                network.start()
                wait_for_more(writers, 3)
                first = network.ask(4, "status")["height"] + 1
                wait_for("all four to propose again", lambda: len(proposers_since(first)) == 4, 60)
                network.kill(1)
                wait_for_more(writers, 3)
                network.start("--only", 1)
                first = network.ask(4, "status")["height"] + 1
                wait_for("the one that was away to propose", lambda: "hospital-1" in proposers_since(first), 60)
            acknowledged = load_until(network, (4, 3), faults)
            check_ledger(self, network, 4, acknowledged)

    def lose_and_return(self, n):
        spare = n - quorum(n)
        with Network(hospitals=n) as network:
            def faults(writers):
                wait_for_more(writers, 3)
                network.kill(*range(1, spare + 1))  # hospital 1 is primary of the first view
                wait_for_more(writers, 5)
                network.kill(spare + 1)
                self.check_that_it_stands(network, n, writers)
                network.start("--only", spare + 1)
                wait_for_more(writers, 3)
                for number in range(1, spare + 1):
                    network.start("--only", number)
                wait_for_more(writers, 3)
            acknowledged = load_until(network, (n, n - 1), faults)
            check_ledger(self, network, n, acknowledged)

    def check_that_it_stands(self, network, n, writers):
        """A transaction of its own, submitted now, is not acknowledged, nor is any of the writers'."""
        answer = galen("--profile", network.profile(n), "--timeout", "3", "patient", "register", expect=None)
        self.assertNotEqual(answer.code, 0, "acknowledged without a quorum")
        before = count(writers)
        answer = galen("--profile", network.profile(n), "--timeout", "2", "patient", "register", expect=None)
        self.assertNotEqual(answer.code, 0, "acknowledged without a quorum")
        self.assertEqual(count(writers), before)


if __name__ == "__main__":
    unittest.main()
