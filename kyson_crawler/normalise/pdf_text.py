"""The text layer of a PDF, where it is one: of the files of district offices nearly half give nonsense.

Their fonts lack the table that says which letter a glyph is (/ToUnicode), so that thousands of characters come out, all
of them wrong. Hence only text that reads as Vietnamese is given.
"""

import asyncio
import importlib.util
import signal
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from archive.derived import Derived, NoText
from archive.errors import UsageError
from kyson_crawler import __version__
from kyson_crawler.normalise import legacy, pdf_pages
from kyson_crawler.normalise.syllables import reads_as_vietnamese
from kyson_crawler.normalise.text import clean

_SECONDS = 20
_MEMORY = 1_000_000_000
_LETTERS = 2_000_000
_HEAD = 1_024
"""The mark of a PDF stands somewhere in so many of its first bytes, as readers have always had it."""

_SAID = {
    pdf_pages.ENCRYPTED: NoText.ENCRYPTED,
    pdf_pages.TOO_LARGE: NoText.TOO_LARGE,
    -signal.SIGXCPU: NoText.TIMED_OUT,
}

MISSING = "the text of PDFs cannot be read without pypdf: install it with  pip install 'kyson-crawler[pdf]'"


def is_there() -> bool:
    """Whether the library is installed that reads PDFs, the extra `pdf`."""
    return importlib.util.find_spec("pypdf") is not None


async def text_layer(body: bytes, *, seconds: int = _SECONDS) -> Derived:
    """The text of a PDF, a line of it a line, legacy fonts converted, or why there is none.

    It is read in a process of its own, which ends when this is cancelled. seconds: after so long it counts as unreadable.
    Needs the extra `pdf`: raises UsageError without it; and OSError when that process cannot be started, or is killed.
    """
    if not is_there():
        raise UsageError(MISSING)
    if b"%PDF-" not in body[:_HEAD]:
        return _none(NoText.NOT_A_PDF)
    program = [sys.executable, "-I", str(Path(pdf_pages.__file__)), str(seconds), str(_MEMORY), str(_LETTERS)]
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    # In a session of its own, so that Ctrl-C does not seem to be the fault of the PDF.
    reader = await asyncio.create_subprocess_exec(
        *program, stdin=pipe, stdout=pipe, stderr=nowhere, start_new_session=True
    )
    try:
        printed, _ = await asyncio.wait_for(reader.communicate(body), seconds)
    except TimeoutError:
        return _none(NoText.TIMED_OUT)
    finally:
        if reader.returncode is None:
            with suppress(ProcessLookupError):
                reader.kill()
            await reader.wait()
    if reader.returncode in {-signal.SIGKILL, -signal.SIGTERM}:
        raise OSError("the process that reads PDFs was killed by another one")
    if reader.returncode:
        return _none(_SAID.get(reader.returncode, NoText.UNREADABLE))
    return await asyncio.to_thread(_judged, printed)


def _judged(printed: bytes) -> Derived:
    """What is kept of the pages as they were printed."""
    text = printed.decode("utf-8", "replace")
    convert = legacy.decoder(set(), text) or str
    lines = [clean(line) for line in convert(text).splitlines()]
    text = "\n".join(line for line in lines if line)
    if not text:
        return _none(NoText.NO_LAYER)
    return Derived(text=text, software=software()) if reads_as_vietnamese(text) else _none(NoText.NOT_VIETNAMESE)


@cache
def software() -> str:
    """What derives texts here."""
    return f"kyson-crawler/{__version__} pypdf/{version('pypdf')}"


def _none(reason: NoText) -> Derived:
    return Derived(reason=reason, software=software())
