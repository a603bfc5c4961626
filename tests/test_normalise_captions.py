import pytest

from kyson_crawler.normalise.body import pieces
from kyson_crawler.normalise.captions import pair
from kyson_crawler.normalise.credits import credit
from tests.markup import fragment

PROSE = "<p>{0} Sáng 18/6, phiên chợ biên giới họp trở lại sau hơn hai năm tạm dừng, bà con các bản đã gùi hàng xuống núi từ bốn giờ sáng.</p>"
IMAGE = '<p><img src="/{0}.jpg" alt="Anh-tin-bai"></p>'
CAPTION = "Bà con bày bán gừng và măng khô tại phiên chợ"


def captions(html):
    return [(caption.text, caption.source) for caption in pair(pieces(fragment(html)))[0]]


def rest(html):
    return [piece.text for piece in pair(pieces(fragment(html)))[1] if piece.text]


@pytest.mark.parametrize(
    ("html", "source"),
    [
        (f'<figure><img src="/1.jpg"><figcaption>{CAPTION}</figcaption></figure>', "figcaption"),
        (f'<figure><figcaption>{CAPTION}</figcaption><img src="/1.jpg"></figure>', "figcaption"),
        (f'<figure class="image"><img src="/1.jpg"></figure><p><strong>{CAPTION}</strong></p>', "next_block"),
        (f'{IMAGE.format(1)}<p style="text-align:center">{CAPTION}</p>', "next_block"),
        (f'<p align="center"><img src="/1.jpg"></p><center>{CAPTION}</center>', "next_block"),
        (f"{IMAGE.format(1)}<p><em>{CAPTION}</em></p>", "next_block"),
        (f"{IMAGE.format(1)}<p><i>{'&nbsp;' * 40}{CAPTION}</i></p>", "next_block"),
        (f'<p style="text-align:center"><img src="/1.jpg"><br><em>{CAPTION}</em></p>', "next_block"),
        (f"<table><tr><td>{IMAGE.format(1)}</td></tr><tr><td>{CAPTION}</td></tr></table>", "table_cell"),
        (f"<table><tr><td>{IMAGE.format(1)}<p>{CAPTION}</p></td></tr></table>", "table_cell"),
        (
            f"<table><tr><td>{IMAGE.format(1)}</td></tr><tr><td>&nbsp;</td></tr><tr><td>{CAPTION}</td></tr></table>",
            "table_cell",
        ),
        (f"<table><tr><td>{IMAGE.format(1)}</td><td>{CAPTION}</td></tr></table>", "table_cell"),
    ],
)
def test_the_text_placed_for_an_image_is_its_caption_and_no_paragraph(html, source):
    whole = PROSE.format(1) + html + PROSE.format(2)
    assert captions(whole) == [(CAPTION, source)]
    assert CAPTION not in rest(whole)
    assert len(rest(whole)) == 2


@pytest.mark.parametrize("text", ["Ảnh: Vừ Bá Dênh", "Toàn cảnh phiên chợ", "(Ảnh minh họa)", "Hình 1: Sơ đồ chợ"])
def test_plain_text_that_speaks_of_a_picture_is_a_caption(text):
    assert captions(PROSE.format(1) + IMAGE.format(1) + f"<p>{text}</p>" + PROSE.format(2)) == [(text, "next_block")]


@pytest.mark.parametrize(
    "following",
    [
        PROSE.format("Tại xã Phà Lẹng,"),
        "<p>Các xã đã cam kết như sau:</p>",
        "<p><strong>Các xã đã cam kết như sau:</strong></p>",
        "<h2>Đường đi trước, hàng hóa theo sau</h2>",
        '<p style="text-align:right"><strong>Tình Dương</strong></p>',
        "<ul><li>Thu nhập bình quân tăng</li></ul>",
        "<p>Sau lễ khai mạc, các đại biểu đã đi thăm gian hàng.</p>",
        "",
    ],
)
def test_running_text_after_an_image_is_no_caption(following):
    assert captions(PROSE.format(1) + IMAGE.format(1) + following) == [(None, None)]


