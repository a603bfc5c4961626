"""What a crawl came to, as the archivist is told it: in figures, and on a page in two languages."""

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from lxml import html

from archive import account, account_page, due
from archive.account_words import WORDS
from archive.cli import Session, report_command
from archive.languages import LANGUAGES
from archive.store import Archive
from tests.builders import FIRST, article, begin, capture, keep, new_archive, settle


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as opened:
        yield opened


def report(folder, *words):
    return CliRunner().invoke(report_command, words, obj=Session(archive=folder))


def crawl_on(folder, day, *articles):
    """The id of a crawl that meets these articles on a day after the first."""
    with Archive.open(folder, write=True, create=True, now=lambda: FIRST + timedelta(days=day, seconds=-1)) as archive:
        crawl = begin(archive)
        for met in articles:
            keep(archive, crawl, met, days=day)
        archive.finish_crawl(crawl, status="finished", articles=len(articles))
    return crawl


def test_an_account_tells_what_is_new_and_changed(tmp_path):
    folder = tmp_path / "kyson-archive"
    crawl_on(folder, 0, *map(article, "123"))
    crawl_on(folder, 7, article("1"), article("2", "Một đoạn khác."), article("4"))
    crawl_on(folder, 14, article("1"), article("2"), article("4"))
    with Archive.open(folder) as archive:
        found = [account.of(archive.connection, number) for number in (1, 2, 3)]
        assert account.last_of(archive.connection, "ky-son") == found[2]
        assert account.last_of(archive.connection, "nowhere") is None
    assert [(told.new, told.changed, told.absent) for told in found] == [(3, 0, 0), (1, 1, 0), (0, 1, 0)]


def test_an_article_is_gone_in_the_account_of_the_crawl_after_which_that_can_be_said(tmp_path):
    folder = tmp_path / "kyson-archive"
    crawl_on(folder, 0, article("1"))
    for day in range(1, 6):
        with Archive.open(folder, write=True, now=lambda: FIRST) as archive:
            crawl = begin(archive)
            missed = archive.put_capture(crawl, capture(days=day, status=404), "page")
            with archive.together():
                due.miss(archive.connection, 1, key="1", url="", capture_id=missed, reason="HTTP 404")
            archive.finish_crawl(crawl, status="finished")
    with Archive.open(folder) as archive:
        found = [account.of(archive.connection, number) for number in range(1, 7)]
    assert [(told.absent, told.gone) for told in found] == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 0), (1, 0)]


def test_images_that_did_not_come_are_counted_by_why(archive):
    crawl = begin(archive)
    images = [f"http://kyson.example/{n}.png" for n in range(3)]
    keep(archive, crawl, article("1", images=images))
    for image, payload in zip(images, (b"png", None, None), strict=True):
        settle(archive, crawl, image, payload)
    archive.put_capture(crawl, capture(), "page")
    archive.finish_crawl(crawl, status="finished")
    assert account.of(archive.connection, crawl).missing == {"HTTP 404": 2}


def test_the_report_of_a_real_crawl_has_its_figures_and_its_evidence(crawled):
    folder, (_, second) = crawled
    told = json.loads(report(folder, "2", "--json").stdout)
    figures = second.figures
    assert (told["new"], told["changed"], told["articles"]) == (figures.new, figures.edited, figures.articles)
    (warc,) = told["warcs"]
    assert (folder / "warc" / warc["name"]).stat().st_size == warc["bytes"]
    assert json.loads(report(folder, "--json").stdout) == told
    assert f"articles  {figures.articles}: {figures.new} new" in report(folder, "2").stdout
    assert warc["sha256"] in report(folder, "2").stdout


def test_the_report_of_a_crawl_says_how_complete_it_is_and_why(crawled):
    folder, (first, _) = crawled
    estimate = first.completeness
    assert estimate.reasons
    assert json.loads(report(folder, "1", "--json").stdout)["completeness"] == estimate.to_json()
    text = report(folder, "1").stdout
    assert estimate.verdict in text
    assert all(reason in text for reason in estimate.reasons)
    for language, heading in (("vi", "Mức đầy đủ"), ("en", "Completeness")):
        page = html.fromstring(report(folder, "1", "--html", language).stdout.encode())
        assert heading in [each.text_content() for each in page.iter("h2")]
        cells = [row[1].text_content() for row in page.iter("tr") if len(row) > 1]
        assert str(estimate.articles) in cells
        assert language == "vi" or set(estimate.reasons) <= set(cells)


def test_a_crawl_without_an_estimate_has_no_completeness(archive):
    crawl = begin(archive)
    archive.finish_crawl(crawl, status="finished")
    assert json.loads(report(archive.folder, "--json").stdout)["completeness"] is None
    assert "not told" in report(archive.folder).stdout
    assert "nobody can say" in report(archive.folder, "--html", "en").stdout


@pytest.mark.parametrize(("language", "says"), [("vi", "Bài mới"), ("en", "New articles")])
def test_the_page_is_whole_by_itself_and_says_the_same(crawled, language, says):
    folder, (_, second) = crawled
    text = report(folder, "2", "--html", language).stdout
    page = html.fromstring(text.encode())
    assert page.getroottree().getroot().get("lang") == language
    cells = {row[0].text_content(): row[1].text_content() for row in page.iter("tr") if len(row) > 1}
    assert cells[says] == str(second.figures.new)
    assert not re.findall(r"(?:src|href)=", text)
    with Archive.open(folder) as archive:
        assert account.of(archive.connection, 2).warcs[0].sha256 in text


def test_nothing_crawled_is_active_on_the_page(archive):
    evil = "<script>alert(1)</script>\x1b[2J\u202e"
    crawl = begin(archive, name=evil)
    keep(archive, crawl, article("1", images=["http://kyson.example/1.png"]))
    settle(archive, crawl, "http://kyson.example/1.png", reason=evil)
    archive.finish_crawl(crawl, status="failed", reason=evil)
    for language in LANGUAGES:
        text = account_page.page(account.of(archive.connection, crawl), language)
        assert not html.fromstring(text).xpath("//script | //@onerror")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert text.count("&lt;script&gt;") >= 3


def test_both_languages_have_the_same_words():
    assert [name for name, (english, vietnamese) in WORDS.items() if english == vietnamese] == []
    assert [name for name, pair in WORDS.items() if len({text.count("{") for text in pair}) > 1] == []


@pytest.mark.parametrize(
    "words", [["7"], ["--owner", "ky-son", "2"], ["--owner", "ky-son", "--html", "vi"], ["--html", "vi", "--json"]]
)
def test_what_cannot_be_reported_is_refused(archive, words):
    assert report(archive.folder, *words).exit_code != 0
