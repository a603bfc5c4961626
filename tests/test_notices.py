"""Articles without running text: pictures under a headline and its date, a file, the description of a document."""

from contextlib import suppress

import pytest

from archive.errors import NotAnArticle
from kyson_crawler.normalise import article
from kyson_crawler.pages import Document, unknown

URL = "http://nacay.example/trang/xem.aspx?so=4417"
SLUGGED = "http://nacay.example/tin/hinh-anh-ngay-hoi-xuong-dong-o-ban-na-cay.html"
TITLE = "Hình ảnh ngày hội xuống đồng ở bản Na Cáy"
DATE = "<div>06/02/2023 | 10:20</div>"
FOOT = '<div><p>Cơ quan chủ quản: UBND xã Na Cáy</p><img src="/chan-trang.jpg"></div>'
MENU = '<ul><li><a href="/">Trang chủ</a></li><li><a href="/anh">Thư viện ảnh</a></li></ul>'


def read(inside, url=URL):
    page = f'<html><head><meta charset="utf-8"></head><body>{MENU}<div>{inside}</div>{FOOT}</body></html>'
    return article(unknown.reader(Document(page.encode(), url)).item())


def picture(number):
    return f'<p><img src="/hoi/{number}.jpg"></p>'


PICTURES = picture(1) + picture(2)
CAPTIONED = picture(1) + "<p><i>Thi cày ruộng</i></p>" + picture(2) + "<p><i>Thi cấy lúa</i></p>"


@pytest.mark.parametrize("body", [PICTURES, CAPTIONED, PICTURES + "<p>Bà con vui hội.</p>"])
@pytest.mark.parametrize(
    ("tag", "url"), [("h1", URL), ("h1", SLUGGED), ("div", SLUGGED), ("p", SLUGGED), ('h2 class="tieu-de"', SLUGGED)]
)
def test_pictures_under_a_headline_and_its_date_are_an_article(body, tag, url):
    found = read(f"<{tag}>{TITLE}</{tag.split()[0]}>{DATE}<div>{body}</div>", url)
    assert (found.title, found.published) == (TITLE, "2023-02-06T10:20:00+07:00")
    assert [image.src for image in found.images] == [f"http://nacay.example/hoi/{n}.jpg" for n in (1, 2)]


def test_captions_of_pictures_without_a_text_are_theirs():
    found = read(f"<h1>{TITLE}</h1>{DATE}<div>{CAPTIONED}</div>")
    assert [image.caption for image in found.images] == ["Thi cày ruộng", "Thi cấy lúa"]


@pytest.mark.parametrize(
    "inside",
    [
        f"<div>{TITLE}</div>{DATE}<div>{PICTURES}</div>",
        f"<h1>{TITLE}</h1><div>{PICTURES}</div>",
        f"<h1>Thư viện ảnh</h1>{DATE}<div>{PICTURES}</div>",
        f"<h1>UBND xã Na Cáy</h1>{DATE}<div>{PICTURES}</div>",
        f"<h1>{TITLE}</h1><h1>{TITLE} khác</h1>{DATE}<div>{PICTURES}</div>",
        f'<h1>{TITLE}</h1>{DATE}<div><a href="/tin/1.html"><img src="/hoi/1.jpg"></a><a href="/tin/1.html">Bản Na Cáy mở hội xuống đồng</a></div>',
        f'<h1>{TITLE}</h1>{DATE}<div><img src="/in.png" width="16"></div><h3>Các tin khác</h3><img src="/hoi/1.jpg">',
    ],
    ids=["no heading", "no date", "section", "office", "two headings", "links", "tools"],
)
def test_pictures_without_a_headline_of_their_own_or_that_lead_elsewhere_are_none(inside):
    with suppress(NotAnArticle):
        assert not read(inside).images


@pytest.mark.parametrize(
    "offer", ['<a href="/tep/ke-hoach.pdf">Kế hoạch</a>', '<p><a href="/tep/a.docx">Tải về</a></p>']
)
def test_a_file_under_the_only_headline_and_its_date_is_an_article(offer):
    found = read(f"<h1>Kế hoạch tổ chức hội xuống đồng</h1>{DATE}<div>{offer}</div>")
    assert (found.title, len(found.attachments)) == ("Kế hoạch tổ chức hội xuống đồng", 1)


PARTS = [
    ("Số ký hiệu", "07/KH-UBND"), ("Ngày ban hành", "03/02/2023"), ("Cơ quan ban hành", "UBND xã Na Cáy"),
    ("Người ký", "Vi Văn Thoong"), ("Tệp", '<a href="/tep/07.pdf">07.pdf</a>'),
]  # fmt: skip
ROWS = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in PARTS)
LINES = "".join(f"<div>{name}: {value}</div>" for name, value in PARTS)


@pytest.mark.parametrize("parts", [f"<table>{ROWS}</table>", LINES], ids=["table", "lines"])
def test_the_description_of_one_document_is_an_article_with_its_file(parts):
    found = read(f"<h1>Kế hoạch tổ chức hội xuống đồng</h1>{parts}")
    assert found.title == "Kế hoạch tổ chức hội xuống đồng"
    assert [file.href for file in found.attachments] == ["http://nacay.example/tep/07.pdf"]
    assert "07/KH-UBND" in "".join(block.text for block in found.blocks)


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td>Số ký hiệu</td><td>Ngày ban hành</td><td>Trích yếu</td></tr>"
        + "".join(
            f'<tr><td>0{n}/KH-UBND</td><td>03/02/2023</td><td><a href="/vb/{n}">Kế hoạch {n}</a></td></tr>'
            for n in (1, 2)
        ),
        "".join(f"<tr><td>Số ký hiệu: 0{n}/KH-UBND</td><td>Ngày ban hành: 03/02/2023</td></tr>" for n in (1, 2)),
    ],
    ids=["header", "labels again and again"],
)
def test_a_table_of_several_documents_is_no_article(table):
    with pytest.raises(NotAnArticle):
        read(f"<h1>Văn bản chỉ đạo, điều hành của xã</h1><table>{table}</table>")
