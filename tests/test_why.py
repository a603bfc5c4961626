"""`kyson why`: for every address that a crawl met, what was decided, what came, and what was read of it."""

import json

import pytest
from click.testing import CliRunner

from kyson_crawler import crawl, portal, sample
from kyson_crawler.cli import main
from tests.portals.rawportal import RawPortal, page
from tests.test_crawl import article, home

HOST = f"http://{sample.HOST}"
ROBOTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
RULES = b"User-agent: *\nAllow: /cam/mo\nDisallow: /cam # noi bo\n"
ANSWERS = {
    "/": page(home("/a.html", "/cam/b.html", "/cu", "/l%E1%BB%85-h%E1%BB%99i.html")),
    "/a.html": page(article(1, '<p><img src="/cau.jpg"></p>')),
    "/l%E1%BB%85-h%E1%BB%99i.html": page(article(2)),
    "/cu": b"HTTP/1.1 301 Chuyen\r\nLocation: /moi.html\r\nContent-Length: 0\r\n\r\n",
    "/moi.html": page(article(3)),
    "/robots.txt": ROBOTS % (len(RULES), RULES),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """An archive of a small portal, and the portal's address."""
    folder = tmp_path_factory.mktemp("why")
    with RawPortal(ANSWERS) as server:
        crawl.run(portal.ad_hoc(server.url), folder, delay=0)
    return folder, server.url


def why(folder, *words):
    return CliRunner().invoke(main, ["--archive", str(folder), "why", *words])


def told(folder, url):
    done = why(folder, url, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def said(folder, url):
    done = why(folder, url)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_article_is_told_from_where_it_was_found_to_what_was_read(small):
    folder, site = small
    facts = told(folder, f"{site}a.html")
    (decision,), (seen,) = facts["decisions"], facts["captures"]
    assert (decision["state"], decision["reason"], decision["via"], decision["hops"]) == ("done", None, site, "L")
    assert (seen["status"], seen["ref"].endswith("/a.html"), seen["version"]) == (200, True, 1)
    assert seen["digest"].startswith("sha1:")
    assert facts["known"]
    assert facts["today"].pop("due") > facts["captures"][-1]["time"]
    assert facts["today"] == {"portal": portal.slug_for(site), "in_scope": True, "reason": None, "kept": False}
    text = said(folder, f"{site}a.html")
    assert f"{seen['warc']} at {seen['offset']}" in text
    assert "read as" in text


def test_any_spelling_of_an_address_will_do(small):
    folder, site = small
    wanted = told(folder, f"{site}l%E1%BB%85-h%E1%BB%99i.html")
    assert wanted["captures"]
    for spelling in (f"{site}lễ-hội.html", f"{site}l%E1%BB%85-h%E1%BB%99i.html#dau", f"  {site}l%e1%bb%85-hội.html"):
        assert told(folder, spelling)["captures"] == wanted["captures"], spelling


def test_whatever_the_spelling_it_is_due_at_the_same_time(small):
    folder, site = small
    due = told(folder, f"{site}a.html")["today"]["due"]
    assert due
    for spelling in (f"{site}a.html?fbclid=abc", f"{site}a.html#dau", f"{site}a.html?utm_source=x#dau"):
        assert told(folder, spelling)["today"]["due"] == due, spelling
        assert "would not ask for it before" in said(folder, spelling), spelling


def test_an_address_that_was_met_by_the_other_scheme_is_told_by_that(small):
    folder, site = small
    secure = site.replace("http://", "https://")
    facts, plain = told(folder, f"{secure}a.html"), told(folder, f"{site}a.html")
    assert (facts["known"], facts["met_as"], plain["met_as"]) == (True, f"{site}a.html", None)
    assert facts["captures"] == plain["captures"]
    assert f"no crawl of this archive ever met it, but {site}a.html" in said(folder, f"{secure}a.html")
    assert told(folder, f"{secure}nowhere.html")["met_as"] is None


def test_what_robots_forbid_is_told_with_the_line(small):
    folder, site = small
    facts = told(folder, f"{site}cam/b.html")
    assert facts["decisions"][0]["state"] == "refused"
    assert facts["captures"] == []
    assert facts["decisions"][0]["reason"] == "robots.txt line 3 says Disallow: /cam # noi bo"
    assert f"robots.txt line 3 says Disallow: /cam # noi bo ({site}robots.txt, " in facts["robots"][0]
    assert "robots.txt line 3 says Disallow: /cam" in said(folder, f"{site}cam/b.html")


def test_a_redirect_is_told_from_both_ends(small):
    folder, site = small
    assert told(folder, f"{site}cu")["captures"][0]["redirect_to"] == f"{site}moi.html"
    facts = told(folder, f"{site}moi.html")
    assert facts["redirected_from"] == [f"{site}cu"]
    assert facts["decisions"][0]["hops"] == "LR"


def test_an_image_is_told_with_the_article_it_stands_in(small):
    folder, site = small
    facts = told(folder, f"{site}cau.jpg")
    assert facts["decisions"][0]["reason"] == "HTTP 404"
    assert [ref.partition("/")[2] for ref in facts["embedded_in"]] == ["a.html"]
    assert "image was asked for as it is embedded: HTTP 404" in said(folder, f"{site}cau.jpg")


def test_a_page_that_was_refused_is_told_with_its_reason(crawled):
    facts = told(crawled[0], f"{HOST}/tim-kiem?q=le")
    assert {decision["reason"] for decision in facts["decisions"]} <= {"a form, not content"}
    assert facts["today"]["reason"] == "a form, not content"
    assert "would not ask for it: a form, not content" in said(crawled[0], f"{HOST}/tim-kiem?q=le")


def test_of_an_address_never_met_it_says_what_a_crawl_would_do_today(crawled):
    text = said(crawled[0], f"{HOST}/chua-ai-thay")
    assert "no crawl of this archive ever met it" in text
    assert "a crawl of sample would ask for it" in text
    assert "no portal has its host" in said(crawled[0], "https://xa-la.example/")


def test_crawls_of_two_days_are_told_one_after_the_other(crawled):
    facts = told(crawled[0], f"{HOST}/")
    assert [decision["crawl"] for decision in facts["decisions"]] == [1, 2]
    assert len(facts["captures"]) == 2


@pytest.mark.parametrize("url", ["ky-son/529174", "http://[x/", "mailto:a@x.vn", ""])
def test_what_is_no_address_gets_one_clear_line(crawled, url):
    done = why(crawled[0], url)
    assert done.exit_code == 2
    assert "is no web address" in done.stderr
    assert isinstance(done.exception, SystemExit)
