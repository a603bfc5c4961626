"""Who a line beside the text names as its author, in every kind of page; nobody is made up."""

import pytest

from kyson_crawler.extract import read_page
from tests.test_pages import PROSE, TITLE, URL, paragraphs, shell

DATE = "<div>15:30 02/06/2022</div>"
FRAMES = {
    "generic": "<h1>{title}</h1>{above}<div>{body}</div>{below}",
    "vnportal": '<div class="ArticleHeader">{title}</div>{above}<div class="ArticleContent">{body}</div>{below}',
}


def byline(cms, above=DATE, below=""):
    html = shell(FRAMES[cms].format(title=TITLE, above=above, body=paragraphs(), below=below))
    read = read_page(html.encode(), URL, cms=cms).article
    assert read.title == TITLE
    assert list(read.paragraphs) == PROSE
    return read.byline


@pytest.mark.parametrize("cms", FRAMES)
@pytest.mark.parametrize(
    "above",
    [
        f"{DATE}<div>Tác giả: Thu Hà</div>",
        f"<p>Tác giả: Thu Hà</p>{DATE}",
        "<div>Ngày tạo: 02/06/2022 — Tác giả: Thu Hà</div>",
        f'{DATE}<div class="Author">Thu Hà</div>',
        f'{DATE}<div class="tac-gia"><span>Thu Hà</span></div>',
    ],
)
def test_an_author_named_between_headline_and_text_is_the_byline(cms, above):
    assert byline(cms, above) == "Thu Hà"


@pytest.mark.parametrize("cms", FRAMES)
def test_an_author_in_a_slot_behind_the_text_needs_no_label(cms):
    assert byline(cms, below='<div class="author">Thu Hà</div>') == "Thu Hà"


@pytest.mark.parametrize("cms", FRAMES)
@pytest.mark.parametrize(
    "above",
    [
        "<div>Thu Hà - 02/06/2022 15:30</div>",  # a section may be called so as well
        f"{DATE}<div>Văn Hóa</div>",
        f"{DATE}<div>Người đăng: Lô Thị Mai</div>",
        f"{DATE}<div>Tác giả: quantri</div>",
        f'{DATE}<div class="author">quantri</div>',
        f'{DATE}<div class="author">Admin Portal</div>',
        f'{DATE}<div class="author">Văn Phòng</div>',
        f'{DATE}<div class="author">Ban Biên Tập</div>',
        f'{DATE}<div class="co-authors-list">Lô Thị Mai, Vừ Bá Lẩu, Hà Thu</div>',
    ],
)
def test_whoever_is_no_named_author_makes_no_byline(cms, above):
    assert byline(cms, above) is None


def test_panels_behind_that_of_a_nukeviet_article_name_author_and_source():
    panel = '<div class="news_column panel"><div class="panel-body">{}</div></div>'
    html = shell(
        panel.format(f'<h1 class="title">{TITLE}</h1><span class="h5">02/06/2022 16:29</span><div id="news-bodyhtml">{paragraphs()}</div>')
        + panel.format("<p><strong>Tác giả bài viết: </strong>Lô Thị Mai</p><p><strong>Nguồn tin: </strong>Báo Hương Sen</p>")
        + panel.format("<p>Tổng số điểm của bài viết là: 0</p>"),
        head='<meta name="generator" content="NukeViet v4.5">',
    )  # fmt: skip
    read = read_page(html.encode(), "http://a.example/tin-tuc/hoi-nghi-7.html").article
    assert (read.byline, read.source) == ("Lô Thị Mai", "Báo Hương Sen")
