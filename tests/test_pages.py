import time

import pytest

from archive.errors import ArchiveError, NotAnArticle, UnreadablePage, UsageError
from kyson_crawler import pages
from kyson_crawler.extract import read_page
from kyson_crawler.pages import CMS, Document
from kyson_crawler.pages.document import decode, text

URL = "http://a.example/tin-tuc/hoi-nghi-tong-ket-cong-tac-nam-2021-529174"
TITLE = "Hội nghị tổng kết công tác năm 2021"
PROSE = [
    "Sáng 12/01, Ủy ban nhân dân huyện tổ chức hội nghị tổng kết công tác năm 2021, triển khai nhiệm vụ năm mới.",
    "Năm qua, huyện đã hoàn thành 19 trên 23 chỉ tiêu; thu ngân sách đạt 112% dự toán, hộ nghèo giảm gần 5 phần trăm.",
    "Các đại biểu đã thảo luận, hiến kế giải pháp phát triển chăn nuôi, trồng rừng và nâng cao chất lượng dạy học.",
]


def shell(middle, *, title="Cổng thông tin điện tử huyện", head=""):
    menu = "".join(f'<li><a href="/{n}">Chuyên mục số {n} của cổng thông tin điện tử</a></li>' for n in range(8))
    imprint = "Chịu trách nhiệm nội dung: Ông Lô Văn Tiến, Phó Chủ tịch Ủy ban nhân dân huyện, Trưởng Ban biên tập cổng"
    return f'<html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body><ul>{menu}</ul><div>{middle}</div><div>{imprint}</div></body></html>'


def paragraphs(texts=PROSE):
    return "".join(f"<p>{line}</p>" for line in texts)


def read(html, url=URL, cms="generic"):
    return read_page(html.encode(), url, cms=cms).article


# -- letters ---------------------------------------------------------------------------------------------------------

SAMPLE = "<p>Đường điện đã kéo về bản Na Loi, huyện Mường Mẫu, bà con phấn khởi</p>"


def cp1258(letters):
    """Letters in Windows-1258, which writes most tones as a mark of their own."""
    import unicodedata

    written = bytearray()
    for letter in letters:
        try:
            written += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
            written += (unicodedata.normalize("NFC", parts.replace(tone, "")) + tone).encode("cp1258")
    return bytes(written)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (SAMPLE.encode(), None),
        (SAMPLE.encode(), "text/html; charset=iso-8859-1"),
        (SAMPLE.encode(), "text/html; charset=nonsense"),
        (b'<meta charset="windows-1252">' + SAMPLE.encode(), "text/html"),
        (b'<meta charset="hex">' + SAMPLE.encode(), None),
        (b'<meta charset="undefined">' + SAMPLE.encode(), None),
        (b"\xef\xbb\xbf" + SAMPLE.encode(), "text/html; charset=utf-16"),
        (SAMPLE.encode("utf-16"), None),
        (SAMPLE.encode("utf-16-le"), "text/html; charset=utf-16le"),
        (cp1258(SAMPLE), "text/html; charset=windows-1258"),
        (cp1258(SAMPLE), "text/html; charset=iso-8859-1"),
        (cp1258(SAMPLE), "text/html; charset=utf-8"),
        (cp1258(SAMPLE), None),
        (b'<meta charset="punycode">' + cp1258(SAMPLE), None),
        (SAMPLE.encode() + b"\xe1\xbb", "text/html; charset=utf-8"),
    ],
)
def test_letters_are_read_whatever_the_server_claims(body, content_type):
    assert "Đường điện đã kéo về bản Na Loi, huyện Mường Mẫu" in text(Document(body, None, content_type).root)


def test_a_page_in_western_letters_stays_in_them():
    assert "Première fête à Hanoï, così però più" in decode(
        "Première fête à Hanoï, così però più".encode("cp1252"), "text/html; charset=iso-8859-1"
    )


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"PK\x03\x04", "Office"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<!-- -->", "HTML"),
        (b"\x00\x00", "empty"),
        (b"x" * 20_000_001, "20,000,000"),
    ],
)
def test_what_is_no_page_is_refused_with_its_kind(body, named):
    with pytest.raises(UnreadablePage, match=named):
        Document(body)


