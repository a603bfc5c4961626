"""Where the running text of one block falls into paragraphs, and what of it is said twice."""

from collections.abc import Iterator
from typing import NamedTuple

from kyson_crawler.normalise.text import clean

BREAK = "\n"
"""The text of a run that is a line break; a newline of the source is a space."""

_BULLETS = ("-", "–", "*", "+", "•")
# The shortest text of several runs that is not printed twice in one block on purpose: without and with a space between.
_GLUED_TWIN, _PARTED_TWIN = 5, 80
_LONG = 120
_ENDS = (".", "!", "?", "…")
_CLOSING = ' \t\r\n\u00a0”"’)»'


class Run(NamedTuple):
    """A stretch of text with one look."""

    text: str
    bold: bool
    italic: bool
    href: str | None


def paragraphs(runs: list[Run]) -> Iterator[list[Run]]:
    """Runs grouped into paragraphs: an empty line parts them, a line break only where `_parts` says so."""
    group: list[Run] = []
    line: list[Run] = []
    before: list[Run] = []
    quoted = 0
    for run in (*runs, Run(BREAK, bold=False, italic=False, href=None)):
        if run.text != BREAK:
            line.append(run)
            continue
        seen = [part for part in line if is_seen(part.text)]
        if group and (not seen or _parts(before, seen, is_quoted=quoted > 0)):
            yield group
            group, quoted = [], 0
        quoted += sum(part.text.count("“") - part.text.count("”") for part in seen)
        if seen:
            group += [*line, run]
        elif not group:
            yield line
        before, line = seen, []
    if group:
        yield group


def _parts(before: list[Run], after: list[Run], *, is_quoted: bool) -> bool:
    """Whether a line break parts paragraphs.

    It does around lines that are all bold, as headings are, before items of a list, and between long lines of which the
    first ends a sentence; the lines of a verse or of an address are short.

    is_quoted: whether the lines before leave a quotation open, in which somebody goes on speaking.
    """
    is_bold = [all(run.bold for run in line) for line in (before, after)]
    if any(is_bold) or after[0].text.lstrip().startswith(_BULLETS):
        return True
    return not is_quoted and _are_paragraphs(before, after)


def _are_paragraphs(before: list[Run], after: list[Run]) -> bool:
    """Whether two lines are each as long as a paragraph, and the first is at the end of a sentence."""
    if sum(len(run.text) for run in before) < _LONG or sum(len(run.text) for run in after) < _LONG:
        return False
    return before[-1].text.rstrip(_CLOSING).endswith(_ENDS)


def once(text: str) -> str:
    """A paragraph that the markup of a word processor holds twice over, once: "Bản MớiBản Mới"; a refrain stays.

    >>> once("Bản Huồi MớiBản Huồi Mới"), once("Mưa rơi, mưa rơi"), once("Hò dô ta nào Hò dô ta nào")
    ('Bản Huồi Mới', 'Mưa rơi, mưa rơi', 'Hò dô ta nào Hò dô ta nào')
    """
    half, is_parted = divmod(len(text), 2)
    if half < (_PARTED_TWIN if is_parted else _GLUED_TWIN) or text[:half] != text[half + is_parted :]:
        return text
    return text[:half] if " " in text[:half] and (not is_parted or text[half] == " ") else text


def is_seen(text: str) -> bool:
    """Whether anything of a text is left when it is cleaned."""
    begun = text.strip()
    return begun[:1].isalnum() or bool(begun and clean(begun))
