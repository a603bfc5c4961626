"""Whatever is given as a page: a refusal that says why or an article without anything active, in bounded time."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies

from tests import mutations
from tests.builders import article, begin, capture, new_archive
from tests.mutations import harm
from tests.program import SHARED, kyson

ROOT = Path(__file__).parents[1]
DATA = SHARED / "data"
URL = "http://cong.example/tin-tuc/le-hoi-xuan-412655"
SHELL = """<html><head><title>Cổng</title></head><body><h1>Lễ hội xuân ở bản Mường Lống</h1><p>02/03/2021 08:30</p>
<div><p>{text}</p><p>{text}</p>{payload}<p>{text}</p></div></body></html>"""
TEXT = "Sáng mồng sáu Tết, hơn hai nghìn người dân các bản vùng cao đã về dự lễ hội xuân, ném còn và thi khèn. "
MONSTERS = (
    *("50 MB", "PNG", "PDF", "noise", "gzip", "NULs", "100,000 nested div", "3,000 nested tables", "half a page"),
    *("100,000 attributes", "90,000 spans", "45,000 images", "30,000 files", "an address of 4 MB", "combining marks"),
    *("look-alike letters", "TCVN3", "UTF-16", "says UTF-7", "English, 2,900 links"),
)


def read(page):
    return mutations.read(page, URL)


def in_a_page(payload):
    return SHELL.format(text=TEXT * 2, payload=payload).encode("utf-8", "surrogatepass")


def payloads():
    if not DATA.exists():
        return []
    xss = [case["payload"] for case in json.loads((DATA / "dompurify-xss" / "expect.json").read_text(encoding="utf-8"))]
    blns = json.loads((DATA / "blns" / "blns.json").read_text(encoding="utf-8"))
    tokens = []
    for path in sorted((DATA / "html5lib-tests" / "tokenizer").glob("*.test")):
        tests = json.loads(path.read_text(encoding="utf-8"))
        tokens += [case["input"] for case in tests.get("tests", tests.get("xmlViolationTests", []))]
    return [*xss, *blns, *tokens]


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_no_payload_stops_the_reader_or_stays_active():
    given = payloads()
    assert len(given) > 1_000
    for payload in given:
        article = read(in_a_page(payload))
        assert article is None or not harm(article)


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_no_charset_case_stops_the_reader():
    for path in sorted((DATA / "html5lib-tests" / "encoding").rglob("*.*")):
        for case in path.read_bytes().split(b"#data\n"):
            article = read(case.partition(b"#encoding")[0])
            assert article is None or not harm(article)


@pytest.mark.parametrize(
    "payload",
    [
        '<img src="javascript:alert(1)">',
        '<img src="data:text/html,<script>alert(1)</script>">',
        '<img src=" jAvAsCrIpT&#58;alert(1)">',
        '<a href="javascript:alert(1)//bai.pdf">bài.pdf</a>',
        '<a href="vbscript:x.doc">văn bản.doc</a>',
        '<a href="file:///etc/passwd.pdf">tệp.pdf</a>',
        '<base href="javascript:x//"><img src="anh.jpg">',
    ],
)
def test_an_address_that_is_no_web_address_is_dropped(payload):
    article = read(in_a_page(payload))
    assert article is not None
    assert not harm(article)


def test_a_monstrous_page_ends_in_bounded_time_and_memory():
    """All of them: `python -m benchmarks.monsters`; here those that were the worst of their kind."""
    found = list(costs(*MONSTERS))
    assert [cost["page"] for cost in found] == list(MONSTERS)
    # Two seconds of CPU on a quiet machine; where others share its cores the same work is counted for longer.
    assert not [cost for cost in found if cost["seconds"] > 4 or cost["megabytes"] > 300]
    assert not [cost for cost in found if not cost["came"].startswith(("read", "refused"))]


def costs(*names):
    asked = [sys.executable, "-m", "benchmarks.monsters", "--json", *names]
    return map(json.loads, subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout.splitlines())


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (in_a_page("")[:-20], "it breaks off: nothing closes its body"),
        (in_a_page("")[:-7], None),
        (in_a_page("").partition(b"<body>")[2][:-20], None),
        (in_a_page("<br>" * 60_000), "only the first 50,000 of its tags were read"),
        (in_a_page("<p>" + TEXT * 21_000), "only the first 2,000,000 of its letters were read"),
        (in_a_page(f'<img src="data:image/png;base64,{"A" * 3_000_000}">'), None),
        (in_a_page('<a href="/k.pdf">k.pdf</a> ' * 1_001), "only the first 1,000 links to files were followed up"),
    ],
    ids=["cut", "body closed", "fragment", "tags", "letters", "picture", "files"],
)
def test_an_article_that_may_not_be_whole_says_so(page, reason):
    assert read(page).partial == reason


def test_extract_says_of_a_page_cut_short_that_it_is(tmp_path):
    done = kyson("extract", "-", "--url", URL, stdin=in_a_page("")[:-20], cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["partial"] == "it breaks off: nothing closes its body"
    assert b"this may not be the whole article: it breaks off" in done.stderr


def test_an_article_whose_capture_broke_off_says_so(tmp_path):
    with new_archive(tmp_path / "kyson-archive") as archive:
        crawl, kept = begin(archive), article("1")
        for days, truncated in enumerate((None, "disconnect")):
            page = archive.put_capture(crawl, capture(kept.url, days=days, truncated=truncated), "page")
            archive.put_article(crawl, page, evolve(kept, partial="it breaks off"), refused={})
            said = archive.article("ky-son/1").to_json()["partial"]
            assert said == (truncated and "its capture is not whole (WARC-Truncated: disconnect)")
        assert archive.article("ky-son/1").versions == 1


def test_an_attribute_behind_the_thousandth_of_a_tag_is_not_read():
    many = " ".join(f"a{number}" for number in range(6_000))
    quoted = in_a_page(f'<img a=">" {many} src="/b.jpg"><!-- <p {many}> --><script>if (a <b {many}) 1</script>')
    assert [image.src for image in read(quoted).images] == []
    first = in_a_page(f'<img src="/b.jpg" {many}><img src="/c.jpg" title=">{many}">')
    assert [image.src for image in read(first).images] == ["http://cong.example/b.jpg", "http://cong.example/c.jpg"]
    assert read(quoted).paragraphs == read(in_a_page("")).paragraphs
    assert read(first).paragraphs == read(in_a_page('<img src="/b.jpg"><img src="/c.jpg">')).paragraphs


@pytest.mark.parametrize("reference", ["&#23", "&#23;", "&#x17;", "&#00008"])
@pytest.mark.parametrize("behind", ["Bản Na Loi", " bản Na Loi"])
def test_a_reference_to_a_control_is_taken_out_whatever_stands_behind_it(reference, behind):
    found = read(in_a_page(f'<span>{reference}{behind}<b class="hidden">ẩn</b>\n</span>'))
    assert not any(ord(letter) < 32 for text in found.paragraphs for letter in text)


# -- properties ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(8))
def test_pages_with_something_wrong_are_read_well_or_refused(part):
    """100,000 of them, the real pages beside the checkout among them: `make sweep-pages`."""
    for number in range(part * 250, part * 250 + 250):
        saved = mutations.case(number, mutations.own())
        found = mutations.read(saved.page, saved.url)
        assert not (found and mutations.faults(saved, found)), saved.name


def test_pages_read_the_same_in_any_order():
    saved = list(mutations.own())
    before = {page.name: mutations.read(page.page, page.url) for page in saved}
    random.Random(1).shuffle(saved)
    assert {page.name: mutations.read(page.page, page.url) for page in saved} == before


@settings(max_examples=150, deadline=None)
@given(strategies.binary(max_size=400), strategies.sampled_from(mutations.TOKENS))
def test_any_bytes_are_read_or_refused(given_bytes, token):
    for page in (given_bytes, in_a_page("@").replace(b"@", token + given_bytes)):
        found = read(page)
        assert found is None or not mutations.faults(mutations.Saved(name="", page=page, url=URL), found)
