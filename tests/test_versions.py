import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Article, Attachment, Block, Image
from archive.versions import Sighting, content_digest, runs

START = datetime(2022, 6, 2, tzinfo=UTC)
ARTICLE = Article(
    title="Hội nghị Huyện ủy",
    lead="Ngày 02/6, Huyện ủy họp.",
    byline="Tình Dương",
    published="2022-06-02",
    section="Tin tức",
    blocks=(Block(kind="paragraph", text="Đồng chí Vi Hòe chủ trì."), Block(kind="figure", image=0)),
    images=(Image(src="http://a.example/1.jpg", caption="Toàn cảnh hội nghị", alt="Anh-tin-bai"),),
    attachments=(Attachment(href="http://a.example/13.pdf", label="Chỉ thị"),),
    extractor="one",
)
DIGESTS = {"http://a.example/1.jpg": "sha1:A"}


@pytest.mark.parametrize(
    "change",
    [
        {"published": "2023-01-01", "published_raw": "01/01/2023"},
        {"byline": "Người khác", "source": "Báo Nghệ An"},
        {"section": "Văn hóa"},
        {"extractor": "two"},
        {"url": "http://a.example/print/1", "portal": "ky-son", "key": "1"},
        {"title": "Hội  nghị\u00a0Huyện uỷ"},
        {"lead": "Nga\u0300y 02/6, Huyện ủy họp."},
        {"blocks": (Block(kind="heading", level=2, text="Đồng chí Vi Hoè  chủ trì."),)},
        {"images": (Image(src="http://b.example/copy.jpg", caption="Toàn cảnh hội nghị"),)},
        {"attachments": (Attachment(href="http://a.example/13.pdf", label="Tải về"),)},
    ],
)
def test_what_is_no_content_makes_no_new_version(change):
    digests = DIGESTS | {"http://b.example/copy.jpg": "sha1:A"}
    assert content_digest(evolve(ARTICLE, **change), digests) == content_digest(ARTICLE, digests)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Hội nghị Huyện Ủy"},
        {"lead": None},
        {"blocks": ()},
        {"blocks": (Block(kind="paragraph", text="Đồng chí Vi Hoe chủ trì."),)},
        {"blocks": (*ARTICLE.blocks, Block(kind="video", src="http://a.example/1.mp4"))},
        {"images": ()},
        {"images": (Image(src="http://a.example/1.jpg", caption="Toàn cảnh"),)},
        {"images": (Image(src="http://a.example/2.jpg", caption="Toàn cảnh hội nghị"),)},
        {"attachments": ()},
        {"attachments": (Attachment(href="http://a.example/14.pdf", label="Chỉ thị"),)},
    ],
)
def test_content_makes_a_new_version(change):
    assert content_digest(evolve(ARTICLE, **change), DIGESTS) != content_digest(ARTICLE, DIGESTS)


def test_other_bytes_behind_the_same_address_make_a_new_version():
    assert content_digest(ARTICLE, {"http://a.example/1.jpg": "sha1:B"}) != content_digest(ARTICLE, DIGESTS)


def test_the_cells_of_a_table_are_content():
    def table(cell):
        return evolve(ARTICLE, blocks=(Block(kind="table", text=f"Thu\n{cell}", rows=(("Thu",), (cell,))),))

    assert content_digest(table("736"), {}) != content_digest(table("737"), {})


def test_the_digest_is_that_of_canonical_json():
    json = '{"attachments":[],"images":[],"lead":"","text":[],"title":"Kỳ Sơn"}'
    digest = "sha256:" + hashlib.sha256(json.encode()).hexdigest()
    assert content_digest(Article(title="Kỳ  Sơn"), {}) == digest


def sightings(contents):
    return [
        Sighting(capture_id=n, reading_id=ord(content), time=START + timedelta(days=n), content_digest=content)
        for n, content in enumerate(contents)
    ]


@pytest.mark.parametrize(
    ("contents", "versions"),
    [("", ""), ("A", "A"), ("AAAA", "A"), ("AB", "AB"), ("ABA", "ABA"), ("AABBBA", "ABA")],
)
def test_neighbours_with_one_content_are_one_version(contents, versions):
    assert "".join(run.content_digest for run in runs(sightings(contents))) == versions


def test_a_run_names_its_first_and_last_time_and_its_latest_capture():
    (_, run, _) = runs(sightings("ABBBA"))
    assert run.since == START + timedelta(days=1)
    assert run.until == START + timedelta(days=3)
    assert (run.capture_id, run.reading_id, run.captures) == (3, ord("B"), 3)


@given(st.text("AB", max_size=12), st.randoms())
def test_the_order_in_which_captures_are_found_does_not_matter(contents, random):
    shuffled = sightings(contents)
    random.shuffle(shuffled)
    assert runs(shuffled) == runs(sightings(contents))
    assert sum(run.captures for run in runs(shuffled)) == len(contents)
