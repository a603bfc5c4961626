"""Kills crawls, goes on with them, and compares what comes of it with a crawl that nobody killed.

    python -m tests.kills [HOW MANY] [--portal small|sample|nukeviet]

The whole process group of a crawl gets SIGKILL: with strace at the n-th call of one kind, as the crawl makes it; without, or
for every other kill of a larger portal, after a random time. A crawl of the small portal is killed once, one of a larger
portal again and again on its way. After each kill every row that was committed must still be there, and have its record;
in the end, when the crawl was gone on with until it ended, the archive must say what that of the undisturbed crawl says,
its WARCs must be sound, and the server must not have been asked for anything more often than there were kills, and once.
Prints a line for each thing that is not so, and a summary; exits 1 when there was any.
"""

import argparse
import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal, sample
from kyson_crawler.network.addresses import ConnectTo
from tests.portals.pdfportal import FILES, sent
from tests.portals.rawportal import RawPortal, chunked, page
from tests.portals.warcportal import WarcPortal
from tests.program import NUKEVIET
from tests.test_crawl import article, home

CALLS = "write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,link,mkdir"
_PR_SET_PTRACER = 0x59616D61
_LONG = "<p>" + "Bản Huồi Lếch. " * 200 + "</p>"
ANSWERS = {
    "/": page(home("/a.html", "/b.html", "/c.html")),
    "/a.html": page(article(1, _LONG + '<p><img src="/cau.jpg"></p>')),
    "/b.html": chunked(article(2, '<p><a href="/ke-hoach.pdf">Kế hoạch</a></p>')),
    "/ke-hoach.pdf": sent("/ke-hoach.pdf", FILES["/ke-hoach.pdf"]),
    "/c.html": b"HTTP/1.1 302 Found\r\nLocation: /a.html?in=1\r\nContent-Length: 0\r\n\r\n",
    "/a.html?in=1": page(article(1, _LONG + '<p><img src="/cau.jpg"></p>')),
    "/cau.jpg": b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n\xff\xd8\xff",
}
KILLS_ON_THE_WAY = 10

# what two crawls of one portal come to, whenever and in whatever order they asked
CONTENT = {
    "article": "SELECT a.ref FROM article a",
    "version": "SELECT a.ref, v.n, v.captures, v.content_digest, r.title, r.lead, r.byline, r.source, r.published, "
    "r.published_raw, r.published_source, r.published_evidence, r.section, r.language, r.blocks, r.body FROM version v "
    "JOIN article a ON a.id = v.article_id JOIN reading r ON r.id = v.reading_id",
    "image": "SELECT a.ref, i.position, u.url, i.caption, i.credit, i.alt, e.status, e.reason, c.digest FROM version v "
    "JOIN article a ON a.id = v.article_id JOIN image i ON i.reading_id = v.reading_id JOIN url u ON u.id = i.url_id "
    "JOIN embed e ON e.page_id = v.capture_id AND e.url_id = i.url_id LEFT JOIN capture c ON c.id = e.capture_id",
    "attachment": "SELECT a.ref, t.position, u.url, t.label, e.status, e.reason, c.digest FROM version v "
    "JOIN article a ON a.id = v.article_id JOIN attachment t ON t.reading_id = v.reading_id JOIN url u ON u.id = t.url_id "
    "JOIN embed e ON e.page_id = v.capture_id AND e.url_id = t.url_id LEFT JOIN capture c ON c.id = e.capture_id",
    "capture": "SELECT u.url, c.status, c.kind, count(*) FROM capture c JOIN url u ON u.id = c.url_id "
    "WHERE c.kind <> 'robots' GROUP BY 1, 2, 3",
    "file_text": "SELECT t.digest, t.text, t.reason FROM file_text t",
    "frontier": "SELECT u.url, f.kind, f.state, f.reason FROM frontier f JOIN url u ON u.id = f.url_id",
    "furniture": "SELECT what, usual FROM furniture",
    "words": "SELECT a.ref, d.section, d.published, d.has_image FROM search_doc d JOIN article a ON a.id = d.article_id",
    "crawl": "SELECT status, articles, images, errors FROM crawl",
}


class Served:
    """A portal in a process of its own, which tells what it was asked for."""

    def __init__(self, name: str, folder: Path) -> None:
        self._asked = folder / f"asked-{name}"
        told, tell = os.pipe()
        if (pid := os.fork()) == 0:
            self._serve(name, tell)
        os.close(tell)
        self._pid = pid
        with os.fdopen(told, encoding="utf-8") as stream:
            where = stream.readline().strip()
        if name == "small":
            self.portal, self.rules = portal.ad_hoc(where), ()
        else:
            self.portal = portal.find("sample") if name == "sample" else portal.ad_hoc("http://127.0.0.1:8081/")
            self.rules = (ConnectTo.parse(where),)

    def _serve(self, name: str, tell: int) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM})
        _forget_output()
        served = {
            "small": partial(RawPortal, ANSWERS),
            "sample": sample.SampleServer,
            "nukeviet": partial(WarcPortal, NUKEVIET),
        }
        with served[name]() as server:
            os.write(tell, f"{server.url if name == 'small' else server.connect_to}\n".encode())
            os.close(tell)
            while signal.sigwait({signal.SIGUSR1, signal.SIGTERM}) == signal.SIGUSR1:
                new = self._asked.with_suffix(".new")
                new.write_text(json.dumps([str(request) for request in server.requests]), encoding="utf-8")
                server.requests.clear()
                new.rename(self._asked)
        os._exit(0)

    def asked(self) -> Counter[str]:
        """How often each address was asked for since this was last asked."""
        os.kill(self._pid, signal.SIGUSR1)
        while not self._asked.exists():
            time.sleep(0.005)
        found = Counter(json.loads(self._asked.read_text(encoding="utf-8")))
        self._asked.unlink()
        return found

    def close(self) -> None:
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)


