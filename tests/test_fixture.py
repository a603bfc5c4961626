"""`kyson fixture`: a page with its article becomes a golden page, from a file, an archive, or the web."""

import json

import pytest
from click.testing import CliRunner

from archive import warc
from archive.store import Archive
from kyson_crawler import sample
from kyson_crawler.cli import main
from tests.golden_pages import FIXTURES

CASE = FIXTURES / "vnportal" / "two-photos-caption-in-next-block"
META = json.loads((CASE / "meta.json").read_text(encoding="utf-8"))
REF = "sample/381240"


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "fixtures"
    folder.mkdir()
    return folder


def fixture(*words, into, archive="no-such-archive"):
    return CliRunner().invoke(main, ["--archive", str(archive), "fixture", *map(str, words), "--into", str(into)])


def written(folder):
    return {path.name: path for path in folder.iterdir()}


def test_a_file_becomes_the_golden_page_that_a_person_approved(into):
    named = ("--url", META["url"], "--captured", META["captured"], "--name", "two-photos", "--special", META["special"])
    done = fixture(CASE / "page.html", *named, into=into)
    assert done.exit_code == 0, done.output
    files = written(into / "vnportal" / "two-photos")
    assert set(files) == {"page.html", "meta.json", "article.json"}
    assert files["page.html"].read_bytes() == (CASE / "page.html").read_bytes()
    assert json.loads(files["meta.json"].read_text(encoding="utf-8")) == META
    approved = json.loads((CASE / "article.json").read_text(encoding="utf-8"))
    assert json.loads(files["article.json"].read_text(encoding="utf-8")) == approved


def test_what_is_not_known_of_a_file_stays_unknown_and_the_headline_names_the_case(into):
    assert fixture(CASE / "page.html", into=into).exit_code == 0
    (case,) = (into / "vnportal").iterdir()
    meta = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    assert case.name == "phien-cho-bien-gioi-nam-khe-mo-lai-sau-hai-nam-tam-dung"
    assert (meta["url"], meta["captured"]) == (None, None)


def test_a_reference_gives_the_very_bytes_in_the_archive(into, crawled):
    folder, _ = crawled
    with Archive.open(folder) as archive:
        capture = archive.article(REF).capture
    assert fixture(REF, "--name", "from-the-archive", into=into, archive=folder).exit_code == 0
    files = written(into / "vnportal" / "from-the-archive")
    assert files["page.html"].read_bytes() == warc.read(folder / "warc", capture.warc, capture.offset).content()
    meta = json.loads(files["meta.json"].read_text(encoding="utf-8"))
    assert (meta["url"], meta["captured"]) == (capture.url, capture.time.isoformat())


def test_an_address_that_is_captured_is_not_asked_for_again(into, crawled):
    folder, _ = crawled
    with Archive.open(folder) as archive:
        url = archive.article(REF).capture.url
    assert fixture(url, "--name", "x", "--connect-to", "::127.0.0.1:1", into=into, archive=folder).exit_code == 0


def test_an_address_that_is_not_captured_is_fetched_alone(into, tmp_path):
    url = next(article.url for article in sample.expected(1) if article.id == REF.partition("/")[2])
    with sample.SampleServer() as server:
        done = fixture(url, "--name", "live", "--connect-to", server.connect_to, into=into, archive=tmp_path / "a")
        asked = [path for _, path in server.requests if path not in {"/robots.txt", "/sitemap.xml"}]
    assert done.exit_code == 0, done.output
    assert len(asked) == 1
    article = json.loads((into / "vnportal" / "live" / "article.json").read_text(encoding="utf-8"))
    assert article["ref"] == REF
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([CASE / "page.html", "--name", "../out"], 2, "cannot name a case"),
        ([CASE / "page.html", "--name", "Hai ảnh"], 2, "cannot name a case"),
        ([FIXTURES / "not-an-article" / "list.html"], 1, "no article"),
        ([FIXTURES / "not-an-article" / "image.png"], 1, "PNG"),
        (["sample/1"], 2, "no archive"),
        ([REF, "--url", "http://a.example/"], 2, "for a FILE"),
        (["ftp://a.example/x"], 2, "https://"),
    ],
)
def test_what_cannot_be_a_golden_page_is_refused_and_writes_nothing(into, words, code, says):
    done = fixture(*words, into=into)
    assert (done.exit_code, says in done.output) == (code, True), done.output
    assert list(into.iterdir()) == []


def test_a_case_is_never_overwritten(into):
    assert fixture(CASE / "page.html", "--name", "case", into=into).exit_code == 0
    (into / "vnportal" / "case" / "article.json").write_text("read and mended", encoding="utf-8")
    again = fixture(CASE / "page.html", "--name", "case", into=into)
    assert again.exit_code == 2
    assert "exists already" in again.output
    assert (into / "vnportal" / "case" / "article.json").read_text(encoding="utf-8") == "read and mended"
    assert [path.name for path in (into / "vnportal").iterdir()] == ["case"]


def test_without_a_checkout_nothing_is_written(tmp_path):
    done = fixture(CASE / "page.html", into=tmp_path / "tests" / "fixtures")
    assert done.exit_code == 2
    assert "--into" in done.output
    assert list(tmp_path.iterdir()) == []
