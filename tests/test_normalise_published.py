"""The date of an article: which of those found wins, and what is kept of the others."""

import pytest

from archive.records import Article, DateEvidence
from archive.versions import content_digest
from kyson_crawler.extract import read_page
from kyson_crawler.items import ArticleItem, DateItem
from kyson_crawler.normalise import article
from kyson_crawler.normalise.published import with_told
from kyson_crawler.normalise.uploads import uploaded
from kyson_crawler.pages import Document
from kyson_crawler.pages.hidden_dates import hidden_dates
from tests.builders import article as built
from tests.builders import begin, keep, new_archive
from tests.markup import fragment

SHOWN = "Thứ năm, 02/06/2022 | 15:30"
TICKS = "637897582671234567"  # 2 June 2022, 09:17:47


def read(*others, shown=SHOWN, url=None, body="<p>Một.</p>"):
    """The article of a page that shows a date and hides others: pairs of source and text."""
    hidden = tuple(DateItem(source=source, raw=raw) for source, raw in others)
    return article(ArticleItem(url=url, published_raw=shown, other_dates=hidden, body=fragment(body)))


def test_the_date_shown_wins_and_the_others_are_kept_as_evidence():
    found = read(("meta", "2022-06-05T10:00:00+07:00"))
    assert (found.published, found.published_source) == ("2022-06-02T15:30:00+07:00", "page")
    assert found.published_evidence == (
        DateEvidence(source="meta", raw="2022-06-05T10:00:00+07:00", value="2022-06-05T10:00:00+07:00"),
    )
    assert found.published_conflict


@pytest.mark.parametrize(
    ("others", "published", "source"),
    [
        ([("meta", "2022-06-05"), ("list", "(01/06/2022)")], "2022-06-01", "list"),
        ([("json_ld", "2022-06-06"), ("meta", "2022-06-05")], "2022-06-05", "meta"),
        ([("feed", "Thu, 02 Jun 2022 08:06:00 GMT")], "2022-06-02", "feed"),
        ([("microdata", "2022-06-05")], None, None),
        ([("meta", "hôm qua")], None, None),
    ],
)
def test_without_a_date_shown_the_best_of_the_others_stands_in(others, published, source):
    found = read(*others, shown=None)
    assert (found.published, found.published_source) == (published, source)
    assert found.published_source not in {evidence.source for evidence in found.published_evidence}


def test_an_upload_never_stands_in_for_a_date():
    found = read(shown=None, body=f"<p>Một.</p><img src='http://f.example/2{TICKS}.jpg'>")
    assert found.published is None
    assert [(e.source, e.value) for e in found.published_evidence] == [("upload", "2022-06-02T09:17:47+07:00")]


@pytest.mark.parametrize(
    ("source", "value", "conflict"),
    [
        ("meta", "2022-06-02T01:00:00+07:00", False),
        ("meta", "2022-06-03", True),
        ("url", "2022-06", False),
        ("url", "2022-07", True),
        ("upload", "2022-05-30T08:00:00+07:00", False),
        ("upload", "2022-06-03T08:00:00+07:00", True),
        ("meta", None, False),
    ],
)
def test_another_day_is_a_conflict_unless_it_is_that_of_an_earlier_upload(source, value, conflict):
    evidence = (DateEvidence(source=source, raw="x", value=value),)
    assert Article(published="2022-06-02T15:30:00+07:00", published_evidence=evidence).published_conflict is conflict
    assert not Article(published_evidence=evidence).published_conflict


def test_the_year_of_a_day_shown_without_one_comes_from_the_evidence():
    assert read(("meta", "2023-01-03"), shown="28/12 08:30").published == "2022-12-28T08:30:00+07:00"
    assert read(shown="28/12 08:30").published is None


def test_files_uploaded_on_one_day_are_one_evidence():
    images = "".join(f"<img src='http://f.example/{number}{TICKS}.jpg'>" for number in range(3))
    assert len(read(body=images).published_evidence) == 1


def test_the_content_digest_does_not_depend_on_the_evidence():
    plain = built()
    other = built(published_evidence=(DateEvidence(source="meta", raw="x", value="2022-06-05"),))
    assert content_digest(plain, {}) == content_digest(other, {})


def test_evidence_comes_back_from_the_archive_as_it_went_in(tmp_path):
    evidence = (
        DateEvidence(source="meta", raw="2022-06-05"),
        DateEvidence(source="url", raw="/202206/", value="2022-06"),
    )
    with new_archive(tmp_path) as archive:
        keep(archive, begin(archive), built("1", published_evidence=evidence))
        kept = archive.article("ky-son/1")
    assert kept.article.published_evidence == evidence
    assert kept.to_json()["published_conflict"] is False


