"""Printed text as it is kept (the archive's own `clean`, and look-alike letters made right), and its language."""

import re
import unicodedata
from functools import lru_cache

from archive import fold
from kyson_crawler.normalise.syllables import is_syllable, reads_as_vietnamese

# Đ typed with an Icelandic or African keyboard; Cyrillic and Greek letters of the same look.
_LOOKALIKES = str.maketrans(
    "ÐðƉɖаеорсухѕіјАВЕКМНОРСТХЅІЈҮαονρΑΒΕΗΙΚΜΝΟΡΤΥΧ",
    "ĐđĐđaeopcyxsijABEKMHOPCTXSIJYaovpABEHIKMNOPTYX",
)
_SAMPLE = 2_000
_LONGEST_WORD = 100
_SUSPECT = re.compile("[ÐðƉɖ\u0370-\u04ff\u1f00-\u1fff]")
# Begun only where a word begins, so that a word without end is gone through once.
_SUSPECT_WORD = re.compile(
    rf"(?<![^\W\d_])(?<![\u0300-\u036f])(?:(?!{_SUSPECT.pattern})[^\W\d_]|[\u0300-\u036f])*+{_SUSPECT.pattern}"
    r"(?:[^\W\d_]|[\u0300-\u036f])*+"
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ONLY_VIETNAMESE = re.compile("[ĂăƠơƯư\u1ea0-\u1ef9]")


def clean(text: str) -> str:
    """Text as the archive keeps it: NFC, one space between words, nothing invisible, no letter that only looks Vietnamese.

    The spelling stays as it is, and so does the place of every tone. Fonts with codes of their own must have been read
    before (`letters.mend`): the soft hyphen that is taken out here is the letter ư in them.

    >>> clean("Ðảng bộ  huyện K\\u1ef3 S\\u01a1n; Guðrún")
    'Đảng bộ huyện Kỳ Sơn; Guðrún'
    """
    seen = fold.clean(text)
    if seen.isascii() or not _SUSPECT.search(seen):
        return seen
    return unicodedata.normalize("NFC", _SUSPECT_WORD.sub(_in_vietnamese_letters, seen))


def language(text: str) -> str | None:
    """`vi` when the text reads as Vietnamese, else None: nothing is claimed of other languages.

    >>> language("Ngày hội của đồng bào các dân tộc huyện miền núi")
    'vi'
    >>> language("The festival of the district") is None
    True
    """
    return "vi" if reads_as_vietnamese(text[:_SAMPLE]) else None


def _in_vietnamese_letters(word: re.Match[str]) -> str:
    """A word without look-alikes when it is Vietnamese but for them; any other word as it stands."""
    written = word[0]
    return _spelt(written) if len(written) <= _LONGEST_WORD and _LATIN.search(written) else written


@lru_cache(maxsize=4_096)  # who types Đ with another keyboard does so all through a page
def _spelt(written: str) -> str:
    parts = unicodedata.normalize("NFD", written)
    own = unicodedata.normalize("NFC", parts.translate(_LOOKALIKES))
    if _SUSPECT.search(own) or not (is_syllable(own) or _ONLY_VIETNAMESE.search(written)):
        return written
    return own


__all__ = ["clean", "language"]
