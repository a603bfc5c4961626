"""Printed text as it is kept (the archive's own `clean`: NFC, one kind of space, spelling kept), and its language."""

import re

from archive.fold import clean

_VIETNAMESE = re.compile("[\u1ea0-\u1ef9]")


def language(text: str) -> str | None:
    """`vi` when the text reads as Vietnamese, else None: nothing is claimed of other languages.

    About an eighth of the letters of Vietnamese prose are ones that no other language of the region writes (ạ to ỹ);
    French or Romanian share only the others.

    >>> language("Ngày hội của đồng bào các dân tộc huyện miền núi")
    'vi'
    >>> language("The festival of the district") is None
    True
    """
    letters = sum(character.isalpha() for character in text)
    marked = len(_VIETNAMESE.findall(text))
    return "vi" if letters >= 20 and marked >= letters * 0.03 else None


__all__ = ["clean", "language"]
