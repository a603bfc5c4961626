"""Crawls that end before they are done: the next one goes on where they were, and nothing is asked for twice."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from archive.fixity import check
from archive.store import Archive
from kyson_crawler import crawl, portal, sample
from tests.portals.rawportal import RawPortal, page
from tests.program import kyson
from tests.test_crawl import article, home


def articles(count):
    """The answers of a portal of so many articles."""
    return {"/": page(home(*(f"/bai-{n}.html" for n in range(count))))} | {
        f"/bai-{n}.html": page(article(n % 9 + 1, f'<p>Bài số {n}.</p><p><img src="/{n}.jpg"></p>'))
        for n in range(count)
    }


PAGES = 12
ANSWERS = articles(PAGES)
MORE_THAN_THE_DISK_HOLDS = 60
ROBOTS = "/robots.txt"
LISTS = {"/tin-tuc-su-kien", "/xay-dung-dang", "/kinh-te-giam-ngheo", "/van-hoa-xa-hoi", "/giao-duc-y-te", "/van-ban"}
"""Of the sample portal, those of several pages."""


def started(folder, *words):
    """The program at work, in a process of its own."""
    command = [sys.executable, "-m", "kyson_crawler", "--archive", folder, "crawl", *words]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def states(folder):
    with Archive.open(folder) as archive:
        return dict(archive.connection.execute("SELECT state, count(*) FROM frontier GROUP BY 1"))


def crawls(folder):
    with Archive.open(folder) as archive:
        return archive.connection.execute("SELECT id, status, pages, articles FROM crawl").fetchall()


def test_a_crawl_that_came_to_its_budget_is_gone_on_with_until_nothing_waits(tmp_path):
    with RawPortal(ANSWERS) as server:
        target = portal.ad_hoc(server.url)
        first = crawl.run(target, tmp_path, delay=0, max_pages=5)
        assert "8 addresses wait" in first.reason
        second = crawl.run(target, tmp_path, delay=0, max_pages=5)
        third = crawl.run(target, tmp_path, delay=0)
        asked = Counter(path for path in server.requests if path != ROBOTS)
    assert {first.crawl_id, second.crawl_id, third.crawl_id} == {1}
    assert [outcome.figures.pages for outcome in (first, second, third)] == [5, 5, 3]
    assert (third.status, third.reason) == ("finished", None)
    assert set(asked.values()) == {1}
    assert crawls(tmp_path) == [(1, "finished", 13, 12)]
    assert list(check(tmp_path)) == []


def test_a_fresh_crawl_asks_for_all_of_it_again(tmp_path):
    with RawPortal(ANSWERS) as server:
        target = portal.ad_hoc(server.url)
        crawl.run(target, tmp_path, delay=0, max_pages=5)
        assert crawl.run(target, tmp_path, delay=0, fresh=True).crawl_id == 2
        assert crawl.run(target, tmp_path, delay=0).crawl_id == 3
        assert server.requests.count("/") == 3


def test_a_page_that_fails_is_tried_again_and_every_try_is_told(tmp_path):
    with RawPortal(ANSWERS | {"/bai-3.html": b"HTTP/1.1 500 Hong\r\nContent-Length: 0\r\n\r\n"}) as server:
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        assert server.requests.count("/bai-3.html") == 3
        told = json.loads(kyson("--archive", tmp_path, "why", f"{server.url}bai-3.html", "--json").stdout)
    (decision,) = told["decisions"]
    assert (decision["state"], decision["reason"], decision["tries"]) == ("done", "HTTP 500", 3)
    assert [seen["status"] for seen in told["captures"]] == [500, 500, 500]


def test_ctrl_c_lets_in_what_is_being_fetched_and_the_next_crawl_goes_on(tmp_path):
    with sample.SampleServer() as server:
        rule = ("--connect-to", server.connect_to, "--delay", "0")
        process = started(tmp_path, "sample", *rule)
        while len(server.requests) < 40 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1, err.decode()
        assert "stopped by hand" in out.decode()
        assert "leased" not in states(tmp_path)
        waiting = states(tmp_path)["pending"]
        again = started(tmp_path, "sample", *rule)
        _, said = again.communicate(timeout=60)
        assert again.returncode == 0, said.decode()
        assert f"goes on where crawl 1 was stopped: {waiting:,} addresses wait" in said.decode()
        asked = Counter(request for request in server.requests if request[1] != ROBOTS)
    assert {path for (_, path), times in asked.items() if times > 1} == LISTS  # looked at once more
    assert sum(asked.values()) == len(asked) + len(LISTS)
    assert crawls(tmp_path)[0][1:] == ("finished", 79 + len(LISTS), 61)


FULL = """
import resource, signal, sys
from pathlib import Path
from kyson_crawler.cli import main
limit = int(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
main(["--archive", sys.argv[2], "crawl", sys.argv[3], "--delay", "0"])
"""


@pytest.mark.parametrize("limit", [8_000, 450_000], ids=["the WARC", "the database"])
def test_a_full_disk_ends_the_crawl_clearly_and_nothing_is_lost_or_believed(tmp_path, limit):
    folder = tmp_path / "a"
    with Archive.open(folder, write=True, create=True):
        pass  # the disk had room for the tables
    with RawPortal(articles(MORE_THAN_THE_DISK_HOLDS)) as server:
        done = subprocess.run(
            [sys.executable, "-c", FULL, str(limit), folder, server.url], capture_output=True, timeout=60, check=False
        )
        message = done.stderr.decode()
        assert done.returncode == 1, message
        assert "Traceback" not in message
        assert "see to the disk" in message
        outcome = crawl.run(portal.ad_hoc(server.url), folder, delay=0)
    assert outcome.status == "finished"
    with Archive.open(folder) as archive:
        assert len(list(archive.articles())) == MORE_THAN_THE_DISK_HOLDS
    assert list(check(folder)) == []


def test_a_crawl_whose_end_cannot_be_kept_is_not_believed_to_have_ended(tmp_path):
    folder = tmp_path / "a"
    with Archive.open(folder, write=True, create=True) as archive:
        archive.connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE OF status ON crawl WHEN NEW.status = 'finished' "
            "BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
        )
    with RawPortal(ANSWERS) as server:
        done = kyson("--archive", folder, "crawl", server.url, "--delay", "0")
    assert done.returncode == 1
    assert "the disk is full" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert [status for _, status, _, _ in crawls(folder)] == ["running"]


def test_two_crawls_write_one_archive_at_once(tmp_path):
    with sample.SampleServer() as first, RawPortal(ANSWERS) as second:
        processes = [
            started(tmp_path, "sample", "--connect-to", first.connect_to, "--delay", "0"),
            started(tmp_path, second.url, "--delay", "0"),
        ]
        ended = [(process.communicate(timeout=90)[1].decode(), process.returncode) for process in processes]
    assert [code for _, code in ended] == [0, 0], ended
    with Archive.open(tmp_path) as archive:
        articles = sorted((held.portal, held.articles) for held in archive.status())
    assert articles == [(portal.slug_for(second.url), PAGES), ("sample", 61)]
    assert list(check(tmp_path)) == []
