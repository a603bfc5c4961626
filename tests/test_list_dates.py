"""A date that only the list prints comes to the article, and stays known when a later crawl comes by another way."""

import pytest

from archive.store import Archive
from kyson_crawler import crawl, portal
from kyson_crawler.addresses import ConnectTo
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


def answers(home):
    pages = {
        f"/{slug}": page(f"<h1>{title}</h1><div><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p></div>")
        for slug, title in TITLES.items()
    }
    return {"/": page(home), **pages}


def crawled(folder, home):
    with RawPortal(answers(home)) as served:
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
