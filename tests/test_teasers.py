"""Teasers of other pages: beside an article they are none of its text, and a page of nothing else is a list."""

import pytest

from archive.errors import NotAnArticle
from kyson_crawler.normalise import article
from kyson_crawler.pages import Document, unknown

URL = "http://nacay.example/trang/xem.aspx?so=4417"
SLUGGED = "http://nacay.example/tin/ban-na-cay-khanh-thanh-lop-mam-non-moi.html"
TITLE = "Bản Na Cáy khánh thành lớp mầm non mới"
TEXT = [
    "Từ sáng sớm, phụ huynh các bản đã đưa con em đến dự lễ, mang theo xôi nếp và gà đồi để liên hoan cùng thầy cô giáo.",
    "Lớp học rộng sáu mươi mét vuông, có sân chơi và nhà bếp, thay cho căn nhà tranh vách nứa đã dột nát từ nhiều năm nay.",
]
NAMES = [
    "Hội thi ném còn thu hút mười hai đội tham gia",
    "Trạm y tế xã tiêm phòng cho trẻ dưới một tuổi",
    "Bàn giao ba con bò giống cho hộ cận nghèo",
    "Dân quân tuần tra bảo vệ cột mốc biên giới",
    "Thanh niên sửa cầu tre qua khe Nậm Cáy",
]
SUMMARIES = [
    "Chiều qua, trên sân vận động xã, các đội bước vào vòng đấu loại trong tiếng reo hò của đông đảo bà con các bản.",
    "Hơn bốn mươi cháu được khám sàng lọc trước khi tiêm, các mẹ được cán bộ y tế hướng dẫn cách theo dõi tại nhà.",
    "Bò giống do quỹ khuyến nông hỗ trợ, các hộ cam kết trồng cỏ, làm chuồng trại và chăm sóc đúng kỹ thuật đã học.",
    "Tổ tuần tra đi bộ hai ngày đường rừng, phát quang lối mòn và kiểm tra dấu hiệu xâm phạm quanh khu vực cột mốc.",
    "Cầu tre cũ bị lũ cuốn một nhịp, đoàn viên đã chặt tre, đan phên và gia cố lại để học sinh kịp đi học đầu tuần.",
]


def paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


def headed(number, name, summary):
    return f'<div><h4><a href="/tin/{number}.html">{name}</a></h4><p>{summary}</p></div>'


def linked(number, name, summary):
    return f'<div class="muc"><a href="/tin/{number}.html"><img src="/{number}.jpg"></a><div><a href="/tin/{number}.html">{name}</a></div><span>0{number + 1}/08/2022</span><div>{summary}</div></div>'


def counted(number, name, summary):
    return f'<li><h3><a href="/tin/{number}.html">{name}</a></h3><ul><li>0{number + 1}/08/2022</li><li>Đã đọc: 7</li><li>Góp ý: 0</li></ul>{summary}</li>'


def flat(number, name, summary):
    return f'<h4><a href="/tin/{number}.html">{name}</a></h4><p>{summary}</p>'


SHAPES = [headed, linked, counted, flat]


def teasers(shape, number):
    return "".join(shape(place, name, SUMMARIES[place]) for place, name in enumerate(NAMES[:number]))


def read(inside, url=URL):
    page = f'<html><head><meta charset="utf-8"></head><body>{inside}</body></html>'
    return article(unknown.reader(Document(page.encode(), url)).item())


def text_of(found):
    return [block.text for block in found.blocks]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", [2, 3, 5])
@pytest.mark.parametrize("title", ["<h1>{}</h1>", "<div>{}</div>"])
@pytest.mark.parametrize("url", [URL, SLUGGED])
@pytest.mark.parametrize("is_before", [True, False], ids=["before", "behind"])
def test_teasers_beside_an_article_are_none_of_its_text(shape, number, title, url, is_before):
    side = f"<div><h3>Tin đọc nhiều</h3>{teasers(shape, number)}</div>"
    own = f"<div>{title.format(TITLE)}<div>06/09/2022</div><div>{paragraphs(TEXT)}<p><b>Lo Thị Hoa</b></p></div></div>"
    found = read(side + own if is_before else own + side, url)
    assert (found.title, text_of(found)) == (TITLE, TEXT)
    assert (found.published, found.byline) == ("2022-09-06", "Lo Thị Hoa")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", [2, 3, 4, 5])
@pytest.mark.parametrize("above", ["", "<div>Tin trong huyện mới</div>", "<h1>Tin trong huyện mới</h1>"])
def test_a_page_of_teasers_is_no_article_however_few_they_are(shape, number, above):
    with pytest.raises(NotAnArticle):
        read(f"<div>{above}<div>{teasers(shape, number)}</div></div>", "http://nacay.example/tin-trong-huyen")


def test_links_between_the_paragraphs_of_an_article_make_no_teasers_of_them():
    links = [f'<p><a href="/tin/{number}.html">{name}</a></p>' for number, name in enumerate(NAMES)]
    body = "".join(
        text for pair in zip(links[:2], paragraphs([*TEXT, *SUMMARIES]).split("</p>"), strict=False) for text in pair
    )
    found = read(f"<h1>{TITLE}</h1><div>06/09/2022</div><div>{body}{paragraphs(SUMMARIES)}</div>")
    assert set(TEXT) < set(text_of(found))


@pytest.mark.parametrize("href", ["?so=4417", URL])
def test_a_text_under_a_headline_that_leads_to_its_own_page_is_no_teaser(href):
    found = read(f'<div><h2><a href="{href}">{TITLE}</a></h2><p>{TEXT[0]}</p></div><div><h2>Khác</h2></div>')
    assert (found.title, text_of(found)) == (TITLE, TEXT[:1])
