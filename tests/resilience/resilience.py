#!/usr/bin/env python3
"""Faults of real processes under load, measured: how long nothing commits, what throughput is left.

Every row starts its own network of four nodes, injects its fault again and again, checks that all nodes
end with one head and root and that every acknowledged transaction stands in the chain exactly once, and
gives median, 95th percentile and worst of its trials beside the target. Exit code 1 when a row fails its
check or misses its target."""

import argparse
import contextlib
import functools
import json
import math
import os
import signal
import statistics
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from bad import HONEST, BadNetwork, rate_over, resident_mib  # noqa: E402
from cluster import BIN, Network, galen, run, wait_for  # noqa: E402
from load import Load  # noqa: E402
from mesh import Mesh  # noqa: E402

CALM_S = 2.0  # of ordinary commits before a fault
WATCH_S = 10.0  # after one
QUIET_S = 8.0  # until what waited of a load that was stopped is committed
FULL = {"clients": 4, "in_flight": 256}
MEMORY_MIB = 256  # resident, of a good node beside one that floods
CONSENTS_MIB = MEMORY_MIB + 128  # the same with both memories of decoded consents full, 64 MiB each


class Row:
    """One line of the table. `limits` maps a statistic of the samples to its bound."""

    def __init__(self, name, what, unit, limits, run):
        self.name, self.what, self.unit, self.limits, self.run = name, what, unit, limits, run


class Result:
    def __init__(self, row, samples, extra):
        self.row, self.samples, self.extra = row, sorted(samples), extra
        self.figures = {"median": statistics.median(samples), "p95": self.rank(95), "p5": self.rank(5),
                        "max": self.samples[-1], "min": self.samples[0]}

    def rank(self, percent):
        return self.samples[max(math.ceil(percent / 100 * len(self.samples)), 1) - 1]

    def missed(self):
        """Limits that do not hold: "<= x" for durations and ratios of cost, ">= x" for what must stay."""
        wrong = []
        for statistic, (sign, bound) in self.row.limits.items():
            value = self.figures[statistic]
            if not (value <= bound if sign == "<=" else value >= bound):
                wrong.append(f"{statistic} {value:.2f} is not {sign} {bound}")
        return wrong

    def as_json(self):
        return {"row": self.row.name, "what": self.row.what, "unit": self.row.unit, "trials": len(self.samples),
                **{key: round(value, 3) for key, value in self.figures.items()}, **self.extra,
                "targets": {key: f"{sign} {bound}" for key, (sign, bound) in self.row.limits.items()},
                "missed": self.missed()}


def rest(seconds):
    time.sleep(seconds)


def status(network, number):
    return network.ask(number, "--node", f"hospital-{number}", "status")


def primary(network, among):
    """Number of the primary as a live node tells it."""
    name = status(network, among)["primary"]
    return int(name.rsplit("-", 1)[1])


def views(network):
    return [status(network, number)["view"] for number in network.numbers()]


def steady(load, seconds=30):
    """Waits until blocks follow each other again."""
    height = load.height()
    load.wait_for_commit_above(height + 2, seconds)
    rest(CALM_S)


def check_chain(network, load):
    """All nodes equal, and what was acknowledged stands where its receipt says, once."""
    top, _, _ = network.wait_until_equal(120)
    return check_receipts(network, load, top, 1)


def check_receipts(network, load, top, teller):
    """Compares the receipts with the blocks up to `top` as one node tells them."""
    found = {}
    for block in network.blocks(teller, top):
        for transaction in block["transactions"]:
            if transaction in found:
                raise AssertionError(f"transaction {transaction} stands in blocks {found[transaction]} and {block['height']}")
            found[transaction] = block["height"]
    for row in load.poll():
        if found.get(row.transaction) != row.height:
            raise AssertionError(f"transaction {row.transaction} was acknowledged at height {row.height}, "
                                 f"the chain has it at {found.get(row.transaction)}")
    return {"acknowledged": len(load.receipts), "blocks": top}


def with_network(trial, count, load_options=None, prepare=None):
    """Runs `trial(network, load)` `count` times under one load; returns samples and the check's figures."""
    with Network(start=prepare is None) as network:
        if prepare is not None:
            prepare(network)
            network.start()
        load = Load(network, **(load_options or {}))
        try:
            samples = []
            for number in range(count):
                steady(load, 60)
                samples.append(trial(network, load))
                print(f"  trial {number + 1} of {count}: {samples[-1]:.2f}", file=sys.stderr, flush=True)
        finally:
            load.stop()
        return samples, check_chain(network, load)