@pytest.mark.parametrize(
    "last",
    [
        "<p>Bài, ảnh: Kha Thị Nguyệt</p>",
        '<p style="text-align:center"><em>Tin, ảnh: Kha Thị Nguyệt</em></p>',
        "<p><i>Tác giả: Kha Thị Nguyệt</i></p>",
        '<p style="text-align:center"><strong>Kha Nguyệt</strong></p>',
        "<p>Theo Báo Miền Tây</p>",
        "<p><em>Nguồn: baomientay.example</em></p>",
        "<p><em>Nguồn: Báo Miền Tây</em></p><p><strong>Kha Nguyệt</strong></p>",
    ],
)
def test_who_signs_the_article_under_its_last_picture_is_no_caption(last):
    assert captions(PROSE.format(1) + IMAGE.format(1) + last) == [(None, None)]


def test_a_label_of_who_wrote_is_no_caption_in_mid_article_either():
    html = PROSE.format(1) + IMAGE.format(1) + "<p><i>Bài và ảnh: Kha Thị Nguyệt</i></p>" + PROSE.format(2)
    assert captions(html) == [(None, None)]


@pytest.mark.parametrize(
    "last",
    [
        "<p>Ảnh: Kha Thị Nguyệt</p>",
        "<p><em>Nguồn ảnh: Báo Miền Tây</em></p>",
        f'<p style="text-align:center"><strong>{CAPTION}</strong></p>',
        "<p><em>Đỉnh Pu Lon</em></p>",
        "<p>Tin vui đến với bản Huồi Mo</p>",
    ],
)
def test_what_is_said_of_the_last_picture_is_its_caption(last):
    assert captions(PROSE.format(1) + IMAGE.format(1) + last)[0][1] == "next_block"


def test_a_name_under_a_picture_in_mid_article_is_its_caption():
    name = '<p style="text-align:center"><strong>Kha Thị Nguyệt</strong></p>'
    html = PROSE.format(1) + IMAGE.format(1) + name + PROSE.format(2)
    assert captions(html) == [("Kha Thị Nguyệt", "next_block")]


HEADING = "<p><b>Hàng hóa qua biên giới</b></p>"


@pytest.mark.parametrize(
    ("before", "following"),
    [
        ("", "<p><b>II. Phương hướng thời gian tới</b></p>"),
        ("", "<p><b>2. Về văn hóa - xã hội</b></p>"),
        ("", "<p>3) Đường giao thông</p>"),
        (HEADING, "<p><b>Nhiều khó khăn cần tháo gỡ</b></p>"),
        ("", "<p>Phiên chợ cũng có thêm nhiều gian hàng mới.</p>"),
        ("", "<p align=center>Quê tôi núi dựng thành</p>" * 2 + "<p align=center>Chợ phiên đỏ áo xanh</p>"),
    ],
)
def test_headings_verse_and_what_goes_on_are_no_caption(before, following):
    html = PROSE.format(1) + before + PROSE.format(2) + IMAGE.format(1) + following + PROSE.format(3)
    assert captions(html) == [(None, None)]


@pytest.mark.parametrize("look", ["i", "b"])
def test_the_look_of_all_the_text_makes_no_caption(look):
    same = PROSE.replace("<p>", f"<p><{look}>").replace("</p>", f"</{look}></p>")
    assert captions(same.format(1) + IMAGE.format(1) + same.format(2) + same.format(3)) == [(None, None)]


@pytest.mark.parametrize(
    ("before", "following", "caption"),
    [
        ("", f"<p><b>{CAPTION}</b></p>", CAPTION),
        (HEADING, f"<p align=center><b>{CAPTION}</b></p>", CAPTION),
        (HEADING, f"<p><b><i>{CAPTION}</i></b></p>", CAPTION),
        ("", f"<p><i>1. {CAPTION}</i></p>", f"1. {CAPTION}"),
        ("", "<p>Ba cô gái cùng gùi hàng xuống chợ.</p>", "Ba cô gái cùng gùi hàng xuống chợ."),
        ("", f"<p align=center>{CAPTION}</p>" + IMAGE.format(2), CAPTION),
    ],
)
def test_a_caption_set_apart_stays_one_beside_headings_and_numbers(before, following, caption):
    html = PROSE.format(1) + before + PROSE.format(2) + IMAGE.format(1) + following + PROSE.format(3)
    assert captions(html)[0] == (caption, "next_block")


def test_running_text_in_the_cell_of_a_layout_table_is_no_caption():
    cell = IMAGE.format(1) + PROSE.format(1) + PROSE.format(2) + PROSE.format(3) + PROSE.format(4)
    assert captions(f"<table><tr><td>{cell}</td></tr></table>") == [(None, None)]


