#!/usr/bin/env python3
"""Three honest nodes and one bad member, the primary of view 0, as processes: they commit, agree and live."""

import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "resilience"))

from bad import HONEST, BadNetwork  # noqa: E402
from cluster import BIN, galen, run, wait_for  # noqa: E402


class BadMemberTest(unittest.TestCase):
    def check(self, *strategies, views, seed=1):
        with BadNetwork(strategies, seed) as network:
            for _ in range(5):
                galen("--profile", network.honest_profile, "patient", "register")
            network.wait_until_honest_equal(60)
            network.check_alive()
            view = max(status["view"] for status in network.honest_statuses())
            self.assertIn(view, views, "views that passed")

    def test_an_equivocating_primary_is_replaced(self):
        self.check("equivocate", "double-vote", views=range(1, 8))

    def evidence(self, network, number):
        return network.ask(number, "--node", f"hospital-{number}", "evidence", "list")

    def test_an_equivocating_member_is_named_and_the_evidence_outlives_a_crash(self):
        with BadNetwork(["equivocate"]) as network:
            for _ in range(3):
                galen("--profile", network.honest_profile, "patient", "register")
            # Who got the other block than the two that prepared holds both votes; who that is depends on the view.
            holder, kept = wait_for("evidence at a good node", lambda: next(
                ((number, found) for number in HONEST if (found := self.evidence(network, number))), None), 60)
            self.check_kept(network, holder, kept)
            for number in HONEST:
                names = {piece["organisation"] for piece in self.evidence(network, number)}
                self.assertLessEqual(names, {"hospital-1"}, "nobody else is ever named")

    def check_kept(self, network, holder, kept):
        self.assertEqual({piece["organisation"] for piece in kept}, {"hospital-1"})
        status = network.ask(holder, "--node", f"hospital-{holder}", "status")
        self.assertGreaterEqual(status["evidence"], len(kept))
        network.kill(holder)
        network.start("--only", holder)
        again = {piece["id"] for piece in self.evidence(network, holder)}
        self.assertLessEqual({piece["id"] for piece in kept}, again, "what was kept survives kill -9")
        self.check_exported(network, holder, kept[0]["id"])

    def check_exported(self, network, holder, identity):
        file, genesis = network.parent / "bad.evidence", network.dir / "genesis.json"
        network.ask(holder, "--node", f"hospital-{holder}", "evidence", "export", identity, "--out", file)
        report = galen("evidence", "verify", file, "--genesis", genesis, "--output", "json").json()
        self.assertEqual(report["evidence"]["organisation"], "hospital-1")
        self.assertEqual(report["evidence"]["id"], identity)
        changed = bytearray(file.read_bytes())
        changed[-1] ^= 1
        file.write_bytes(changed)
        galen("evidence", "verify", file, "--genesis", genesis, expect=7)
        unknown = "0" * 64
        network.client(holder, "evidence", "export", unknown, "--out", file, expect=4)
        network.client(holder, "evidence", "list", "--member", "hospital-9", expect=2)
        self.assertEqual(network.ask(holder, "evidence", "list", "--member", f"hospital-{holder}"), [])

    def test_a_primary_that_mixes_bad_blocks_among_good_ones_does_no_harm(self):
        self.check("bad-blocks", views=range(8))

    def test_a_primary_of_wrong_roots_is_replaced(self):
        self.check("wrong-root", views=range(1, 8))

    def test_a_primary_that_censors_is_replaced(self):
        def of_hospital_2(genesis):
            """The strategy leaves out whose id begins with a byte that is this modulo 4."""
            (own,) = [o for o in genesis["organisations"] if o["name"] == "hospital-2"]
            return int(own["id"][:2], 16) % 4
        self.check("censor", views=range(1, 8), seed=of_hospital_2)

    def test_a_member_that_floods_delays_itself_alone(self):
        with BadNetwork(["garbage-flood", "view-change-flood"]) as network:
            begun = time.monotonic()
            for _ in range(5):
                galen("--profile", network.honest_profile, "patient", "register")
            network.wait_until_honest_equal(60)
            network.check_alive()
            for number in HONEST:
                # It is read slowly, and read on.
                told = self.refused(network, number)
                wait_for("more of what it sends", lambda n=number, t=told: self.refused(network, n) >= t + 3, 30)
                self.assertLess(self.refused(network, number), time.monotonic() - begun + 5, "a line a second")

    def refused(self, network, number):
        return (network.place(number) / "galend.log").read_text().count("message refused")

    def test_a_silent_primary_is_replaced(self):
        self.check("silent", views=range(1, 8))

    def test_garbage_and_view_changes_of_one_member_change_nothing(self):
        self.check("garbage", "view-change-spam", views=range(1))

    def test_forged_and_malleated_signatures_of_one_member_change_nothing(self):
        self.check("bad-signature", "false-certificate", views=range(1))

    def test_a_strategy_has_a_name(self):
        answer = run(BIN / "byznode", "--config", "x", "--strategy", "be-evil")
        self.assertEqual(answer.code, 2)
        self.assertIn("be-evil", answer.err)
        self.assertGreaterEqual(len(run(BIN / "byznode", "--list").out.split()), 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
