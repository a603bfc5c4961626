"""Reads saved pages with something wrong with them, by the hundred thousand, and says what did not hold.

    python -m benchmarks.sweep_pages

takes the project's golden pages and, where they are, the real ones beside the checkout; each case is one of them, wrong in one
to six ways. What must hold stands in tests/mutations.py. A case is told by its number: `--case 663` reads it again and prints
what is wrong, `--seed` chooses other cases. The exit code is 1 when anything was.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections import Counter

from attrs import frozen

from tests import mutations

CHUNK = 250
SLOW = 2.0


@frozen(kw_only=True)
class Chunk:
    """What came of some cases."""

    came: Counter[str]
    slowest: tuple[float, str]
    megabytes: float
    faults: tuple[str, ...]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=100_000, metavar="N", help="how many (100,000)")
    asked.add_argument("--seed", type=int, default=0, help="which ones (0)")
    asked.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="one a core unless given")
    asked.add_argument("--own", action="store_true", help="the project's golden pages alone")
    asked.add_argument("--case", type=int, metavar="NUMBER", help="read this one case and print what is wrong with it")
    given = asked.parse_args()
    if given.case is not None:
        print("\n".join(of_case(given.case, given.seed, own=given.own)[1]) or "nothing is wrong with it")
        return
    began = time.monotonic()
    jobs = [(start, min(start + CHUNK, given.cases), given.seed, given.own) for start in range(0, given.cases, CHUNK)]
    done: list[Chunk] = []
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        for chunk in pool.imap_unordered(sweep, jobs):
            done.append(chunk)
            for fault in chunk.faults:
                print(fault, flush=True)
            print_progress(done, given.cases, time.monotonic() - began)
    sys.exit(print_summary(done, len(pages(own=given.own)), time.monotonic() - began))


def pages(*, own: bool) -> tuple[mutations.Saved, ...]:
    return mutations.own() if own else mutations.own() + mutations.shared()


def sweep(job: tuple[int, int, int, bool]) -> Chunk:
    """Some cases one after the other; at the end the first is read once more, after all the others."""
    start, end, seed, own = job
    came: Counter[str] = Counter()
    slowest, found = (0.0, ""), []
    for number in range(start, end):
        result, faults, seconds = of_case(number, seed, own=own)
        came[result] += 1
        slowest = max(slowest, (seconds, f"case {number}"))
        found += faults
    if again := of_order(start, own=own):
        found.append(again)
    return Chunk(came=came, slowest=slowest, megabytes=peak_megabytes(), faults=tuple(found))


def of_case(number: int, seed: int, *, own: bool) -> tuple[str, list[str], float]:
    """Whether a case was read or refused, what is wrong with that, and how long the reading took."""
    saved = mutations.case(number, pages(own=own), seed)
    began = time.process_time()
    try:
        article = mutations.read(saved.page, saved.url)
        seconds = time.process_time() - began
        wrong = mutations.faults(saved, article) if article else []
    except Exception as error:  # noqa: BLE001  that is what is looked for
        return "raised", [f"{saved.name}: {error!r}"], time.process_time() - began
    if seconds > SLOW:
        wrong = [*wrong, f"it took {seconds:.1f} s"]
    return "read" if article else "refused", [f"{saved.name}: {fault}"[:500] for fault in wrong], seconds


FIRST: dict[tuple[int, bool], str] = {}


def of_order(number: int, *, own: bool) -> str | None:
    """Whether saved pages read as they did before the cases; the first time in a process they only are remembered."""
    saved = pages(own=own)
    index = number // CHUNK % len(saved)
    for place, page in ((0, saved[0]), (index, saved[index])):
        article = mutations.read(page.page, page.url)
        said = json.dumps(article.to_json() if article else None)
        if FIRST.setdefault((place, own), said) != said:
            return f"{page.name} reads otherwise after cases {number} to {number + CHUNK}"
    return None


def print_progress(done: list[Chunk], cases: int, seconds: float) -> None:
    read = sum(chunk.came.total() for chunk in done)
    left = seconds / read * (cases - read)
    faults = sum(len(chunk.faults) for chunk in done)
    print(
        f"\r{read:,} of {cases:,} cases, {faults} faults, {left / 60:.0f} min left ",
        end="",
        file=sys.stderr,
        flush=True,
    )


def print_summary(done: list[Chunk], saved: int, seconds: float) -> int:
    """The summary, and whether there was a fault."""
    came: Counter[str] = sum((chunk.came for chunk in done), Counter())
    took, which = max(chunk.slowest for chunk in done)
    print(file=sys.stderr)
    print(
        f"{came.total():,} cases of {saved} saved pages in {seconds / 60:.1f} min: {came['read']:,} read, "
        f"{came['refused']:,} refused, {came['raised']:,} raised; slowest {took:.2f} s ({which}); "
        f"memory at most {max(chunk.megabytes for chunk in done):.0f} MB; faults: {sum(len(chunk.faults) for chunk in done)}"
    )
    return int(any(chunk.faults for chunk in done))


def peak_megabytes() -> float:
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


if __name__ == "__main__":
    main()
