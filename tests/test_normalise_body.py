import pytest

from kyson_crawler.items import ArticleItem, DateItem
from kyson_crawler.normalise import article, parts
from kyson_crawler.normalise.body import pieces
from kyson_crawler.normalise.pieces import blocks
from tests.markup import fragment


def kinds(html):
    """Kind and text of the blocks of a body."""
    return [(block.kind, block.text) for block in blocks(pieces(fragment(html)))]


def texts(html):
    return [piece.text for piece in pieces(fragment(html))]


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ("<p>Một</p><p>Hai</p>", ["Một", "Hai"]),
        ("Một<p>Hai</p>ba", ["Một", "Hai", "ba"]),
        ("<p>Một</p><p>&nbsp;</p><p><br></p><p>Hai</p>", ["Một", "Hai"]),
        ("Một<br>dòng<br><br>Hai", ["Một dòng", "Hai"]),
        ("Một<br>&nbsp;<br>Hai", ["Một", "Hai"]),
        ("<p>Mườ<b>ng X</b>én</p>", ["Mường Xén"]),
        ("<p><span>Kỳ</span> <span>Sơn</span></p>", ["Kỳ Sơn"]),
        ("<p>Một\nhai\r\nba</p>", ["Một hai ba"]),
        ("<div><div><div>Một</div>Hai</div></div>", ["Một", "Hai"]),
        ("<p>Một<p>Hai", ["Một", "Hai"]),
        ("<p>chu&ocirc;\u0323t</p>", ["chuột"]),
        ("<p>Một<!-- ẩn -->hai</p>", ["Mộthai"]),
        ("<o:p>Một</o:p>", ["Một"]),
        ("", []),
        ("   ", []),
        ("<!-- -->", []),
    ],
)
def test_blocks_part_paragraphs_and_inline_marks_do_not(html, paragraphs):
    assert texts(html) == paragraphs


@pytest.mark.parametrize(
    "html",
    [
        "<script>var a = 'Ẩn';</script>",
        "<style>p { color: red }</style>",
        "<p style='display:none'>Ẩn</p>",
        "<p style='VISIBILITY : hidden'>Ẩn</p>",
        "<p hidden>Ẩn</p>",
        "<select><option>Ẩn</option></select>",
        "<button>Ẩn</button>",
        "<svg><text>Ẩn</text></svg>",
        "<iframe src='http://a.example/'>Ẩn</iframe>",
        "<textarea>Ẩn</textarea>",
    ],
)
def test_what_a_reader_does_not_see_is_left_out_and_what_follows_is_not(html):
    assert texts(f"<p>Trước</p>{html}sau") == ["Trước", "sau"]


@pytest.mark.parametrize("name", ["embed", "source", "track", "wbr", "keygen", "bgsound"])
@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ("<p>Trước</p><{0} src='/a.pdf'><p>sau</p><p>hết</p>", ["Trước", "sau", "hết"]),
        ("<p>Trước</p><{0}>sau<p>hết</p>", ["Trước", "sau", "hết"]),
        ("<div><{0}><{0} /><p>Trước</p></div><p>sau</p>", ["Trước", "sau"]),
        ("<div><p>Trước<{0}></p>sau<{0}>thì<{0}></div>hết", ["Trước", "sauthì", "hết"]),
        ("<table><tr><td><{0}><p>Trước</p></td><td><p>sau</p></td></tr></table>", ["Trước", "sau"]),
        ("<p>Trước</p><{0}></{0}><p>sau</p>", ["Trước", "sau"]),
    ],
)
def test_what_has_nothing_inside_swallows_nothing_behind_it(name, html, paragraphs):
    assert texts(html.format(name)) == paragraphs


def test_a_page_cannot_pretend_that_an_element_was_left_out():
    found = pieces(fragment('<b _skipped="">Một</b><p>Hai</p>'))
    assert [piece.bold for piece in found] == [True, False]


