"""How fast pages become articles, beside trafilatura and resiliparse: `python benchmarks/extraction.py`.

Every system reads the same pages in a process of its own, one after the other in each round and for at least a second, on
one core: from the bytes of a page to the article (title, date, byline, lead, blocks, captions, attachments) for us, to text and metadata for the
others. `--install` makes a throw-away environment with the others in it; without, they are looked for in this one.
`--flat 100000` measures memory instead: it reads all the pages over and over in this process, and prints what it holds after
1,000, 10,000, … of them.
"""

import argparse
import gzip
import importlib
import itertools
import json
import os
import pickle
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PORTALS = ROOT.parent / "shared" / "portals"
OTHERS = ("trafilatura", "lxml_html_clean", "resiliparse")
_SHORTEST_ROUND = 1.0
Page = tuple[bytes, str | None]
Read = Callable[[bytes, str | None], object]


def kyson(cms: str | None = None) -> Read:
    sys.path.insert(0, str(ROOT))
    normalise, pages = map(importlib.import_module, ("kyson_crawler.normalise", "kyson_crawler.pages"))
    return lambda body, url: normalise.article(pages.page(pages.Document(body, url), cms).item())


def trafilatura(**how: bool) -> Read:
    extract = importlib.import_module("trafilatura").bare_extraction
    return lambda body, url: extract(body, url=url, with_metadata=True, include_comments=False, **how)


def resiliparse() -> Read:
    tree = importlib.import_module("resiliparse.parse.html").HTMLTree
    encoding = importlib.import_module("resiliparse.parse.encoding")
    text = importlib.import_module("resiliparse.extract.html2text").extract_plain_text

    def read(body: bytes, _: str | None) -> object:
        page = tree.parse(encoding.bytes_to_str(body, encoding.detect_encoding(body)))
        return page.title, text(page, main_content=True, alt_texts=False)

    return read


