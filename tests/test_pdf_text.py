import asyncio
import importlib.util
import os
import signal
import time
import zlib
from pathlib import Path

import pytest

from archive.derived import NoText
from archive.errors import UsageError
from kyson_crawler.normalise import legacy, pdf_text
from tests.pdfs import HELVETICA, encrypted, page_of, pages_of, pdf, stream, with_codes, with_glyphs

LINES = [
    "Sáng ngày 02/6, tại xã Mường Lống, huyện Kỳ Sơn tổ chức",
    "lễ hội truyền thống của đồng bào các dân tộc.",
]
ENGLISH = ["The festival of the ethnic groups in the mountain district of the province"]
TO_TCVN3 = {ord(legacy.from_tcvn3(chr(code))): chr(code) for code in range(0xA1, 0xFF)}


def children():
    """The processes that this one has started."""
    told = Path(f"/proc/self/task/{os.getpid()}/children")
    if not told.exists():
        pytest.skip("needs a kernel that tells the children of a process")
    return set(map(int, told.read_text().split()))


def text_layer(body, **options):
    return asyncio.run(pdf_text.text_layer(body, **options))


def test_a_text_layer_of_vietnamese_is_given_line_by_line_with_what_read_it():
    found = text_layer(with_glyphs(LINES, told=True))
    assert (found.text, found.reason) == ("\n".join(LINES), None)
    assert found.software.startswith("kyson-crawler/")
    assert " pypdf/" in found.software


def test_a_text_layer_in_a_legacy_font_is_converted():
    codes = [line.translate(TO_TCVN3).encode("latin-1") for line in LINES]
    assert text_layer(with_codes(codes)).text == "\n".join(LINES)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", NoText.NOT_A_PDF),
        (b"<html>" * 100, NoText.NOT_A_PDF),
        (b"%PDF-1.7", NoText.UNREADABLE),
        (with_glyphs(LINES, told=True)[:700], NoText.UNREADABLE),
        (with_glyphs(ENGLISH, told=True), NoText.NOT_VIETNAMESE),
        (with_glyphs(LINES, told=False), NoText.NOT_VIETNAMESE),
        (page_of([], [b"<< >>"]), NoText.NO_LAYER),
        (encrypted(), NoText.ENCRYPTED),
        (pages_of(3, b"x" * 900_000), NoText.TOO_LARGE),
    ],
    ids=["empty", "a-page", "a-head", "cut", "english", "fonts-that-name-no-letters", "scan", "encrypted", "large"],
)
def test_what_has_no_vietnamese_text_gives_the_reason(body, reason):
    found = text_layer(body)
    assert (found.text, found.reason) == (None, reason)


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
    assert text_layer(body, seconds=1).text is None
    assert time.perf_counter() - started < 3


def test_thousands_of_pages_are_given_up_in_time():
    assert text_layer(pages_of(5_000, b"Trang"), seconds=1).reason == NoText.TIMED_OUT


def test_nobody_else_is_held_up_while_a_pdf_is_read():
    async def ticks():
        reading = asyncio.create_task(pdf_text.text_layer(page_of([b"(x)"] * 200_000, [HELVETICA]), seconds=1))
        count = 0
        while not reading.done():
            await asyncio.sleep(0.01)
            count += 1
        return count

    assert asyncio.run(ticks()) > 10


def test_a_reader_that_somebody_else_kills_tells_nothing_of_the_file():
    others = children()

    async def killed():
        reading = asyncio.create_task(pdf_text.text_layer(page_of([b"(x)"] * 200_000, [HELVETICA])))
        await asyncio.sleep(0.5)
        (reader,) = children() - others
        os.kill(reader, signal.SIGKILL)
        await reading

    with pytest.raises(OSError, match="was killed"):
        asyncio.run(killed())


def test_nothing_goes_on_reading_when_nobody_waits_any_more():
    others = children()

    async def cut_short():
        reading = asyncio.create_task(pdf_text.text_layer(page_of([b"(x)"] * 200_000, [HELVETICA])))
        await asyncio.sleep(0.5)
        assert children() - others
        reading.cancel()
        await asyncio.wait([reading])

    asyncio.run(cut_short())
    assert not children() - others


def test_without_the_library_the_reader_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"kyson-crawler\[pdf\]"):
        text_layer(b"%PDF-1.7")
