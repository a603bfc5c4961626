"""How much of a page is read: all, for anybody's article; of more the beginning, which is said; nothing of what is none.

Every bound is many times what portals print, and low enough that whatever they let pass is read in a second or two.
"""

import re
from itertools import islice

from attrs import frozen

from archive.errors import UnreadablePage

LARGEST = 20_000_000
"""Bytes of the largest page that is looked at, pictures within its markup included."""

_MOST_MARKUP = 5_000_000
_MOST_LETTERS = 2_000_000
_MOST_TAGS = 50_000
_MOST_ATTRIBUTES = 1_000
_MOST_SIGNS_IN_VALUES = 4
# Even with all its letters in the attributes of one tag a page of this length is soon parsed.
_LENGTH_OF_NO_CONCERN = 60_000
_PICTURE = r"data:[a-z]+/[\w.+-]+;base64,[A-Za-z0-9+/=]+"
_PICTURE_IN_BYTES = re.compile(_PICTURE.encode())
_PICTURE_IN_LETTERS = re.compile(_PICTURE)
_CLOSED = re.compile("</(?:html|body)", re.IGNORECASE)
_OPENED = re.compile(r"<(?:html|body)[\s>]", re.IGNORECASE)
_HEAD = 20_000
_FOOT = 500
# Tags and their attributes as browsers part them (HTML Living Standard, 13.2.5); comments and scripts hold none.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+"""
_TAG = re.compile(
    rf"<!--.*?(?:-->|\Z)|(?P<raw><(?P<name>script|style)\b)(?P<given>(?:{_ATTRIBUTE})*+)(?P<inside>.*?(?:</(?P=name)|\Z))"
    rf"|(?P<open><[a-zA-Z][^\s/>]*+)(?P<own>(?:{_ATTRIBUTE})*+)",
    re.IGNORECASE | re.DOTALL,
)
_ONE_ATTRIBUTE = re.compile(_ATTRIBUTE)
_LONG_PART = re.compile(rf">[^>]{{{3 * _MOST_ATTRIBUTES},}}")
_GREATER_IN_VALUE = re.compile(r"""=\s*(?:"[^">]*>|'[^'>]*>)""")


@frozen(kw_only=True)
class Readable:
    """The markup of a page as far as it is read."""

    markup: str
    partial: str | None = None
    """Why it is not the whole page, in a few words; None when it is."""


def refuse_excess(body: bytes) -> None:
    """Raise UnreadablePage for more bytes than any page of an article has; pictures within the markup count apart."""
    markup = len(body)
    if _MOST_MARKUP < markup <= LARGEST:
        markup = len(_PICTURE_IN_BYTES.sub(b"", body))
    for amount, most, what in ((len(body), LARGEST, "bytes"), (markup, _MOST_MARKUP, "bytes of markup")):
        if amount > most:
            raise UnreadablePage(
                f"the page has {amount:,} {what}, more than the {most:,} that are read: it is hardly an article"
            )


def readable(markup: str) -> Readable:
    """The beginning of a page that is soon read, and what is missing from it; nearly always the page itself."""
    found, partial = markup, None
    if len(found) > _MOST_LETTERS and (end := _end_of_letters(found)) < len(found):
        partial = f"only the first {_MOST_LETTERS:,} of its letters were read"
        found = found[:end]
    if found.count("<") > _MOST_TAGS:
        partial = f"only the first {_MOST_TAGS:,} of its tags were read"
        found = found[: next(islice(re.finditer("<", found), _MOST_TAGS, None)).start()]
    if partial is None and _is_cut(found):
        partial = "it breaks off: nothing closes its body"
    return Readable(markup=_with_few_attributes(found), partial=partial)


def _end_of_letters(markup: str) -> int:
    """Where the letters end that are read, when those of pictures are not counted."""
    end, left = 0, _MOST_LETTERS
    for picture in _PICTURE_IN_LETTERS.finditer(markup):
        if picture.start() - end >= left:
            break
        left -= picture.start() - end
        end = picture.end()
    return end + left


def _is_cut(markup: str) -> bool:
    """Whether a page is begun as a whole one and never ended, as where its server or the line broke off."""
    ended = _CLOSED.search(markup, max(0, len(markup) - _FOOT)) or _CLOSED.search(markup)
    return not ended and _OPENED.search(markup[:_HEAD]) is not None


def _with_few_attributes(markup: str) -> str:
    """Markup in which no tag has more attributes than a parser takes whose work grows with the square of their number."""
    if len(markup) <= _LENGTH_OF_NO_CONCERN or not _may_have_many_attributes(markup):
        return markup
    return _TAG.sub(_with_first_attributes, markup)


def _may_have_many_attributes(markup: str) -> bool:
    """Whether some tag may have more than a few thousand attributes, as far as can be told without parting all tags.

    Between two of the signs that end tags stand at most a thousand; such a sign in a value adds another thousand. On
    pages with scripts there are one or two that look like it.
    """
    parts = (part[0] for part in _LONG_PART.finditer(f">{markup}"))
    if any(len(part.split()) + part.count("/") > _MOST_ATTRIBUTES for part in parts):
        return True
    in_values = _GREATER_IN_VALUE.finditer(markup)
    return next(islice(in_values, _MOST_SIGNS_IN_VALUES, None), None) is not None


def _with_first_attributes(tag: re.Match[str]) -> str:
    """A tag with no more attributes than are read; comments, and what scripts hold, as they stand."""
    name, given = (tag["raw"], tag["given"]) if tag["raw"] else (tag["open"], tag["own"])
    if not given or len(given) < 2 * _MOST_ATTRIBUTES:
        return tag[0]
    last = next(islice(_ONE_ATTRIBUTE.finditer(given), _MOST_ATTRIBUTES, None), None)
    return tag[0] if last is None else name + given[: last.start()] + (tag["inside"] or "")
