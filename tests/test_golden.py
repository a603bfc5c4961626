"""Golden pages: the article of each saved page is the one a person has approved, and rules that hold for every page."""

import functools
import json
import random
import unicodedata
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveError, NotAnArticle, UnreadablePage
from kyson_crawler.cli import main
from kyson_crawler.extract import read_page
from kyson_crawler.normalise.text import clean
from tests.golden_pages import CASES, FIXTURES, MEASURED, SHARED, body, extracted, measured

FIELDS = [
    *("ref", "url", "portal", "title", "lead", "byline", "source", "published", "published_raw", "published_source"),
    *("published_conflict", "published_evidence"),
    *(
        "section",
        "language",
        "paragraphs",
        "blocks",
        "images",
        "attachments",
        "mentions",
        "extractor",
        "partial",
        "version",
        "capture",
    ),
]
SEEDS = ["seed-kyson-classes", "seed-kyson-bare"]
needs_shared = pytest.mark.skipif(not MEASURED, reason=f"no pages to measure against beside the checkout: {SHARED}")

read = functools.cache(extracted)


@functools.cache
def approved(case):
    """The article beside a page; one that is missing is written for a person to read, and the test fails."""
    path = FIXTURES / case / "article.json"
    if not path.exists():
        path.write_text(json.dumps(read(case), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(f"{path} did not exist and was written: read it against page.html, mend or commit it, run again")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("case", CASES)
def test_field_is_as_approved(case, field):
    assert read(case)[field] == approved(case)[field]


@pytest.mark.parametrize("case", CASES)
def test_no_field_is_left_uncompared(case):
    assert sorted(read(case)) == sorted(approved(case)) == sorted(FIELDS)


@pytest.mark.parametrize("case", CASES)
def test_the_cms_is_recognised_by_the_page_alone(case):
    cms = case.partition("/")[0]
    shown = read_page(body(case)).article.extractor.rpartition(" ")[2]
    assert shown == ("generic" if case == "vnportal/renamed-classes" else cms)


def test_the_command_prints_the_same_as_the_golden_pages_hold():
    case = "vnportal/two-photos-caption-in-next-block"
    meta = json.loads((FIXTURES / case / "meta.json").read_text(encoding="utf-8"))
    asked = ["extract", str(FIXTURES / case / "page.html"), "--url", meta["url"], "--captured", meta["captured"]]
    printed = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).stdout)
    kept = approved(case)
    assert printed.keys() == kept.keys()
    assert {key for key in kept if printed[key] != kept[key]} == {"extractor", "capture"}
    assert printed["extractor"].endswith(" vnportal")
    assert printed["capture"]["digest"].startswith("sha1:")


def test_the_order_in_which_pages_are_read_does_not_matter():
    shuffled = CASES * 2
    random.Random(417).shuffle(shuffled)
    assert all(extracted(case) == read(case) for case in shuffled)


# -- pages that are no article ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("list.html", NotAnArticle),
        ("teasers-under-links.html", NotAnArticle),
        ("login.html", NotAnArticle),
        ("form.html", NotAnArticle),
        ("soft-404.html", NotAnArticle),
        ("empty.html", UnreadablePage),
        ("image.png", UnreadablePage),
        ("document.pdf", UnreadablePage),
    ],
)
@pytest.mark.parametrize(
    "url", [None, "http://a.example/tin-tuc-su-kien", "http://muongmau.example/tin-tuc/le-hoi-529174"]
)
def test_what_is_no_article_is_refused(name, error, url):
    with pytest.raises(error, match=r".{20}"):
        read_page((FIXTURES / "not-an-article" / name).read_bytes(), url)


# -- rules that hold for every page ----------------------------------------------------------------------------------


@functools.cache
def article(page):
    """The article of one of our golden pages, or of one of those we are measured by."""
    return read(page) if page in CASES else json.loads(json.dumps(measured_page(page).to_json()))


@functools.cache
def measured_page(name):
    return measured(SHARED / f"{name}.gold.json")[1]


PAGES = CASES + [
    name
    for name in (path.relative_to(SHARED).as_posix().removesuffix(".gold.json") for path in MEASURED)
    if name.startswith("golden/")
]


def texts(page):
    """Every string of an article that a reader reads."""
    whole = article(page)
    for name in ("title", "lead", "byline", "source", "section", "published_raw"):
        if whole[name]:
            yield whole[name]
    yield from whole["paragraphs"]
    for block in whole["blocks"]:
        yield from block["text"].split("\n")
    for image in whole["images"]:
        yield from filter(None, (image["caption"], image["credit"], image["alt"]))
    for attachment in whole["attachments"]:
        yield from filter(None, (attachment["label"],))


@pytest.mark.parametrize("page", PAGES)
def test_text_is_composed_and_clean(page):
    for text in texts(page):
        for part in text.split("\t"):  # the cells of a table
            assert part == unicodedata.normalize("NFC", part)
            assert "  " not in part
            assert part == part.strip()
            assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in part)


@pytest.mark.parametrize("page", PAGES)
def test_normalising_twice_changes_nothing(page):
    for text in texts(page):
        assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_has_a_field_of_its_own_is_repeated_as_a_paragraph(page):
    whole = article(page)
    own = {whole["title"], whole["lead"], whole["byline"], whole["source"], *(i["caption"] for i in whole["images"])}
    assert not own & set(whole["paragraphs"])


