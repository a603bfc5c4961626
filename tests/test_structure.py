"""Parts of an article told by structure and words alone, on pages whose classes say nothing."""

import pytest

from kyson_crawler.normalise import article
from kyson_crawler.pages import Document, unknown

TEXT = [
    "Sáng nay, bà con bản Húi cùng bộ đội biên phòng sửa xong bảy trăm mét đường vào khu sản xuất, kịp đưa máy lên gặt lúa mùa.",
    "Đoạn đường bị sạt sau trận mưa cuối tháng trước; xe công nông không qua được, nhiều hộ phải gùi lúa về nhà giữa trời nắng.",
    "Xã đã trích hai mươi triệu đồng mua xi măng, còn đá và cát do các hộ chở từ suối lên, mỗi nhà góp ba ngày công không lấy tiền.",
]
URL = "http://banhui.example/tin-xa/ban-hui-sua-duong-vao-khu-san-xuat.html"
HEADLINE = "<h1>Bản Húi sửa đường vào khu sản xuất</h1>"


def paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


def read(inside, url=URL):
    page = f'<html><head><meta charset="utf-8"></head><body><div>{inside}</div></body></html>'
    return article(unknown.reader(Document(page.encode(), url)).item())


def text_of(found):
    return [block.text for block in found.blocks if block.kind == "paragraph"]


# -- what nobody sees ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden",
    [
        f'<div style="display:none"><p>{TEXT[0]}</p></div>',
        f"<div hidden><p>{TEXT[0]}</p></div>",
        f'<div class="d-none"><p>{TEXT[0]}</p></div>',
    ],
)
def test_what_a_page_hides_is_not_read(hidden):
    assert text_of(read(f"{HEADLINE}{hidden}<div>{paragraphs(TEXT[1:])}</div>")) == TEXT[1:]


def test_hiding_half_of_the_page_is_not_believed():
    assert text_of(read(f'{HEADLINE}<div style="display:none">{paragraphs(TEXT)}</div>')) == TEXT


def test_properties_in_a_row_with_values_for_machines_are_no_text():
    data = (
        '<div itemprop="author" itemscope><span itemprop="name">quantri</span></div>'
        '<span itemprop="datePublished">2022-03-19T09:11:40+07:00</span><span itemprop="dateModified">2022-03-19T09:11:40+07:00</span>'
    )
    found = read(f"{HEADLINE}{data}<p>18/03/2022 14:05</p><div>{paragraphs(TEXT)}</div>")
    assert (text_of(found), found.published, found.lead) == (TEXT, "2022-03-18T14:05:00+07:00", None)


@pytest.mark.parametrize("name", ["datePublished", "dateModified"])
@pytest.mark.parametrize("author", ["", '<div itemprop="author"><span itemprop="name">quantri</span></div>'])
def test_a_single_instant_among_properties_is_for_machines_and_the_words_beside_it_are_not(name, author):
    instant = f'<span itemprop="{name}">2022-03-19T09:11:40+07:00</span>'
    lead = f'<div itemprop="description">{TEXT[0]}</div>'
    found = read(f"{HEADLINE}{author}{instant}{lead}<p>18/03/2022 14:05</p><div>{paragraphs(TEXT[1:])}</div>")
    assert (found.lead, text_of(found), found.published) == (TEXT[0], TEXT[1:], "2022-03-18T14:05:00+07:00")


def test_a_single_address_among_properties_is_shown():
    source = '<span itemprop="isBasedOn">http://tinh.example/bai.html</span>'
    found = read(f"{HEADLINE}<div>{paragraphs(TEXT)}<p>{source}</p></div>")
    assert "http://tinh.example/bai.html" in (found.source, *text_of(found))


# -- the address -----------------------------------------------------------------------------------------------------

LONG = "Bộ đội biên phòng cùng bà con bản Húi sửa bảy trăm mét đường vào khu sản xuất để kịp đưa máy lên gặt lúa mùa và chở phân bón"


@pytest.mark.parametrize("tag", ["div", "p", "h3", "h1"])
@pytest.mark.parametrize(
    "slug",
    [
        "Bo-doi-bien-phong-cung-ba-con-ban-Hui-sua-bay-tramq7x",
        "bo-doi-bien-phong-cung-ba-con-ban-hui-sua-bay-tra-88213",
    ],
)
def test_an_address_that_is_cut_names_the_headline_and_not_the_lead_that_begins_alike(tag, slug):
    lead = f"{LONG[:60]} mà chẳng quản ngày đêm, nắng mưa, ai ai cũng vui."
    inside = (
        f"<div>Tin xã</div><div>02/10/2023</div><{tag}>{LONG}</{tag}><div>{lead}</div><div>{paragraphs(TEXT)}</div>"
    )
    found = read(inside, f"http://banhui.example/tin/{slug}.html")
    assert (found.title, found.lead, text_of(found)) == (LONG, lead, TEXT)


