import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring, fromstring

from kyson_crawler import normalise, pages
from kyson_crawler.normalise import legacy
from kyson_crawler.normalise.letters import mend
from kyson_crawler.normalise.text import clean

TABLES = Path(__file__).parents[2] / "shared" / "text"
needs_tables = pytest.mark.skipif(not TABLES.exists(), reason="no tables to compare with beside the checkout")

LETTERS = "".join(
    unicodedata.normalize("NFC", base + tone)
    for base in "aăâeêioôơuưy"
    for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")
)
PROSE = [
    "Sáng ngày 02/6, tại xã Mường Lống, huyện Kỳ Sơn tổ chức lễ hội truyền thống của đồng bào các dân tộc.",
    "Bí thư Huyện ủy phát biểu khai mạc, nhấn mạnh việc giữ gìn bản sắc văn hóa vùng cao.",
    "Các đại biểu dự lễ dâng hương, thưởng thức những điệu múa, tiếng khèn của người Mông.",
]
MENU = "<ul><li>Trang chủ<li>Công báo<li>Hà Nam<li>Liên hệ</ul>"

TO_TCVN3 = {ord(legacy.from_tcvn3(chr(code))): chr(code) for code in range(0xA1, 0xFF) if chr(code) not in "°±²³´"}
TO_VNI = {}
for sign in "ø ù û õ ï".split():
    for vowel in "aeouyôöAEOUYÔÖ":
        TO_VNI[ord(legacy.from_vni(vowel + sign))] = vowel + sign
for vowels, signs in (("aeoAEO", "âáàåãä"), ("aA", "êéèúüë")):
    for vowel in vowels:
        for sign in signs:
            TO_VNI[ord(legacy.from_vni(vowel + sign))] = vowel + sign
TO_VNI |= {ord(legacy.from_vni(letter)): letter for letter in "ôöñîìíæóòÔÖÑÎÌÍÆÓÒ"}


def tcvn3(text):
    """Text as a TCVN3 font wants it: capitals with a tone have the codes of their small letters."""
    assert set(LETTERS + "đ") <= {chr(letter) for letter in TO_TCVN3} | set("aeiouy")
    return "".join(TO_TCVN3.get(ord(letter)) or TO_TCVN3.get(ord(letter.lower()), letter) for letter in text)


def vni(text):
    return text.translate(TO_VNI)


def mended(html):
    root = document_fromstring(html)
    mend(root)
    return root


def text_of(html):
    return clean(mended(html).text_content())


# -- the tables ------------------------------------------------------------------------------------------------------


@needs_tables
def test_tcvn3_is_the_published_table():
    table = json.loads((TABLES / "tcvn3.json").read_text(encoding="utf-8"))["by_byte"]
    for code, letter in table.items():
        sign = chr(int(code, 16))
        if unicodedata.combining(letter):
            assert legacy.from_tcvn3("a" + sign) == unicodedata.normalize("NFC", "a" + letter)
        elif code != "A0":
            assert legacy.from_tcvn3(sign) == letter


@needs_tables
def test_vni_is_the_published_table():
    table = json.loads((TABLES / "vni.json").read_text(encoding="utf-8"))["map"]
    assert {signs: legacy.from_vni(signs) for signs in table} == table


@pytest.mark.parametrize("text", [LETTERS, "đ", *PROSE])
def test_every_small_letter_survives_tcvn3(text):
    assert legacy.from_tcvn3(tcvn3(text.lower())) == text.lower()


@pytest.mark.parametrize("text", [LETTERS, LETTERS.upper(), "đĐ", *PROSE, *(line.upper() for line in PROSE)])
def test_every_letter_survives_vni(text):
    assert legacy.from_vni(vni(text)) == text


