"""How many articles of a crawl had each field, and when that says that a portal's reader is broken."""

import json
import re

import pytest
from attrs import evolve

from archive.coverage import Share
from archive.errors import FetchFailed
from archive.records import Image
from archive.store import Archive
from kyson_crawler import crawl, portal, sample
from kyson_crawler.network.addresses import ConnectTo
from kyson_crawler.sample.site import Site
from tests.builders import article, begin, keep, new_archive
from tests.program import kyson

SHOWN = {"published_source": "page"}


def crawled(archive, count=20, *, days=0, unread=0, **changes):
    """A crawl of as many articles with these fields, each with a lead of its own, and its coverage."""
    number = begin(archive)
    lead = changes.pop("lead", None)
    for key in range(count):
        own = {"lead": f"{lead} {key}"} if lead else {}
        keep(archive, number, article(str(key), **(SHOWN | own | changes)), days=days)
    coverage = archive.take_coverage(number, unread=unread)
    archive.finish_crawl(number, status="failed" if coverage.fallen else "finished")
    return coverage


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path) as archive:
        yield archive


def test_each_field_is_counted(archive):
    number = begin(archive)
    image = Image(src="http://kyson.example/a.jpg", caption="Chợ phiên", caption_source="figcaption")
    keep(
        archive,
        number,
        evolve(article("1", lead="Mở đầu", byline="Tình Dương", source="Báo Miền Tây", **SHOWN), images=(image,)),
    )
    keep(archive, number, evolve(article("2", section=None), images=(evolve(image, caption=None),)))
    keep(archive, number, article("3", attachments=("http://kyson.example/a.pdf",), title="", published=None))
    found = {name: (share.found, share.total) for name, share in archive.take_coverage(number, unread=1).shares.items()}
    assert found == {
        "title": (2, 4), "text": (3, 4), "published": (1, 4), "lead": (1, 4), "byline": (1, 4), "source": (1, 4), "section": (2, 4),
        "images": (2, 4), "captions": (1, 2), "attachments": (1, 4),
    }  # fmt: skip