@pytest.mark.parametrize(
    ("html", "block"),
    [
        ("<h2>Đường đi trước</h2>", ("heading", "Đường đi trước")),
        ("<blockquote><p>Lời dẫn</p></blockquote>", ("quote", "Lời dẫn")),
        ("<ul><li>Một</li><li>Hai</li></ul>", ("list", "Một\nHai")),
        ("<ol><li><p>Một</p></li><li>Hai<ul><li>Ba</li></ul></li></ol>", ("list", "Một\nHai\nBa")),
        (
            "<table><tr><td>Thu</td><td>736</td></tr><tr><td>Chi</td><td>512</td></tr></table>",
            ("table", "Thu\t736\nChi\t512"),
        ),
        ("<table><tr><td><p>Một đoạn.</p></td></tr></table>", ("paragraph", "Một đoạn.")),
    ],
)
def test_structure_is_kept(html, block):
    assert kinds(html) == [block]


def test_lists_that_follow_each_other_stay_two():
    assert kinds("<ul><li>Một</li></ul><ul><li>Hai</li></ul>") == [("list", "Một"), ("list", "Hai")]


def test_a_table_of_data_keeps_its_title_and_whole_words():
    html = "<table><caption>Kết quả</caption><tr><th>B<b>ản</b></th><th>Số<br>hộ</th></tr><tr><td>Na Loi</td><td>41</td></tr></table>"
    assert kinds(html) == [("paragraph", "Kết quả"), ("table", "Bản\tSố hộ\nNa Loi\t41")]


def test_text_set_in_columns_is_no_data():
    long = "Một đoạn văn dài. " * 40
    html = f"<table><tr><td>{long}</td><td>x</td></tr><tr><td>{long}</td><td>y</td></tr></table>"
    assert {kind for kind, _ in kinds(html)} == {"paragraph"}


@pytest.mark.parametrize(
    ("image", "source"),
    [
        ('<img src=" /a.jpg ">', "/a.jpg"),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="/a.jpg">', "/a.jpg"),
        ('<img data-original="/a.jpg">', "/a.jpg"),
        ('<img src="data:image/png;base64,iVBORw">', "data:image/png;base64,iVBORw"),
        ('<img src="/a.jpg" width="100%" height="auto">', "/a.jpg"),
        ('<img src="/loading.gif" data-original="/a.jpg">', "/a.jpg"),
        ('<img src="/images/blank.png" data-src="/a.jpg">', "/a.jpg"),
        ('<img src="/themes/placeholder-300x200.jpg" data-lazy-src="/a.jpg">', "/a.jpg"),
        ('<img src="/a.jpg" data-original="/zoom/a.jpg">', "/a.jpg"),
        ('<img src="/a.jpg" data-src="/loading.gif">', "/a.jpg"),
        ('<img src="/loading.gif" data-src="javascript:alert(1)">', "/loading.gif"),
        ('<img src="/rước.gif">', "/rước.gif"),
        ('<img srcset="/a-300.jpg 300w, /a-1200.jpg 1200w,/a-600.jpg 600w">', "/a-1200.jpg"),
        ('<img srcset="/a.jpg, /a2.jpg 2x">', "/a2.jpg"),
        ('<img data-srcset="/a,b.jpg">', "/a,b.jpg"),
        ('<img src="/loading.gif" data-srcset="/a.jpg 600w">', "/a.jpg"),
        ('<img src="/a.jpg" srcset="/a-1200.jpg 1200w">', "/a.jpg"),
    ],
)
def test_an_image_stands_where_its_address_is_kept(image, source):
    (piece,) = pieces(fragment(f"<p>{image}</p>"))
    assert (piece.kind, piece.src) == ("image", source)


