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
    # name: tasks, what begins it, what was true when it has committed
    "normal": (NORMAL, "{plan}submit 2 to 0 1 2 3\n", ""),
    "free": (FREE, "crash 0\n{plan}submit 2 to 1 2 3\n", ""),
    "forced": (FORCED, "drop commit view 0\n{plan}submit 2 to 0 1 2 3\n", "expect one-block 2\n"),
}
ENDS = {
    "alone": "restart {node}\n",  # in "free", one of the three that are needed
    "all": "run 500ms\ncrash\nrestart\n",
}
COMMITTED = "resend\nuntil committed\n"
END = """restart
until same-heads
submit 3 to 0 1 2 3
until committed
until same-heads
"""


def points(phase, node, count):
    """(what, its number, when)"""
    for number in range(1, count + 1):
        if (phase, node, number) == ("forced", 0, 1):
            continue  # nobody would have anything prepared
        for moment in ("before", "within", "after"):
            yield "vote", number, moment
    for moment in ("before", "after"):  # a block is applied in one step
        yield "apply", 1, moment


def scenarios():
    for phase, (votes, start, check) in PHASES.items():
        for node, count in votes.items():
            for what, number, moment in points(phase, node, count):
                for how, end in ENDS.items():
                    plan = f"plan {node} dies {moment} {what} {number}\n"
                    text = (BEGIN + start.format(plan=plan) + f"until down {node}\n" + end.format(node=node) + COMMITTED +
                            check + END)
                    yield f"{phase}-{node}-{moment}-{what}-{number}-{how}", text


def one_too_many():
    """A node that writes more than the tables above say: then the grid has a hole."""
    for phase, (votes, start, check) in PHASES.items():
        for node, count in votes.items():
            plan = f"plan {node} dies before vote {count + 1}\n"
            text = BEGIN + start.format(plan=plan) + "until committed\nuntil same-heads\n" + check
            yield f"{phase}-{node}-has-{count + 1}", text


def run(simulator, directory, named):
    files = []
    for name, text in named:
        files.append(os.path.join(directory, name + ".scenario"))
        with open(files[-1], "w", encoding="utf-8") as file:
            file.write(text)
    done = subprocess.run([simulator, "--scenario", *files], check=False, capture_output=True, text=True)
    return len(files), done.stdout


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="galen-grid-") as directory:
        count, told = run(sys.argv[1], directory, one_too_many())
        if told.count("never came to what was planned") != count:
            sys.exit(told + "a node writes more often than the grid knows")
        count, told = run(sys.argv[1], directory, scenarios())
        print(told, end="")
        return 0 if told.endswith(f"{count} passed, 0 failed\n") else 1


if __name__ == "__main__":
    sys.exit(main())
