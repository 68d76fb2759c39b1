"""`python -m tests.soak [--database postgresql] [--minutes 10]`: breaks things under load, and prints what held."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

import psutil

from tests.soak import faults, promises
from tests.soak.faults import Fault
from tests.soak.promises import Sample
from tests.soak.traffic import Traffic
from tests.soak.world import World, world

EVERY = 10.0
"""Seconds from one fault to the next."""


def main() -> None:
    options = _options()
    print(f"soak: {options.database}, {options.minutes:g} min, {options.workspaces} workspaces, seed {options.seed}")
    with world(options.database, options.workspaces) as here:
        with Traffic(here, options.seed) as traffic:
            chosen = [fault for fault in faults.FAULTS if fault.__name__ not in options.without]
            happened, samples = _break_things(here, chosen, options.minutes * 60, random.Random(options.seed))
        found = promises.examine(here, traffic.seen, samples)
        if options.log:
            print(here.server.log()[-20_000:])
    _print_faults(happened)
    _print_answers(traffic)
    print("\n| promise: none of these | broken | example |\n|---|---:|---|")
    for promise in found:
        print(f"| {promise.sentence} | {promise.broken} | {promise.example} |")
    sys.exit(any(promise.broken for promise in found))


def _break_things(
    here: World, chosen: Sequence[Fault], seconds: float, chance: random.Random
) -> tuple[Counter[str], list[Sample]]:
    """A fault at a time until the time is over: how often each happened, and the memory in between."""
    happened: Counter[str] = Counter()
    samples: list[Sample] = []
    began = time.monotonic()
    order: list[int] = []
    while (now := time.monotonic() - began) < seconds:
        order = order or chance.sample(range(len(chosen)), len(chosen))
        fault = chosen[order.pop()]
        print(f"{now:5.0f} s  {fault.__name__}", file=sys.stderr, flush=True)
        fault(here, chance)
        happened[fault.__name__] += 1
        time.sleep(max(0.0, began + now + EVERY - time.monotonic()))
        samples.append(Sample(time.monotonic() - began, _memory(here)))
    return happened, samples


def _memory(here: World) -> int:
    sizes = []
    for process in here.server.workers():
        try:
            sizes.append(psutil.Process(process).memory_info().rss)
        except psutil.Error:
            continue
    return max(sizes, default=0)


def _print_faults(happened: Counter[str]) -> None:
    said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(happened.items()))
    print(f"\nFaults: {said}")


def _print_answers(traffic: Traffic) -> None:
    answers = traffic.seen.answers
    print(f"Calls answered with a result: {len(traffic.seen.calls)}\n")
    print("| asked | answers by status (0: connection broke) | p50 / p99 ms |\n|---|---|---:|")
    for kind in sorted({it.kind for it in answers}):
        counted = Counter(it.status for it in answers if it.kind == kind)
        said = ", ".join(f"{status}: {count}" for status, count in sorted(counted.items()))
        middle, late = promises.slowest(answers, kind)
        print(f"| {kind} | {said} | {middle * 1000:.0f} / {late * 1000:.0f} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workspaces", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    names = [fault.__name__ for fault in faults.FAULTS]
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=names,
        help="a fault to leave out: memory is seen to be flat only in workers that nobody kills",
    )
    parser.add_argument("--log", action="store_true", help="print the end of the server's log")
    return parser.parse_args()


if __name__ == "__main__":
    main()