@pytest.mark.parametrize("page", PAGES)
def test_every_image_has_an_address_and_a_figure(page):
    whole = article(page)
    assert all(image["src"] for image in whole["images"])
    figures = [block["image"] for block in whole["blocks"] if block["kind"] == "figure"]
    assert figures == list(range(len(whole["images"])))


@pytest.mark.parametrize("page", PAGES)
def test_a_caption_says_how_it_was_found_and_holds_its_credit(page):
    for image in article(page)["images"]:
        assert (image["caption"] is None) == (image["caption_source"] is None)
        assert image["credit"] is None or image["credit"] in image["caption"]


@pytest.mark.parametrize("page", PAGES)
def test_paragraphs_are_the_text_of_the_blocks(page):
    whole = article(page)
    prose = [block for block in whole["blocks"] if block["kind"] not in {"figure", "table"}]
    assert "\n".join(whole["paragraphs"]) == "\n".join(block["text"] for block in prose)


@pytest.mark.parametrize("case", CASES)
def test_json_survives_being_written_and_read(case):
    printed = json.dumps(extracted(case), ensure_ascii=False)
    assert json.dumps(json.loads(printed), ensure_ascii=False) == printed


# -- the pages we are measured by ------------------------------------------------------------------------------------


def name_of(address):
    return unquote(address).rpartition("/")[2]


@needs_shared
@pytest.mark.parametrize("seed", SEEDS)
def test_the_article_the_project_began_with_is_read_to_the_letter(seed):
    gold, page = measured(SHARED / "golden" / f"{seed}.gold.json")
    whole = page.to_json()
    assert whole["title"] == gold["title"]
    assert whole["published"].startswith(gold["published"])
    assert whole["byline"] == gold["byline"] == "Tình Dương"
    assert whole["lead"] == gold["lead"]
    assert whole["paragraphs"] == gold["paragraphs"]
    assert [(name_of(image["src"]), image["caption"]) for image in whole["images"]] == [
        (name_of(image["src"]), image["caption"]) for image in gold["images"]
    ]
    assert len(whole["images"]) == 2
    assert all(image["caption"] for image in whole["images"])
    shown = [whole["title"], whole["lead"] or "", whole["byline"], whole["source"] or "", *whole["paragraphs"]]
    shown += [image["caption"] for image in whole["images"]]
    assert not [furniture for furniture in gold["without"] if any(furniture in text for text in shown)]


@needs_shared
@pytest.mark.parametrize("gold", [p for p in MEASURED if p.parent.name == "golden"], ids=lambda path: path.name[:-10])
class TestPagesOfManyPortals:
    def test_title(self, gold):
        facts, page = measured(gold)
        assert page.article.title == clean(facts["title"])

    def test_date(self, gold):
        facts, page = measured(gold)
        assert (page.article.published or "")[:10] == (facts["published"] or "")[:10]

    def test_lead(self, gold):
        facts, page = measured(gold)
        assert (page.article.lead or "") == clean(facts["lead"] or "")

    def test_byline(self, gold):
        facts, page = measured(gold)
        assert page.article.byline == facts["byline"]

    def test_images_with_their_captions(self, gold):
        facts, page = measured(gold)
        told = [number for number, image in enumerate(facts["images"]) if not image.get("ambiguous")]
        assert len(page.article.images) == len(facts["images"])
        for number in told:
            assert name_of(page.article.images[number].src) == name_of(facts["images"][number]["src"])
            assert page.article.images[number].caption == facts["images"][number]["caption"]

    def test_attachments(self, gold):
        facts, page = measured(gold)
        wanted = [attachment["href"] for attachment in facts.get("attachments") or []]
        assert [unquote(attachment.href) for attachment in page.article.attachments] == wanted


# -- hostile pages ---------------------------------------------------------------------------------------------------


def survives(page, url=None):
    """The article on a page, or None when it was refused as an error of ours."""
    try:
        whole = read_page(page, url).to_json()
    except ArchiveError:
        return None
    printed = json.dumps(whole, ensure_ascii=False)
    printed.encode("utf-8")
    assert all(unicodedata.is_normalized("NFC", text) for text in [whole["title"], *whole["paragraphs"]])
    return whole


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([None, "http://a.example/b-12345.html", "http://muongmau.example/b-12345"])
)
def test_arbitrary_bytes_are_an_article_or_an_error_of_ours(page, url):
    survives(page, url)


PIECES = [
    *(b"<table><tr><td>", b"</td></tr></table>", b"<p>", b"</div>", b"<figure>", b"<figcaption>", b"<ul><li>", b"<h1>"),
    *(
        b"<br><br>",
        b"<!--",
        b"-->",
        b"<script>",
        b"</script>",
        b"<base href='http://[x'>",
        b"<a href='http://[/a.pdf'>",
    ),
    *(
        b"<img src='javascript:x'>",
        b"<meta charset='hex'>",
        b"&#xD800;",
        b"&#0;",
        b"\x00",
        b"\xff",
        b"\xcc\xa3",
        b"&nbsp;",
    ),
    *(b"<base href='data:,x'>", b"<title>", b"<svg>", b"<![CDATA[", b"<?php", b"02/06/2022 99:99", b"<p hidden>"),
]


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_mangled_golden_page_is_an_article_or_an_error_of_ours(data):
    page = body(data.draw(st.sampled_from(CASES)))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(page)))
        end = min(len(page), start + data.draw(st.integers(0, 300)))
        page = page[:start] + data.draw(st.sampled_from([*PIECES, b""])) + page[end:]
    survives(
        page, data.draw(st.sampled_from([None, "http://muongmau.example/tin-tuc/le-hoi-529174", "http://a.example/x"]))
    )
