"""What it costs to crawl a portal again, and what is found: `python -m benchmarks.recrawl`.

A portal of 3,000 articles, each with an image, on loopback: crawled whole, then again as it was, then whole again after articles
were edited, added and taken down while every page counts its visits, so that no validator helps; then twice more, each time
as if a day later, until what was taken down is gone.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from time_machine import travel

from archive.store import Archive
from kyson_crawler import crawl, portal
from tests.portals.livingportal import LivingPortal


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--articles", type=int, default=3_000)
    given = asked.parse_args()
    print("| crawl | requests | of the first | kB of WARC | of the first | new | edited | versions | gone | seconds |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with (
        tempfile.TemporaryDirectory(prefix="kyson-recrawl-") as name,
        LivingPortal(given.articles) as server,
        travel(datetime.now(UTC)) as clock,
    ):
        folder = Path(name)
        first = row("the first one", server, folder, None)
        row("again, nothing changed", server, folder, first)
        server.stamps, server.validates = True, False
        for story in server.stories[7:127:10]:
            server.edit(story, "Bổ sung: ban tổ chức cảm ơn bà con đã góp công sức cho đợt này.")
        for story in server.stories[-3:]:
            server.take_down(story)
        for _ in range(5):
            server.publish()
        clock.shift(timedelta(days=1))
        row("`--full`; 12 edited, 5 new, 3 taken down", server, folder, first, full=True)
        for day in ("a day", "two days"):
            clock.shift(timedelta(days=1))
            row(f"{day} later", server, folder, first)


def row(
    name: str, server: LivingPortal, folder: Path, first: tuple[int, int] | None, *, full: bool = False
) -> tuple[int, int]:
    """Crawl once, and print what that took and gave; gives the requests and the bytes of its WARC."""
    server.forget()
    before, began = _size(folder), time.perf_counter()
    figures = crawl.run(portal.ad_hoc(server.url), folder, delay=0, full=full).figures
    seconds, requests, size = time.perf_counter() - began, len(server.requests), _size(folder) - before
    with Archive.open(folder) as archive:
        (versions,) = archive.connection.execute("SELECT count(*) FROM version").fetchone()
        (gone,) = archive.connection.execute("SELECT count(*) FROM article WHERE gone IS NOT NULL").fetchone()
    shares = [f"{part / whole:.2%}" for part, whole in zip((requests, size), first or (requests, size), strict=True)]
    print(
        f"| {name} | {requests:,} | {shares[0]} | {size / 1e3:,.0f} | {shares[1]} | {figures.new} | {figures.edited} | "
        f"{versions:,} | {gone} | {seconds:.0f} |",
        flush=True,
    )
    return requests, size


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("warc/*.warc.gz"))


if __name__ == "__main__":
    main()
