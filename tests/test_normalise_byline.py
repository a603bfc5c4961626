import pytest

from kyson_crawler.normalise.byline import person, source_name, split
from kyson_crawler.normalise.pieces import Piece

PROSE = Piece(
    kind="text",
    text="Hội nghị đã thảo luận và thông qua nhiều nội dung quan trọng về phát triển kinh tế - xã hội của huyện trong năm.",
)
RIGHT_BOLD = {"align": "right", "bold": True}


def signed(*lines, before=PROSE):
    """What is found below an article whose last lines are these: pairs of text and looks, or plain text."""
    pieces = [
        Piece(kind="text", text=line) if isinstance(line, str) else Piece(kind="text", text=line[0], **line[1])
        for line in lines
    ]
    found, rest = split([before, *pieces])
    return found.byline, found.source, [piece.text for piece in rest[1:]]


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("Tình Dương", RIGHT_BOLD),
        ("Vừ Bá Dênh", {"align": "right"}),
        ("Lô Thị Mai", {"bold": True}),
        ("Lô Thị Mai", {"italic": True}),
        ("Hoàng Hoài - Vũ Trang", RIGHT_BOLD),
        ("Bài và ảnh: Thanh Huyền", {}),
        ("Bài, ảnh: Đức Hùng", {"align": "right"}),
        ("Tin, ảnh: Kha Nguyệt", {}),
        ("Tác giả: Lương Thị Xuân", {}),
        ("Thực hiện: Moong Văn Hợi", {"italic": True}),
        ("Nguồn tin: Cụt Văn Lai", {}),
        ("Tin – Ảnh: Lô Mai", {}),
        ("Tin bài: Lô Mai", {}),
        ("Tin, ảnh Lô Mai", {}),
        ("Bài, ảnh, clip: Lô Mai", {}),
        ("Bài: Lô Mai; ảnh: Hà Thu", {}),
        ("Bài: Lô Mai - Ảnh: Hà Thu", {}),
        ("T/h: Lô Mai", {}),
        ("Tổng hợp: Lô Mai", {}),
        ("PV: Lô Mai", {}),
        ("Bài, ảnh: Lô Mai; Hà Thu", {}),
        ("Tin ảnh: Lô Mai - TTVH", {}),
        ("Lô Mai (Phòng Văn hóa - Thông tin huyện)", {}),
        ("Lô Mai – Đài TTTH huyện", RIGHT_BOLD),
        ("Lô Mai (tổng hợp)", {"italic": True}),
        ("LÔ THỊ MAI", RIGHT_BOLD),
        ("Nhóm PV", RIGHT_BOLD),
        ("Nhóm P.V thực hiện", {}),
        ("Lô Mai (lược ghi)", {}),
        ("Người viết: Lô Mai - Công chức Văn hóa - Xã hội xã", {}),
        ("Tác giả: Lô Mai, giáo viên", {}),
    ],
)
def test_a_line_that_only_signs_is_the_byline_as_printed(text, looks):
    assert signed((text, looks)) == (text, None, [])


def test_brackets_around_a_byline_are_left_out():
    assert signed(("(Tình Dương)", RIGHT_BOLD)) == ("Tình Dương", None, [])


@pytest.mark.parametrize(
    "names", ["Tấn Lê", "Kha Nguyệt - Lô Mai", "Vừ Bá Dênh và Kha Nguyệt", "Lô Mai, Kha Nguyệt", "Kha Nguyệt (t/h)"]
)
def test_bare_names_below_running_text_are_a_byline(names):
    assert signed(names) == (names, None, [])


@pytest.mark.parametrize(
    "text", ["Na Loi - Huồi", "Lô Mai, Kha Nguyệt, Vừ Bá Dênh, Lầu Y Pà", "Lô Mai và bà con", "Lô Mai - 2021"]
)
def test_a_bare_line_of_more_than_names_is_none(text):
    assert signed(text) == (None, None, [text])


