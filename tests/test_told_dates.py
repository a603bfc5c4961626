"""A date that only a list or a feed gives comes to the article, and stays known when a later crawl comes by another way."""

import pytest

from archive.store import Archive
from kyson_crawler import crawl, portal, reread
from kyson_crawler.network.addresses import ConnectTo
from tests.content import content
from tests.portals.rawportal import RawPortal, page

SENTENCE = "Sáng nay tại nhà văn hóa bản, hai mươi học viên đầu tiên đã đến lớp với sách và bút. "
TITLES = {
    "mo-lop-day-chu-thai-cho-thanh-nien-ban-huoi-poc": "Mở lớp dạy chữ Thái cho thanh niên bản Huồi Pốc",
    "cac-ban-vung-cao-phong-chong-ret-cho-trau-bo": "Các bản vùng cao phòng chống rét cho trâu bò",
    "hoi-phu-nu-xa-tang-qua-hoc-sinh-ngheo-vuot-kho": "Hội Phụ nữ xã tặng quà học sinh nghèo vượt khó",
}
ENTRIES = "".join(
    f'<li><a href="/{slug}">{title}</a> <span>(0{number}/08/2019)</span></li>'
    for number, (slug, title) in enumerate(TITLES.items(), start=1)
)


def answers(home, head=""):
    pages = {
        f"/{slug}": page(f"<h1>{title}</h1><div><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p></div>")
        for slug, title in TITLES.items()
    }
    return {"/": page(f"<html><head>{head}</head><body>{home}</body></html>"), **pages}


def crawled(folder, home, *, head="", others=None):
    with RawPortal(answers(home, head) | (others or {})) as served:
        rule = ConnectTo.parse(f"::127.0.0.1:{served.port}")
        crawl.run(portal.ad_hoc("http://ban.example/"), folder, connect_to=(rule,), delay=0)
    with Archive.open(folder) as archive:
        return {kept.article.title: kept.article for kept in archive.articles()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lists")


@pytest.fixture(scope="module")
def first(folder):
    return crawled(folder, f"<ul>{ENTRIES}</ul>")


def test_a_date_that_only_the_list_prints_comes_to_the_article(first):
    dates = {title: (a.published, a.published_raw, a.published_source) for title, a in first.items()}
    assert dates == {
        title: (f"2019-08-0{number}", f"0{number}/08/2019", "list")
        for number, title in enumerate(TITLES.values(), start=1)
    }


def test_a_crawl_that_meets_no_list_forgets_no_date(folder, first):
    links = "".join(f'<a href="/{slug}">Xem</a>' for slug in TITLES)
    second = crawled(folder, links)
    assert {title: a.published for title, a in second.items()} == {title: a.published for title, a in first.items()}


FEED = "/rss/tin-moi"
FEED_LINK = f'<link rel="alternate" type="application/rss+xml" href="{FEED}">'


def feed(*, minute="02"):
    """What the home page's feed says; the minutes are the number of the month, as one system writes them."""
    items = "".join(
        f"<item><title>{title}</title><link>http://ban.example/{slug}</link>"
        f"<pubDate>Thu, 0{number} Aug 2019 07:{minute}:11 GMT</pubDate></item>"
        for number, (slug, title) in enumerate(TITLES.items(), start=1)
    )
    body = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.fixture(scope="module")
def by_feed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("feeds")
    return crawled(folder, "<p>Cổng thông tin</p>", head=FEED_LINK, others={FEED: feed()})


def test_articles_that_only_a_feed_leads_to_are_found_with_its_day_but_not_its_minutes(by_feed):
    dates = {title: (a.published, a.published_source) for title, a in by_feed.items()}
    assert dates == {title: (f"2019-08-0{number}", "feed") for number, title in enumerate(TITLES.values(), start=1)}


def test_a_feed_of_another_day_than_the_list_is_evidence_of_a_conflict(tmp_path):
    shifted = {FEED: feed().replace(b", 0", b", 1")}
    found = crawled(tmp_path, f"<ul>{ENTRIES}</ul>", head=FEED_LINK, others=shifted)
    for number, title in enumerate(TITLES.values(), start=1):
        article = found[title]
        assert (article.published, article.published_source) == (f"2019-08-0{number}", "list")
        assert [(e.source, e.value) for e in article.published_evidence] == [("feed", f"2019-08-1{number}")]
        assert article.published_conflict


def made_again(folder):
    with reread.Pool(1) as pool:
        reread.make(folder, folder.with_name("again"), pool, portal=None, watch=None)
    return content(folder.with_name("again"))


def test_a_feed_dates_articles_wherever_it_is_redirected_to(tmp_path):
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /rss/tin.xml\r\nContent-Length: 0\r\n\r\n"
    others = {FEED: moved, "/rss/tin.xml": feed()}
    found = crawled(tmp_path / "crawled", "<p>Cổng thông tin</p>", head=FEED_LINK, others=others)
    assert {article.published_source for article in found.values()} == {"feed"}
    assert made_again(tmp_path / "crawled") == content(tmp_path / "crawled")


def test_what_a_script_fetches_dates_no_article_even_when_it_is_a_feed(tmp_path):
    """Pages name it as no feed, so that it may be anything."""
    others = {"/api/tin.json": feed()}
    found = crawled(tmp_path / "crawled", '<div data-tai="/api/tin.json">Cổng thông tin</div>', others=others)
    assert len(found) == len(TITLES)
    assert {article.published for article in found.values()} == {None}
    assert made_again(tmp_path / "crawled") == content(tmp_path / "crawled")


@pytest.mark.parametrize("answer", [page("<p>Không có tin</p>"), b"HTTP/1.1 404 Khong\r\nContent-Length: 0\r\n\r\n"])
def test_a_feed_that_is_none_harms_no_crawl(tmp_path, answer):
    assert len(crawled(tmp_path, f"<ul>{ENTRIES}</ul>", head=FEED_LINK, others={FEED: answer})) == len(TITLES)


def test_a_list_that_is_met_after_its_articles_dates_them_all_the_same(tmp_path, first):
    links = "".join(f'<p><a href="/{slug}">Xem</a></p>' for slug in TITLES)
    late = {"/muc": page(f"<ul>{ENTRIES}</ul>")}
    found = crawled(tmp_path, f'{links}<p><a href="/muc">Mục</a></p>', others=late)
    assert {title: a.published for title, a in found.items()} == {title: a.published for title, a in first.items()}
    with Archive.open(tmp_path) as archive:
        assert {len(archive.versions(f"ban.example/{slug}")) for slug in TITLES} == {1}