def primary_killed(options):
    """Longest pause of commits after kill -9 of the primary."""
    def trial(network, load):
        victim = primary(network, 1)
        begin = time.time()
        network.kill(victim)
        rest(WATCH_S)
        pause = load.longest_pause(begin, begin + WATCH_S)
        network.start("--only", victim)
        return pause
    return with_network(trial, options.trials)


def all_killed(options):
    """From the start of four processes, after kill -9 of all, to the first commit."""
    def trial(network, load):
        network.kill(*network.numbers())
        time.sleep(0.3)  # receipts on their way when the nodes died are no new commits
        height = load.height()
        begin = time.time()
        network.start()
        return load.wait_for_commit_above(height, 120) - begin
    return with_network(trial, options.trials)


def partition_healed(options):
    """From the end of a partition two against two, of 8 s, to the first commit."""
    meshes = []

    def prepare(network):
        meshes.append(Mesh(network))
        meshes[-1].route()

    def trial(network, load):
        del network
        meshes[-1].cut([1, 2], [3, 4])
        rest(1)
        height = load.height()
        rest(7)
        if load.height() != height:
            raise AssertionError("two of four nodes committed")
        begin = time.time()
        meshes[-1].heal()
        return load.wait_for_commit_above(height, 120) - begin
    try:
        return with_network(trial, options.trials, prepare=prepare)
    finally:
        for mesh in meshes:
            mesh.close()


def quorum_lost(options):
    """Two of four nodes are down for at least `--outage` seconds: from their start to the first commit.
    The networks of all trials wait at the same time, then come back one after the other."""
    samples, checks = [], []
    with contextlib.ExitStack() as stack:
        stalled = []
        for _ in range(options.outages):
            network = stack.enter_context(Network())
            load = Load(network, clients=2, in_flight=2)
            stack.callback(load.stop)
            steady(load, 60)
            network.kill(3, 4)
            rest(1)
            stalled.append((network, load, load.height(), time.monotonic()))
        for number, (network, load, height, since) in enumerate(stalled):
            rest(max(since + options.outage - time.monotonic(), 0))
            if load.height() != height:
                raise AssertionError("two of four nodes committed")
            begin = time.time()
            network.start()
            samples.append(load.wait_for_commit_above(height, 300) - begin)
            print(f"  trial {number + 1} of {options.outages}: {samples[-1]:.2f} "
                  f"after {time.monotonic() - since:.0f} s", file=sys.stderr, flush=True)
            load.stop()
            checks.append(check_chain(network, load))
            network.kill(*network.numbers())
    return samples, {key: sum(check[key] for check in checks) for key in checks[0]}


@functools.cache
def backup_killed(trials, window):
    """Ratios (throughput, p99) of the time after a backup was killed to the time before."""
    ratios = []

    def trial(network, load):
        begin = time.time()
        rest(window)
        victim = next(number for number in (4, 3, 2) if number != primary(network, 1))
        middle = time.time()
        network.kill(victim)
        rest(1)  # its clients go to the next node
        after = time.time()
        rest(window)
        end = time.time()
        ratios.append((load.rate(after, end) / load.rate(begin, middle), load.p99_ms(after, end) / load.p99_ms(begin, middle)))
        network.start("--only", victim)
        wait_for("the backup has caught up", lambda: network.heads() is not None, 60)
        return ratios[-1][0]
    _, extra = with_network(trial, trials, FULL)
    return ratios, extra


def backup_killed_throughput(options):
    """Throughput without one backup, as a ratio of the throughput before."""
    ratios, extra = backup_killed(options.trials, options.window)
    return [throughput for throughput, _ in ratios], extra


def backup_killed_latency(options):
    """p99 without one backup, as a ratio of the p99 before."""
    ratios, extra = backup_killed(options.trials, options.window)
    return [p99 for _, p99 in ratios], extra


def calm(options):
    """Views that passed without a fault, half of the time under full load and half of it idle."""
    with Network() as network:
        before = views(network)
        load = Load(network, seconds=options.calm / 2, **FULL)
        load.finish()
        rest(options.calm / 2)
        network.ask(1, "patient", "register")
        passed = max(after - b for after, b in zip(views(network), before))
        print(f"  {passed} views passed", file=sys.stderr, flush=True)
        if passed > 0:
            print_view_changes(network)
        checked = check_chain(network, load)
        return [passed], {"seconds": options.calm, **checked}


