"""What the `style` attribute of an element says about the looks of its text."""

import re
from functools import lru_cache
from typing import NamedTuple

from lxml.etree import _Element as Element

_ALIGN = re.compile(r"text-align\s*:\s*(left|right|center|justify)", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(bold|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*italic", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LONGEST = 1_000


class Style(NamedTuple):
    """The looks that tell captions and bylines from running text."""

    align: str | None = None
    """`left`, `right`, `center` or `justify`; None when nothing is said of it."""

    bold: bool = False
    italic: bool = False
    hidden: bool = False


def style_of(element: Element) -> Style:
    """What an element says of itself; what it inherits is not counted."""
    written = element.get("style")
    style = _read(written[:_LONGEST]) if written else _PLAIN
    return style if element.get("hidden") is None else style._replace(hidden=True)


@lru_cache(maxsize=1024)  # a page has few styles, each many times over
def _read(written: str) -> Style:
    align = _ALIGN.search(written)
    return Style(
        align=align[1].lower() if align else None,
        bold=bool(_BOLD.search(written)),
        italic=bool(_ITALIC.search(written)),
        hidden=bool(_HIDDEN.search(written)),
    )


_PLAIN = Style()