class Crawl:
    """A crawl in a process group of its own, which begins when it is told to."""

    def __init__(self, folder: Path, served: Served) -> None:
        waiting, self._go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._go)
                os.setpgid(0, 0)
                _forget_output()
                if sys.platform == "linux":
                    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1))
                os.read(waiting, 1)
                crawl.run(served.portal, folder, connect_to=served.rules, delay=0)
                code = 0
            except Exception as error:  # noqa: BLE001  told by whoever waits for it
                folder.with_name("failure").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            finally:
                os._exit(code)
        os.setpgid(self.pid, self.pid)  # here as well, since it may be killed before it gets to it
        os.close(waiting)

    def go(self) -> None:
        os.close(self._go)

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)

    def wait(self) -> bool:
        """Whether it came to its end before it was killed."""
        return os.waitpid(self.pid, 0)[1] == 0


@contextlib.contextmanager
def traced(crawl: Crawl, *options: str):
    """A crawl that strace watches from its first step to its last."""
    command = ["strace", "-qq", "-f", "-p", str(crawl.pid), *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as strace:
        status = Path(f"/proc/{crawl.pid}/status")
        while "TracerPid:\t0\n" in status.read_text():
            if strace.poll() is not None:
                crawl.go()
                crawl.wait()
                raise RuntimeError("strace cannot watch another process here")
            time.sleep(0.01)
        crawl.go()
        yield
        strace.wait()


def writes(folder: Path, served: Served) -> list[tuple[str, int]]:
    """Every write of an undisturbed crawl: which call, and the how manieth of its kind."""
    log = folder.with_name("calls")
    crawl = Crawl(folder, served)
    with traced(crawl, "-e", f"trace={CALLS}", "-o", str(log)):
        if not crawl.wait():
            raise RuntimeError("the crawl does not come to its end even undisturbed")
    names = Counter(line.split(maxsplit=1)[1].partition("(")[0] for line in log.read_text().splitlines())
    return [(name, n) for name in CALLS.split(",") for n in range(1, names[name] + 1)]


def killed_at(folder: Path, served: Served, call: str, n: int) -> bool:
    """Crawl and be killed at a call; False when the crawl had made fewer."""
    crawl = Crawl(folder, served)
    with traced(crawl, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={n}", "-o", os.devnull):
        return not crawl.wait()


def killed_after(folder: Path, served: Served, seconds: float) -> bool:
    """Crawl and be killed after a time; False when the crawl was quicker."""
    crawl = Crawl(folder, served)
    crawl.go()
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        if (done := os.waitpid(crawl.pid, os.WNOHANG)) != (0, 0):
            return done[1] != 0
        time.sleep(0.001)
    crawl.kill()
    return not crawl.wait()


def content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the archive says, for comparing."""
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        return {name: sorted(database.execute(query), key=repr) for name, query in CONTENT.items()}


def has_ended(folder: Path) -> bool:
    """Whether a crawl came to its end before it was killed on its last steps."""
    if not (folder / "archive.db").exists():
        return False
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        ended = "SELECT status = 'finished' FROM crawl ORDER BY id DESC LIMIT 1"
        try:
            return database.execute(ended).fetchone() == (1,)
        except sqlite3.OperationalError:  # killed before there was a table
            return False


def committed(folder: Path) -> set[tuple[object, ...]]:
    """The rows of captures and articles that anybody who reads the archive now can see."""
    if not (folder / "archive.db").exists():
        return set()
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        captures = database.execute("SELECT record_id, digest FROM capture").fetchall()
        return {*captures, *database.execute("SELECT ref, key FROM article")}


def faults(folder: Path, served: Served, kills: int, whole: dict[str, list[tuple[object, ...]]]) -> Iterator[str]:
    """What is wrong with an archive once its crawl was gone on with until it ended."""
    if not has_ended(folder):  # or else another crawl would begin
        last = Crawl(folder, served)
        last.go()
        if not last.wait():
            yield f"it cannot be gone on with: {folder.with_name('failure').read_text(encoding='utf-8')}"
            return
    for name, count in served.asked().items():
        roles = 2 if name.endswith(".pdf") else 1  # a link to a file is asked for as a page, too
        if count > (kills + 1) * roles:
            yield f"{name} was asked for {count} times"
    for finding in check(folder):
        yield f"{finding.object} at {finding.offset}: {finding.fault}"
    for path in sorted((folder / "warc").iterdir()):
        if path.name.endswith(".open"):
            yield f"{path.name} was left behind"
        if path.suffix == ".gz" and subprocess.run(["gzip", "-t", path], check=False).returncode:
            yield f"{path.name} is no sound gzip file"
    with Archive.open(folder) as archive:
        if archive.connection.execute("SELECT count(*) FROM crawl WHERE status = 'running'").fetchone()[0]:
            yield "a crawl counts as running"
    for name, rows in content(folder).items():
        for row in rows:
            if row not in whole[name]:
                yield f"{name}: only after kills: {str(row)[:300]}"
        for row in whole[name]:
            if row not in rows:
                yield f"{name}: missing after kills: {str(row)[:300]}"


def undisturbed(folder: Path, served: Served) -> tuple[dict[str, list[tuple[object, ...]]], float]:
    """What a crawl comes to that nobody kills, and how long it takes."""
    began = time.monotonic()
    if killed_after(folder, served, 300):
        raise RuntimeError("the crawl does not come to its end even undisturbed")
    seconds = time.monotonic() - began
    served.asked()
    whole = content(folder)
    shutil.rmtree(folder)
    return whole, seconds


def sweep(name: str, limit: int | None) -> tuple[int, int]:
    """Kill, look, and tell; gives how often it struck, and how many things were not as they should be."""
    bad = struck = 0
    with tempfile.TemporaryDirectory(prefix="kyson-kills-") as place:
        folder = Path(place) / "archive"
        served = Served(name, Path(place))
        try:
            crawl.run(
                served.portal, folder, connect_to=served.rules, delay=0
            )  # all that is ever imported is then there
            shutil.rmtree(folder)
            whole, seconds = undisturbed(folder, served)
            for points in plans(name, folder, served, seconds, limit):
                shutil.rmtree(folder, ignore_errors=True)
                kept: set[tuple[object, ...]] = set()
                kills, told = 0, []
                for point, kill in points:
                    if not kill():
                        break
                    kills += 1
                    told.append(point)
                    if lost := kept - (now := committed(folder)):
                        bad += 1
                        print(f"{name}, killed at {point}: {len(lost)} committed rows are lost")
                    kept = now
                struck += kills
                for fault in faults(folder, served, kills, whole):
                    bad += 1
                    print(f"{name}, killed at {', '.join(told)}: {fault}")
        finally:
            served.close()
    return struck, bad


Point = tuple[str, Callable[[], bool]]


def plans(
    name: str, folder: Path, served: Served, seconds: float, limit: int | None
) -> Iterator[Iterator[Point] | tuple[Point, ...]]:
    """When to kill each crawl."""
    if name == "small" and shutil.which("strace"):
        for point in by_call(folder, served, limit):
            yield (point,)
        return
    chances = random.Random(9)
    on_the_way = 1 if name == "small" else KILLS_ON_THE_WAY
    for first in range(0, limit or 200, on_the_way):
        yield on_the_road(folder, served, seconds, chances, min(on_the_way, (limit or 200) - first))


def by_call(folder: Path, served: Served, limit: int | None) -> Iterator[Point]:
    """A kill for every write, or by chance for one of each kind and for others."""
    points = writes(folder, served)
    served.asked()
    print(f"{len(points)} writes: {dict(Counter(call for call, _ in points))}")
    if limit and limit < len(points):
        chances = random.Random(9)
        calls = dict.fromkeys(call for call, _ in points)
        kinds = [chances.choice([point for point in points if point[0] == call]) for call in calls]
        points = kinds[:limit] + chances.sample(points, max(limit - len(kinds), 0))
    for call, n in points:
        yield f"{call} {n}", partial(killed_at, folder, served, call, n)


def on_the_road(folder: Path, served: Served, seconds: float, chances: random.Random, kills: int) -> Iterator[Point]:
    """Kills of one crawl, every other one at a write, so that all fall before its end as a rule."""
    for number in range(kills):
        if number % 2 and shutil.which("strace"):
            n = chances.randint(5, 40)
            yield f"pwrite64 {n}", partial(killed_at, folder, served, "pwrite64", n)
        else:
            after = chances.uniform(0, seconds / 3)
            yield f"{after:.3f} s", partial(killed_after, folder, served, after)


def _forget_output() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("limit", type=int, nargs="?", help="kills of each portal; at each write of the small one")
    asked.add_argument("--portal", choices=("small", "sample", "nukeviet"), action="append")
    given = asked.parse_args()
    struck = bad = 0
    for name in given.portal or ("small", "sample", "nukeviet"):
        if name == "nukeviet" and not NUKEVIET.exists():
            print("nukeviet is left out: its WARC does not lie beside the checkout")
            continue
        kills, found = sweep(name, given.limit)
        print(f"{name}: killed {kills} times, {found} faults")
        struck, bad = struck + kills, bad + found
    print(f"killed {struck} times, {bad} faults")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