# -- the tree --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>Hu<i>y</i>ện</b> ủy", "Huyện ủy"),
        ("Một<br>hai", "Một hai"),
        ("<td>Một</td><td>Hai</td>", "Một Hai"),
        ("Một</p>Hai", "Một Hai"),
        ("Một<script>x</script> hai", "Một hai"),
    ],
)
def test_text_of_an_element_glues_no_words_and_parts_none(html, shown):
    assert text(Document(f"<div>{html}</div>".encode()).root) == shown


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("", "/a", "http://a.example/a"),
        ("", "../b#c", "http://a.example/b"),
        ("", "//c.example/d", "http://c.example/d"),
        ('<base href="http://d.example/x/">', "y", "http://d.example/x/y"),
        ('<base href="/x/">', "y", "http://a.example/x/y"),
        ('<base href="http://[x">', "/y", "http://a.example/y"),
        ('<base href="javascript:1">', "/y", "http://a.example/y"),
        ("", "javascript:alert(1)", None),
        ("", "mailto:a@b.example", None),
        ("", "http://[x", None),
    ],
)
def test_addresses_resolve_against_a_sound_base_and_lead_to_web_pages_only(base, href, address):
    document = Document(f"<html><head>{base}</head><body>x</body></html>".encode(), URL)
    assert document.resolve(href) == address


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "table><tr><td", "ul><li", "font"])
@pytest.mark.parametrize("closed", [True, False])
def test_endless_nesting_is_refused_or_read_and_soon(tag, closed):
    names = [name.strip("<") for name in tag.split(">")]
    end = "".join(f"</{name}>" for name in reversed(names)) if closed else ""
    html = shell(f"<h1>{TITLE}</h1>" + f"<{tag}>" * 20_000 + paragraphs() + end * 20_000)
    started = time.perf_counter()
    for cms in CMS:
        with pytest.raises(ArchiveError):
            read(html, cms=cms)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("tag", ["div", "span", "font"])
def test_a_body_nested_hundreds_deep_by_tags_never_closed_is_read_whole(tag):
    lines = "".join(f"<{tag}><p>{line}</p>" for line in PROSE * 200)
    assert list(read(shell(f"<h1>{TITLE}</h1>{lines}")).paragraphs[:600]) == PROSE * 200


def test_a_table_of_many_rows_is_read_soon():
    rows = "".join(f"<tr><td><p>{n}</p></td><td><table><tr><td>{n}</td></tr></table></td></tr>" for n in range(5_000))
    started = time.perf_counter()
    read(shell(f"<h1>{TITLE}</h1>{paragraphs()}<table>{rows}</table>"))
    assert time.perf_counter() - started < 5


# -- whose page it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "cms"),
    [
        ('<meta name="generator" content="NukeViet v4.5"><p>x', "nukeviet"),
        ('<div id="news-bodyhtml">x</div>', "nukeviet"),
        ('<div class="box ArticleContent">x</div>', "vnportal"),
        ('<div class="ArticleList">x</div>', "vnportal"),
        ('<div class="NoArticleContent">x</div>', "generic"),
        ("<p>x", "generic"),
    ],
)
def test_a_page_is_recognised_by_its_marks(html, cms):
    assert pages.recognise(Document(html.encode())) is CMS[cms]


def test_an_unknown_cms_is_misuse_and_the_known_ones_are_named():
    with pytest.raises(UsageError, match=r"joomla.*vnportal, nukeviet.*generic"):
        pages.of("joomla")


@pytest.mark.parametrize("url", ["", "kyson", "ftp://a.example/", "http://[x", "http://a.example:99999/"])
def test_an_address_that_is_none_is_misuse(url):
    with pytest.raises(UsageError, match="no web address"):
        read_page(b"<p>x", url)