# -- the lead --------------------------------------------------------------------------------------------------------


def test_a_text_that_stands_alone_in_a_box_between_headline_and_body_is_the_lead():
    found = read(f"{HEADLINE}<p>02/10/2023</p><div>{TEXT[0]}</div><div>{paragraphs(TEXT[1:])}</div>")
    assert (found.lead, text_of(found)) == (TEXT[0], TEXT[1:])


def test_a_first_paragraph_among_the_others_is_no_lead():
    found = read(f"{HEADLINE}<p>02/10/2023</p><div>{paragraphs(TEXT)}</div>")
    assert (found.lead, text_of(found)) == (None, TEXT)


def test_a_first_paragraph_of_boxes_within_the_body_is_no_lead_unless_it_is_bold():
    boxes = f"<div>{{}}</div><div>{paragraphs(TEXT[1:])}</div>"
    plain = read(f"{HEADLINE}<section><p>02/10/2023</p></section><section>{boxes.format(TEXT[0])}</section>")
    bold = read(f"{HEADLINE}<section><p>02/10/2023</p></section><section>{boxes.format(f'<b>{TEXT[0]}</b>')}</section>")
    assert (plain.lead, bold.lead) == (None, TEXT[0])


# -- pictures above the body -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "sources"),
    [
        ('<figure><img src="/anh/duong.jpg"><figcaption>Đường mới</figcaption></figure>', ["/anh/duong.jpg"]),
        ('<div><img src="/anh/duong.png" width="600"></div>', ["/anh/duong.png"]),
        ('<div><a href="/chia-se"><img src="/anh/chia-se.jpg"></a></div>', []),
        ('<div><img src="/anh/may-in.png"></div>', []),
    ],
)
def test_pictures_between_headline_and_body_are_the_articles_and_signs_of_tools_are_not(picture, sources):
    found = read(f"{HEADLINE}<div>{picture}</div><div>{paragraphs(TEXT)}</div>")
    assert [image.src.removeprefix("http://banhui.example") for image in found.images] == sources


# -- what stands below the body --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("below", "byline", "source"),
    [
        ("<p><b>Tác giả bài viết: </b>Lương Thị Xuân</p>", "Lương Thị Xuân", None),
        ("<p>Tác giả: quantri</p>", None, None),
        ("<p>Nguồn tin: Báo Miền Tây</p>", None, "Báo Miền Tây"),
        ("<p>Tác giả: Cụt Văn Lai</p><p>Nguồn tin: Đài Truyền Thanh</p>", "Cụt Văn Lai", "Đài Truyền Thanh"),
        ("<h4>Ý kiến bạn đọc</h4><p>Tác giả: Cụt Văn Lai</p>", None, None),
        ("<p>Các tin khác</p><p>Nguồn tin: Báo Miền Tây</p>", None, None),
    ],
)
def test_author_and_source_stand_right_below_the_body_and_nowhere_further_down(below, byline, source):
    found = read(f"{HEADLINE}<p>02/10/2023</p><div>{paragraphs(TEXT)}</div><div>{below}</div>")
    assert (found.byline, found.source, text_of(found)) == (byline, source, TEXT)


@pytest.mark.parametrize(
    "foot",
    [
        '<p>Từ khóa:</p><div><a href="/t/1">làm đường</a> <a href="/t/2">bản Húi</a></div>',
        "<h3>Bình luận (2)</h3><p>Đường đẹp quá</p>",
        "<p>* Vui lòng nhập bình luận tiếng Việt có dấu</p><p>Gửi đi</p>",
    ],
)
def test_an_article_ends_at_its_tags_and_at_its_readers_comments(foot):
    assert text_of(read(f"{HEADLINE}<div>{paragraphs(TEXT)}{foot}</div>")) == TEXT


def test_a_link_to_the_comments_above_an_article_does_not_end_it():
    assert text_of(read(f"{HEADLINE}<ul><li><a href='#c'>Bình luận</a></li></ul><div>{paragraphs(TEXT)}</div>")) == TEXT


# -- captions --------------------------------------------------------------------------------------------------------

CAPTION = "Thanh niên bản Húi kè đá bên đường."