def test_every_letter_survives_viscii():
    codes = {legacy.from_viscii(bytes([code])): bytes([code]) for code in range(256)}
    assert set(LETTERS + LETTERS.upper() + "đĐ") <= set(codes)
    assert (
        legacy.from_viscii(b"".join(codes[letter] for letter in LETTERS + LETTERS.upper())) == LETTERS + LETTERS.upper()
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("TiÕng ViÖt rÊt hay", "Tiếng Việt rất hay"),
        ("M\u00ad\u00eang XÐn", "Mường Xén"),
        ("huyÖn Kú S¬n", "huyện Kỳ Sơn"),
        ("§¶NG Bé HUYÖN Kú S¥N", "ĐẢNG BỘ HUYỆN KỲ SƠN"),
        ("§¶ng bé UBND", "Đảng bộ UBND"),
        ("250 m² ë 30°C", "250 m² ở 30°C"),
    ],
)
def test_tcvn3_is_read_as_it_was_shown(written, shown):
    assert legacy.from_tcvn3(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Tieáng Vieät raát hay", "Tiếng Việt rất hay"),
        ("ÑAÛNG BOÄ", "ĐẢNG BỘ"),
        ("huyeän Kyø Sôn", "huyện Kỳ Sơn"),
        ("Möôøng Xeùn", "Mường Xén"),
        ("AØ Aø aø", "À À à"),
    ],
)
def test_vni_is_read_as_it_was_shown(written, shown):
    assert legacy.from_vni(written) == shown


# -- which text is in which ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [tcvn3, vni])
@pytest.mark.parametrize("line", PROSE)
def test_a_legacy_font_is_told_by_the_text_alone(write, line):
    assert legacy.decoder(set(), write(line))(write(line)) == line