# -- addresses of articles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cms", "url", "key"),
    [
        ("vnportal", "/tin-tuc/le-hoi-529174", "529174"),
        ("vnportal", "/tin-tuc/le-hoi-529174?pageindex=0", "529174"),
        ("vnportal", "/tin-tuc/tong-ket-nam-2021", None),
        ("vnportal", "/tin-tuc", None),
        ("vnportal", "/", None),
        ("nukeviet", "/Tin-tuc/le-hoi-7.html", "news/7"),
        ("nukeviet", "/Ban-tin-noi-bo/le-hoi-da-doi-ten-7.html", "news/7"),
        ("nukeviet", "/print/Tin-tuc/le-hoi-7.html", "news/7"),
        ("nukeviet", "/savefile/Tin-tuc/le-hoi-7.html", "news/7"),
        ("nukeviet", "/vi/Tin-tuc/le-hoi-7.html", "news/7"),
        ("nukeviet", "/about/gioi-thieu.html", "about/gioi-thieu"),
        ("nukeviet", "/Tin-tuc/", None),
        ("nukeviet", "/", None),
        ("generic", "/tin/le-hoi.aspx?id=3", "tin/le-hoi.aspx/id=3"),
        ("generic", "/", None),
    ],
)
def test_an_article_has_one_key_under_all_its_addresses(cms, url, key):
    assert CMS[cms].key("http://a.example" + url) == key


@pytest.mark.parametrize(
    ("cms", "url", "canonical"),
    [
        ("vnportal", "/tin-tuc/le-hoi-529174?pageindex=0", "/tin-tuc/le-hoi-529174"),
        ("vnportal", "/tin-tuc/le-hoi-529174?print=1", "/tin-tuc/le-hoi-529174"),
        ("vnportal", "/tin-tuc?pageindex=0", "/tin-tuc"),
        ("vnportal", "/tin-tuc?pageindex=2", "/tin-tuc?pageindex=2"),
        ("nukeviet", "/print/Tin-tuc/le-hoi-7.html", "/Tin-tuc/le-hoi-7.html"),
        ("nukeviet", "/Tin-tuc/le-hoi-7.html?t=169#c", "/Tin-tuc/le-hoi-7.html"),
        ("nukeviet", "/Tin-tuc/page-2/", "/Tin-tuc/page-2/"),
        ("generic", "/tin?id=3", "/tin?id=3"),
    ],
)
def test_views_of_an_article_lead_back_to_it(cms, url, canonical):
    assert CMS[cms].canonical("http://a.example" + url) == "http://a.example" + canonical


@pytest.mark.parametrize(
    ("cms", "url", "refused"),
    [
        ("vnportal", "/login", True),
        ("vnportal", "/tim-kiem?q=x", True),
        ("vnportal", "/tin-tuc?ReturnUrl=%2f", True),
        ("vnportal", "/tin-tuc/tim-kiem-nguoi-mat-tich-529174", False),
        ("vnportal", "/tin-tuc", False),
        ("nukeviet", "/users/login/", True),
        ("nukeviet", "/vi/contact/", True),
        ("nukeviet", "/Tin-tuc/", False),
        ("generic", "/login", False),
    ],
)
def test_addresses_that_hold_forms_are_refused_with_a_reason(cms, url, refused):
    assert bool(CMS[cms].why_not("http://a.example" + url)) is refused


def test_a_page_may_name_the_address_of_its_article_but_not_of_another():
    own = "http://a.example/tin-tuc/le-hoi-529174?pageindex=0"
    for named, url in (
        ("/van-hoa/le-hoi-529174", "http://a.example/van-hoa/le-hoi-529174"),
        ("/van-hoa/le-hoi-529175", "http://a.example/tin-tuc/le-hoi-529174"),
        ("http://b.example/van-hoa/le-hoi-529174", "http://a.example/tin-tuc/le-hoi-529174"),
        ("http://[x", "http://a.example/tin-tuc/le-hoi-529174"),
    ):
        html = shell(f"<h1>{TITLE}</h1>{paragraphs()}", head=f'<link rel="canonical" href="{named}">')
        assert read(html, own, "vnportal").url == url


# -- the reader that knows no CMS ------------------------------------------------------------------------------------


def test_the_body_is_the_box_of_the_prose_without_menu_and_imprint():
    assert read(shell(f"<h1>{TITLE}</h1><div>{paragraphs()}</div>")).paragraphs == tuple(PROSE)


