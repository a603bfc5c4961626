"""The text layer of a PDF, where it is one: of the files of district offices nearly half give nonsense.

Their fonts lack the table that says which letter a glyph is (/ToUnicode), so that thousands of characters come out, all
of them wrong. Hence only text that reads as Vietnamese is given.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

from archive.errors import UsageError
from kyson_crawler.normalise import legacy
from kyson_crawler.normalise.syllables import reads_as_vietnamese
from kyson_crawler.normalise.text import clean

_PROGRAM = Path(__file__).with_name("pdf_pages.py")
_MEMORY = 1_000_000_000
_LETTERS = 2_000_000


def text_layer(body: bytes, *, seconds: int = 20) -> str | None:
    """The text of a PDF, a line of it a line, legacy fonts converted; None for scans, nonsense, and what cannot be read.

    seconds: after so long the file counts as unreadable. Needs the extra `pdf`: raises UsageError without it.
    """
    if importlib.util.find_spec("pypdf") is None:
        raise UsageError(
            "the text of PDFs cannot be read without pypdf: install it with  pip install 'kyson-crawler[pdf]'"
        )
    program = [sys.executable, "-I", str(_PROGRAM), str(seconds), str(_MEMORY), str(_LETTERS)]
    try:
        ended = subprocess.run(program, input=body, capture_output=True, timeout=seconds, check=False)  # noqa: S603 (ours)
    except subprocess.TimeoutExpired:
        return None
    text = ended.stdout.decode("utf-8", "replace") if ended.returncode == 0 else ""
    convert = legacy.decoder(set(), text) or str
    lines = [clean(line) for line in convert(text).splitlines()]
    text = "\n".join(line for line in lines if line)
    return text if reads_as_vietnamese(text) else None