SYSTEMS: dict[str, Callable[[], Read]] = {
    "kyson_crawler": kyson,
    "kyson_crawler, no family known": lambda: kyson("generic"),
    "trafilatura, default": trafilatura,
    "trafilatura, precision": lambda: trafilatura(favor_precision=True),
    "resiliparse (text only)": resiliparse,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--install", action="store_true", help="the others from PyPI, into a throw-away environment")
    asked.add_argument("--flat", type=int, metavar="PAGES", help="read so many pages and print the memory held")
    asked.add_argument("--worker", nargs=2, metavar=("SYSTEM", "PAGES"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.worker:
        work(*given.worker)
        return
    if not PORTALS.exists():
        sys.exit(f"there are no pages to read: {PORTALS} is missing")
    if given.flat:
        print_flat(given.flat)
        return
    with tempfile.TemporaryDirectory() as folder:
        others = environment(Path(folder) / "others") if given.install else sys.executable
        print(machine(), end="\n\n")
        print("| pages | system | pages/s, best | median | times trafilatura's default | peak memory |")
        print("|---|---|---:|---:|---:|---:|")
        for name, found in (("NukeViet", list(nukeviet())), ("Đắk Nông", list(daknong()))):
            saved = Path(folder) / f"{name}.pickle"
            saved.write_bytes(pickle.dumps(found))
            size = sum(len(body) for body, _ in found) // len(found) // 1000
            print_rows(
                f"{name}: {len(found)} articles, {size} kB each", len(found), measure(saved, given.rounds, others)
            )


def nukeviet() -> Iterator[Page]:
    """The articles of a portal's WARC."""
    warc, read = importlib.import_module("fastwarc.warc"), kyson()
    for path in sorted(PORTALS.glob("nukeviet-*/*.warc.gz")):
        with path.open("rb") as file:
            for record in warc.ArchiveIterator(
                file, record_types=warc.WarcRecordType.response, parse_http=True, auto_decode="all"
            ):
                url, body = record.headers["WARC-Target-URI"].strip("<>"), record.reader.read()
                if record.http_headers.status_code == 200 and url.endswith(".html") and is_article(read, body, url):
                    yield body, url


def daknong() -> Iterator[Page]:
    for path in sorted((PORTALS / "daknong").glob("*.gold.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        yield gzip.decompress((path.parent / facts["html"]).read_bytes()), facts["url"]


def is_article(read: Read, body: bytes, url: str) -> bool:
    try:
        read(body, url)
    except importlib.import_module("archive.errors").ArchiveError:
        return False
    return True


def measure(saved: Path, rounds: int, others: str) -> dict[str, list[dict[str, float]] | str]:
    """Seconds for all pages and peak memory of each system, round by round, or why there are none."""
    workers = {}
    for name in SYSTEMS:
        python = sys.executable if name.startswith("kyson") else others
        workers[name] = subprocess.Popen(
            [python, __file__, "--worker", name, str(saved)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
    taken: dict[str, list[dict[str, float]] | str] = {}
    for name, worker in workers.items():
        answer = json.loads(worker.stdout.readline() or '"it ended at once"')
        taken[name] = answer if isinstance(answer, str) else []
    for _ in range(rounds):
        for name, worker in workers.items():
            if isinstance(so_far := taken[name], list):
                worker.stdin.write("\n")
                worker.stdin.flush()
                so_far.append(json.loads(worker.stdout.readline()))
    for worker in workers.values():
        worker.communicate()
    return taken


def work(name: str, saved: str) -> None:
    """Read all pages for a second or more for each line on standard input, after one pass to grow warm."""
    pages: list[Page] = pickle.loads(Path(saved).read_bytes())
    try:
        read = SYSTEMS[name]()
    except ImportError as error:
        print(json.dumps(str(error)), flush=True)
        return
    for body, url in pages:
        read(body, url)
    print("[]", flush=True)
    for _ in sys.stdin:
        began, seconds, passes = time.perf_counter(), 0.0, 0
        while seconds < _SHORTEST_ROUND:
            for body, url in pages:
                read(body, url)
            seconds, passes = time.perf_counter() - began, passes + 1
        print(json.dumps({"seconds": seconds / passes, "memory": peak_megabytes()}), flush=True)


def print_flat(count: int) -> None:
    """The memory that this process holds after 1,000, 10,000, … pages, and at the end."""
    found, read = [*nukeviet(), *daknong()], kyson()
    marks = {1_000 * 10**power for power in range(6)} | {count}
    print(f"{machine()}\n\n| pages read | memory held | at its most | pages/s |\n|---:|---:|---:|---:|")
    began = time.perf_counter()
    for number, (body, url) in zip(range(1, count + 1), itertools.cycle(found), strict=False):
        read(body, url)
        if number in marks:
            speed = number / (time.perf_counter() - began)
            print(f"| {number:,} | {held_megabytes():.0f} MB | {peak_megabytes():.0f} MB | {speed:.0f} |", flush=True)


def held_megabytes() -> float:
    """What this process holds now; `ps` knows it on every system."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    return int(told.stdout) * 1024 / 1_000_000


def print_rows(pages: str, count: int, taken: dict[str, list[dict[str, float]] | str]) -> None:
    usual = taken["trafilatura, default"]
    for name, rounds in taken.items():
        if isinstance(rounds, str):
            print(f"| {pages} | {name} | left out: {rounds} | | | |")
            continue
        seconds = [one["seconds"] for one in rounds]
        median = statistics.median(seconds)
        times = "" if isinstance(usual, str) else f"{statistics.median(map(_ratio, usual, rounds)):.1f}"
        memory = max(one["memory"] for one in rounds)
        print(f"| {pages} | {name} | {count / min(seconds):.0f} | {count / median:.0f} | {times} | {memory:.0f} MB |")


def _ratio(theirs: dict[str, float], ours: dict[str, float]) -> float:
    return theirs["seconds"] / ours["seconds"]


def environment(folder: Path) -> str:
    """The interpreter of a new environment with the other systems."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *OTHERS], check=True)
    return python


def peak_megabytes() -> float:
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


def machine() -> str:
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    )


if __name__ == "__main__":
    main()