@pytest.mark.parametrize(
    ("below", "caption"),
    [
        (CAPTION, CAPTION),
        ("Ngoài ra, xã hỗ trợ tiền dầu cho máy xúc.", None),
        ("Máy xúc do huyện cấp. Dầu do xã mua.", None),
        ("Work went on until late at night.", None),
    ],
)
def test_a_short_sentence_right_below_an_image_is_its_caption_only_when_it_begins_anew(below, caption):
    found = read(
        f"{HEADLINE}<div><p>{TEXT[0]}</p>\n<p><img src='/a.jpg'></p>\n<p>{below}</p>\n{paragraphs(TEXT[1:])}</div>"
    )
    assert found.images[0].caption == caption


@pytest.mark.parametrize(
    "markup",
    [
        f"<p><img src='/a.jpg'></p><p>{CAPTION}</p>{paragraphs(TEXT)}",
        f"<p>{TEXT[0]}</p><p><img src='/a.jpg'></p><p>{CAPTION}</p><p>Đá lấy ở suối.</p>{paragraphs(TEXT[1:])}",
        f"<p>{TEXT[0]}</p><p><img src='/a.jpg'></p><p>&nbsp;</p><p>{CAPTION}</p>{paragraphs(TEXT[1:])}",
    ],
)
def test_a_short_sentence_is_no_caption_above_the_text_in_a_run_of_short_ones_or_apart_from_its_image(markup):
    assert read(f"{HEADLINE}<div>{markup}</div>").images[0].caption is None


OTHERS = [
    "Bản Húi mở lớp dạy chữ cho phụ nữ",
    "Xã phát động tháng vệ sinh môi trường",
    "Đội văn nghệ bản Húi đi thi ở huyện",
]


def links(number, place="/tin-xa/{}.html"):
    return [f'<a href="{place.format(n)}">{name}</a>' for n, name in enumerate(OTHERS[:number])]


@pytest.mark.parametrize("heading", ["Có thể bà con quan tâm", "Xem thêm", "Đọc nhiều:", "Chuyện bản làng", ""])
@pytest.mark.parametrize("tag", ["<h3>{}</h3>", "<p><b>{}</b></p>", "<div>{}</div>"])
@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize(
    "entries",
    [
        lambda found: "<ul>" + "".join(f"<li>{link} (01/10/2023)</li>" for link in found) + "</ul>",
        lambda found: "".join(f"<p>{link}</p><p>01/10/2023</p>" for link in found),
        lambda found: "<div>" + "<br>".join(found) + "</div>",
    ],
    ids=["list", "paragraphs", "lines"],
)
def test_links_to_other_pages_at_the_end_are_not_the_articles_whatever_is_written_above_them(
    heading, tag, number, entries
):
    below = (tag.format(heading) if heading else "") + entries(links(number))
    found = read(f"{HEADLINE}<div>{paragraphs(TEXT)}<p><b>Lương Thị Xuân</b></p>{below}</div>")
    assert (text_of(found), found.byline) == (TEXT, "Lương Thị Xuân")


@pytest.mark.parametrize(
    ("below", "kept"),
    [
        (f"<p>{links(1)[0]}</p>", 1),
        ("".join(f"<p>{link}</p>" for link in links(2, "http://tinh.example/{}.html")), 2),
        ("".join(f"<p>{link}</p>" for link in links(2, "/tep/{}.pdf")), 2),
    ],
    ids=["one", "other hosts", "files"],
)
def test_one_link_links_to_other_sites_and_to_files_stay_with_the_article(below, kept):
    found = read(f"{HEADLINE}<div>{paragraphs(TEXT)}{below}</div>")
    assert len(text_of(found)) + len(found.attachments) >= len(TEXT) + kept


def test_a_sentence_above_links_to_other_pages_stays_with_the_article():
    found = read(
        f"{HEADLINE}<div>{paragraphs(TEXT)}<p>Mọi việc xong trước mùa.</p><p>{'</p><p>'.join(links(3))}</p></div>"
    )
    assert text_of(found)[-1] == "Mọi việc xong trước mùa."


@pytest.mark.parametrize("tools", ["Like 0 Share", "Share this:", "Tổng số lượt xem: 41"])
def test_what_a_page_counts_and_offers_below_its_article_does_not_keep_the_byline_out(tools):
    found = read(f"{HEADLINE}<div>{paragraphs(TEXT)}<p><b>Lương Thị Xuân</b></p><div>{tools}</div></div>")
    assert (text_of(found), found.byline) == (TEXT, "Lương Thị Xuân")
