"""How Vietnamese text is kept, compared and searched: cleaned, canonical, and folded to bare letters.

Three steps, each on the result of the one before: `clean` is what the archive stores, `canon` is what counts as the
same spelling, `fold` is what somebody types without a Vietnamese keyboard. `canon` and `fold` keep every character in
its place, so that an offset found in them is an offset in the stored text.
"""

import re
import unicodedata
from functools import cache

FOLD_VERSION = "1"
"""Raise it whenever `canon` or `fold` give something else for any text: the search index is then made again."""


def clean(text: str) -> str:
    """Text as the archive keeps it: NFC, one space between words, nothing invisible; the spelling untouched.

    Legacy encodings must be converted before: in TCVN3 text the soft hyphen, which is taken out here, is the letter ư.

    >>> clean("Huyện\\u00a0Kỳ \\ufeff Sơn\\n")
    'Huyện Kỳ Sơn'
    >>> clean("Đa\\u0309ng bô\\u0323") == "Đảng bộ"
    True
    """
    if text.isprintable() and "  " not in text:  # of all that is space or invisible only the blank is printable
        return composed(text.strip(" "))
    seen = " ".join(text.split())
    if seen.isprintable():  # nearly always, and four times as fast
        return composed(seen)
    return " ".join(composed(seen.translate(_INVISIBLE)).split())


def composed(text: str) -> str:
    """Text in NFC, with no more than thirty marks on one letter, as in the stream-safe text of Unicode's Annex 15.

    Putting marks in order takes time that grows with the square of their number, so nobody may give too many.

    >>> composed("e\u0323\u0302") == "ệ", len(composed("a" + "\u0323\u0301" * 100_000))
    (True, 30)
    """
    if unicodedata.is_normalized("NFC", text):
        return text
    # Marks are no letters: whether there are so many is asked quickly, and in their place only the rest is weighed.
    return unicodedata.normalize("NFC", _MANY_SIGNS.sub(lambda run: _many_marks().sub(r"\1", run[0]), text))


def one_spelling(text: str) -> str:
    """Clean text in one of its equal spellings: one place for the tone, đ for its look-alikes; case kept.

    >>> one_spelling("Thủy Hòa, ỦY BAN, thuyền, quý, toàn, Ðảng")
    'Thuỷ Hoà, UỶ BAN, thuyền, quý, toàn, Đảng'
    """
    if _LOOKALIKE.search(text):
        text = text.translate(_LOOKALIKES)
    return _OLD_TONE.sub(_move_tone, text)


def canon(text: str) -> str:
    """Clean text in lower case and one spelling, as long as the text itself: what exact search compares.

    >>> canon("KHỎE, Khoẻ; UỶ BAN")
    'khoẻ, khoẻ; uỷ ban'
    """
    lower = text.lower()
    if len(lower) != len(text):  # İ is the letter that grows
        lower = "".join(letter.lower()[0] for letter in text)
    return one_spelling(lower)


def other_spelling(syllable: str) -> str | None:
    """The same syllable with y for i, or i for y, where custom knows both; None where it does not.

    It is so at the end of a syllable behind h, k, l, m, s, t and qu. The syllable is one of `canon` or `fold`.

    >>> [other_spelling(syllable) for syllable in ("lý", "quí", "kỳ", "ti", "thuý", "vi", "thi")]
    ['lí', 'quý', 'kì', 'ty', None, None, None]
    """
    return syllable.translate(_I_AND_Y) if _I_OR_Y.fullmatch(syllable) else None


def fold(text: str) -> str:
    """Clean text in bare lower-case letters, as long as the text itself: what search without marks compares.

    >>> fold("Đảng bộ huyện Kỳ Sơn; ÐƯỜNG")
    'dang bo huyen ky son; duong'
    """
    return bare(canon(text))


def bare(canonical: str) -> str:
    """The same for text that is in `canon` already.

    >>> bare("uỷ ban nhân dân")
    'uy ban nhan dan'
    """
    return canonical.translate(_BARE)


@cache
def _many_marks() -> re.Pattern[str]:
    """More marks in a row than anybody writes; it begins with one of them, since that is what `re` can look for quickly."""
    marks = "".join(chr(code) for code in range(0x300, 0x1E950) if unicodedata.combining(chr(code)))
    return re.compile(f"([{marks}][{marks}]{{29}})[{marks}]+")


def _invisible() -> dict[int, str | None]:
    """Characters that take no room on paper (None), and controls that stand for a space."""
    zero_width = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF), None)
    directions = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), None)
    controls = {code: " " if chr(code).isspace() else None for code in (*range(0x20), *range(0x7F, 0xA0))}
    unpaired_surrogates = dict.fromkeys(range(0xD800, 0xE000), None)
    return zero_width | directions | controls | unpaired_surrogates


class _Bare(dict[int, int]):
    """Each character's bare letter, worked out when first met."""

    def __missing__(self, code: int) -> int:
        parts = unicodedata.normalize("NFD", chr(code))
        marked = len(parts) > 1 and all(unicodedata.combining(mark) for mark in parts[1:])
        self[code] = bare = ord(parts[0]) if marked else code
        return bare


def _move_tone(old: re.Match[str]) -> str:
    return _new_tone(old[0])


@cache
def _new_tone(old: str) -> str:
    """The old placement `òa` as the new `oà`; there are but a hundred pairs of letters."""
    first = unicodedata.normalize("NFD", old[0])
    return first[0] + unicodedata.normalize("NFC", old[1] + first[1])


_INVISIBLE = _invisible()
_LOOKALIKES = {ord("Ð"): "Đ", ord("ð"): "đ", ord("Ɖ"): "Đ", ord("ɖ"): "đ"}
_LOOKALIKE = re.compile("[ÐðƉɖ]")
_BARE = _Bare({ord("đ"): ord("d")})
_I, _Y = "iìíỉĩị", "yỳýỷỹỵ"
_I_AND_Y = str.maketrans(_I + _Y, _Y + _I)
_I_OR_Y = re.compile(f"(?:[hklmst]|qu)[{_I}{_Y}]")
_MANY_SIGNS = re.compile(r"\W{31,}")
_OLD_TONE = re.compile(
    r"[òóỏõọÒÓỎÕỌùúủũụÙÚỦŨỤ]"  # one class in front, which `re` looks for seven times as fast as for two
    r"(?:(?<=[òóỏõọÒÓỎÕỌ])[aeAE]|(?<=[ùúủũụÙÚỦŨỤ])(?<![qQ].)[yY])"  # only oa, oe, uy have two customs
    r"(?![^\W\d_])"  # and only where they end the syllable: hoàn, thuyền have one
)