@pytest.mark.parametrize(
    ("font", "text", "shown"),
    [
        (".VnTime", "Bé Y tÕ", "Bộ Y tế"),
        ("'.VnArial Narrow'", "lµm", "làm"),
        (".VnTimeH", "®¶ng bé huyÖn", "ĐẢNG BỘ HUYỆN"),
        (".vntimeh", "Kú S¬n", "KỲ SƠN"),
        ("VNI-Times", "Boä Y teá", "Bộ Y tế"),
    ],
)
def test_a_font_by_name_decides_for_little_text(font, text, shown):
    assert legacy.decoder({font}, text)(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        *PROSE,
        "Công báo", "Hà Nội công bố văn bản", "The festival of the ethnic groups in the district of mountains, naïve",
        "Il était une fois, à Paris, un garçon très gêné qui n'a pas été là où il fallait, ô là là, déjà vu, façade",
        "El niño español se cayó en la montaña, señor; mañana habrá más años de sueño y cariño",
        "Die Möwe öffnet Türen über Köln: schön, größer, böse Brötchen, Öl, Söhne, Gemüse, fröhlich, Österreich",
        "® µ § © ¶ · ¸ ¹ » « º ª ¬ ± ² ³",
        "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("fonts", [set(), {"Arial"}])
def test_text_that_is_in_no_legacy_font_is_left_alone(text, fonts):
    assert legacy.decoder(fonts, text) is None


@pytest.mark.parametrize("font", [".VnTime", "VNI-Times"])
@pytest.mark.parametrize("text", ["Công báo", PROSE[0], "UBND"])
def test_unicode_pasted_into_a_legacy_font_is_left_alone(font, text):
    assert legacy.decoder({font}, text) is None


# -- whole pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [tcvn3, vni])
def test_a_legacy_article_in_a_unicode_frame_is_converted_and_the_frame_is_not(write):
    page = f"{MENU}<h1>{write(PROSE[1])}</h1>" + "".join(f"<p>{write(line)}</p>" for line in PROSE) + MENU
    frame = "Trang chủ Công báo Hà Nam Liên hệ"
    assert clean(mended(page.replace("<", " <")).text_content()) == " ".join([frame, PROSE[1], *PROSE, frame])


def test_fonts_named_in_the_markup_decide_for_what_is_under_them():
    page = (
        f"<div style='font-family: .VnTime'><p>{tcvn3('Bộ')} <b style='font-family:&quot;.VnTimeH&quot;'>{tcvn3('đảng bộ')}</b></p>"
        f"<p style='font-family: Arial'>Công báo</p></div><font face='VNI-Times'>{vni('Nghị quyết của Đảng')}</font>"
    )
    assert text_of(page) == "Bộ ĐẢNG BỘCông báoNghị quyết của Đảng"


@pytest.mark.parametrize(
    ("sheet", "attributes"),
    [
        (".doan { font-family: .VnTime }", "class='tin doan'"),
        (
            'P.MsoNormal, li.MsoNormal\n{margin:0cm;font-size:13.0pt;\nfont-family:".VnTime","serif";}',
            "class=MsoNormal",
        ),
        ("p, td { font-family: '.VnTime' !important }", ""),
        ("<!-- /* x */ #than { font: 14px .VnTime } -->", "id=than"),
        ("* { font-family: .VnTime }", ""),
        ("p { font-family: .VnTime } p { font-family: Arial } p.doan { font-family: .VnTime }", "class=doan"),
        ("#than { font-family: .VnTime } p.doan.tin { font-family: Arial }", "class='doan tin' id=than"),
        ("@import 'x.css'; @media screen { .doan { font-family: .VnTime } }", "class=doan"),
        ("@font-face { font-family: .VnTime } .a, .doan { color: red; font-family: .VnTime", "class=doan"),
    ],
)
def test_a_font_named_in_a_style_element_decides_as_one_in_the_markup(sheet, attributes):
    # One word, so that its letters alone do not tell the font.
    page = f"<html><head><style>{sheet}</style></head><body><p {attributes}>{tcvn3('Đường')}</p></body></html>"
    assert text_of(page).endswith("Đường")


@pytest.mark.parametrize(
    ("sheet", "attributes"),
    [
        (".doan { font-family: .VnTime }", "class=doan2"),
        (".doan { font-family: .VnTime }", "class=doan style='font-family: Arial'"),
        ("p { font-family: .VnTime } .doan { font-family: Arial }", "class=doan"),
        ("p.tin { font-family: .VnTime }", "class=doan"),
        (".doan { font-family: .VnTime } .doan { font-family: Arial, .VnTime }", "class=doan"),
        ("/* .doan { font-family: .VnTime } */", "class=doan"),
        ("div > p, p:first-child, p[class] { font-family: .VnTime }", "class=doan"),
    ],
)
def test_a_style_element_that_names_the_font_of_others_decides_nothing(sheet, attributes):
    page = f"<html><head><style>{sheet}</style></head><body><p {attributes}>{tcvn3('Đường')}</p></body></html>"
    assert text_of(page).endswith(clean(tcvn3("Đường")))


def test_what_is_under_an_element_has_the_font_of_its_style_element():
    sheet = ".doan { font-family: .VnTime } .hoa { font-family: .VnTimeH } i { font-family: Arial }"
    inside = f"{tcvn3('Đường')} <b class=hoa>{tcvn3('đảng bộ')}</b> <i>Công báo</i>"
    page = f"<style>{sheet}</style><div class=doan><p>{inside}</p></div>"
    assert text_of(page).removeprefix(sheet) == "Đường ĐẢNG BỘ Công báo"


def test_unicode_under_the_name_of_a_legacy_font_stays():
    page = f"<div style='font-family:.VnTime'><p>{PROSE[0]}</p><p>Hà Nam</p><p>Công báo ® § µ ñ</p></div>"
    assert text_of(page) == text_of(page.replace(".VnTime", "Arial"))


def test_signs_written_as_entities_are_letters_too():
    entities = "".join(f"&#{ord(letter)};" if ord(letter) > 127 else letter for letter in tcvn3(PROSE[0]))
    assert text_of(f"<p>{entities.replace('&#173;', '&shy;')}</p>") == PROSE[0]


def test_alt_texts_and_the_title_of_the_page_are_converted_with_it():
    root = mended(f"<title>{tcvn3(PROSE[1])}</title><p>{tcvn3(PROSE[0])}<img alt='{tcvn3(PROSE[2])}'></p>")
    assert root.findtext(".//title") == PROSE[1]
    assert root.find(".//img").get("alt") == PROSE[2]


def test_scripts_and_addresses_are_no_text():
    address = "/t%E2p-\u00aein/" + tcvn3("đường")
    root = mended(f"<script>var x = '{tcvn3(PROSE[0])}'</script><p>{tcvn3(PROSE[0])}</p><a href='{address}'>x</a>")
    assert root.findtext(".//script") == f"var x = '{tcvn3(PROSE[0])}'"
    assert root.find(".//a").get("href") == address


@pytest.mark.parametrize("encoding", ["latin-1", "sloppy-windows-1252"])  # the second as browsers read it
def test_utf8_read_twice_is_read_once_more(encoding):
    import ftfy.bad_codecs  # noqa: F401

    line = "Bí thư Huyện ủy Vi Hòe nói về giữ gìn bản sắc, và kết quả."
    page = f"{MENU}<p>{line.encode().decode(encoding)}</p><p>{PROSE[0]}</p>"
    assert (
        clean(mended(page.replace("<", " <")).text_content()) == f"Trang chủ Công báo Hà Nam Liên hệ {line} {PROSE[0]}"
    )


def test_a_name_that_reads_as_well_read_twice_goes_with_the_text_before_it():
    line, name = (text.encode().decode("latin-1") for text in ("Bí thư Huyện ủy Vi Hòe nói về kết quả.", "Thu Hà"))
    assert mended(f"<p>{line}</p><p>{name}</p>").text_content().endswith("Thu Hà")
    assert mended(f"<p>XÃ\u00a0</p><p>{line}</p><p>Ở XÃ\u00a0NA</p>").text_content().startswith("XÃ\u00a0")
    assert mended(f"<p>{line}</p><p>Ở XÃ\u00a0NA</p>").text_content().endswith("Ở XÃ\u00a0NA")


@pytest.mark.parametrize(
    "text",
    ["«está» bien, señor, «él» ahí", "“Đảng bộ” – ‘Kỳ Sơn’ … №1 ½ ﬁ ＡＢＣ", "IRMÃ E MÃE, SÃO PAULO á» áº", "Ä‘ á»"],
)
def test_only_what_was_read_twice_is_touched(text):
    assert mended(f"<p>{text}</p>").text_content() == text


@given(
    st.lists(
        st.sampled_from([*PROSE, "Công báo", "Ðảng bộ", "naïve ® µ § ñ ö", "á» áº", "\u00ad", "Hà Nam"]), min_size=1
    )
)
def test_unicode_pages_are_left_as_they_are(lines):
    page = "<div style='font-family:.VnTime'>" + "".join(f"<p>{line}</p>" for line in [PROSE[0], *lines]) + "</div>"
    assert mended(page).text_content() == fromstring(page).text_content()


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2122, exclude_categories=["Cs", "Cc"])))
def test_any_page_is_mended_once(text):
    root = document_fromstring("<p style='font-family:VNI-Times'>" + text.replace("<", "") + "</p><p>x</p>")
    mend(root)
    once = root.text_content()
    root.text_content()
    assert unicodedata.is_normalized("NFC", clean(once))