@pytest.mark.parametrize(
    "text",
    [
        "Hội nghị kết thúc tốt đẹp.",
        "Bài học kinh nghiệm:",
        "CHỦ TỊCH",
        "Chào thân ái",
        "Ảnh hưởng của bão còn kéo dài",
        "Theo kế hoạch, hội nghị bế mạc vào chiều mai.",
        "Nguồn nước đã về đến bản.",
        "Theo đó, mỗi hộ được hỗ trợ 5 triệu đồng.",
        "Tin Lành",
        "Bài Hát",
        "Tin vui: Lô Mai",
        "Tin tức khác: Lễ hội",
        "LÔ THỊ MAI",
        "PHÒNG VĂN HÓA",
        "Phòng Văn hóa",
    ],
)
def test_a_short_last_sentence_stays_in_the_text(text):
    assert signed(text) == (None, None, [text])


@pytest.mark.parametrize(
    "above",
    [
        [("TM. ỦY BAN NHÂN DÂN", RIGHT_BOLD), ("CHỦ TỊCH", RIGHT_BOLD)],
        [("KT. CHỦ TỊCH", RIGHT_BOLD), ("PHÓ CHỦ TỊCH", RIGHT_BOLD), ("(đã ký)", {"align": "right"})],
        [("Phó trưởng phòng", RIGHT_BOLD)],
        [("Mường Mẫu, ngày 02 tháng 6 năm 2022", {"align": "right"})],
    ],
)
def test_who_signs_a_document_is_no_author(above):
    lines = [*above, ("Vừ Bá Dênh", RIGHT_BOLD)]
    assert signed(*lines) == (None, None, [text for text, _ in lines])


def test_a_byline_may_stand_on_top_behind_its_label():
    top = Piece(kind="text", text="Tác giả: Lô Thị Mai")
    found, rest = split([top, PROSE, PROSE])
    assert (found.byline, len(rest)) == (top.text, 2)


@pytest.mark.parametrize("text", ["Ảnh: Lô Thị Mai", "Lô Thị Mai", "Tác giả: Ban biên tập", "Tin: hội nghị"])
def test_no_other_first_line_is_a_byline(text):
    found, rest = split([Piece(kind="text", text=text), PROSE])
    assert (found.byline, len(rest)) == (None, 2)


def test_a_name_at_the_end_of_a_list_of_names_is_no_byline():
    winners = ("Giải nhất:", "Hờ Bá Chồng", "Lầu Y Pà")
    assert signed(*winners) == (None, None, list(winners))


@pytest.mark.parametrize(
    "account",
    [
        "admin",
        "Tác giả: admin",
        "Người đăng: Quản trị",
        "admin admin",
        "quantri",
        "Quản trị viên",
        "Ban biên tập",
        "a.b@c.vn",
    ],
)
def test_an_account_of_the_cms_is_nobody_and_no_text(account):
    assert signed((account, RIGHT_BOLD)) == (None, None, [])
    assert split([PROSE, Piece(kind="text", text=account)])[0].refused == (account,)
    assert person(account) is None


@pytest.mark.parametrize(
    "text",
    [
        "Nguồn: Báo Nghệ An",
        "Theo Báo Nghệ An",
        "Theo báo Nghệ An",
        "Theo chinhphu.vn",
        "(Theo TTXVN)",
        "Nguồn tin: Hội Nông dân huyện",
        "Nguồn tin: Báo Hà Nội Mới",
        "Nguồn tin: Sở Y Tế",
        "http://baomientay.example/tin-1.html",
        "Nguồn Internet",
        "Nguồn: https://baonghean.example/a-1.html",
        "Link gốc: http://a.example/x",
        "Trích nguồn: Báo Nghệ An",
        "(Sưu tầm)",
    ],
)
def test_a_line_that_only_names_its_origin_is_the_source(text):
    assert signed(text) == (None, text.strip("()"), [])


def test_byline_and_source_are_found_in_either_order():
    byline, source = ("Bài và ảnh: Thanh Huyền", {}), "Nguồn: Báo Nghệ An"
    assert signed(byline, source) == signed(source, byline) == (byline[0], source, [])


def test_a_newspaper_and_the_address_of_its_article_are_one_source():
    assert signed("Theo Báo Nghệ An", "http://bna.example/1.html")[1] == "Theo Báo Nghệ An http://bna.example/1.html"


def test_a_lone_figure_behind_the_byline_goes_with_it():
    assert signed(("Tình Dương", RIGHT_BOLD), "1") == ("Tình Dương", None, [])


def test_figures_behind_the_signature_are_told_and_others_are_text():
    tail = [Piece(kind="text", text=text) for text in ("Nguồn: Báo Miền Tây", "1", "15")]
    assert split([PROSE, *tail])[0].figures == ("15", "1")
    assert signed("1", "15") == (None, None, ["1", "15"])


