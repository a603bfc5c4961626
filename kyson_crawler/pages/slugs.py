"""What an address says of its article's name: most systems make the end of it from the headline."""

import re
from itertools import takewhile
from urllib.parse import unquote, urlsplit

from archive.fold import fold

_LEAST_SHARED = 12


def slug_of(url: str) -> str:
    """The letters and digits of the last name in an address, without an id and the ending.

    >>> slug_of("http://a.example/tin-tuc/dak-r-lap-dat-9276-529174.html")
    'dakrlapdat9276'
    """
    name = unquote(urlsplit(url).path).rstrip("/").rsplit("/", 1)[-1]
    return _bare(re.sub(r"(?:-\d{3,})?(?:\.\w{3,5})?$", "", name))


def is_slugged(shown: str, slug: str) -> bool:
    """Whether a slug was made of the text shown, as most systems make it of the headline; long slugs are cut.

    >>> is_slugged("Đắk R’Lấp đạt 92,76%", "dakrlapdat9276"), is_slugged("Tin tức", "tintuctrongngay")
    (True, False)
    """
    begun = _bare(shown[: 2 * _LEAST_SHARED])
    if slug[: min(len(begun), _LEAST_SHARED)] != begun[:_LEAST_SHARED]:  # nearly always
        return False
    made = _bare(shown)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(slug, made, strict=False)))
    return shared >= _LEAST_SHARED and shared >= 0.8 * len(made) and shared >= 0.6 * len(slug)


def _bare(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", fold(text)))