def print_view_changes(network):
    """Who suspected whom and when, as the nodes logged it: the network and its logs are gone afterwards."""
    lines = [line for number in network.numbers()
             for line in (network.place(number) / "galend.log").read_text(errors="replace").splitlines()
             if "[pbft]" in line and (": suspected " in line or ": view-" in line or ": new-view " in line)]
    print("\n".join(sorted(lines)[:200]), file=sys.stderr, flush=True)


def catch_up(options):
    """One-operation transactions applied in a second of processor time by a node that was away."""
    samples = []
    for _ in range(options.catch_ups):
        with Network() as network:
            network.kill(4)
            missed = 0
            load = Load(network, clients=3, in_flight=256, seconds=3600)
            try:
                wait_for("transactions", lambda: len(load.poll()) >= options.backlog, 600)
            finally:
                load.stop()
            top, missed = load.height(), len(load.poll())
            network.start("--only", 4)
            # Asked itself: a client that cannot reach it yet would be answered by another node.
            wait_for("the node has caught up", lambda: any(
                node["organisation"] == "hospital-4" and node["reachable"] and node["height"] >= top
                for node in network.statuses()), 120)
            fields = Path(f"/proc/{network.pid(4)}/stat").read_text().rsplit(")", 1)[1].split()
            processor_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            samples.append(missed / processor_s)
            print(f"  {missed} transactions, {processor_s:.2f} s of processor time", file=sys.stderr, flush=True)
            check_chain(network, load)
    return samples, {"backlog": options.backlog}


@functools.cache
def good_rate(trials, window, in_flight):
    """Median throughput of four good members under the load the bad rows use."""
    rates = []
    for _ in range(trials):
        with Network() as network:
            load = Load(network, clients=3, in_flight=in_flight)
            try:
                steady(load, 60)
                rates.append(rate_over(load, window))
            finally:
                load.stop()
    print(f"  four good members: {statistics.median(rates):.0f} transactions/s", file=sys.stderr, flush=True)
    return statistics.median(rates)