LONG = PROSE.format("Tại xã Phà Lẹng,")
TWO = "<p>Bà con dậy từ lúc gà chưa gáy, gùi măng khô và gừng vượt hai con dốc để kịp phiên chợ.</p>" * 2


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td><img src='/1.jpg'></td></tr><tr><td>{0}</td></tr><tr><td>{0}</td></tr>",
        "<tr><td><img src='/1.jpg'></td><td>{0}</td></tr>",
        "<tr><td><img src='/1.jpg'>{0}</td></tr>",
    ],
)
@pytest.mark.parametrize("text", [LONG, TWO])
def test_paragraphs_beside_or_below_an_image_in_a_layout_table_are_no_caption(table, text):
    html = PROSE.format(1) + "<table>" + table.format(text) + "</table>" + PROSE.format(2)
    assert captions(html) == [(None, None)]
    assert len(rest(html)) == 2 + table.count("{0}") * text.count("</p>")


@pytest.mark.parametrize(
    "caption", ["<p align='center'><i>{0}</i></p>", "<p><b>{0}</b></p>", "<p style='text-align:center'>{0}</p>"]
)
def test_a_paragraph_of_other_looks_in_the_cell_of_an_image_is_no_part_of_its_caption(caption):
    cell = IMAGE.format(1) + caption.format(CAPTION) + LONG
    html = f"<table><tr><td>{cell}</td></tr></table>" + PROSE.format(2)
    assert captions(html) == [(CAPTION, "table_cell")]
    assert len(rest(html)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Bà con các bản dọc tuyến đường biên gùi măng khô, gừng và gà đen xuống phiên chợ đầu tiên sau hai năm tạm dừng vì dịch bệnh, cửa khẩu đóng và đường sạt lở",
        "Phiên chợ họp trở lại sau hai năm, người mua kẻ bán vui như Tết.",
        "Phiên chợ họp trở lại sau hơn hai năm tạm dừng, bà con các bản đã gùi hàng xuống núi từ bốn giờ sáng để kịp bày hàng trước khi mặt trời lên. Ảnh: Vừ Bá Dênh",
    ],
)
def test_a_long_caption_in_a_layout_table_stays_one(text):
    html = PROSE.format(1) + f"<table><tr><td>{IMAGE.format(1)}</td></tr><tr><td>{text}</td></tr></table>"
    assert captions(html) == [(text, "table_cell")]


def test_centred_text_is_no_caption_where_all_text_is_centred():
    centred = PROSE.replace("<p>", '<p style="text-align:center">')
    assert captions(centred.format(1) + IMAGE.format(1) + centred.format(2)) == [(None, None)]


def test_each_image_gets_its_own_caption():
    html = "".join(f"{IMAGE.format(n)}<p><em>Chú thích số {n}</em></p>{PROSE.format(n)}" for n in (1, 2, 3))
    assert [text for text, _ in captions(html)] == ["Chú thích số 1", "Chú thích số 2", "Chú thích số 3"]


@pytest.mark.parametrize(
    "html",
    [
        f"{IMAGE.format(1)}{IMAGE.format(2)}<p><em>{CAPTION}</em></p>",
        f'<figure><img src="/1.jpg"><img src="/2.jpg"><figcaption>{CAPTION}</figcaption></figure>',
        f"<table><tr><td>{IMAGE.format(1)}</td><td>{IMAGE.format(2)}</td></tr><tr><td colspan=2>{CAPTION}</td></tr></table>",
        f"<table><tr><td>{IMAGE.format(1)}</td></tr><tr><td>{IMAGE.format(2)}</td></tr><tr><td>{CAPTION}</td></tr></table>",
    ],
)
def test_one_caption_under_several_images_belongs_to_the_last(html):
    assert [text for text, _ in captions(html)] == [None, CAPTION]


def test_captions_in_columns_stand_under_their_images():
    html = f"<table><tr><td>{IMAGE.format(1)}</td><td>{IMAGE.format(2)}</td></tr><tr><td>Bên trái</td><td>Bên phải</td></tr></table>"
    assert captions(html) == [("Bên trái", "table_cell"), ("Bên phải", "table_cell")]


