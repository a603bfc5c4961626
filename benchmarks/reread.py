"""How fast captures become articles again, beside a loop of warcio and trafilatura: `python -m benchmarks.reread --install`.

Two WARCs are written, each a crawl of a portal: copies of the pages of a NukeViet portal and of four districts of Đắk Nông,
which lie beside the checkout (`../shared/portals`), every copy on a host of its own, so that each of its articles is
another one. From these `kyson reread --into` makes an archive: articles, versions, addresses of images, search index. Then
`kyson reread` reads that archive again in place, where nothing changes. The loop hands every page of the same files to
trafilatura, and keeps nothing of what comes out. All take turns, each in a process of its own, so that the noise of the
machine falls on all alike. CPU is that of all processes together, from their start to their end.
"""

import argparse
import gzip
import importlib
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from archive.warc import WarcWriter, records
from benchmarks.road import machine

ROOT = Path(__file__).parents[1]
PORTALS = ROOT.parent / "shared" / "portals"
OTHERS = ("trafilatura>=2.3,<3", "lxml_html_clean", "warcio>=1.8")
NUKEVIET_TIMES = 3
"""How many copies of the fifteen NukeViet articles go with one of the fifty-one of Đắk Nông."""

LISTS = ("/Tin-tuc/", "/San-pham/", "/Doi-tac/", "/Tuyen-dung/")
LOOP = ROOT / "benchmarks" / "reread_loop.py"
_END_OF_TEXT = re.compile(rb"(?<=[^\s>])(\s*(?:</(?:p|div|li|strong|h1)>|<br))")
BEGAN = datetime(2024, 6, 1, 1, 0, 0, tzinfo=UTC)
TOML = """name = "{name}"
seeds = ["http://copy-0.{name}.example/"]
page_hosts = ["*.{name}.example"]
[[eras]]
cms = "{cms}"
"""


@frozen(kw_only=True)
class Page:
    """A page to copy."""

    host: str
    path: str
    body: bytes


@frozen(kw_only=True)
class Run:
    """What one run took."""

    seconds: float
    cpu: float
    memory_mb: float


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--copies", type=int, default=20, help="how often each page is copied (20)")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--install", action="store_true", help="the others from PyPI, into a throw-away environment")
    given = asked.parse_args()
    if not PORTALS.exists():
        sys.exit(f"there are no pages to read: {PORTALS} is missing")
    with tempfile.TemporaryDirectory(prefix="kyson-reread-") as name:
        folder = Path(name)
        others = environment(folder / "others") if given.install else sys.executable
        source = folder / "source"
        articles, lists = write(source / "warc", given.copies)
        pages = articles + lists
        size = sum(path.stat().st_size for path in source.glob("warc/*.warc.gz")) / 1e6
        print(f"{machine()}\n\n{articles} articles and {lists} lists on {pages} pages, {size:.0f} MB of WARC\n")
        taken = measure(source, folder, others, given.rounds)
        print_rows(pages, taken)


def write(folder: Path, copies: int) -> tuple[int, int]:
    """Both WARCs; gives the number of articles and of lists in them."""
    articles, lists = nukeviet()
    write_one(folder, "nukeviet", "nukeviet", [articles] * copies * NUKEVIET_TIMES + [lists] * copies)
    of_daknong = daknong()
    write_one(folder, "daknong", "lacviet", [of_daknong] * copies)
    return copies * (NUKEVIET_TIMES * len(articles) + len(of_daknong)), copies * len(lists)


def write_one(folder: Path, name: str, cms: str, copies: list[list[Page]]) -> None:
    """The WARC of one crawl."""
    with WarcWriter(folder, name, info={"software": "benchmark"}) as warc:
        toml = TOML.format(name=name, cms=cms).encode()
        warc.write_resource(url=f"urn:kyson:portal:{name}", time=BEGAN, mime="application/toml", payload=toml)
        numbered = ((copy, page) for copy, pages in enumerate(copies) for page in pages)
        for second, (copy, page) in enumerate(numbered):
            # Articles that share their texts or pictures would be taken for furniture, which has to be looked at.
            body = _END_OF_TEXT.sub(rb" (%d)\1" % copy, page.body).replace(b".jpg", b"-%d.jpg" % copy)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            warc.write_exchange(
                url=f"http://{page.host}copy-{copy}.{name}.example{page.path}",
                time=BEGAN + timedelta(seconds=second),
                request=f"GET {page.path} HTTP/1.1\r\nHost: {name}.example\r\n\r\n".encode(),
                response=head.encode() + body,
                payload=body,
                address="127.0.0.1",
            )