@functools.cache
def with_bad_member(strategies, trials, window, replaced=False, at_once=False, in_flight=512):
    """Per trial, each with a seed of its own: seconds to the first commit, throughput as a ratio of four
    good members', MiB of the largest good node, views passed by the end. `replaced`: the bad member has
    to be, by the time of the first commit. `at_once`: the throughput counts from the first request on."""
    good = good_rate(max(trials // 4, 1), window, in_flight)
    rows = []
    for number in range(trials):
        with BadNetwork(strategies, number + 1) as network:
            first = 0
            if not at_once:
                begin = time.time()
                galen("--profile", network.honest_profile, "patient", "register")
                first = time.time() - begin
                if replaced and max(status["view"] for status in network.honest_statuses()) == 0:
                    raise AssertionError("the first commit came in view 0: the bad primary was not replaced")
            load = Load(network, network.honest_profile, clients=3, in_flight=in_flight)
            try:
                if not at_once:
                    steady(load, 60)
                ratio = rate_over(load, window) / good
            finally:
                load.stop()
            network.check_alive()
            view = max(status["view"] for status in network.honest_statuses())
            rows.append((first, ratio, network.memory_mib(), view))
            check_receipts(network, load, network.wait_until_honest_equal()[0], HONEST[0])
        print(f"  trial {number + 1} of {trials}: first commit {first:.2f} s, ratio {ratio:.2f}, "
              f"{rows[-1][2]:.0f} MiB, view {view}", file=sys.stderr, flush=True)
    return rows


def bad_first_commit(*strategies):
    def run(options):
        rows = with_bad_member(strategies, options.trials, options.window, replaced=True)
        return [first for first, _, _, _ in rows], {"views": [view for _, _, _, view in rows]}
    return run


def bad_throughput(*strategies, window=None, memory_mib=None, **how):
    def run(options):
        rows = with_bad_member(strategies, options.trials, window or options.window, **how)
        memory = max(mib for _, _, mib, _ in rows)
        if memory_mib and memory > memory_mib:
            raise AssertionError(f"a good node came to {memory:.0f} MiB, above {memory_mib}")
        return [ratio for _, ratio, _, _ in rows], {"memory_mib": round(memory), "views": [view for _, _, _, view in rows]}
    return run


def costly_accesses(options):
    """What others get beside one hospital that logs the most work that fits a transaction, again and again: accesses
    about eight patients of its own with 10,000 grants each, more than nodes remember; as a ratio of what they get in
    the same network while it is quiet."""
    samples, work = [], []
    with Network() as network:
        # Few wait, so that it is quiet soon after it is stopped.
        costly = Load(network, clients=1, in_flight=16, options=(
            "--operation", "access", "--patients", "8", "--grants", "10000", "--batch", "8"))
        load = None
        try:
            wait_for("costly accesses", lambda: len(costly.poll()) > 10, 300)
            load = Load(network, network.profile(2), clients=3, in_flight=512)
            for number in range(options.trials):
                costly.process.send_signal(signal.SIGSTOP)
                rest(QUIET_S)
                steady(load, 60)
                begin = time.time()
                alone = rate_over(load, options.window)
                if costly.rate(begin, begin + options.window) > 0:
                    raise AssertionError("the costly one was not quiet yet")
                costly.process.send_signal(signal.SIGCONT)
                steady(load, 60)
                begin = time.time()
                samples.append(rate_over(load, options.window) / alone)
                work.append(costly.rate(begin, begin + options.window))
                print(f"  trial {number + 1} of {options.trials}: ratio {samples[-1]:.2f} of {alone:.0f} transactions/s, "
                      f"{work[-1]:.1f} costly transactions/s", file=sys.stderr, flush=True)
        finally:
            costly.stop()
            if load is not None:
                load.stop()
        if max(views(network)) > 0:
            print_view_changes(network)
            raise AssertionError("a primary was suspected for who is costly")
        memory = max(resident_mib(network.pid(node)) for node in network.numbers())
        top, _, _ = network.wait_until_equal(120)
        check_receipts(network, load, top, 2)
        checked = check_receipts(network, costly, top, 2)
    if memory > CONSENTS_MIB:
        raise AssertionError(f"a node came to {memory:.0f} MiB, above {CONSENTS_MIB}")
    return samples, {"memory_mib": round(memory), "costly_transactions_per_s": round(statistics.median(work), 1), **checked}


def each_strategy(options):
    """Beside a bad member of every strategy in turn a good node is killed and started again 2 s later: it catches up
    from the two others and the bad one. From its start to the first new commit."""
    names = run(BIN / "byznode", "--list").out.split()
    samples = []
    for number, name in enumerate(names):
        with BadNetwork([name], number + 1) as network:
            load = Load(network, network.honest_profile, clients=2, in_flight=64)
            try:
                steady(load, 60)
                network.kill(HONEST[-1])
                rest(2)
                height = load.height()
                begin = time.time()
                network.start("--only", HONEST[-1])
                # The bad member may vote as well as the one that is down: then it goes on at once.
                samples.append(max(load.wait_for_commit_above(height, 120) - begin, 0))
                steady(load, 60)
            finally:
                load.stop()
            network.check_alive()
            check_receipts(network, load, network.wait_until_honest_equal()[0], HONEST[0])
        print(f"  {name}: {samples[-1]:.2f}", file=sys.stderr, flush=True)
    return samples, {"strategies": names}


# One timeout, 2 s, and half a second for the view change and the commit; a second timeout would take 4 s more.
REPLACED = {"p95": ("<=", 2.5), "max": ("<=", 4)}

ROWS = [
    Row("primary-killed", "primary killed: longest pause of commits", "s", {"p95": ("<=", 4), "max": ("<=", 6)}, primary_killed),
    Row("all-killed", "all four killed and restarted: first commit", "s", {"p95": ("<=", 5)}, all_killed),
    Row("partition-healed", "partition 2|2 healed: first commit", "s", {"p95": ("<=", 5)}, partition_healed),
    Row("quorum-lost", "two of four down for long, then back: first commit", "s", {"max": ("<=", 30)}, quorum_lost),
    Row("backup-killed", "one backup killed: throughput", "ratio", {"median": (">=", 1)}, backup_killed_throughput),
    Row("backup-killed-p99", "one backup killed: p99", "ratio", {"median": ("<=", 1.5)}, backup_killed_latency),
    Row("silent-primary", "silent primary: from the first request to the first commit", "s", REPLACED, bad_first_commit("silent")),
    Row("silent-after", "silent member replaced: throughput", "ratio", {"median": (">=", 0.9)}, bad_throughput("silent", replaced=True)),
    Row("equivocating-primary", "equivocating primary: to the first commit", "s", REPLACED, bad_first_commit("equivocate")),
    Row("equivocating-after", "equivocating member replaced: throughput", "ratio", {"median": (">=", 0.9)}, bad_throughput("equivocate", replaced=True)),
    Row("wrong-root-primary", "primary of wrong state roots: to the first commit", "s", REPLACED, bad_first_commit("wrong-root")),
    Row("wrong-root-after", "member of wrong roots replaced: throughput", "ratio", {"median": (">=", 0.9)}, bad_throughput("wrong-root", replaced=True)),
    Row("bad-blocks", "a primary that mixes bad blocks among good ones: throughput", "ratio", {"median": (">=", 0.6)}, bad_throughput("bad-blocks")),
    Row("slow-primary", "slow primary at 0.9 T: throughput", "ratio", {"median": (">=", 0.5)}, bad_throughput("slow-primary", window=60, at_once=True, in_flight=2048)),
    Row("garbage", "one member floods garbage: throughput", "ratio", {"median": (">=", 0.6)}, bad_throughput("garbage-flood", memory_mib=MEMORY_MIB)),
    Row("view-change-flood", "one member floods view changes: throughput", "ratio", {"median": (">=", 0.6)}, bad_throughput("view-change-flood", memory_mib=MEMORY_MIB)),
    Row("request-flood", "one member floods requests: throughput", "ratio", {"median": (">=", 0.6)}, bad_throughput("amplify", memory_mib=MEMORY_MIB)),
    Row("lying-request-flood", "the same, and it denies having what it was sent: throughput", "ratio", {"median": (">=", 0.6)}, bad_throughput("false-status", "amplify", memory_mib=MEMORY_MIB)),
    Row("costly-accesses", "one hospital logs accesses that are much work: throughput of another", "ratio", {"median": (">=", 0.6)}, costly_accesses),
    Row("each-strategy", "every strategy of a bad member in turn, a good node killed and restarted: first commit", "s", {"max": ("<=", 30)}, each_strategy),
    Row("calm", "view changes without faults", "views", {"max": ("<=", 0)}, calm),
    Row("catch-up", "catch-up of a node that was away", "transactions/s of a core", {"median": (">=", 10_000)}, catch_up),
]


def table(results):
    lines = [f"{'row':<20}{'trials':>7}{'median':>10}{'p95':>10}{'max':>10}{'min':>10}  unit, target"]
    for result in results:
        figures = result.figures
        targets = ", ".join(f"{key} {sign} {bound}" for key, (sign, bound) in result.row.limits.items())
        verdict = "; ".join(result.missed()) or "met"
        lines.append(f"{result.row.name:<20}{len(result.samples):>7}" +
                     "".join(f"{figures[key]:>10.2f}" for key in ("median", "p95", "max", "min")) +
                     f"  {result.row.unit}, {targets}: {verdict}")
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(prog="scripts/resilience", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object per row instead of the table")
    parser.add_argument("--only", action="append", metavar="ROW", help="only this row; may be repeated")
    parser.add_argument("--list", action="store_true", help="the rows")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--window", type=float, default=10, help="seconds a throughput is measured")
    parser.add_argument("--outage", type=float, default=600, help="seconds without a quorum")
    parser.add_argument("--outages", type=int, default=20, help="trials of it: networks that wait at the same time")
    parser.add_argument("--calm", type=float, default=3600, help="seconds without faults")
    parser.add_argument("--backlog", type=int, default=20_000, help="transactions to catch up with")
    parser.add_argument("--catch-ups", type=int, default=20, help="trials of it")
    parser.add_argument("--quick", action="store_true", help="few trials, short outages: does it work at all")
    options = parser.parse_args()
    if options.quick:
        options.trials, options.window, options.outage, options.calm = 2, 4, 15, 20
        options.backlog, options.catch_ups, options.outages = 3_000, 1, 2
    return options


def main():
    options = parse()
    if options.list:
        for row in ROWS:
            print(f"{row.name:<20}{row.what}")
        return 0
    unknown = set(options.only or []) - {row.name for row in ROWS}
    if unknown:
        print(f"scripts/resilience: unknown row {', '.join(sorted(unknown))}; see --list", file=sys.stderr)
        return 2
    results, broken = [], []
    for row in ROWS:
        if options.only and row.name not in options.only:
            continue
        print(f"{row.name}: {row.what}", file=sys.stderr, flush=True)
        try:
            result = Result(row, *row.run(options))
        except Exception as error:  # a row that breaks must not hide the others
            traceback.print_exc()
            broken.append(f"{row.name}: {error}")
            continue
        results.append(result)
        if options.json:
            print(json.dumps(result.as_json()), flush=True)
    if not options.json:
        print(table(results))
        for line in broken:
            print(f"FAILED {line}")
    missed = sum(bool(result.missed()) for result in results)
    print(f"{len(results) - missed} passed, {missed + len(broken)} failed", file=sys.stderr if options.json else sys.stdout)
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