def test_the_first_crawl_has_nothing_to_fall_from(archive):
    coverage = crawled(archive, lead=None)
    assert coverage.complaint is None
    assert {share.usual for share in coverage.shares.values()} == {None}


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("title", {}, {"title": ""}),
        ("lead", {"lead": "Mở đầu"}, {}),
        ("byline", {"byline": "Tình Dương"}, {}),
        ("source", {"source": "Báo Miền Tây"}, {}),
        ("section", {}, {"section": None}),
        ("published", {}, {"published_source": "meta"}),
        ("attachments", {"attachments": ("http://kyson.example/a.pdf",)}, {}),
        ("captions", {"images": (("http://kyson.example/a.jpg", "Chợ"),)}, {"images": ("http://kyson.example/a.jpg",)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_field_that_is_gone_is_named_with_its_figures(archive, field, before, after):
    crawled(archive, **before)
    coverage = crawled(archive, days=7, **after)
    assert coverage.fallen == (field,)
    assert f"{field} on 0 of 20 articles (0%), where 100% had it" in coverage.complaint


def test_pages_that_cannot_be_read_any_more_take_every_field_with_them(archive):
    crawled(archive)
    assert "title" in crawled(archive, 5, days=7, unread=15).fallen


@pytest.mark.parametrize(
    ("found", "total", "usual", "fallen"),
    [
        (7, 20, 0.8, True),
        (8, 20, 0.8, False),  # half of what it was
        (0, 9, 0.8, False),  # seven would be no wonder
        (0, 100, 0.4, False),  # most articles never had it
        (0, 100, None, False),
    ],
)
def test_a_fall_is_to_under_half_and_no_chance_of_a_few_articles(found, total, usual, fallen):
    assert Share(found=found, total=total, usual=usual).has_fallen is fallen


def test_one_odd_crawl_does_not_change_what_is_usual(archive):
    for days, lead in enumerate(("Mở đầu", "Mở đầu", None, "Mở đầu")):
        crawled(archive, days=days, lead=lead)
    assert crawled(archive, days=9, lead="Mở đầu").shares["lead"].usual == 1.0


def test_what_stays_missing_is_what_the_portal_has_become(archive):
    crawled(archive, lead="Mở đầu")
    ends = [bool(crawled(archive, days=days, lead=None).fallen) for days in range(1, 8)]
    assert ends[0]
    assert not ends[-1]


def test_other_portals_do_not_count(archive):
    crawled(archive, lead="Mở đầu")
    number = begin(archive, slug="tuong-duong")
    for key in range(20):
        keep(archive, number, article(str(key), portal="tuong-duong", **SHOWN))
    assert archive.take_coverage(number).fallen == ()


def test_a_date_on_dozens_of_articles_is_flagged(archive):
    stamped = "2019-08-07T08:48:00+07:00"
    coverage = crawled(archive, 30, published=stamped)
    assert coverage.to_json()["stamped"] == [{"published": stamped, "articles": 30}]


@pytest.mark.parametrize(
    ("field", "text"), [("title", "Liên kết các trang"), ("lead", "Chào mừng bà con đến với trang của huyện.")]
)
def test_a_title_or_lead_that_dozens_of_articles_share_is_none(archive, field, text):
    crawled(archive, lead="Mở đầu")
    number = begin(archive)
    for key in range(20):
        keep(archive, number, article(str(key), **({"lead": f"Mở đầu {key}"} | SHOWN | {field: text})), days=7)
    coverage = archive.take_coverage(number)
    assert coverage.shares[field].found == 0
    assert coverage.fallen == (field,)
    assert coverage.to_json()["repeated"] == [{"field": field, "text": text, "articles": 20}]


def test_a_title_that_comes_back_every_week_is_one(archive):
    number = begin(archive)
    for key in range(150):
        keep(archive, number, article(str(key), **SHOWN, **({"title": "Lịch tiếp công dân"} if key < 12 else {})))
    coverage = archive.take_coverage(number)
    assert (coverage.shares["title"].found, coverage.repeats) == (150, ())


# -- a portal that is redesigned ---------------------------------------------------------------------------------


def redesigned(answer):
    """The same page with every slot of the article renamed, its headline and date out of reach, its box taken apart."""
    body = answer.body.decode() if answer.type.startswith("text/html") else ""
    if "ArticleContent" not in body:
        return answer
    body = re.sub(r'class="?Article(?:Header|Summary|Content)"?', 'class="q"', body)
    body = re.sub(r'<div class="?PostDate"?>.*?</div>', "", body, flags=re.DOTALL)
    return evolve(answer, body=re.sub(r"Tình|Bài và ảnh|Bài, ảnh", "~", body).encode())


def test_a_crawl_of_a_redesigned_portal_fails_loudly_and_keeps_its_pages(tmp_path, monkeypatch):
    def run():
        with sample.SampleServer() as server:
            return crawl.run(portal.find("sample"), tmp_path, connect_to=(ConnectTo.parse(server.connect_to),))

    assert run().status == "finished"
    answered = Site.answer
    monkeypatch.setattr(
        Site, "answer", lambda site, host, target, visit: redesigned(answered(site, host, target, visit))
    )
    with pytest.raises(
        FetchFailed, match=r"published on \d+ of 1\d articles \(\d+%\), where 100% had it.*`kyson extract`"
    ):
        run()
    with Archive.open(tmp_path) as archive:
        last = archive.status()[0].last_crawl
        assert last.status == "failed"
        assert "published" in last.coverage.fallen
        assert "new design" in last.reason
        assert last.pages > 10
    status = json.loads(kyson("--archive", tmp_path, "status", "--json").stdout)
    told = status["last_crawl"]["coverage"]
    assert told["fields"]["published"]["usual"] == 1.0
    assert "published" in told["fallen"]
    assert kyson("--archive", tmp_path, "verify").returncode == 0
