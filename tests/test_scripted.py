"""Lists that the script of a page fetches as JSON: found where the page names them, and followed as far as they show anything new."""

import json
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from archive.errors import UnreadablePage
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.pages import Document
from kyson_crawler.pages.scripted import named, shown
from tests.portals.rawportal import RawPortal
from tests.test_completeness import shell, story

SITE = "http://namcat.example"


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ('<div data-url="/api/tin?page=1"></div>', ["/api/tin?page=1"]),
        ('<ul data-source="/wp-json/wp/v2/posts?page=1">', ["/wp-json/wp/v2/posts?page=1"]),
        ("<script>fetch('/Handlers/DanhSach.ashx?cat=3').then(ve)</script>", ["/Handlers/DanhSach.ashx?cat=3"]),
        (f'<script>$.getJSON("{SITE}/tin/ds.json", ve)</script>', ["/tin/ds.json"]),
        ("<script>$.get('/api/tin?page=' + so, ve)</script>", []),
        ("<script>fetch(`/api/tin/${so}`)</script>", []),
        ("<script>fetch('/api/binhchon/vote?id=3'); fetch('/api/counter')</script>", []),
        ("<script>fetch('https://khac.example/api/tin')</script>", []),
        ('<a data-href="/tin-tuc/le-hoi-3.html" href="#">', []),
        ('<script src="/api/tin.js"></script>', []),
    ],
)
def test_lists_are_found_where_a_page_names_them(inside, found):
    document = Document(f"<html><body>{inside}<p>x</p></body></html>".encode(), f"{SITE}/")
    assert list(named(document)) == [SITE + path for path in found]


def test_entries_lead_where_their_addresses_say():
    told = {
        "total": 3,
        "items": [
            {"title": "/khong", "url": "/tin/a-1.html"},
            {"Link": "tin/b-2.html", "detail": {"permalink": f"{SITE}/c"}},
        ],
    }
    body = json.dumps(told).encode() + b'<div class="quang-cao"></div>'
    assert shown(body, f"{SITE}/api/tin").addresses == (
        f"{SITE}/tin/a-1.html",
        f"{SITE}/api/tin/b-2.html",
        f"{SITE}/c",
    )


def entry(number, **more):
    images = {"imageUrl": f"/anh/{number}.jpg", "categoryUrl": f"/muc/{number % 3}"}
    return images | {"url": f"/tin/{number}.html", "tags": [{"link": f"/nhan/{tag}"} for tag in range(20)]} | more


TEN = [entry(number) for number in range(10)]


@pytest.mark.parametrize(
    ("told", "entries"),
    [
        (TEN, 10),
        ({"data": {"items": TEN, "hot": TEN[:3]}, "menu": [{"url": "/a"}, {"url": "/b"}]}, 10),
        ([{"data": TEN}], 10),
        ([*TEN, {"title": "không dẫn tới đâu"}, "/tin/7.html"], 10),
        ([entry(number, url=None, detail={"url": f"/tin/{number}"}) for number in range(4)], 4),
        ({"url": "/tin/3.html", "imageUrl": "/anh/3.jpg"}, 1),
        ({"total": 7, "items": []}, 0),
    ],
)
def test_the_entries_of_a_list_are_counted_and_not_what_they_lead_to(told, entries):
    assert shown(json.dumps(told).encode(), f"{SITE}/api/tin").entries == entries


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"{"])
def test_what_is_no_json_leads_nowhere(body):
    with pytest.raises(UnreadablePage):
        shown(body, SITE)