@pytest.mark.parametrize(
    ("middle", "head", "url"),
    [
        (f"<div>Tin tức</div><h1>{TITLE}</h1>", "", None),
        (f"<h3>Tin nổi bật</h3><div>{TITLE}</div><div>12/01/2022</div>", "", URL),
        (f"<h3>Tin nổi bật</h3><div>12/01/2022</div><p>{TITLE}</p>", "", URL),
        (f"<h3>Tin nổi bật</h3><div>{TITLE}</div>", f'<meta property="og:title" content="{TITLE}">', None),
        (f"<div>{TITLE}</div><div>12/01/2022</div>", "", None),
        (f"<h1>Cổng thông tin điện tử huyện</h1><h2>{TITLE}</h2>", "", URL),
    ],
)
def test_the_headline_is_told_by_address_metadata_heading_or_date(middle, head, url):
    assert read(shell(f"{middle}<div>{paragraphs()}</div>", head=head), url).title == TITLE


def test_a_headline_as_long_as_a_paragraph_is_not_taken_for_one():
    long = f"{TITLE}, triển khai nhiệm vụ năm 2022 và trao tặng danh hiệu thi đua cho các tập thể, cá nhân xuất sắc"
    article = read(shell(f"<div>{long}</div><div>12/01/2022 | 15:30</div><div>{paragraphs()}</div>"), None)
    assert (article.title, article.published) == (long, "2022-01-12T15:30:00+07:00")
    assert article.paragraphs == tuple(PROSE)


@pytest.mark.parametrize(
    "slot",
    [
        '<div class="q7">{0}</div>',
        '<div class="q7"><p><strong>{0}</strong></p></div>',
        '<p class="sapo">{0}</p>',
        '<div class="article-summary"><b>{0}</b></div>',
    ],
)
def test_prose_between_headline_and_body_is_the_lead(slot):
    lead = "Huyện đã hoàn thành 19 trên 23 chỉ tiêu của năm, trong đó có 6 chỉ tiêu vượt kế hoạch."
    article = read(shell(f"<h1>{TITLE}</h1><div>12/01/2022</div>{slot.format(lead)}<div>{paragraphs()}</div>"))
    assert (article.lead, article.paragraphs) == (lead, tuple(PROSE))


def test_what_stands_behind_the_heading_of_related_articles_is_no_text():
    related = "".join(f'<li><a href="/x-{n}">Một bài viết khác có tên dài</a> {PROSE[0]}</li>' for n in range(9))
    for heading in ("Các tin khác", "TIN ĐÃ ĐƯA", "Tin liên quan:", "Other News"):
        html = shell(f"<h1>{TITLE}</h1>{paragraphs()}<div>{heading}</div><ul>{related}</ul>")
        assert read(html).paragraphs == tuple(PROSE)


def test_a_notice_of_one_sentence_over_its_file_is_an_article():
    notice = "Sở Nông nghiệp thông báo lịch tập huấn trồng rừng"
    link = '<p>Xem chi tiết <a href="/tep/lich.pdf">tại đây</a></p>'
    article = read(shell(f"<p>{PROSE[0]}</p><p>{TITLE}</p><div><p>{notice}</p></div>{link}"))
    assert (article.title, article.paragraphs) == (TITLE, (notice,))
    assert [file.href for file in article.attachments] == ["http://a.example/tep/lich.pdf"]


def test_the_bar_that_a_web_archive_puts_on_a_page_is_not_read():
    bar = f'<div id="wm-ipp-base"><h1>{PROSE[0]}</h1><p>{PROSE[1]}</p></div>'
    article = read(shell(f"{bar}<h2>{TITLE}</h2>{paragraphs()}"))
    assert (article.title, article.paragraphs) == (TITLE, tuple(PROSE))


@pytest.mark.parametrize(
    "title", ["Không tìm thấy trang", "404 - Page not found", "Trang này không tồn tại", "Lỗi 500", "Trạng thái"]
)
def test_an_error_page_that_answers_200_is_no_article(title):
    with pytest.raises(NotAnArticle):
        read(shell(f"<h1>{title}</h1>{paragraphs()}"), None)


