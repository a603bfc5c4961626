import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.fold import canon, clean, fold, one_spelling

SHARED = Path(__file__).parents[2] / "shared"


def facts(name):
    file = SHARED / "text" / name
    if not file.exists():
        pytest.skip(f"{file} is not here")
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("dirty", "kept"),
    [
        ("  Kỳ \t Sơn \r\n", "Kỳ Sơn"),
        ("Kỳ\u00a0\u2003Sơn", "Kỳ Sơn"),
        ("\ufeffKỳ S\u200bơ\u2060n", "Kỳ Sơn"),
        ("tho\u0302\u200b\u0301ng", "thống"),
        ("a\x00b\x1bc\x9bd", "abcd"),
        ("a\x1fb\x85c", "a b c"),
        ("\ud83d lẻ", "lẻ"),
        ("một\u00adhai", "mộthai"),
        ("", ""),
    ],
)
def test_clean_keeps_letters_and_drops_what_no_reader_sees(dirty, kept):
    assert clean(dirty) == kept


@pytest.mark.parametrize("upper", ["HÒA", "Hòa", "hòa", "HOÀ", "Hoà", "hoà"])
def test_canon_knows_one_tone_placement_and_one_case(upper):
    assert canon(upper) == "hoà"


@pytest.mark.parametrize("word", ["hoàn", "thuyền", "quý", "Quỳ", "QUỴ", "khoẻo", "thuở", "hoài", "ngoéo"])
def test_canon_leaves_words_with_one_customary_tone_place_alone(word):
    assert canon(word) == word.lower()


def test_every_pair_of_the_tone_table_becomes_one():
    for old, new in facts("tone_placement.json")["old_to_new"].items():
        assert one_spelling(f"H{old} b") == f"H{new} b"
        assert canon(old) == canon(new)
        assert one_spelling(old + "n") == old + "n"


def test_every_vietnamese_letter_folds_to_ascii():
    for letter in facts("letters.json"):
        assert fold(letter).isascii(), letter
        assert fold(unicodedata.normalize("NFC", letter)) in "aeiouyd"


@pytest.mark.parametrize("eth", ["Đảng", "Ðảng", "ðảng", "Ɖảng", "ɖảng"])
def test_lookalikes_of_the_letter_d_with_stroke_are_that_letter(eth):
    assert canon(eth) == "đảng"
    assert fold(eth) == "dang"


def test_no_character_changes_the_length_of_the_text():
    every = " ".join(map(chr, range(sys.maxunicode + 1)))
    for same_length in (canon(every), fold(every)):
        assert len(same_length) == len(every)
        assert same_length[1::2].count(" ") == every[1::2].count(" ")


@given(st.text())
def test_offsets_in_folded_text_are_offsets_in_clean_text(text):
    kept = clean(text)
    assert len(canon(kept)) == len(fold(kept)) == len(kept)
    for at, letter in enumerate(kept):
        if letter.isascii() and letter.isalpha():
            assert fold(kept)[at] == letter.lower()


@given(st.text())
def test_clean_of_clean_text_is_the_same_text(text):
    kept = clean(text)
    assert clean(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    kept.encode("utf-8")


vietnamese = st.text(st.sampled_from("aăâeêioôơuưyđqhntg òóỏõọùúủũụàảãáạầốỷÒÓÙỦYAEQĐÐð13-/,"), max_size=40)


@given(vietnamese)
def test_canon_and_fold_are_settled_after_once(text):
    kept = clean(text)
    assert canon(canon(kept)) == canon(kept)
    assert fold(fold(kept)) == fold(kept)
    assert fold(canon(kept)) == fold(kept)
    assert one_spelling(one_spelling(kept)) == one_spelling(kept)


@given(vietnamese)
def test_decomposed_input_gives_the_same_as_composed(text):
    assert canon(clean(unicodedata.normalize("NFD", text))) == canon(clean(text))
