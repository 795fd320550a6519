#!/usr/bin/env python3
"""Writes the scenarios of the grid of crashes: at every write of a vote and every apply of a block,
before, within and after it, of every node, in an undisturbed height, in a view change with nothing
to carry over, and in one that must carry a prepared block over; started again alone or together with
everybody. All invariants hold on the way, and the transaction commits.

Usage: persist_grid.py GALEN_SIM     ends with the simulator's line "N passed, N failed"
"""

import os
import subprocess
import sys
import tempfile

# Each writes its votes as so many tasks: PREPARE and COMMIT; VIEW-CHANGE, PREPARE, COMMIT and, for
# the new primary, NEW-VIEW; both together.
NORMAL = {0: 2, 1: 2, 2: 2, 3: 2}
FREE = {1: 4, 2: 3, 3: 3}
FORCED = {0: 5, 1: 6, 2: 5, 3: 5}

BEGIN = """validators 4
start
submit 1 to 1
until committed
run 1s
"""
PHASES = {
    "normal": (NORMAL, "{plan}submit 2 to 0 1 2 3\n", ""),
    "free": (FREE, "crash 0\n{plan}submit 2 to 1 2 3\n", ""),
    "forced": (FORCED, "drop commit view 0\n{plan}submit 2 to 0 1 2 3\n", "run 1s\npass\n"),
}
ENDS = {
    "alone": "restart {node}\n",
    "all": "run 500ms\ncrash\nrestart\n",
}
END = """restart
resend
until committed
until same-heads
submit 3 to 0 1 2 3
until committed
until same-heads
"""


def scenarios():
    for phase, (votes, start, after) in PHASES.items():
        for node, count in votes.items():
            points = [("vote", i + 1) for i in range(count)] + [("apply", 1)]
            if phase == "forced" and node == 0:
                del points[0]  # nobody would have anything prepared
            for what, number in points:
                for moment in ("before", "within", "after"):
                    for how, end in ENDS.items():
                        plan = f"plan {node} dies {moment} {what} {number}\n"
                        text = (BEGIN + start.format(plan=plan) + f"until down {node}\n" + after +
                                end.format(node=node) + END)
                        yield f"{phase}-{node}-{moment}-{what}-{number}-{how}", text


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="galen-grid-") as directory:
        files = []
        for name, text in scenarios():
            files.append(os.path.join(directory, name + ".scenario"))
            with open(files[-1], "w", encoding="utf-8") as file:
                file.write(text)
        return subprocess.run([sys.argv[1], "--scenario", *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