@pytest.mark.parametrize(
    ("address", "moment"),
    [
        ("https://s.example/nan-ubnd/4312/quantritintuc202311/2638351363125773990.jpg", "2023-11-09T14:18:32+07:00"),
        ("https://s.example/x/73_Lu%E1%BA%ADt%20ph%C3%B2ng%20638532221004524725.pdf", "2024-06-05T22:08:20+07:00"),
        ("/ma-tuy-truong-hoc_01072022638136508723583066.png", "2023-03-05T22:07:52+07:00"),
        ("http://a.example/image/journal/article?img_id=4418032&t=1658804544379", "2022-07-26T10:02:24+07:00"),
        ("http://a.example/4775/NTM/4_May_2024_021321_GMTthong-bao_553f5.png", "2024-05-04T09:13:21+07:00"),
        ("http://a.example/themes/style.css?t=1658804544379", None),
        ("http://a.example/2026020260819074621545_Signed.pdf", None),
        ("http://a.example/z6803439857589_3378a9c0d1e2f3a4b5c6.jpg", None),
        ("http://a.example/999999999999999999.jpg", None),
        ("http://a.example/000000000000000001.jpg", None),
        ("http://a.example/tinhgian.png", None),
        ("http://[/x.jpg", None),
    ],
)
def test_an_upload_is_dated_only_by_what_its_system_writes(address, moment):
    assert uploaded(address) == moment


def dates(html):
    return [(date.source, date.raw) for date in hidden_dates(Document(f"<html><body>{html}</body></html>".encode()))]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<meta property='article:published_time' content='2015-10-20+0709:52:00'>", [("meta", "2015-10-20+0709:52:00")]),
        ("<meta name='DC.date.issued' content='2022-06-02'>", [("meta", "2022-06-02")]),
        ("<meta property='article:modified_time' content='2022-06-02'>", []),
        ("<span itemprop=datePublished>2022-06-02</span>", [("microdata", "2022-06-02")]),
        ("<time itemprop=datePublished datetime=2022-06-02>hôm qua</time>", [("microdata", "2022-06-02")]),
        ("<span itemprop=dateModified>2022-06-02</span>", []),
        (
            ("<div itemscope><i itemprop=articleBody>x</i><i itemprop=datePublished>2022-06-02</i></div>"
            "<div itemscope><i itemprop=datePublished>2022-06-01</i></div>"),
            [("microdata", "2022-06-02")],
        ),
        (
            "<div itemscope><i itemprop=datePublished>2022-06-02</i></div><div itemscope><i itemprop=datePublished>2022-06-01</i></div>",
            [],
        ),
        (
            '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "datePublished": "2022-06-02"}]}</script>',
            [("json_ld", "2022-06-02")],
        ),
        (
            ('<script type="application/ld+json">{"@type": "ItemList", "itemListElement": '
            '[{"@type": "NewsArticle", "datePublished": "2022-06-02"}]}</script>'),
            [],
        ),
        ('<script type="application/ld+json">{"@type": "Article", "datePublished": </script>', []),
        ('<script type="application/ld+json">[{"@type": ["Article"], "datePublished": 20220602}]</script>', []),
        (f'<script type="application/ld+json">{"[" * 100_000}"datePublished"</script>', []),
    ],
)  # fmt: skip
def test_metadata_of_the_article_itself_is_read(html, found):
    assert dates(html) == found


def test_what_nukeviet_calls_its_publication_contradicts_the_date_shown():
    page = b"""<html><head><meta name="generator" content="NukeViet v4.5"></head><body><div><h1 class="title">B\xc3\xa0i v\xe1\xbb\x9f</h1>
    <span itemprop="datePublished">2017-08-11T16:48:07+07:00</span><span class="h5">Th\xe1\xbb\xa9 ba - 30/05/2017 16:29</span>
    <div id="news-bodyhtml"><p>M\xe1\xbb\x99t.</p></div></div></body></html>"""
    found = read_page(page).article
    assert found.published == "2017-05-30T16:29:00+07:00"
    assert found.published_conflict


@pytest.mark.parametrize("shown", [SHOWN, "Ngày 02/6", "hôm qua", None])
@pytest.mark.parametrize(
    "others", [(), (("meta", "2022-06-05"), ("meta", "2022-06-07")), (("microdata", "2022-06-05"),), (("meta", "?"),)]
)
@pytest.mark.parametrize("url", [None, "http://a.example/2022/06/le-hoi"])
@pytest.mark.parametrize("told", [[("list", "(01/06/2022)")], [("list", "không rõ"), ("feed", "2022-06-03T08:00:00Z")]])
def test_what_is_told_of_a_date_later_says_what_it_would_have_said_at_once(shown, others, url, told):
    at_once = read(*told, *others, shown=shown, url=url)
    dates = [DateItem(source=source, raw=raw) for source, raw in told]
    later = with_told(read(*others, shown=shown, url=url), dates)
    assert (later.published, later.published_source) == (at_once.published, at_once.published_source)
    assert sorted(map(str, later.published_evidence)) == sorted(map(str, at_once.published_evidence))
    assert with_told(later, dates) is later
