"""The whole road, measured as people walk it: each figure from the program in a process of its own.

    python -m benchmarks.road

prints the table of docs/measured.md. It needs the `dev` extra; rows that need the material beside the checkout (`../shared`) are
left out with a reason when it is missing.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.portals.warcportal import WarcPortal
from tests.program import NUKEVIET

Row = tuple[str, str, str]
"""What was measured, the figure, and the command that gives it."""

ROOT = Path(__file__).parents[1]
QUERY = "hội nghị"


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the whole road and print a Markdown table.")
    arguments.add_argument("--searches", type=int, default=20, metavar="N", help="how often a search is started (20)")
    arguments.add_argument("--no-tests", action="store_true", help="leave out the test suite")
    chosen = arguments.parse_args()
    print(f"{machine()}\n\n| what | figure | command |\n|---|---|---|")
    with TemporaryDirectory(prefix="kyson-road-") as folder:
        for row in rows(Path(folder), searches=chosen.searches, tests=not chosen.no_tests):
            print("| " + " | ".join(row) + " |", flush=True)


def rows(folder: Path, *, searches: int, tests: bool) -> Iterator[Row]:
    yield from demo(folder / "demo")
    yield crawl(folder / "sample")
    yield search(folder / "demo", searches)
    if NUKEVIET.exists():
        yield from nukeviet(folder / "nukeviet")
    else:
        print(f"left out: the NukeViet portal, for there is no {NUKEVIET.name} in ../shared", file=sys.stderr)
    if tests:
        yield suite()


def demo(archive: Path) -> Iterator[Row]:
    said, seconds = timed("demo", "--directory", archive)
    crawls = [float(found) for found in re.findall(r"finished after ([\d.]+) s", said)]
    command = "`kyson demo`"
    yield "the demo, from start to end", f"{seconds:.1f} s", command
    yield "of it the two crawls", " and ".join(f"{one:.1f} s" for one in crawls), command


def crawl(archive: Path) -> Row:
    said, _ = timed("--archive", archive, "crawl", "sample", "--json")
    outcome = json.loads(said)
    figure = f"{outcome['seconds']:.1f} s, {outcome['requests']} requests, {outcome['articles']} articles"
    return "a crawl of the sample portal", figure, "`kyson crawl sample --json`"


def search(archive: Path, runs: int) -> Row:
    times = [timed("--archive", archive, "search", QUERY)[1] for _ in range(runs)]
    figure = f"median {statistics.median(times):.2f} s, worst {max(times):.2f} s of {runs}"
    return "a search among 62 articles, from the start of the process to its end", figure, f"`kyson search '{QUERY}'`"


def nukeviet(archive: Path) -> Iterator[Row]:
    """A real portal of NukeViet's, served from its WARC on loopback; what the WARC does not hold is answered with 404."""
    with WarcPortal(NUKEVIET) as server:
        words = ("crawl", "http://127.0.0.1:8081/", "--connect-to", server.connect_to, "--delay", "0", "--json")
        outcomes = [json.loads(timed("--archive", archive, *words)[0]) for _ in range(2)]
    held = json.loads(timed("--archive", archive, "status", "--json")[0])
    exported, _ = timed("--archive", archive, "export", "jsonl", "-")
    images = {image["src"]: image for line in exported.splitlines() for image in json.loads(line)["images"]}
    missing = [image["reason"] for image in images.values() if image["status"] == "missing"]
    command = "`kyson crawl http://127.0.0.1:8081/ --connect-to … --delay 0 --json`, twice"
    took = " and ".join(f"{outcome['seconds']:.1f} s" for outcome in outcomes)
    yield "two crawls of a NukeViet portal", f"{took}, {outcomes[0]['requests']} requests each", command
    figure = f"{held['articles']}: {outcomes[0]['new']} new, then {outcomes[1]['unchanged']} unchanged"
    yield "its articles", figure, command
    reasons = ", ".join(f"{missing.count(reason)} {reason}" for reason in sorted(set(missing)))
    figure = f"{len(images) - len(missing)} kept, {len(missing)} missing ({reasons})"
    yield "its images, each address once", figure, "`kyson export jsonl -`"
    yield "its captures and versions", f"{held['captures']} and {held['versions']}", "`kyson status --json`"


def suite() -> Row:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--numprocesses", "2"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    counted = re.findall(r"\d+ (?:passed|failed|skipped|errors?|xfailed)", done.stdout.splitlines()[-1])
    return "the test suite", f"{seconds:.0f} s, {', '.join(counted)}", "`python -m pytest --numprocesses 2`"


def timed(*words: object) -> tuple[str, float]:
    """What the program prints, and the seconds from its start to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "kyson_crawler", *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"kyson {' '.join(map(str, words))} ended with {done.returncode}: {done.stderr}")
    return done.stdout, time.perf_counter() - began


def machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start"
    )


if __name__ == "__main__":
    main()
