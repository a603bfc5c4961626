"""Which line is the headline on a page that nobody knows: neither its address nor its metadata say it."""

import pytest

from archive.errors import NotAnArticle
from kyson_crawler.normalise import article
from kyson_crawler.pages import Document, unknown

URL = "http://nacay.example/trang/xem.aspx?so=4417"
SHORT = "Bản Na Cáy khánh thành lớp mầm non mới"
LONG = (
    "Đoàn công tác của huyện kiểm tra việc trồng rừng phòng hộ, chăm sóc quế và khoanh nuôi tái sinh rừng đầu nguồn "
    "tại bốn bản vùng cao dọc biên giới"
)
LEAD = "Lớp học do các nhà hảo tâm và bà con cùng góp công dựng lên, kịp đón ba mươi cháu vào năm học mới."
TEXT = [
    "Từ sáng sớm, phụ huynh các bản đã đưa con em đến dự lễ, mang theo xôi nếp và gà đồi để liên hoan cùng thầy cô giáo.",
    "Lớp học rộng sáu mươi mét vuông, có sân chơi và nhà bếp, thay cho căn nhà tranh vách nứa đã dột nát từ nhiều năm nay.",
    "Cô giáo cắm bản cho biết các cháu không còn phải nghỉ học vào những ngày mưa, việc nấu bữa trưa cũng đỡ vất vả hơn.",
    "Dịp này, các đơn vị tài trợ tặng nhà trường chăn ấm, đồ chơi, sách vở cùng nhiều phần quà cho học sinh nghèo.",
]
DATE = "<div>Thứ ba, 06/09/2022 | 08:15</div>"
SIDE = '<div><div>Trang liên kết</div><a href="http://tinh.example"><img src="/bieu-ngu.jpg"></a></div>'
MENU = '<ul><li><a href="/">Trang chủ</a></li><li><a href="/thoi-su">Thời sự trong huyện</a></li></ul>'
FOOT = "<div><p>Cơ quan chủ quản: UBND xã Na Cáy</p><p>Điện thoại: 0238 111 222</p></div>"


def paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


def read(inside, url=URL, side=SIDE):
    page = f'<html><head><meta charset="utf-8"><title>Xã Na Cáy</title></head><body><div>{MENU}</div>{side}<div>{inside}</div>{FOOT}</body></html>'
    return article(unknown.reader(Document(page.encode(), url)).item())


def text_of(found):
    return [block.text for block in found.blocks]


def in_tag(tag, headline):
    name, _, attributes = tag.partition(" ")
    return f"<{tag}>{headline}</{name}>" if attributes or name else headline


TAGS = ["h1", "h2", "h3", "div", "p", "b", "span", 'div class="tieu-de"', 'p class="td"']


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("headline", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("order", ["date below", "date above", "no date"])
def test_the_headline_stands_in_one_column_with_the_body_however_long_it_is_and_wherever_its_date_stands(
    tag, headline, order
):
    title = in_tag(tag, headline)
    above = {"date below": title + DATE, "date above": DATE + title, "no date": title}[order]
    found = read(f"<div>{above}<div>{LEAD}</div><div>{paragraphs(TEXT)}</div></div>")
    assert (found.title, found.lead, text_of(found)) == (headline, LEAD, TEXT)
    assert found.published == (None if order == "no date" else "2022-09-06T08:15:00+07:00")


@pytest.mark.parametrize("first", [LEAD, f"<b>{LEAD}</b>"])
def test_a_first_paragraph_that_ends_as_sentences_do_is_no_headline(first):
    found = read(f"<div><div>{SHORT}</div>{DATE}<div><p>{first}</p>{paragraphs(TEXT)}</div></div>")
    assert found.title == SHORT
    assert LEAD in (found.lead, *text_of(found))


@pytest.mark.parametrize(
    "above",
    [
        f"<h1>UBND xã Na Cáy</h1><h3>{SHORT}</h3>{DATE}",
        f"<h1>UỶ BAN NHÂN DÂN XÃ NA CÁY</h1><div>{SHORT}</div>{DATE}",
        f"<h2>Thời sự trong huyện</h2><div>{SHORT}</div>{DATE}",
        f"<h2>Thời sự trong huyện</h2><b>{SHORT}</b>",
        f"<div>Tin trong xã</div>{DATE}<div>{SHORT}</div>",
        f"<h2>Tin các bản</h2><h3>{SHORT}</h3>{DATE}",
    ],
    ids=["office h1", "office in capitals", "menu h2", "menu h2 without date", "section above the date", "h2 over h3"],
)
def test_the_name_of_the_office_or_of_a_section_is_no_headline(above):
    assert read(f"<div>{above}<div>{paragraphs(TEXT)}</div></div>").title == SHORT


@pytest.mark.parametrize("headline", ["UBND xã Na Cáy họp phiên thường kỳ tháng chín", "Xã Na Cáy đón bằng công nhận"])
def test_what_an_office_did_is_a_headline(headline):
    assert read(f"<h1>{headline}</h1>{DATE}<div>{paragraphs(TEXT)}</div>").title == headline


@pytest.mark.parametrize("tag", ["h1", "h2", "div", "p"])
@pytest.mark.parametrize("href", ["/trang/xem.aspx?so=4417", "?so=4417", URL + "#dau"])
def test_a_headline_that_leads_to_its_own_page_is_one(tag, href):
    found = read(f'<{tag}><a href="{href}">{SHORT}</a></{tag}>{DATE}<div>{paragraphs(TEXT)}</div>')
    assert (found.title, text_of(found)) == (SHORT, TEXT)


@pytest.mark.parametrize("tag", ["h2", "div", "p"])
def test_a_headline_that_leads_to_another_page_is_that_pages(tag):
    found = read(
        f'<{tag}><a href="?so=9">Một bài khác của xã bên</a></{tag}><div>{SHORT}</div>{DATE}<div>{paragraphs(TEXT)}</div>'
    )
    assert found.title == SHORT


@pytest.mark.parametrize(
    "tools",
    ["<div>Lượt xem: 112</div>", "<div>Phản hồi: 0</div>", "<div>Tác giả: Vừ Bá Dính</div>", "<div>In bài viết</div>"],
)
def test_what_stands_between_date_and_body_is_no_headline_when_it_is_the_pages_own(tools):
    assert read(f"<div>{SHORT}</div>{DATE}{tools}<div>{paragraphs(TEXT)}</div>").title == SHORT


def test_a_line_of_another_column_is_no_headline_of_a_text_without_one():
    with pytest.raises(NotAnArticle):
        read(f"<div>{paragraphs(TEXT)}</div>")


def test_a_numbered_heading_of_the_body_is_not_the_articles():
    found = read(f"<div>{SHORT}</div><div><h3>1. Về chuyện xây lớp</h3>{paragraphs(TEXT)}</div>")
    assert found.title == SHORT