@pytest.mark.parametrize(
    "page",
    [
        "<p>" + "<font face='.VnTime'>®µ" * 20_000,
        "<p style='" + "font:" * 100_000 + "'>®µ§ñ</p>",
        "<p>" + "®µ§ñ" * 500_000 + "</p>",
        "<p>" + "á»á" * 300_000 + "</p>",
        "<a href=x>®µ</a>" * 50_000,
        "<style>"
        + "".join(f".a.b{n} {{ font-family: .VnTime }}" for n in range(20_000))
        + "</style>"
        + "<p class='a b1'>®µ" * 20_000,
        "<style>" + ".a," * 500_000 + "{ font-family: .VnTime }</style><p class=a>®µ",
        "<style>" + "{}" * 50_000 + "/*" * 200_000 + ".VnTime</style><p>®µ",
        "<style>.a" + ".a" * 90_000 + "{ font-family: .VnTime }</style><p>®µ",
        "<style>p { font-family: .VnTime }</style><p class='" + " ".join(map(str, range(200_000))) + "'>®µ",
    ],
)
def test_hostile_pages_are_mended_in_bounded_time(page):
    try:
        root = document_fromstring(page)
    except ValueError:
        pytest.skip("the parser refuses it")
    started = time.process_time()
    mend(root)
    assert time.process_time() - started < 4  # one or two on a quiet machine


