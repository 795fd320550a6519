#!/usr/bin/env python3
"""Consortiums of five, six and seven (four is everywhere else): the quorum is ceil((n + f + 1) / 2), whatever
n is. With as many nodes down as it allows, the primary among them, the ledger goes on; with one more it stands
still and loses nothing; when they are back, it goes on by itself."""

import math
import unittest

from cluster import Network, galen
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
