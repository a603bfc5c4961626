import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import fold
from kyson_crawler.normalise.syllables import is_syllable, reads_as_vietnamese
from kyson_crawler.normalise.text import clean, language

SHARED = Path(__file__).parents[2] / "shared"
PROSE = "Sáng ngày 02/6, tại xã Mường Lống, huyện Kỳ Sơn tổ chức lễ hội truyền thống của đồng bào các dân tộc."


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("Kỳ\u00a0Sơn", "Kỳ Sơn"),
        ("  Huyện \n\t ủy  ", "Huyện ủy"),
        ("\u00a0" * 40 + "Ảnh minh họa", "Ảnh minh họa"),
        ("chuô\u0323t", "chuột"),
        ("Ngho\u0302\u0300", "Nghồ"),
        ("\ufeffMường\u200b Xén\u00ad", "Mường Xén"),
        ("Mường\x00 Xén\x1b[31m", "Mường Xén[31m"),
        ("một\x0bhai\x85ba", "một hai ba"),
        ("\ud800Kỳ Sơn", "Kỳ Sơn"),
        ("\u200eKỳ \u202eSơn\u202c\u2069", "Kỳ Sơn"),
        ("", ""),
        ("\u00a0 \n", ""),
    ],
)
def test_text_is_composed_and_its_spaces_are_single(printed, kept):
    assert clean(printed) == kept


@pytest.mark.parametrize("spelling", ["phát trin", "Yên Hòa và Yên Hoà", "thuỷ lợi, thủy lợi", "do s đảng viên"])
def test_spelling_is_kept(spelling):
    assert clean(spelling) == spelling


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("Ðảng bộ ÐƯỜNG ɖường Ðắk Lắk", "Đảng bộ ĐƯỜNG đường Đắk Lắk"),
        ("ông Ðinh ði", "ông Đinh đi"),
        ("xã \u041c\u01b0ờng \u0425én, \u0412ắc Lý", "xã Mường Xén, Bắc Lý"),  # Cyrillic М, Х, В
        ("\u041aỳ S\u043en", "Kỳ Son"),
        ("\u039dậm C\u1eafn", "Nậm Cắn"),  # Greek Ν
        ("to\u0430\u0300n", "toàn"),  # a Cyrillic а with a grave of its own
    ],
)
def test_look_alike_letters_become_vietnamese_inside_vietnamese_words(printed, kept):
    assert clean(printed) == kept


@pytest.mark.parametrize(
    "foreign",
    ["Guðrún Garðarsdóttir", "\u041c\u043e\u0441\u043a\u0432\u0430", "5 k\u03a9, α-β", "Ð", "HÐND 08", "\u0441\u043e"],
)
def test_letters_of_other_languages_stay_as_they_are(foreign):
    assert clean(foreign) == foreign


@given(st.text(st.sampled_from("ÐðɖоаеВНα\u0300\u0323\u0591 ảnhđgo\u00ad")))
def test_cleaning_look_alikes_twice_changes_nothing(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_cleaning_clean_text_costs_next_to_nothing():
    text = PROSE * 10_000
    started = time.process_time()
    assert clean(text) == text
    assert time.process_time() - started < 0.25  # 1 MB; 0.02 s on the machine this was written on


@pytest.mark.parametrize("hostile", ["a" * 500_000 + "ð", "ð" * 500_000, "ða " * 200_000, "a\u0301" * 300_000 + "ð"])
def test_cleaning_takes_time_that_grows_with_the_text(hostile):
    started = time.process_time()
    clean(hostile)
    assert time.process_time() - started < 3


@given(st.text())
def test_cleaning_agrees_with_what_the_archive_keeps_but_for_look_alikes(text):
    assert fold.fold(clean(text)) == fold.fold(clean(fold.clean(text)))


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Ngày hội của đồng bào các dân tộc huyện miền núi", "vi"),
        ("NGÀY HỘI CỦA ĐỒNG BÀO CÁC DÂN TỘC", "vi"),
        ("The festival of the ethnic groups in the mountain district", None),
        ("La fête de l’été à Hanoï a été très réussie, dit-on", None),
        ("Kỳ Sơn", None),
        ("", None),
    ],
)
def test_a_language_is_claimed_only_of_text_that_reads_as_vietnamese(text, tag):
    assert language(text) == tag


@pytest.mark.parametrize(
    ("text", "vietnamese"),
    [
        (PROSE, True),
        (PROSE.upper(), True),
        (unicodedata.normalize("NFD", PROSE), True),
        (
            "UBND tỉnh ban hành Quyết định số 417/QĐ-UBND về việc hỗ trợ người nghèo, trong đó có NukeViet, website",
            True,
        ),
        ("Sang ngay 02/6, tai xa Muong Long, huyen Ky Son to chuc le hoi truyen thong cua dong bao", False),
        ("S¸ng ngµy 02/6, t¹i x· M­êng Lèng, huyÖn Kú S¬n tæ chøc lÔ héi truyÒn thèng cña ®ång bµo", False),
        ("Saùng ngaøy 02/6, taïi xaõ Möôøng Loáng, huyeän Kyø Sôn toå chöùc leã hoäi", False),
        (PROSE.encode().decode("latin-1"), False),
        ("Il était une fois, à Paris, un garçon très gêné qui n'a pas été là où il fallait, ô là là", False),
        ("The one to go on in my home is no son of mine: a song, an inn, a long hot day to come", False),
        ("W%& 0123 ~~~ \u0003\u0004 (cid:12) (cid:44) ẩẫẹẻ ựữử ệểễ ợờở", False),
        ("Kỳ Sơn", False),
        ("", False),
    ],
)
def test_vietnamese_is_told_by_its_syllables(text, vietnamese):
    assert reads_as_vietnamese(text) == vietnamese


@pytest.mark.parametrize(
    "word", "quốc quý thuở giếng gì khuya nghiêng ngoằn xoong yêu Ủy ủy uỷ Đắk Lắk Krông ĐẢNG".split()
)
def test_a_syllable_of_the_language_is_one(word):
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word", "toạan cãc bàp ngé cì ka cha\u0309n\u0301 xyz été naïve hộI w đ pa\u0300\u0301 nghiêngg".split()
)
def test_what_cannot_be_a_syllable_is_none(word):
    assert not is_syllable(unicodedata.normalize("NFC", word))


@pytest.mark.skipif(not SHARED.exists(), reason="no pages to measure against beside the checkout")
def test_articles_of_many_portals_read_as_vietnamese():
    articles = [json.loads(path.read_text(encoding="utf-8")) for path in (SHARED / "portals").rglob("*.gold.json")]
    texts = [" ".join([gold["title"] or "", gold.get("lead") or "", *gold["paragraphs"]]) for gold in articles]
    assert all(reads_as_vietnamese(text) for text in texts)
    assert len(texts) > 50
