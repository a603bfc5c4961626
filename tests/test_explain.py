"""`kyson extract --explain`: every field has its place on the page, and what lost has its reason."""

import json

import pytest
from click.testing import CliRunner

from kyson_crawler.cli import main
from kyson_crawler.explain import explain
from kyson_crawler.extract import read_page
from kyson_crawler.pages import Document
from kyson_crawler.pages.document import text
from tests.golden_pages import CASES, FIXTURES, body

PAGE = """<html lang="en-us"><head><title>Cổng thông tin điện tử huyện Mường Mẫu</title>
<meta property="article:published_time" content="2022-06-05T10:00:00+07:00"><meta name="author" content="admin">
<meta name="description" content="Trang chủ của huyện"></head><body>
<div class="ArticleHeader">Mở lớp dạy chữ Thái ở bản Huồi Pốc</div><div class="PostDate">Thứ năm, 02/06/2022 | 15:30</div>
<div class="ArticleContent"><p>%s</p><p><img src="/anh/1.jpg" alt="Anh-tin-bai"></p><p>Các học viên trong giờ viết. Ảnh: Vi Hòa</p>
<p>%s</p><p><img src="/anh/2.jpg"></p><p>%s</p>
<p>***</p><p><a href="/tep/ke-hoach.pdf">Tải về</a></p><p style="text-align:right"><b>Lô Thị Mai</b></p><p>quantri</p></div>
<div><h3>Tin liên quan</h3><p>01/06/2022</p></div></body></html>"""
SENTENCE = "Sáng nay tại nhà văn hóa bản, hai mươi học viên đầu tiên đã đến lớp với sách và bút của mình. "
URL = "http://muongmau.example/tin-tuc/mo-lop-day-chu-thai-529174"


@pytest.fixture(scope="module")
def page():
    return (PAGE % (SENTENCE * 2, SENTENCE * 3, SENTENCE * 4)).encode()


@pytest.fixture(scope="module")
def found(page):
    return explain(page, URL)


def at(page, place):
    """The element an XPath of the explanation leads to."""
    (element,) = Document(page).root.xpath(place.xpath)
    return element


@pytest.mark.parametrize(
    ("field", "element", "quote"),
    [
        ("title", "div.ArticleHeader", "Mở lớp dạy chữ Thái ở bản Huồi Pốc"),
        ("published", "div.PostDate", "Thứ năm, 02/06/2022 | 15:30"),
        ("byline", "p", "Lô Thị Mai"),
        ("images[0].src", "img", "/anh/1.jpg"),
        ("images[0].caption", "p", "Các học viên trong giờ viết. Ảnh: Vi Hòa"),
        ("blocks[0]", "p", (SENTENCE * 2).strip()),
        ("attachments[0]", "a", "Tải về"),
    ],
)
def test_a_field_leads_to_the_element_it_was_read_from(page, found, field, element, quote):
    place = found.fields[field].place
    assert (place.element, place.quote) == (element, quote)
    written = at(page, place)
    assert quote in {text(written), written.get("src")}


@pytest.mark.parametrize(
    ("field", "quote", "why"),
    [
        ("title", "Cổng thông tin điện tử huyện Mường Mẫu", "what readers are shown wins"),
        ("title", "Tin liên quan", "below the text"),
        ("published", "meta: 2022-06-05T10:00:00+07:00", "another day, which is a conflict"),
        ("published", "01/06/2022", "below the text"),
        ("lead", "Trang chủ của huyện", "no lead"),
        ("byline", "quantri", "account"),
        ("byline", "admin", "hidden"),
        ("images[0].caption", "Anh-tin-bai", "an alt text is never a caption"),
        ("images[1].caption", (SENTENCE * 4).strip(), "a caption weighs 2.5"),
        ("language", "en-us", "claim"),
    ],
)
def test_what_lost_has_its_place_and_its_reason(found, field, quote, why):
    (rival,) = [rival for rival in found.fields[field].rivals if rival.quote == quote]
    assert why in rival.why
    assert rival.place is not None


def test_what_was_left_out_of_the_body_is_named(found):
    assert {rival.quote: rival.why for rival in found.left_out} == {
        "***": "only an ornament: no letter or digit stands in it",
        "Tải về": "it only leads to a file or a page",
    }


@pytest.mark.parametrize("case", CASES)
def test_the_values_are_those_of_the_article(case):
    meta = json.loads((FIXTURES / case / "meta.json").read_text(encoding="utf-8"))
    article = read_page(body(case), meta["url"]).article
    explained = explain(body(case), meta["url"])
    for name in ("title", "lead", "byline", "source", "published", "section", "language"):
        value = explained.fields[name].value if name in explained.fields else None
        assert value == getattr(article, name)
    assert sum(name.startswith("blocks") for name in explained.fields) == len(article.blocks)


@pytest.mark.parametrize("case", CASES)
def test_every_text_of_a_golden_page_is_found_again(case):
    meta = json.loads((FIXTURES / case / "meta.json").read_text(encoding="utf-8"))
    explained = explain(body(case), meta["url"])
    lost = [
        name
        for name, field in explained.fields.items()
        if field.value
        and not field.place
        and field.origin in {"page", "body", "figcaption", "next_block", "table_cell"}
    ]
    assert lost in ([], ["language"])


def test_a_text_that_occurs_twice_is_found_at_each_of_its_places(page):
    twice = page.replace(b"<p>***</p>", f"<p>{SENTENCE * 2}</p>".encode())
    fields = explain(twice, URL).fields
    places = [field.place.xpath for name, field in fields.items() if field.value == (SENTENCE * 2).strip()]
    assert len(set(places)) == 2


def test_the_command_prints_lines_for_people_and_json_for_programs(page):
    run = CliRunner()
    shown = run.invoke(main, ["extract", "-", "--url", URL, "--explain"], input=page, catch_exceptions=False).stdout
    assert "published          2022-06-02T15:30:00+07:00" in shown
    assert "because it is only an account of the system" in shown
    printed = run.invoke(main, ["extract", "-", "--url", URL, "--explain", "--json"], input=page).stdout
    whole = json.loads(printed)
    assert printed.count("\n") == 1
    assert whole["fields"]["title"]["place"]["element"] == "div.ArticleHeader"
    assert whole["fields"]["byline"]["rivals"][0]["quote"] == "quantri"


def test_nothing_crawled_is_obeyed_by_the_terminal(page):
    nasty = page.replace("Trang chủ của huyện".encode(), "\x1b]0;owned\x07\x9b2J\u202e".encode())
    nasty = nasty.replace(b'class="PostDate"', b'class="PostDate \x1b[2J"')
    for words in ([], ["--json"]):
        shown = CliRunner().invoke(main, ["extract", "-", "--explain", *words], input=nasty).stdout
        assert not any(letter in shown for letter in "\x1b\x07\x9b\u202e")
