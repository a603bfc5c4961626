"""Pages of no known system: who is asked for the body, and what is made of the answer."""

import subprocess
import sys

import pytest

from archive.errors import NotAnArticle
from kyson_crawler import normalise, pages
from kyson_crawler.pages import Document, unknown

URL = "http://news.example/world/the-river-festival-returns-88213"
TITLE = "The river festival returns after two years"
PROSE = [
    f"On the {day} day of the festival the boats of the upper villages came down the river in the early morning, "
    f"and those who stood on the bridge counted them until there were {count} of them, more than in any year before."
    for day, count in (("first", 12), ("second", 31), ("third", 47), ("fourth", 52), ("fifth", 60))
]
TEASER = '<p><a href="/world/other-{0}">Read more: what other people in town number {0} had to say of it</a></p>'


def page(body: str, *, title: str = TITLE, above: str = "", below: str = "") -> bytes:
    head = f"<head><title>{title} | The Example</title><meta property='og:title' content='{title}'></head>"
    menu = "<ul>" + "".join(f"<li><a href='/s{n}'>Section {n}</a></li>" for n in range(9)) + "</ul>"
    return f"<html>{head}<body>{menu}<div class=a>{above}<h1>{title}</h1><div class=b>{body}</div></div>{below}</body></html>".encode()


def read(markup: bytes, url: str = URL):
    return normalise.article(pages.page(Document(markup, url)).item())


def paragraphs(texts) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def test_a_page_in_another_language_is_read_with_its_figures_and_their_captions():
    figure = "<figure><img src='/boats.jpg' width=600><figcaption>Boats below the bridge. Photo: Ann Lee</figcaption></figure>"
    article = read(page(paragraphs(PROSE[:2]) + figure + paragraphs(PROSE[2:])))
    assert article.title == TITLE
    assert list(article.paragraphs) == PROSE
    assert [(image.src, image.caption) for image in article.images] == [
        ("http://news.example/boats.jpg", "Boats below the bridge. Photo: Ann Lee")
    ]


@pytest.mark.parametrize(
    "between",
    [
        TEASER.format(1),
        "<aside><p>Sign up for our letter, which comes every morning with the news of the valley and its people.</p></aside>",
        "<form><p>Your address <input name=q></p><button>Subscribe to the letter</button></form>",
        "<div class=promo><h4>Most read in the world</h4><ul><li><a href='/a'>One story</a></li><li><a href='/b'>Another</a></li></ul></div>",
    ],
    ids=["teaser", "aside", "form", "most-read"],
)
def test_what_stands_between_paragraphs_but_is_none_is_left_out(between):
    article = read(page(paragraphs(PROSE[:3]) + between + paragraphs(PROSE[3:])))
    assert list(article.paragraphs) == PROSE


def test_a_body_printed_in_several_boxes_is_read_from_all_of_them():
    boxes = [
        PROSE[:3],
        [text.replace("boats", "rafts") for text in PROSE],
        [text.replace("day", "night") for text in PROSE],
    ]
    body = "<div class=ad>Advertisement</div>".join(f"<div class=c><div>{paragraphs(box)}</div></div>" for box in boxes)
    assert list(read(page(body)).paragraphs) == [text for box in boxes for text in box]


def test_a_headline_that_a_list_repeats_is_not_the_place_of_the_article():
    ticker = f"<ul class=ticker><li><a href='{URL}'>{TITLE}</a></li><li>{PROSE[0][:60]}</li></ul>"
    assert list(read(page(paragraphs(PROSE), above=ticker)).paragraphs) == PROSE


def test_clear_pages_never_pay_for_trafilatura():
    """In a process of its own, since it would have been imported by the other tests."""
    code = (
        "import sys; from pathlib import Path; from kyson_crawler import extract\n"
        "for name in sys.argv[1:]: extract.read_page(Path(name).read_bytes())\n"
        "sys.exit('trafilatura' in sys.modules)"
    )
    from tests.golden_pages import FIXTURES

    known = sorted(str(path) for path in FIXTURES.glob("*/*/page.html"))
    assert known
    assert subprocess.run([sys.executable, "-c", code, *known], check=False).returncode == 0


def test_a_list_is_no_article_in_any_language():
    items = "".join(
        f"<div class=item><h3><a href='/world/story-{n}'>A story of the valley with the number {n} for its readers</a></h3>"
        f"<p>{text}</p></div>"
        for n, text in enumerate(PROSE * 2)
    )
    with pytest.raises(NotAnArticle):
        read(page(items, title="World"), "http://news.example/world")


def test_whatever_trafilatura_raises_the_structure_is_still_read(monkeypatch):
    import trafilatura

    def broken(*args, **kwargs):
        raise RecursionError("too deep")

    monkeypatch.setattr(trafilatura, "bare_extraction", broken)
    assert list(read(page(paragraphs(PROSE))).paragraphs) == PROSE


def test_the_page_is_left_as_it_was():
    document = Document(page(paragraphs(PROSE) + TEASER.format(1)), URL)
    before = len(list(document.root.iter()))
    unknown.reader(document).item()
    assert len(list(document.root.iter())) == before