@pytest.mark.parametrize(
    "image",
    [
        "<img>",
        '<img src="">',
        '<img src="/a.gif" width="1" height="1">',
        '<img src="/icon.png" width="16px">',
        '<img src="/images/btn_buy.gif">',
        '<img src="/spacer.gif">',
        '<img src="data:image/gif;base64,R0lGOD">',
        '<img src="javascript:alert(1)">',
        '<img src="file:///C:/Users/a/clip_image002.jpg">',
        '<img src="cid:ii_1">',
        '<img srcset=" , ,, ">',
        '<img srcset="javascript:alert(1) 2x">',
        '<img src="/images/smiley.png">',
        '<img src="/images/share.png">',
    ],
)
def test_spacers_icons_and_what_no_browser_would_show_are_no_images(image):
    assert texts(f"<p>{image}</p>") == []


def test_an_emoji_is_a_letter_of_its_sentence():
    image = '<img class="emoji" alt="\U0001f600" src="https://cdn.example/1f600.png">'
    assert texts(f"<p>Chào {image} bà con</p>") == ["Chào \U0001f600 bà con"]


def test_the_candidates_of_an_image_are_gone_through_once():
    for hostile in (", " * 4_000, "9w," * 2_600, "x" * 100_000):
        assert len(texts(f'<p>Một<img srcset="{hostile}"></p>')) <= 2


def item(body, **facts):
    return ArticleItem(
        **({"url": "http://a.example/tin/x-12345", "title": "Tiêu đề bài viết", "body": fragment(body)} | facts)
    )


LONG = "Sau 5 năm xây dựng nông thôn mới, xã Huồi Sen đã đạt 14 trên 19 tiêu chí của huyện."


@pytest.mark.parametrize(
    ("body", "lead"),
    [
        (f"<p><strong>{LONG}</strong></p><p>Thân bài viết ở đây.</p>", LONG),
        (f"<p><strong>{LONG}</strong></p><p><strong>Thân bài viết ở đây.</strong></p>", None),
        (f"<p>{LONG}</p><p>Thân bài viết ở đây.</p>", None),
        (f"<p><strong>{LONG}</strong></p>", None),
        ("<p><strong>Ngắn quá.</strong></p><p>Thân bài viết ở đây.</p>", None),
        (f"<p><em>{LONG}</em></p><p>Thân bài viết ở đây.</p>", LONG),
        (f"<p><em>{LONG}</em></p><p><i>Thân bài viết ở đây.</i></p>", None),
        (f"<p><em>{LONG * 4}</em></p><p>Thân bài viết ở đây.</p>", None),
        (f"<p><strong>V/v {LONG}</strong></p><p>Thân bài viết ở đây.</p>", f"V/v {LONG}"),
        (f'<p align="right"><em>{LONG}</em></p><p>Thân bài viết ở đây.</p>', None),
        (f"<p><strong>1. {LONG}</strong></p><p>Thân bài viết ở đây.</p>", None),
        (f"<p><strong>II. {LONG}</strong></p><p>Thân bài viết ở đây.</p>", None),
    ],
)
def test_the_lead_is_the_one_paragraph_at_the_top_with_looks_of_its_own(body, lead):
    read = article(item(body))
    assert read.lead == lead
    assert (lead in read.paragraphs) is False


def test_a_lead_in_its_slot_is_not_repeated_in_the_body():
    read = article(item(f"<p>{LONG}</p><p>Thân bài.</p>", lead=fragment(f"<p><b>{LONG}</b></p>")))
    assert (read.lead, read.paragraphs) == (LONG, ("Thân bài.",))


@pytest.mark.parametrize("mark", ["...", "…", " [...]", "….", " (...)"])
def test_a_lead_that_breaks_off_is_taken_whole_from_the_body(mark):
    read = article(item(f"<p>{LONG}</p><p>Thân bài.</p>", lead=fragment(f"<p>{LONG[:50]}{mark}</p>")))
    assert (read.lead, read.paragraphs) == (LONG, ("Thân bài.",))


