"""Kills a small crawl at each of its writes and looks at what it leaves: `python -m tests.kills [HOW MANY]`.

With strace the kill strikes at the n-th call of one kind, as the crawl makes it; without, after a random time. Each time
the archive is opened as the next crawl opens it; then every WARC must be sound and every row of `capture` have its record.
Prints a line for each thing that is not so, and a summary; exits 1 when there was any.
"""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.capture import Recorder
from kyson_crawler.config import Operator
from tests.portals.rawportal import RawPortal, chunked, page
from tests.test_crawl import article, home

CALLS = "write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink,link,mkdir"
_PR_SET_PTRACER = 0x59616D61
_LONG = "<p>" + "Bản Huồi Lếch. " * 200 + "</p>"
ANSWERS = {
    "/": page(home("/a.html", "/b.html", "/c.html")),
    "/a.html": page(article(1, _LONG + '<p><img src="/cau.jpg"></p>')),
    "/b.html": chunked(article(2)),
    "/c.html": b"HTTP/1.1 302 Found\r\nLocation: /a.html?in=1\r\nContent-Length: 0\r\n\r\n",
    "/a.html?in=1": page(article(1, _LONG + '<p><img src="/cau.jpg"></p>')),
    "/cau.jpg": b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n\xff\xd8\xff",
}


class Crawl:
    """A crawl in a process of its own, which begins when it is told to."""

    def __init__(self, folder: Path, url: str) -> None:
        waiting, self._go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._go)
                _forget_output()
                if sys.platform == "linux":
                    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1))
                os.read(waiting, 1)
                crawl.run(portal.ad_hoc(url), folder, delay=0)
                code = 0
            finally:
                os._exit(code)
        os.close(waiting)

    def go(self) -> None:
        os.close(self._go)

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
            time.sleep(0.002)
        crawl.go()
        yield
        strace.wait()


def writes(folder: Path, url: str) -> list[tuple[str, int]]:
    """Every write of an undisturbed crawl: which call, and the how manieth of its kind."""
    log = folder.with_name("calls")
    crawl = Crawl(folder, url)
    with traced(crawl, "-e", f"trace={CALLS}", "-o", str(log)):
        if not crawl.wait():
            raise RuntimeError("the crawl does not come to its end even undisturbed")
    names = Counter(line.split(maxsplit=1)[1].partition("(")[0] for line in log.read_text().splitlines())
    return [(name, n) for name in CALLS.split(",") for n in range(1, names[name] + 1)]


def killed_at(folder: Path, url: str, call: str, n: int) -> bool:
    """Crawl and be killed at a call; False when the crawl had made fewer."""
    crawl = Crawl(folder, url)
    with traced(crawl, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={n}", "-o", os.devnull):
        return not crawl.wait()


def killed_after(folder: Path, url: str, seconds: float) -> bool:
    """Crawl and be killed after a time; False when the crawl was quicker."""
    crawl = Crawl(folder, url)
    crawl.go()
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        if (done := os.waitpid(crawl.pid, os.WNOHANG)) != (0, 0):
            return done[1] != 0
        time.sleep(0.001)
    os.kill(crawl.pid, signal.SIGKILL)
    return not crawl.wait()


def faults(folder: Path, url: str) -> list[str]:
    """What is wrong with an archive once the next crawl has opened it."""
    recorder = Recorder(folder, portal.ad_hoc(url), operator=Operator(), settings={"robots": "obey"})
    recorder.finish(status="stopped", reason="that was all", counts={})
    found = [f"{finding.object} at {finding.offset}: {finding.fault}" for finding in check(folder)]
    for path in sorted((folder / "warc").iterdir()):
        if path.name.endswith(".open"):
            found.append(f"{path.name} was left behind")
        if path.suffix == ".gz" and subprocess.run(["gzip", "-t", path], check=False).returncode:
            found.append(f"{path.name} is no sound gzip file")
    with Archive.open(folder) as archive:
        alive = archive.connection.execute("SELECT count(*) FROM crawl WHERE status = 'running'").fetchone()[0]
    return found + ([f"{alive} crawls count as running"] if alive else [])


def sweep(url: str, limit: int | None) -> int:
    """Kill, look, and tell; gives how many things were not as they should be."""
    bad = struck = 0
    with tempfile.TemporaryDirectory(prefix="kyson-kills-") as name:
        folder = Path(name) / "archive"
        crawl.run(portal.ad_hoc(url), folder, delay=0)  # all that is ever imported is then there for each fork
        shutil.rmtree(folder)
        for point, kill in (
            by_call(folder, url, limit) if shutil.which("strace") else by_time(folder, url, limit or 100)
        ):
            shutil.rmtree(folder, ignore_errors=True)
            struck += kill()
            for fault in faults(folder, url):
                bad += 1
                print(f"killed at {point}: {fault}")
    print(f"killed {struck} times, {bad} faults")
    return bad


def by_call(folder: Path, url: str, limit: int | None) -> Iterator[tuple[str, Callable[[], bool]]]:
    """A kill for every write, or by chance for one of each kind and for others."""
    points = writes(folder, url)
    print(f"{len(points)} writes: {dict(Counter(call for call, _ in points))}")
    if limit and limit < len(points):
        chances = random.Random(9)
        calls = dict.fromkeys(call for call, _ in points)
        kinds = [chances.choice([point for point in points if point[0] == call]) for call in calls]
        points = kinds + chances.sample(points, max(limit - len(kinds), 0))
    for call, n in points:
        yield f"{call} {n}", partial(killed_at, folder, url, call, n)


def by_time(folder: Path, url: str, limit: int) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Kills at moments of chance, as long as a crawl takes."""
    chances, began = random.Random(9), time.monotonic()
    killed_after(folder, url, 60)
    whole = time.monotonic() - began
    for _ in range(limit):
        seconds = chances.uniform(0, whole)
        yield f"{seconds:.3f} s", partial(killed_after, folder, url, seconds)


def _forget_output() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else None
    told, tell = os.pipe()
    if (server := os.fork()) == 0:
        with RawPortal(ANSWERS) as served:
            os.write(tell, served.url.encode())
            signal.pause()
    try:
        sys.exit(1 if sweep(os.read(told, 100).decode(), limit) else 0)
    finally:
        os.kill(server, signal.SIGTERM)
        os.waitpid(server, 0)


if __name__ == "__main__":
    main()
