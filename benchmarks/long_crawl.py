"""What an address costs in a crawl of a hundred thousand of them: `python -m benchmarks.long_crawl`.

One crawl with everything on, as in `benchmarks.crawl`, of the same portal made larger, looked at while it runs: for each stretch
its URLs/s, the CPU of the crawler's processes for 1,000 URLs, and the memory that each of them holds. Machines grow slower and
faster in an hour, so each row also says how many runs of a fixed loop of Python that CPU is worth at that moment: only these
can be compared between rows. nginx has to be installed, on Linux; it takes half an hour and 4 GB of disk.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from benchmarks import capture, crawl

STOPS = (3_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000)
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@frozen(kw_only=True)
class Look:
    """A crawl at one moment."""

    urls: int
    seconds: float
    cpu: float
    """Seconds of all its processes since they began."""

    memory_mb: tuple[float, ...]
    """What each of its processes holds, the crawling one first."""

    loop: float
    """Seconds of CPU that the fixed loop took, by the median of the last ten."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--articles", type=int, default=49_000, help="articles of the portal, each with an image (49000)"
    )
    given = asked.parse_args()
    capture.require_tools()
    with tempfile.TemporaryDirectory(prefix="kyson-long-crawl-") as name:
        folder = Path(name)
        made = capture.generate(folder / "site", given.articles)
        print(f"{capture.machine()}; {made['files']} files, {made['bytes'] / 1e6:.0f} MB", end="\n\n")
        with capture.Server(folder, tls=False, gzip=False) as server:
            print_rows(watched(crawl.SYSTEMS["kyson crawl"](server.seed, folder), folder / "access.log"))


def watched(command: list[str], log: Path) -> Iterator[Look]:
    """The crawl at each of the stops, and shortly before its end."""
    began = time.perf_counter()
    stops = list(STOPS)
    loops: list[float] = []
    last: Look | None = None
    told: Look | None = None
    with subprocess.Popen(command, cwd=capture.ROOT, stdout=subprocess.DEVNULL) as process, log.open("rb") as lines:
        urls = 0
        while process.poll() is None:
            time.sleep(0.5)
            urls += lines.read().count(b"\n")
            loops = [*loops[-9:], _loop()]
            try:
                cpu, memory = _used(process.pid)
            except OSError:
                continue  # one of its processes ended meanwhile
            seconds = time.perf_counter() - began
            last = Look(urls=urls, seconds=seconds, cpu=cpu, memory_mb=memory, loop=statistics.median(loops))
            if stops and urls >= stops[0]:
                stops.pop(0)
                told = last
                yield told
    if process.returncode or last is None:
        sys.exit(f"the crawl ended with {process.returncode}")
    if last is not told:
        yield last


def _loop() -> float:
    """Does a hundredth of a second's work that is always the same."""
    began = time.process_time()
    sum(map(hash, map(str, range(50_000))))
    return time.process_time() - began


def _used(pid: int) -> tuple[float, tuple[float, ...]]:
    """CPU seconds and memory of a process and of its children. Raises OSError when one of them is no longer there."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    cpu, memory = 0, []
    for each in (str(pid), *children):
        facts = Path(f"/proc/{each}/stat").read_text().rpartition(") ")[2].split()
        cpu += sum(map(int, facts[11:15]))
        memory.append(int(facts[21]) * _PAGE / 1e6)
    return cpu / _TICK, tuple(memory)


def print_rows(looks: Iterator[Look]) -> None:
    print("| up to | URLs/s | CPU s per 1,000 | the same in loops | memory of each process |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    urls, seconds, cpu = 0, 0.0, 0.0
    for look in looks:
        thousands = max(look.urls - urls, 1) / 1_000
        took = (look.cpu - cpu) / thousands
        memory = ", ".join(f"{each:.0f} MB" for each in look.memory_mb)
        print(
            f"| {look.urls:,} | {thousands * 1_000 / (look.seconds - seconds):.0f} | {took:.2f} | "
            f"{took / look.loop:,.0f} | {memory} |",
            flush=True,
        )
        urls, seconds, cpu = look.urls, look.seconds, look.cpu


if __name__ == "__main__":
    main()