def test_a_lead_that_breaks_off_and_stands_nowhere_whole_stays():
    read = article(item(f"<p>Khác. {LONG}</p><p>Thân bài.</p>", lead=fragment(f"<p>{LONG[:50]}...</p>")))
    assert (read.lead, len(read.paragraphs)) == (f"{LONG[:50]}...", 2)


def test_a_title_repeated_above_the_body_is_left_out_and_one_inside_is_kept():
    read = article(item("<h2>Tiêu đề bài viết</h2><p>Một.</p><p>Tiêu đề bài viết</p><p>Hai.</p>"))
    assert read.paragraphs == ("Một.", "Tiêu đề bài viết", "Hai.")


def test_lines_drawn_with_dashes_are_no_text():
    assert article(item("<p>Một.</p><p>-----</p><p>***</p><p>Hai.</p>")).paragraphs == ("Một.", "Hai.")


def test_an_item_without_text_is_an_article_without_blocks():
    assert article(item("")).blocks == ()


@pytest.mark.parametrize(
    ("shown", "meta", "url", "published"),
    [
        ("02/06/2022", "2023-01-01T10:00:00", "http://a.example/2021-1-1/x", ("2022-06-02", "02/06/2022", "page")),
        (
            None,
            "2023-01-01T10:00:00",
            "http://a.example/x",
            ("2023-01-01T10:00:00+07:00", "2023-01-01T10:00:00", "meta"),
        ),
        ("Thứ năm", None, "http://a.example/2021-1-1/x", ("2021-01-01", "Thứ năm", "url")),
        ("Thứ năm", None, "http://a.example/x", (None, "Thứ năm", None)),
        (None, None, None, (None, None, None)),
    ],
)
def test_the_date_shown_wins_over_metadata_and_the_address_comes_last(shown, meta, url, published):
    hidden = (DateItem(source="meta", raw=meta),) if meta else ()
    read = article(item("<p>Một.</p>", published_raw=shown, other_dates=hidden, url=url))
    assert (read.published, read.published_raw, read.published_source) == published


WHOLE = f"Ngày 02/6/2022, tại nhà văn hóa cộng đồng xã, {LONG.lower()}"


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ("<p>Họp lúc 8 giờ<br>tại nhà văn hóa bản</p>", ["Họp lúc 8 giờ tại nhà văn hóa bản"]),
        (
            "<p><b>Mọi chi tiết xin liên hệ:</b><br>Văn phòng huyện</p>",
            ["Mọi chi tiết xin liên hệ:", "Văn phòng huyện"],
        ),
        ("<p><b>Kế hoạch</b><br><b>Thời gian</b></p>", ["Kế hoạch", "Thời gian"]),
        ("<p>Gồm có:<br>- hai con bò<br>– một con trâu</p>", ["Gồm có:", "- hai con bò", "– một con trâu"]),
        ("<p>Ông <b>Lầu Bá Chò</b><br>đã đến dự</p>", ["Ông Lầu Bá Chò đã đến dự"]),
        (f"{WHOLE}<br>Nay {WHOLE}<br>\n<i>“{WHOLE}”</i><br>{WHOLE}", [WHOLE, f"Nay {WHOLE}", f"“{WHOLE}”", WHOLE]),
        (f"{WHOLE.rstrip('.')}<br>{WHOLE}", [f"{WHOLE.rstrip('.')} {WHOLE}"]),
        (f"Chị kể: “{WHOLE}<br>{WHOLE}”", [f"Chị kể: “{WHOLE} {WHOLE}”"]),
        (f"{WHOLE}<br>Xin cảm ơn.", [f"{WHOLE} Xin cảm ơn."]),
        (
            "Trên nương lúa chín vàng.<br>Dưới khe nước trong xanh.<br>Bản Mường vui mùa mới.",
            ["Trên nương lúa chín vàng. Dưới khe nước trong xanh. Bản Mường vui mùa mới."],
        ),
    ],
)
def test_a_line_break_parts_paragraphs_only_around_bold_lines_before_items_and_between_long_ones(html, paragraphs):
    assert [piece.text for piece in pieces(fragment(html))] == paragraphs