def nukeviet() -> tuple[list[Page], list[Page]]:
    """The articles of a portal's WARC, each once, and some of its lists."""
    articles: dict[str, Page] = {}
    lists: dict[str, Page] = {}
    for path in sorted(PORTALS.glob("nukeviet-*/*.warc.gz")):
        for record in records(path):
            if record.http_status == 200 and "html" in (record.http_header("content-type") or "") and record.payload:
                page = Page(host="", path=urlsplit(record.url or "").path, body=record.content())
                if page.path in LISTS:
                    lists[page.path] = page
                elif page.path.endswith(".html") and (key := key_of(page)):
                    articles.setdefault(key, page)
    return list(articles.values()), list(lists.values())


def daknong() -> list[Page]:
    """The articles of four portals; their lists were not kept."""
    found = []
    for path in sorted((PORTALS / "daknong").glob("*.gold.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        parts = urlsplit(facts["url"])
        host = (parts.hostname or "").partition(".")[0]
        body = gzip.decompress((path.parent / facts["html"]).read_bytes())
        found.append(Page(host=f"{host}.", path=parts.path, body=body))
    return found


def key_of(page: Page) -> str | None:
    """The article on a page; None when there is none."""
    extract, pages = (importlib.import_module(f"kyson_crawler.{name}") for name in ("extract", "pages"))
    if pages.of("nukeviet").why_not(f"http://a.example{page.path}"):
        return None
    try:
        return extract.read_page(page.body, f"http://a.example{page.path}", cms="nukeviet").article.key
    except importlib.import_module("archive.errors").ArchiveError:
        return None


def measure(source: Path, folder: Path, others: str, rounds: int) -> dict[str, list[Run]]:
    """Every system once a round, in turns."""
    made = folder / "made"
    program = [sys.executable, "-m", "kyson_crawler", "--quiet", "--archive"]
    warcs = sorted(map(str, source.glob("warc/*.warc.gz")))

    def into(workers: int) -> Callable[[int], list[str]]:
        new = f"{made}-{workers}"
        return lambda at: [*program, str(source), "reread", "--into", f"{new}-{at}", "--workers", str(workers)]

    def in_place(workers: int) -> Callable[[int], list[str]]:
        return lambda at: [*program, f"{made}-1-{at}", "reread", "--workers", str(workers)]

    systems: dict[str, Callable[[int], list[str]]] = {
        "`kyson reread --into`, 1 process": into(1),
        "`kyson reread --into`, 2 processes": into(2),
        "`kyson reread` where nothing changed, 1 process": in_place(1),
        "`kyson reread` where nothing changed, 2 processes": in_place(2),
        "warcio and trafilatura, nothing kept": lambda _: [others, str(LOOP), *warcs],
    }
    taken: dict[str, list[Run]] = {name: [] for name in systems}
    for number in range(rounds):
        for name, command in systems.items():
            taken[name].append(timed(command(number)))
    return taken


def timed(command: list[str]) -> Run:
    """One process, and all that it starts, from start to end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {said.decode()}")
    unit = 1 if platform.system() == "Darwin" else 1024
    return Run(
        seconds=time.perf_counter() - began,
        cpu=used.ru_utime + used.ru_stime,
        memory_mb=used.ru_maxrss * unit / 1e6,
    )


def print_rows(pages: int, taken: dict[str, list[Run]]) -> None:
    theirs = statistics.median(run.seconds for run in taken["warcio and trafilatura, nothing kept"])
    print(
        "| system | pages/s, best | median | pages per second of CPU | times the loop | memory of the largest process |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name, runs in taken.items():
        seconds = [run.seconds for run in runs]
        median = statistics.median(seconds)
        cpu = statistics.median(run.cpu for run in runs)
        memory = max(run.memory_mb for run in runs)
        print(
            f"| {name} | {pages / min(seconds):.0f} | {pages / median:.0f} | {pages / cpu:.0f} | {theirs / median:.1f} | "
            f"{memory:.0f} MB |"
        )
    for what in ("--into`", "` where nothing changed"):
        one, two = (
            statistics.median(
                run.seconds for name, runs in taken.items() if what in name and f"{n} process" in name for run in runs
            )
            for n in (1, 2)
        )
        print(f"\ntwo processes are {one / two:.2f} times as fast as one: `kyson reread {what}")


def environment(folder: Path) -> str:
    """The interpreter of a new environment with the other systems."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *OTHERS], check=True)
    return python


if __name__ == "__main__":
    main()