# -- from bytes to an article ----------------------------------------------------------------------------------------


def read(body, content_type=None):
    return normalise.article(pages.page(pages.Document(body, "http://a.example/le-hoi-12345", content_type)).item())


def page_of(write):
    return (
        f"<html><body><div id=top>{write('Đảng bộ huyện')}</div><div class=main><h1>{write(PROSE[1])}</h1><p>02/06/2022</p>"
        + "".join(f"<p>{write(line)}</p>" for line in PROSE)
        + f"<p align=right><b>{write('Bài và ảnh: Tình Dương')}</b></p></div></body></html>"
    )


@pytest.mark.parametrize("write", [tcvn3, vni])
@pytest.mark.parametrize(
    "content_type",
    [None, "text/html; charset=windows-1252", "text/html; charset=windows-1258", "text/html; charset=utf-8"],
)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_an_article_in_a_legacy_font_is_an_article(write, encoding, content_type):
    article = read(page_of(write).encode(encoding), content_type)
    assert article.title == PROSE[1]
    assert [block.text for block in article.blocks] == PROSE
    assert article.byline == "Bài và ảnh: Tình Dương"
    assert article.language == "vi"


def viscii(text):
    codes = {legacy.from_viscii(bytes([code])): bytes([code]) for code in range(256)}
    return b"".join(codes[letter] for letter in text)


def cp1258(text):
    """Letters as Windows-1258 writes them: those with a hat or a horn whole, the tone behind."""
    written = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323"), "")
        written += unicodedata.normalize("NFC", parts.replace(tone, "") if tone else parts) + tone
    return "".join(written).encode("cp1258")


@pytest.mark.parametrize("encode", [viscii, cp1258])
@pytest.mark.parametrize(
    "content_type", [None, "text/html; charset=iso-8859-1", "text/html; charset=utf-8", "text/html; charset=x-viet"]
)
def test_an_article_in_an_old_code_page_is_an_article_whatever_the_server_says(encode, content_type):
    article = read(encode(page_of(str)), content_type)
    assert article.title == PROSE[1]
    assert [block.text for block in article.blocks] == PROSE


@pytest.mark.parametrize("claim", ["iso-8859-1", "windows-1252", "windows-1258", "utf-16", "gb2312"])
def test_one_lost_byte_does_not_make_a_page_of_utf8_another(claim):
    body = page_of(str).encode().replace("Sáng".encode(), b"S\xe1ng", 1)
    assert read(body, f"text/html; charset={claim}").title == PROSE[1]


@pytest.mark.parametrize("text", ["Il était une fois à Paris, un garçon très gêné, où là-bas «ça» va déjà mieux. " * 3])
def test_french_in_latin_1_stays_french(text):
    assert legacy.decode(text.encode("cp1252")) is None
    assert text[:9] in pages.document.decode(f"<p>{text}</p>".encode("cp1252"), "text/html; charset=iso-8859-1")
