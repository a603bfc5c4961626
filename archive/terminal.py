"""How the archive speaks to people: dates as they are written in Vietnam, and no crawled character that a terminal obeys."""

import re
from collections.abc import Iterable, Sequence

import click

from archive.unseen import UNSEEN

# controls of C0 and C1, what deceives, and what cannot be encoded at all
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f" + UNSEEN + "\ud800-\udfff]")
_OBEYED_BUT_NEWLINE = re.compile(_OBEYED.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T(\d{2}:\d{2}))?")


def printable(text: str, *, newlines: bool = False) -> str:
    """Text that a terminal only shows: what it would obey becomes a replacement character, white space a space.

    >>> printable("Kỳ Sơn\\x1b]0;owned\\x07")
    'Kỳ Sơn�]0;owned�'
    """
    text = text.replace("\r\n", "\n").replace("\t", " ")
    return _OBEYED_BUT_NEWLINE.sub("\ufffd", text) if newlines else _OBEYED.sub("\ufffd", text.replace("\n", " "))


def day(published: str | None) -> str:
    """An ISO date as it is written in Vietnam, as much of it as is known.

    >>> day("2022-06-02T15:30:00+07:00"), day("2022-06"), day(None)
    ('2/6/2022 15:30', '6/2022', 'undated')
    """
    found = _ISO.match(published or "")
    if not found:
        return printable(published) if published else "undated"
    year, month, date, time = found.groups()
    parts = [str(int(part)) for part in (date, month, year) if part]
    return "/".join(parts) + (f" {time}" if time else "")


def marked(text: str, matches: Iterable[tuple[int, int]]) -> str:
    """Text with its matches in bold; click leaves the bold out where no terminal is."""
    pieces, end = [], 0
    for start, stop in matches:
        pieces += [printable(text[end:start]), click.style(printable(text[start:stop]), bold=True, fg="yellow")]
        end = stop
    return "".join([*pieces, printable(text[end:])])


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Rows with their columns aligned, the columns in `right` to the right; the last one as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def size(number: int) -> str:
    """Bytes as people say them.

    >>> size(1_234_567), size(999)
    ('1.2 MB', '999 bytes')
    """
    for unit, limit in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= limit:
            return f"{number / limit:,.1f} {unit}"
    return f"{number} bytes"
