import importlib.util
import time
import zlib

import pytest

from archive.errors import UsageError
from kyson_crawler.normalise import legacy
from kyson_crawler.normalise.pdf_text import text_layer
from tests.pdfs import HELVETICA, page_of, pdf, stream, with_codes, with_glyphs

LINES = [
    "Sáng ngày 02/6, tại xã Mường Lống, huyện Kỳ Sơn tổ chức",
    "lễ hội truyền thống của đồng bào các dân tộc.",
]
TO_TCVN3 = {ord(legacy.from_tcvn3(chr(code))): chr(code) for code in range(0xA1, 0xFF)}


def test_a_text_layer_of_vietnamese_is_given_line_by_line():
    assert text_layer(with_glyphs(LINES, told=True)) == "\n".join(LINES)


def test_a_text_layer_whose_fonts_do_not_name_their_letters_is_not_given():
    assert text_layer(with_glyphs(LINES, told=False)) is None


def test_a_text_layer_in_a_legacy_font_is_converted():
    codes = [line.translate(TO_TCVN3).encode("latin-1") for line in LINES]
    assert text_layer(with_codes(codes)) == "\n".join(LINES)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"%PDF-1.7",
        b"<html>" * 100,
        with_glyphs(["The festival of the ethnic groups in the mountain district of the province"], told=True),
        with_glyphs(LINES, told=True)[:700],
        page_of([], [b"<< >>"]),
    ],
)
def test_what_has_no_vietnamese_text_gives_none(body):
    assert text_layer(body) is None


CATALOGUE = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>",
]
BOMB = zlib.compress(b"\x00" * 400_000_000, 9)


@pytest.mark.parametrize(
    "body",
    [
        page_of([b"(x)"] * 200_000, [HELVETICA]),
        pdf([*CATALOGUE, stream(zlib.compress(BOMB), b"/Filter [/FlateDecode /FlateDecode]")]),
        pdf([CATALOGUE[0], b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]),
        pdf([b"[" * 100_000]),
    ],
    ids=["endless", "bomb", "its-own-child", "nested"],
)
def test_no_pdf_takes_more_than_its_time(body):
    started = time.perf_counter()
    assert text_layer(body, seconds=1) is None
    assert time.perf_counter() - started < 3


def test_without_the_library_the_reader_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"kyson-crawler\[pdf\]"):
        text_layer(b"%PDF-1.7")
