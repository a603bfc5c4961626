"""The two languages in which people are told of a crawl, and how each writes numbers."""

import re

LANGUAGES = ("vi", "en")

_MARKS = str.maketrans(",.", ".,")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def numbers(text: str, language: str) -> str:
    """Text of our own with the numbers in it, which are written as in English, as the language writes them.

    >>> numbers("1,234.5 MB", "vi"), numbers("1,234.5 MB", "en")
    ('1.234,5 MB', '1,234.5 MB')
    """
    return text if language == "en" else _NUMBER.sub(lambda found: found[0].translate(_MARKS), text)