@pytest.mark.parametrize(
    "html",
    [
        '<figure><img src="/1.jpg"><figcaption><p>Phiên chợ biên giới.</p><p>Ảnh: Vừ Bá Dênh</p></figcaption></figure>',
        f"<table><tr><td>{IMAGE.format(1)}</td></tr><tr><td><p>Phiên chợ biên giới.</p><p>Ảnh: Vừ Bá Dênh</p></td></tr></table>",
    ],
)
def test_a_caption_in_several_paragraphs_of_one_place_is_one(html):
    assert [text for text, _ in captions(html)] == ["Phiên chợ biên giới. Ảnh: Vừ Bá Dênh"]
    assert rest(html) == []


def test_a_caption_broken_in_mid_sentence_goes_on_in_the_next_block():
    html = f"{IMAGE.format(1)}<p><b>Đồng chí Lô Văn Tiến,</b></p><p><b>Phó Chủ tịch huyện, phát biểu</b></p>{PROSE.format(1)}"
    assert captions(html) == [("Đồng chí Lô Văn Tiến, Phó Chủ tịch huyện, phát biểu", "next_block")]


@pytest.mark.parametrize(
    "credited",
    [
        "<p><i>(Ảnh: Vừ Bá Dênh)</i></p>",
        '<p style="text-align:right"><i>Ảnh: Vừ Bá Dênh</i></p>',
        "<p>Ảnh: V.B.D</p>",
        '<p align="right"><b>Ảnh minh họa: Internet.</b></p>',
        "<div>Nguồn ảnh: Báo Miền Tây</div>",
    ],
)
@pytest.mark.parametrize(
    "pictured",
    [
        IMAGE.format(1) + f"<p><i>{CAPTION}</i></p>",
        f'<figure><img src="/1.jpg"><figcaption>{CAPTION}</figcaption></figure>',
        f"<table><tr><td>{IMAGE.format(1)}</td></tr><tr><td>{CAPTION}</td></tr></table>",
        IMAGE.format(1),
    ],
)
def test_a_block_that_only_credits_a_picture_belongs_to_it_on_whichever_side_it_stands(pictured, credited):
    html = PROSE.format(1) + pictured + credited + PROSE.format(2)
    ((caption, _),) = captions(html)
    assert credit(caption)
    assert len(rest(html)) == 2


@pytest.mark.parametrize(
    "following",
    [
        '<p style="text-align:right">Ảnh hưởng của bão còn kéo dài</p>',
        "<p>Ảnh: Vừ Bá Dênh chụp khi phiên chợ vừa họp. Bà con xuống núi từ bốn giờ sáng, ai cũng gùi theo măng khô và gừng.</p>",
        "<h2>Nguồn: nước và rừng</h2>",
    ],
)
def test_other_text_behind_a_caption_is_no_credit(following):
    html = PROSE.format(1) + IMAGE.format(1) + f"<p><i>{CAPTION}</i></p>" + following + PROSE.format(2)
    assert captions(html) == [(CAPTION, "next_block")]


def test_a_second_credit_is_of_something_else():
    html = f"{IMAGE.format(1)}<p><i>{CAPTION} (Ảnh: Lô Mai)</i></p><p>Ảnh: Vừ Bá Dênh</p>{PROSE.format(2)}"
    assert captions(html) == [(f"{CAPTION} (Ảnh: Lô Mai)", "next_block")]


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("Toàn cảnh khai mạc hội nghị. Ảnh: Trí Dũng/TTXVN", "Trí Dũng/TTXVN"),
        ("Gà đen ở chợ (Ảnh: Vừ Bá Dênh)", "Vừ Bá Dênh"),
        ("Gà đen ở chợ - Ảnh: Vừ Bá Dênh.", "Vừ Bá Dênh"),
        ("Ảnh: Kha Thị Nguyệt", "Kha Thị Nguyệt"),
        ("Ảnh chụp: Lầu Y Pà", "Lầu Y Pà"),
        ("Sơ đồ đường vào bản. Đồ họa: Ngọc Tú", "Ngọc Tú"),
        ("Cảnh phiên chợ. Nguồn: Internet", "Internet"),
        ("Nguồn ảnh: Báo Nghệ An", "Báo Nghệ An"),
        ("Photo: Lang Van", "Lang Van"),
        ("Ảnh: Lầu Y Pà. Một góc chợ", "Lầu Y Pà"),
        ("(Ảnh: Lầu Y Pà) Một góc chợ lúc bình minh", "Lầu Y Pà"),
        ("Một góc chợ - Ảnh Lầu Y Pà", "Lầu Y Pà"),
        ("Một góc chợ (Ảnh TTXVN)", "TTXVN"),
        ("Ảnh minh họa: Internet", "Internet"),
        ("Ảnh: Y.P", "Y.P"),
    ],
)
def test_the_credit_in_a_caption_is_found(caption, name):
    assert credit(caption) == name


