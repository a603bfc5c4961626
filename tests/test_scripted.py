"""Lists that the script of a page fetches as JSON: found where the page names them, and followed as far as they show anything new."""

import json

import pytest

from archive.errors import UnreadablePage
from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.pages import Document
from kyson_crawler.pages.scripted import addresses, named
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
    assert addresses(body, f"{SITE}/api/tin") == (
        f"{SITE}/tin/a-1.html",
        f"{SITE}/api/tin/b-2.html",
        f"{SITE}/c",
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"{"])
def test_what_is_no_json_leads_nowhere(body):
    with pytest.raises(UnreadablePage):
        addresses(body, SITE)


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
    shown = "".join(f"<li><a href='/tin/dap-lai-duong-{n}.html'>Bản {n}</a> 02/03/2021</li>" for n in range(300, 305))
    answers["/"] = shell(f'<h2>Tin tức</h2><ul>{shown}</ul><div data-api="/api/tin?page=1"></div>')
    with RawPortal(answers) as server:
        outcome = crawl.run(portal.ad_hoc(server.url), tmp_path, delay=0)
        asked = [path for path in server.requests if path.startswith("/api")]
    assert (outcome.status, outcome.figures.articles) == ("finished", 12)
    assert asked == [f"/api/tin?page={page}" for page in range(1, 5)]
