"""What the frontier costs, and whether it costs the same in a large crawl: `python -m benchmarks.frontier [--addresses 100000]`.

A portal without a server: each page links to 25 menus, to its list and to 8 neighbours, as the pages of real portals do, and
has an image. Everything but fetching and reading is done: each link is judged, each answer written to a WARC, and its row,
where it leads and the end of its lease to the archive, in the groups of a real crawl. Prints CPU time for each 1,000
addresses by the size of the crawl so far, and the memory it takes.
"""

import argparse
import asyncio
import resource
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from archive.frontier import Lease, Visit
from kyson_crawler.capture import Recorder
from kyson_crawler.config import Operator
from kyson_crawler.frontier import Frontier
from kyson_crawler.network.exchange import Exchange, Timings
from kyson_crawler.pages import CMS
from kyson_crawler.portal import parse
from kyson_crawler.provenance import Found
from kyson_crawler.scheduler import Leases

SITE = "http://muongthu.example"
PORTAL = parse(
    f'name = "Huyện Mường Thử"\nseeds = ["{SITE}/"]\npage_hosts = ["muongthu.example"]\n',
    slug="muong-thu",
    origin="here",
)
BODY = b"<html>" + "Bản Huồi Lếch. ".encode() * 300


def links(number: int, pages: int) -> list[str]:
    """What a page links to, by its number."""
    menus = [f"{SITE}/chuyen-muc-{menu}" for menu in range(25)]
    near = [f"{SITE}/tin-tuc/bai-{100_000 + (number + step) % pages}" for step in range(1, 9)]
    return [*menus, f"{SITE}/tin-tuc?trang={number // 20}", *near]


def answer(lease: Lease) -> Exchange:
    """What a server says to a lease."""
    body = b"\xff\xd8\xff" + lease.url.encode() if lease.embed else BODY + lease.url.encode()
    kind = b"image/jpeg" if lease.embed else b"text/html"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    return Exchange(
        url=lease.url,
        started=datetime.now(UTC),
        request=b"GET / HTTP/1.1\r\nHost: muongthu.example\r\n\r\n",
        response=head + body,
        payload=body,
        status=200,
        reason=b"OK",
        http_version="1.1",
        port=80,
        truncated=None,
        tls=None,
        headers=((b"Content-Type", kind),),
        address="127.0.0.1",
        timings=Timings(total=0.001),
    )


async def crawl(folder: Path, addresses: int, steps: tuple[int, ...]) -> None:
    """Ask for so many addresses."""
    recorder = Recorder(folder, PORTAL, operator=Operator(), settings={"robots": "obey"})
    rows = recorder.rows.frontier
    frontier = Frontier(PORTAL, addresses=CMS["vnportal"], is_kept=rows.is_known_article, is_met=rows.is_met)
    leases = Leases(recorder.rows, per_host=1, max_pages=None)
    seed = frontier.page(f"{SITE}/tin-tuc/bai-100000", Found())
    assert seed is not None
    leases.want(seed)
    pages = addresses // 2
    done, since = 0, _cpu()
    print("| addresses so far | CPU s for each 1,000 since the row above | memory |\n|---:|---:|---:|")
    before = 0
    while (lease := leases.next()) is not None:
        visit = Visit(lease=lease, kind=lease.kind)
        visit.capture = recorder.write(answer(lease), lease.kind, Found(via=lease.via, hops=lease.hops))
        if not lease.embed:
            found = Found(via=lease.url, hops=lease.hops + "L")
            tail = lease.url.rpartition("-")[2]
            number = int(tail) - 100_000 if tail.isdigit() and len(tail) > 5 else 0
            visit.found = [wanted for link in links(number, pages) if (wanted := frontier.page(link, found))]
            visit.found.append(frontier.embed(f"{SITE}/anh/{number}.jpg", "image", found))
        leases.keep(visit)
        done += 1
        if done in steps:
            now = _cpu()
            print(f"| {done:,} | {(now - since) / (done - before) * 1000:.3f} | {_memory():.0f} MB |", flush=True)
            since, before = now, done
        if done % 50 == 0:
            await asyncio.sleep(0)
    recorder.finish(status="finished", reason=None, counts={})
    size = (folder / "archive.db").stat().st_size
    print(f"\n{done:,} addresses; {size / done:.0f} bytes of database for each")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--addresses", type=int, default=100_000)
    given = asked.parse_args()
    steps = tuple(
        step for step in (1_000, 3_000, 10_000, 30_000, 60_000, 90_000, 97_000, 100_000) if step <= given.addresses
    )
    with tempfile.TemporaryDirectory(prefix="kyson-frontier-") as name:
        asyncio.run(crawl(Path(name) / "archive", given.addresses, steps))


if __name__ == "__main__":
    main()