@pytest.mark.parametrize(
    "caption",
    [
        None,
        "",
        "Ảnh minh họa",
        "Ảnh hưởng của bão: nhiều nhà tốc mái",
        "Bà con bày bán gừng",
        "Dâng hoa trước ảnh Bác Hồ",
        "Mưa lớn. Ảnh hưởng của bão",
    ],
)
def test_a_caption_without_credit_has_none(caption):
    assert credit(caption) is None


@pytest.mark.parametrize("filler", ["-", "- ", "(", "ảnh: ", " ", "."])
def test_no_filler_makes_reading_a_credit_slow(filler):
    credit(filler * 100_000)


def test_a_table_within_a_caption_stays_a_table_and_leaves_no_gap_in_the_caption():
    rows = "<tr><td>Bản Na Loi</td><td>12</td></tr><tr><td>Huồi Mo</td><td>9</td></tr>"
    html = f'<figure><img src="/1.jpg"><figcaption>{CAPTION}<table>{rows}</table>năm 2021</figcaption></figure>'
    assert captions(html) == [(f"{CAPTION} năm 2021", "figcaption")]
    assert [piece.kind for piece in pair(pieces(fragment(html)))[1]] == ["image", "table"]


SEEN = ("Phiên chợ họp bên bờ suối.", "Gà đen được bà con ưa mua.", "Măng khô xếp thành từng bó.")


@pytest.mark.parametrize("before", [PROSE.format(1), ""])
def test_one_sentence_below_each_of_a_series_of_images_is_its_caption(before):
    series = "".join(f"{IMAGE.format(n)}<p>{text}</p>" for n, text in enumerate(SEEN))
    assert [text for text, _ in captions(before + series + PROSE.format(2))] == list(SEEN)


@pytest.mark.parametrize(
    "texts",
    [
        (SEEN[0], PROSE.format(3), SEEN[1]),
        (SEEN[0], "Sau đó, bà con ra về. Chợ vãn lúc trưa.", SEEN[1]),
        ("Bấm nút xem tiếp: trang sau.", "Bấm nút xem tiếp: trang sau.", "Bấm nút xem tiếp: trang sau."),
    ],
)
def test_images_between_paragraphs_are_no_series(texts):
    series = "".join(f"{IMAGE.format(n)}<p>{text}</p>" for n, text in enumerate(texts))
    assert captions(series + PROSE.format(2))[1] == (None, None)


@pytest.mark.parametrize(
    "html",
    [
        f'<p><img src="/1.jpg"><br>{SEEN[1]}</p>',
        f'<p><a href="/1.jpg"><img src="/1.jpg"></a><br>{SEEN[1]}</p>',
        f'<div><img src="/1.jpg"><br><p>{SEEN[1]}</p></div>',
        f'<div><a href="/1.jpg"><img src="/1.jpg"></a><p>{CAPTION}, ai cũng vui. Chợ đông.</p></div>',
        f'<div class="k1"><div><img src="/1.jpg"></div><div class="k2">{CAPTION}; ai cũng vui.</div></div>',
    ],
)
def test_a_text_in_one_box_with_its_image_is_its_caption(html):
    whole = PROSE.format(1) + html + PROSE.format(2)
    assert captions(whole)[0][1] == "next_block"
    assert len(rest(whole)) == 2


@pytest.mark.parametrize(
    "html",
    [
        f'<div><img src="/1.jpg"><p>{PROSE} {PROSE}</p></div>',
        f'<div><img src="/1.jpg">{PROSE}{PROSE}</div>',
        f'<div>Chợ phiên<img src="/1.jpg"><p>{CAPTION}, ai cũng vui. Chợ đông.</p></div>',
        f'<p><img src="/1.jpg"><br><br>{CAPTION}</p>',
    ],
)
def test_a_box_with_more_than_an_image_and_its_text_is_no_figure(html):
    assert captions(PROSE.format(1) + html + PROSE.format(2)) == [(None, None)]