@pytest.mark.parametrize("text", ["15", "K", "V", "a b", "vv", "...", "H."])
def test_no_text_is_taken_away_because_it_is_short(text):
    assert signed(text) == (None, None, [text])
    assert signed("Các bản đã ký cam kết thi đua", text) == (None, None, ["Các bản đã ký cam kết thi đua", text])


@pytest.mark.parametrize(
    ("text", "looks"),
    [("K.N", {}), ("L.M.", {}), ("V.B.D", {"bold": True}), ("Đ.H", {"align": "right"}), ("(K.N)", {}), ("PV", {})],
)
def test_initials_set_apart_are_a_byline(text, looks):
    assert signed((text, looks)) == (text.strip("()"), None, [])


@pytest.mark.parametrize("text", ["k.n", "1.2", "K.N đã ký", "P", "TP"])
def test_what_only_looks_like_initials_is_none(text):
    assert signed(text) == (None, None, [text])


def under(*lines):
    """What is found of an article that ends in these pieces: texts, pairs of text and looks, None for a picture."""
    pieces = [
        Piece(kind="image", src="/1.jpg") if line is None else Piece(kind="text", text=line[0], **line[1])
        for line in lines
    ]
    found, rest = split([PROSE, *pieces])
    return found.byline, [piece.text for piece in rest[1:]]


@pytest.mark.parametrize("announced", [[], [("Một số hình ảnh tại hội nghị:", {})], [("Chùm ảnh: lễ hội", {})]])
def test_who_signs_above_the_last_pictures_signs_the_article(announced):
    byline, rest = under(("Tình Dương", RIGHT_BOLD), *announced, None, None)
    assert (byline, rest) == ("Tình Dương", [*(text for text, _ in announced), "", ""])
    assert under(("Thu Hà", {}), None) == ("Thu Hà", [""])


@pytest.mark.parametrize("line", ["Pamela Wilson", "Văn Phòng", "Lễ hội", "Lô Mai, Kha Nguyệt"])
def test_a_bare_line_above_pictures_signs_only_as_one_persons_name(line):
    assert under((line, {}), None) == (None, [line, ""])


def test_a_source_may_stand_on_top_behind_its_label():
    found, rest = split([Piece(kind="text", text="Nguồn: Báo Nghệ An"), PROSE])
    assert (found.source, rest) == ("Nguồn: Báo Nghệ An", (PROSE,))


@pytest.mark.parametrize("text", ["Nguồn nước: sạch quanh năm", "Theo Báo Nghệ An", f"Nguồn: {PROSE.text}"])
def test_no_other_first_line_is_a_source(text):
    assert split([Piece(kind="text", text=text), PROSE])[0].source is None


@pytest.mark.parametrize("office", ["Văn phòng HĐND - UBND xã", "Hội LHPN xã Bản Thượng", "Phòng Văn hóa và Thông tin"])
def test_an_office_set_apart_is_nobodys_name(office):
    assert signed((office, {"align": "right"})) == (None, None, [office])


def test_the_only_text_of_an_article_is_never_taken_away():
    assert split([Piece(kind="text", text="Nguồn: Báo Nghệ An")])[1][0].text == "Nguồn: Báo Nghệ An"


def test_nothing_above_a_table_signs():
    table = Piece(kind="table", rows=(("a", "b"), ("c", "d")))
    name = Piece(kind="text", text="Tình Dương", align="right")
    assert split([PROSE, name, table])[0].byline is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Tác giả bài viết: Cụt Văn Lai", "Cụt Văn Lai"),
        ("Đăng bởi: quantri", None),
        ("Người đăng: vhtt.kyson", None),
        ("nguyenvana", None),
        ("Cổng TTĐT huyện Kỳ Sơn", None),
        ("VINADES", "VINADES"),
        ("  ", None),
        (None, None),
    ],
)
def test_a_slot_for_the_author_loses_its_label(raw, name):
    assert person(raw) == name


@pytest.mark.parametrize(
    ("raw", "name"), [("Nguồn tin: Báo Hà Nội Mới", "Báo Hà Nội Mới"), ("Nguồn tin: ", None), (None, None)]
)
def test_a_slot_for_the_source_loses_its_label(raw, name):
    assert source_name(raw) == name
