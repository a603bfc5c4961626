"""One crawl of a portal, and of a host, over all processes."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive import locks
from archive.errors import ArchiveBusy
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.capture import Recorder
from kyson_crawler.config import Operator
from tests.portals.rawportal import RawPortal, page
from tests.program import kyson
from tests.test_crawl import article, home

ROOT = Path(__file__).parents[1]


def test_a_lock_is_held_until_it_is_closed(tmp_path):
    with locks.take(tmp_path, "ky-son"):
        assert locks.take(tmp_path, "ky-son") is None
        assert not locks.is_free(tmp_path, "ky-son")
    assert locks.is_free(tmp_path, "ky-son")


def test_a_portal_a_host_and_a_schedule_of_one_name_are_three_locks(tmp_path):
    with locks.take(tmp_path, "hosts"), locks.take(tmp_path, "hosts", "hosts"), locks.take(tmp_path, "1", "schedules"):
        assert locks.is_free(tmp_path, "1")


@pytest.mark.parametrize(
    "name", ["kyson.nghean.gov.vn", "127.0.0.1:8081", "[::1]:80", "../../etc", "-", "x" * 300, "kỳsơn.vn"]
)
def test_any_host_has_a_lock_within_the_folder(tmp_path, name):
    with locks.hosts(tmp_path, [name]):
        assert {path.parent.name for path in (tmp_path / locks.FOLDER).rglob("*") if path.is_file()} == {".hosts"}
        with pytest.raises(ArchiveBusy, match="another crawl"), locks.hosts(tmp_path, [name]):
            pass


def test_hosts_are_held_all_or_none(tmp_path):
    both = locks.hosts(tmp_path, ["a.vn", "b.vn"])
    with locks.hosts(tmp_path, ["b.vn"]), pytest.raises(ArchiveBusy, match=r"b\.vn"), both:
        pass
    assert locks.is_host_free(tmp_path, "a.vn")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*.thu.example", "a.thu.example"),
        ("*.thu.example", "*.a.thu.example"),
        ("*.thu.example", "b.a.thu.example"),
        ("*.Thu.example", "A.thu.Example"),
        ("*", "a.thu.example"),
        ("*", "a.thu.example:8081"),
        ("*", "*.example"),
        ("*:8081", "a.thu.example:8081"),
        ("*:443", "a.thu.example"),
        ("*.thu.example:443", "a.thu.example"),
        ("a.thu.example:80", "a.thu.example"),
        ("[::1]:8081", "[::1]:8081"),
    ],
)
def test_patterns_with_a_host_in_common_exclude_each_other(tmp_path, one, other):
    for first, second in ((one, other), (other, one)):
        assert locks.overlap(first, second)
        with locks.hosts(tmp_path, ["c.example", first]):
            assert not locks.is_host_free(tmp_path, second)
            with pytest.raises(ArchiveBusy, match="another crawl"), locks.hosts(tmp_path, [second]):
                pass
        assert locks.is_host_free(tmp_path, first)
        assert locks.is_host_free(tmp_path, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.thu.example", "b.thu.example"),
        ("*.thu.example", "thu.example"),
        ("*.thu.example", "a.mo.example"),
        ("*.thu.example", "*.mo.example"),
        ("*.thu.example", "a.thu.example:8081"),
        ("*:8081", "a.thu.example"),
        ("127.0.0.1:8081", "127.0.0.1:8082"),
    ],
)
def test_patterns_without_a_host_in_common_are_crawled_at_once(tmp_path, one, other):
    assert not locks.overlap(one, other)
    with locks.hosts(tmp_path, [one]):
        assert locks.is_host_free(tmp_path, other)
        with locks.hosts(tmp_path, [other]):
            assert not locks.is_host_free(tmp_path, one)
            assert not locks.is_host_free(tmp_path, other)


def test_a_portal_may_name_a_host_twice(tmp_path):
    with locks.hosts(tmp_path, ["*.thu.example", "a.thu.example", "*"]):
        assert not locks.is_host_free(tmp_path, "b.thu.example")


def test_a_host_is_crawled_for_one_portal_at_a_time(tmp_path):
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1))}) as server:
        target = portal.ad_hoc(f"http://127.0.0.1:{server.port}/")
        (tmp_path / "kyson-archive").mkdir()
        with (
            locks.hosts(tmp_path / "kyson-archive", target.scope.page_hosts),
            pytest.raises(ArchiveBusy, match="another crawl"),
        ):
            crawl.run(target, tmp_path / "kyson-archive", delay=0)
        with (
            locks.hosts(tmp_path / "kyson-archive", [f"*:{server.port}"]),
            pytest.raises(ArchiveBusy, match="another crawl"),
        ):
            crawl.run(target, tmp_path / "kyson-archive", delay=0)
        assert crawl.run(target, tmp_path / "kyson-archive", delay=0).status == "finished"


def test_a_crawl_by_scrapy_holds_the_hosts_as_well(tmp_path):
    folder = tmp_path / "kyson-archive"
    with RawPortal({"/": page(home("/a.html")), "/a.html": page(article(1))}) as server:
        target = portal.ad_hoc(server.url)
        (folder / "portals").mkdir(parents=True)
        (folder / "portals" / "ban.toml").write_text(target.toml.replace("delay = 2.0", "delay = 0"))
        command = [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "portal",
            "-a",
            "portal=ban",
            "-s",
            f"KYSON_ARCHIVE={folder}",
        ]
        with locks.hosts(folder, target.scope.page_hosts):
            refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert "is being crawled into this archive by another crawl" in refused.stderr
        assert server.requests == []
        assert {path.name for path in folder.iterdir()} == {"portals", locks.FOLDER}
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        with Archive.open(folder) as archive:
            assert [holding.articles for holding in archive.status()] == [1]


_HOLD = """
import sys
from pathlib import Path
from archive import locks
with locks.hosts(Path(sys.argv[1]), [sys.argv[2]]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_first_crawl_that_is_refused_since_another_process_has_the_host_leaves_no_archive_behind(tmp_path):
    """The other one is about to make the archive: it has the host, and no database yet."""
    folder = tmp_path / "kyson-archive"
    holder = [sys.executable, "-c", _HOLD, folder, "127.0.0.1:1"]
    with subprocess.Popen(holder, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        refused = kyson("--archive", folder, "crawl", "http://127.0.0.1:1/")
        left = {path.name for path in folder.iterdir()}
        other.stdin.close()
    assert refused.returncode == 2
    assert b"127.0.0.1:1 is being crawled into this archive" in refused.stderr
    assert b"wait until that has ended, or stop it" in refused.stderr
    assert left == {locks.FOLDER}


def test_of_two_first_crawls_that_begin_at_once_one_is_refused_and_leaves_nothing(tmp_path):
    folder = tmp_path / "kyson-archive"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        command = [sys.executable, "-m", "kyson_crawler", "--archive", folder, "crawl", url]
        crawls = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        try:
            with silent.accept()[0]:  # one of them waits for an answer
                until = time.monotonic() + 60
                while all(crawl.poll() is None for crawl in crawls) and time.monotonic() < until:
                    time.sleep(0.05)
                (refused,) = [crawl for crawl in crawls if crawl.poll() is not None]
            with Archive.open(folder) as archive:
                rows = archive.connection.execute("SELECT status FROM crawl").fetchall()
            warcs = {path.name.partition(".warc")[0] for path in (folder / "warc").iterdir()}
        finally:
            for crawl in crawls:
                crawl.kill()
            said = [crawl.communicate()[1] for crawl in crawls]
    assert refused.returncode == 2
    assert "is being crawled into this archive" in said[crawls.index(refused)]
    assert rows == [("running",)]
    assert len(warcs) <= 1


def test_whoever_records_a_crawl_holds_its_hosts_until_it_ends(tmp_path):
    toml = 'name = "Bản"\nseeds = ["http://ban.example/"]\npage_hosts = ["ban.example"]'

    def record(slug):
        settings = {"robots": "obey"}
        return Recorder(tmp_path, portal.parse(toml, slug=slug, origin="test"), operator=Operator(), settings=settings)

    recorder = record("ban")
    with pytest.raises(ArchiveBusy, match=r"ban\.example is being crawled .* by another crawl"):
        record("xa")
    with pytest.raises(ArchiveBusy, match="ban is being crawled into this archive since"):
        record("ban")
    recorder.finish(status="stopped", reason=None, counts={})
    record("xa").finish(status="stopped", reason=None, counts={})