SUNG = "Hò dô ta nào, kéo gỗ về bản"


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{LONG}</p><p><span>{LONG}</span></p><p>{SUNG}</p><p>Chiều xuống</p>",
        f"<p>{LONG}</p><p>{SUNG}</p><p><span>{SUNG}</span></p><p>Chiều xuống</p><p>Chiều xuống</p>",
        f"<p>{LONG}<span>{LONG}</span></p><p><b>{SUNG}</b>{SUNG}</p><p>Chiều xuống<b>Chiều xuống</b></p>",
        f"<p>{LONG} <span>{LONG}</span></p><p>{SUNG}</p><p>Chiều xuống</p>",
    ],
)
def test_what_the_markup_of_a_word_processor_holds_twice_is_read_once(body):
    assert article(item(body)).paragraphs == (LONG, SUNG, "Chiều xuống")


def test_a_caption_held_twice_is_one_caption_and_no_paragraph():
    body = (
        f'<p>{LONG}</p><p><img src="/1.jpg"></p><p><i>{SUNG}</i></p><p><i>{SUNG}</i></p><p>{LONG} Còn 5 tiêu chí.</p>'
    )
    read = article(item(body))
    assert [image.caption for image in read.images] == [SUNG]
    assert SUNG not in read.paragraphs


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{LONG}</p><p>{SUNG}</p><p>{SUNG}</p><p>Chiều xuống</p>",
        f"<p>{LONG}</p><p>{SUNG} <i>{SUNG}</i></p>",
        "<p>Mưa <i>rơi, mưa rơi</i></p><p>ha <b>ha</b> ha ha</p>",
        f"<p>{SUNG}{SUNG}</p>",
    ],
)
def test_what_is_said_twice_on_purpose_stays(body):
    whole = " ".join(fragment(body).itertext())
    assert sum(len(text.replace(" ", "")) for text in article(item(body)).paragraphs) == len(whole.replace(" ", ""))


@pytest.mark.parametrize("image", ["<p><img></p>", '<p><img src=""></p>', '<div><img alt="x" src=" "></div>', "<img>"])
@pytest.mark.parametrize(
    "caption",
    [
        f'<p style="text-align:center">{SUNG}. Ảnh: Lô Mai</p>',
        f"<p><i>{SUNG}</i></p>",
        f"<p align='center'><em>{SUNG}.</em></p>",
    ],
)
def test_the_caption_of_an_image_that_is_missing_is_no_paragraph(image, caption):
    found = parts(item(f"<p>{LONG}</p>{image}{caption}<p>{LONG} Còn 5 tiêu chí.</p>"))
    assert [piece.text for piece in found.rest] == [LONG, f"{LONG} Còn 5 tiêu chí."]
    assert [(left.text[: len(SUNG)], left.why) for left in found.left_out] == [
        (SUNG, "it is the caption of a picture or a film that is not there")
    ]


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{LONG}</p><p><img></p><p>{SUNG}</p><p>Chiều xuống.</p>",
        f"<p>{LONG}</p><p><img></p><h2>{SUNG}</h2><p>Chiều xuống.</p>",
        f"<p>{LONG}</p><p>{SUNG}<img></p><p><i>Chiều xuống.</i></p>",
        f"<p>{LONG}</p><table><tr><td><img></td><td>{SUNG}</td></tr></table><p>Chiều xuống.</p>",
    ],
)
def test_other_text_behind_a_missing_image_stays(body):
    assert [piece.text for piece in parts(item(body)).rest] == [LONG, SUNG, "Chiều xuống."]


def test_a_missing_image_takes_no_caption_from_the_one_before_it():
    read = article(item(f'<p>{LONG}</p><p><img src="/1.jpg"><img></p><p><i>{SUNG}</i></p><p>{LONG}</p>'))
    assert [image.caption for image in read.images] == [SUNG]
