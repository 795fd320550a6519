#!/usr/bin/env python3
"""Three honest nodes and one bad member, the primary of view 0, as processes: they commit, agree and live."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "resilience"))

from bad import BadNetwork  # noqa: E402
from cluster import BIN, galen, run  # noqa: E402


class BadMemberTest(unittest.TestCase):
    def check(self, *strategies, views):
        with BadNetwork(strategies) as network:
            for _ in range(5):
                galen("--profile", network.honest_profile, "patient", "register")
            network.wait_until_honest_equal(60)
            network.check_alive()
            view = max(status["view"] for status in network.honest_statuses())
            self.assertIn(view, views, "views that passed")

    def test_an_equivocating_primary_is_replaced(self):
        self.check("equivocate", "double-vote", views=range(1, 8))

    def test_a_primary_that_mixes_bad_blocks_among_good_ones_does_no_harm(self):
        self.check("bad-blocks", views=range(8))

    def test_a_silent_primary_is_replaced(self):
        self.check("silent", views=range(1, 8))

    def test_garbage_and_view_changes_of_one_member_change_nothing(self):
        self.check("garbage", "view-change-spam", views=range(1))

    def test_a_strategy_has_a_name(self):
        answer = run(BIN / "byznode", "--config", "x", "--strategy", "be-evil")
        self.assertEqual(answer.code, 2)
        self.assertIn("be-evil", answer.err)
        self.assertGreaterEqual(len(run(BIN / "byznode", "--list").out.split()), 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