@pytest.mark.parametrize(
    "title", ["500 đại biểu dự Đại hội Đảng bộ huyện", "Không tìm thấy người mất tích sau trận lũ ống"]
)
def test_headlines_that_begin_like_an_error_are_articles(title):
    assert read(shell(f"<h1>{title}</h1>{paragraphs()}"), None).title == title


ASKS = '<form><input name="ten"><input type="{}" name="mat-khau"><button>Vào</button></form>'
MEMBERS = (
    "Bài này chỉ dành cho cán bộ của huyện; xin dùng tài khoản do phòng văn hóa cấp để xem toàn bộ nội dung của bài."
)


@pytest.mark.parametrize("tag", ["h1", "h2", "div"])
@pytest.mark.parametrize("title", ["Đăng nhập", "Đăng nhập hệ thống", "Dành cho cán bộ"])
@pytest.mark.parametrize("kind", ["password", "PASSWORD"])
def test_a_page_that_asks_for_a_password_is_no_article(tag, title, kind):
    with pytest.raises(NotAnArticle):
        read(shell(f"<{tag}>{title}</{tag}>{ASKS.format(kind)}<p>{MEMBERS}</p>"), cms=None)


@pytest.mark.parametrize(
    "inside",
    [
        f"<div>{ASKS.format('password')}</div><h1>{TITLE}</h1><div>{paragraphs()}</div>",
        f"<h1>{TITLE}</h1><div>{paragraphs()}{ASKS.format('password')}</div>",
        f"<h1>Đăng nhập</h1><div>{ASKS.format('text')}{paragraphs()}</div>",
    ],
    ids=["beside", "below", "no password"],
)
def test_a_box_to_log_in_beside_an_article_leaves_it_one(inside):
    assert read(shell(inside), cms=None).paragraphs == tuple(PROSE)


@pytest.mark.parametrize("path", ["", "/", "/?lang=vi"])
def test_a_home_page_is_no_article(path):
    with pytest.raises(NotAnArticle):
        read(shell(f"<h1>{TITLE}</h1>{paragraphs()}"), "http://a.example" + path)


def test_vnportal_believes_that_an_address_without_an_id_is_no_article():
    with pytest.raises(NotAnArticle):
        read(shell(f'<div class="ArticleContent">{paragraphs()}</div>'), "http://a.example/gioi-thieu", "vnportal")


@pytest.mark.parametrize(
    "url",
    [
        "http://b.example/tin/khai-giang.html",
        "http://b.example/tin/chi-tiet?id=57",
        "http://b.example/vi/news/Tin-xa/khai-giang",
        "http://b.example/index.php?language=vi&nv=news&op=tin/khai-giang-7",
    ],
)
@pytest.mark.parametrize(
    ("head", "inside"),
    [
        ("", '<div class="ArticleHeader">{title}</div><div class="ArticleContent">{text}</div>'),
        ("", '<div class="ArticleList"><h1>{title}</h1><div>{text}</div></div>'),
    ],
    ids=["slots", "list"],
)
def test_an_address_says_nothing_of_a_page_whose_portal_is_not_known_to_run_the_system(url, head, inside):
    page = f"<html><head>{head}</head><body>{inside.format(title=TITLE, text=paragraphs())}</body></html>"
    found = read(page, url, None)
    assert (found.title, found.paragraphs) == (TITLE, tuple(PROSE))


@pytest.mark.parametrize("cms", ["vnportal", "nukeviet"])
def test_on_a_portal_known_to_run_the_system_an_address_without_its_number_is_of_no_article(cms):
    with pytest.raises(NotAnArticle):
        read(shell(f"<h1>{TITLE}</h1>{paragraphs()}"), "http://a.example/vi/news/Tin-xa/", cms)


# -- links -----------------------------------------------------------------------------------------------------------


def test_links_are_web_addresses_each_once_in_order():
    html = '<a href="/b">Hai</a><a href="javascript:x">y</a><a href="/a#x"></a><a href="/a">Một</a><a>z</a><iframe src="/c"></iframe>'
    found = pages.page(Document(html.encode(), URL)).links()
    assert [url.removeprefix("http://a.example") for url in found] == ["/b", "/a", "/c"]
