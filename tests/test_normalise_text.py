import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyson_crawler.normalise.text import clean, language


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
        ("", ""),
        ("\u00a0 \n", ""),
    ],
)
def test_text_is_composed_and_its_spaces_are_single(printed, kept):
    assert clean(printed) == kept


@pytest.mark.parametrize("spelling", ["phát trin", "Yên Hòa và Yên Hoà", "thuỷ lợi, thủy lợi", "do s đảng viên"])
def test_spelling_is_kept(spelling):
    assert clean(spelling) == spelling


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