def told(numbers):
    body = json.dumps({"data": [{"ten": f"Bản {n}", "url": f"/tin/dap-lai-duong-{n}.html"} for n in numbers]}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


def test_articles_that_only_a_script_lists_are_found(tmp_path):
    answers = {f"/tin/dap-lai-duong-{n}.html": story(n) for n in range(300, 322)}
    answers |= {
        f"/api/tin?page={page}": told(range(300 + page * 5 - 5, min(300 + page * 5, 322))) for page in range(1, 6)
    }
    answers |= {f"/api/tin?page={page}": told([]) for page in range(6, 50)}
    answers["/"] = shell('<h2>Tin tức</h2><div id="ds" data-api="/api/tin?page=1"></div>')
    with RawPortal(answers) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        asked = [path for path in server.requests if path.startswith("/api")]
    assert (outcome.status, outcome.figures.articles) == ("finished", 22)
    assert asked == [f"/api/tin?page={page}" for page in range(1, 7)]
    with Archive.open(tmp_path) as archive:
        assert archive.connection.execute("SELECT count(*) FROM frontier WHERE reason LIKE '%JSON%'").fetchone() == (0,)


def test_a_list_whose_first_page_stands_on_the_page_itself_is_followed_behind_it(tmp_path):
    answers = {f"/tin/dap-lai-duong-{n}.html": story(n) for n in range(300, 312)}
    answers |= {
        f"/api/tin?page={page}": told(range(300 + page * 5 - 5, min(300 + page * 5, 312))) for page in (1, 2, 3)
    }
    answers |= {f"/api/tin?page={page}": told([]) for page in range(4, 9)}
    on_page = "".join(f"<li><a href='/tin/dap-lai-duong-{n}.html'>Bản {n}</a> 02/03/2021</li>" for n in range(300, 305))
    answers["/"] = shell(f'<h2>Tin tức</h2><ul>{on_page}</ul><div data-api="/api/tin?page=1"></div>')
    with RawPortal(answers) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        asked = [path for path in server.requests if path.startswith("/api")]
    assert (outcome.status, outcome.figures.articles) == ("finished", 12)
    assert asked == [f"/api/tin?page={page}" for page in range(1, 5)]


def by_skip(numbers, at_a_time=10, of=entry):
    """A list that is asked for by how many entries are passed over, and never says how many it shows at a time."""
    told = {}
    for skip in range(len(numbers) + at_a_time):
        entries = [of(n, url=f"/tin/dap-lai-duong-{n}.html") for n in numbers[skip : skip + at_a_time]]
        body = json.dumps({"data": entries}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        told[f"/api/tin?skip={skip}"] = head.encode() + body
    return told


def portal_of(numbers, listed):
    answers = {f"/tin/dap-lai-duong-{n}.html": story(n) for n in numbers} | listed
    return answers | {"/": shell('<h2>Tin tức</h2><div data-api="/api/tin?skip=0"></div>')}


def lists_asked_for(server):
    return [path for path in server.requests if path.startswith("/api")]


def test_a_list_asked_for_by_what_is_passed_over_loses_no_entry(tmp_path):
    numbers = range(300, 325)
    with RawPortal(portal_of(numbers, by_skip(numbers))) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        asked = lists_asked_for(server)
    assert outcome.figures.articles == 25
    assert asked == ["/api/tin?skip=0", "/api/tin?skip=10", "/api/tin?skip=20", "/api/tin?skip=25"]


def test_a_list_is_read_to_its_end_until_one_crawl_came_to_its_end(tmp_path):
    """What the crawl before took up of it is kept, and says nothing of what stands behind."""
    numbers = range(300, 345)
    listed = by_skip(numbers, of=lambda _, url: {"url": url})
    first = {path: answer for path, answer in listed.items() if path.endswith(("=0", "=10", "=20"))}
    with RawPortal(portal_of(numbers, first)) as server:
        assert crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0).figures.articles == 30
        with Archive.open(tmp_path, write=True) as archive:
            archive.connection.execute("UPDATE crawl SET status = 'failed'")
        server.answers |= listed
        assert crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0).figures.new == 15
        server.requests.clear()
        crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        assert len(lists_asked_for(server)) <= 2


class Answers(dict):
    """What a portal answers, and what comes about, once, right before it does at a path."""

    happenings: dict[str, Callable[[], object]]

    def get(self, path, default=None):
        self.happenings.pop(path, lambda: None)()
        return super().get(path, default)


def test_a_section_whose_crawl_was_killed_goes_on_with_the_list_of_its_script(tmp_path):
    numbers = range(300, 345)
    answers = Answers(portal_of(numbers, by_skip(numbers)))
    answers["/tin-tuc"] = answers.pop("/")
    with RawPortal(answers) as server:
        section = f"{server.url}tin-tuc"
        command = [sys.executable, "-m", "kyson_crawler", "--archive", tmp_path, "crawl", server.url, "--delay", "0"]
        started = subprocess.Popen(
            list(map(str, [*command, "--section", section])), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        answers.happenings = {"/api/tin?skip=20": lambda: (time.sleep(0.5), started.kill())}  # and all before is kept
        assert started.wait(60) < 0
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, section=section, delay=0)
        asked = lists_asked_for(server)
    assert (outcome.crawl_id, outcome.status) == (1, "finished")
    assert set(asked) == {f"/api/tin?skip={skip}" for skip in (0, 10, 20, 30, 40, 45)}
    with Archive.open(tmp_path) as archive:
        assert archive.connection.execute("SELECT count(*) FROM article").fetchone() == (45,)
