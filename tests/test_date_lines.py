"""Which of the dates on a page that nobody knows is the article's."""

import pytest

from kyson_crawler.normalise import article
from kyson_crawler.pages import Document, unknown

URL = "http://nacay.example/trang/xem.aspx?so=4417"
SLUGGED = "http://nacay.example/tin/ban-na-cay-khanh-thanh-lop-mam-non-moi.html"
TITLE = "Bản Na Cáy khánh thành lớp mầm non mới"
TEXT = [
    "Từ sáng sớm, phụ huynh các bản đã đưa con em đến dự lễ, mang theo xôi nếp và gà đồi để liên hoan cùng thầy cô giáo.",
    "Lớp học rộng sáu mươi mét vuông, có sân chơi và nhà bếp, thay cho căn nhà tranh vách nứa đã dột nát từ nhiều năm nay.",
]
BODY = "<div>" + "".join(f"<p>{text}</p>" for text in TEXT) + "</div>"
CLOCK = "<div>Thứ sáu, 18/12/2026</div>"
DAY = "2022-09-06T08:15:00+07:00"


def read(inside, url=URL):
    page = f'<html><head><meta charset="utf-8"></head><body>{inside}</body></html>'
    return article(unknown.reader(Document(page.encode(), url)).item())


def text_of(found):
    return [block.text for block in found.blocks]


@pytest.mark.parametrize("tag", ["h1", "h2", "div", "p"])
@pytest.mark.parametrize("url", [URL, SLUGGED])
@pytest.mark.parametrize(
    "label", ["Đăng lúc: 08:15 - 06/09/2022", "Ngày đăng: 06/09/2022 08:15", "Cập nhật: 08:15, Thứ Ba, 06/09/2022"]
)
@pytest.mark.parametrize("clock", ["", CLOCK])
def test_a_date_with_a_label_behind_the_text_is_the_articles_and_comes_before_the_pages_clock(tag, url, label, clock):
    for below in (f"{BODY}<div>{label}</div>", f"<div>{BODY}<p>{label}</p></div>"):
        found = read(f"<div>{clock}<{tag}>{TITLE}</{tag}>{below}</div>", url)
        assert (found.title, found.published, text_of(found)) == (TITLE, DAY, TEXT)


@pytest.mark.parametrize("label", ["Đăng lúc: 08:15 - 06/09/2022", "Ngày đăng: 06/09/2022 08:15"])
def test_a_date_between_headline_and_text_comes_before_one_behind_it(label):
    assert read(f"<h1>{TITLE}</h1><div>05/09/2022</div>{BODY}<div>{label}</div>").published == "2022-09-05"


@pytest.mark.parametrize(
    "below", ["Hội xuân năm tới mở vào 10/02/2023", "10/02/2023", "<h3>Các tin khác</h3>Ngày đăng: 10/02/2023"]
)
def test_a_date_behind_the_text_without_a_label_or_below_the_related_lists_is_not_the_articles(below):
    assert read(f"<h1>{TITLE}</h1>{BODY}<div>{below}</div>").published is None


@pytest.mark.parametrize("tag", ["h1", "div"])
@pytest.mark.parametrize(
    ("headline", "title", "published"),
    [
        (f"{TITLE} (06/09/2022)", TITLE, "2022-09-06"),
        (f"<span>{TITLE}</span> <span>(06/09/2022 08:15)</span>", TITLE, DAY),
        (f"{TITLE} (ngày 06/09/2022)", f"{TITLE} (ngày 06/09/2022)", None),
        (f"{TITLE} (2022 - 2023)", f"{TITLE} (2022 - 2023)", None),
    ],
)
def test_a_bare_date_in_brackets_at_the_end_of_the_headline_is_the_articles(tag, headline, title, published):
    found = read(f"<{tag}>{headline}</{tag}>{BODY}")
    assert (found.title, found.published) == (title, published)


@pytest.mark.parametrize(
    "date",
    [
        '<a class="post-date">08:15 06/09/2022</a>',
        f'<a href="{URL}">08:15 06/09/2022</a>',
        '<time datetime="2022-09-06T08:15:00+07:00">ba tháng trước</time>',
        'Posted on <time datetime="2022-09-06">08:15 06/09/2022</time> by quantri',
        "08:15 06/09/2022 — Tác giả: Vi Thị Lan",
    ],
    ids=["anchor", "link to itself", "time element", "with account", "with author"],
)
@pytest.mark.parametrize("tag", ["h1", "div"])
def test_a_date_may_stand_in_an_anchor_in_a_time_element_or_beside_a_name(date, tag):
    found = read(f"<{tag}>{TITLE}</{tag}><div>{date}</div>{BODY}")
    assert (found.title, found.published, text_of(found)) == (TITLE, DAY, TEXT)
