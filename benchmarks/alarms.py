"""How long a run is kept by the question whether its crawl was too poor: `python -m benchmarks.alarms [--crawls 4380]`.

An archive of three years of crawls, six hours apart, each with a hundred captures, among which its articles were first seen.
Prints how long counting the new articles of all crawls takes, and judging them.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive import alarm
from archive.schema import stamp
from archive.store import Archive

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
APART, PACE = timedelta(hours=6), timedelta(seconds=2)


def fill(connection: sqlite3.Connection, *, crawls: int, articles: int, captures: int) -> None:
    """Put crawls with their captures, and articles first seen at random ones of them."""
    luck = random.Random(1)
    connection.execute("INSERT INTO portal (id, slug, name) VALUES (1, 'muong-thu', 'Huyện Mường Thử')")
    connection.execute("INSERT INTO url (id, url) VALUES (1, 'http://muongthu.example/')")
    for crawl in range(1, crawls + 1):
        begin = BEGIN + APART * crawl
        connection.execute(
            "INSERT INTO crawl (id, portal_id, started, status, settings) VALUES (?, 1, ?, 'finished', '{}')",
            (crawl, stamp(begin)),
        )
        connection.execute("INSERT INTO warc (id, name, crawl_id) VALUES (?, ?, ?)", (crawl, str(crawl), crawl))
        connection.executemany(
            "INSERT INTO capture (crawl_id, url_id, time, method, status, digest, sha256, bytes, warc_id, offset, length, "
            "record_id, kind) VALUES (?, 1, ?, 'GET', 200, 'sha1:x', ?, 1, ?, ?, 1, ?, 'page')",
            [
                (crawl, stamp(begin + PACE * number), f"{number:064}", crawl, number, f"{crawl}-{number}")
                for number in range(captures)
            ],
        )
    for article in range(articles):
        seen = stamp(BEGIN + APART * luck.randint(1, crawls) + PACE * luck.randrange(captures))
        connection.execute(
            "INSERT INTO article (ref, portal_id, key, url_id, first_seen, last_seen) VALUES (?, 1, ?, 1, ?, ?)",
            (f"muong-thu/{article}", str(article), seen, seen),
        )


def main() -> None:
    """Fill an archive, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crawls", type=int, default=4380)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--captures", type=int, default=100)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as base,
        Archive.open(Path(base) / "archive", write=True, create=True) as archive,
    ):
        with archive.together():
            fill(archive.connection, **vars(chosen))
        begun = time.perf_counter()
        counts = alarm.new_articles(archive.connection, "muong-thu")
        counted = time.perf_counter()
        alarm.few(archive.connection, "muong-thu", max(counts))
        judged = time.perf_counter()
    print(
        f"{sum(counts.values()):,} new articles of {len(counts):,} crawls counted in {counted - begun:.2f} s", end=", "
    )
    print(f"judged in {judged - counted:.2f} s")


if __name__ == "__main__":
    main()
