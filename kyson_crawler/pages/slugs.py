"""What an address says of its article's name: most systems make the end of it from the headline."""

import re
from itertools import takewhile
from urllib.parse import unquote, urlsplit

from archive.fold import fold

_LEAST_SHARED = 12
_LEAST_CUT = 30


def slug_of(url: str) -> str:
    """The letters and digits of the last name in an address, without an id and the ending.

    >>> slug_of("http://a.example/tin-tuc/dak-r-lap-dat-9276-529174.html")
    'dakrlapdat9276'
    """
    name = unquote(urlsplit(url).path).rstrip("/").rsplit("/", 1)[-1]
    return _bare(re.sub(r"(?:-\d{3,})?(?:\.\w{3,5})?$", "", name))


def is_slugged(shown: str, slug: str) -> bool:
    """Whether a slug was made of the text shown, as most systems make it of the headline.

    >>> is_slugged("Đắk R’Lấp đạt 92,76%", "dakrlapdat9276"), is_slugged("Tin tức", "tintuctrongngay")
    (True, False)
    """
    if not _begins(shown, slug):
        return False
    made = _bare(shown)
    shared = _shared(made, slug)
    return shared >= _LEAST_SHARED and shared >= 0.8 * len(made) and shared >= 0.6 * len(slug)


def is_cut_slug(shown: str, slug: str) -> bool:
    """Whether a slug may have been made of the first words of the text shown, as systems do that bound its length.

    >>> is_cut_slug("Xã tổ chức hội nghị sơ kết công tác sáu tháng đầu năm và bàn việc", "xatochuchoinghisoketcongtacsauthandv7x")
    True
    """
    if len(slug) < _LEAST_CUT or not _begins(shown, slug):
        return False
    shared = _shared(_bare(shown), slug)
    return shared >= _LEAST_CUT and shared >= 0.8 * len(slug)


def _begins(shown: str, slug: str) -> bool:
    if (first := shown[:1]).isascii() and first.isalnum() and first.lower() != slug[:1]:  # nearly always
        return False
    begun = _bare(shown[: 2 * _LEAST_SHARED])
    return slug[: min(len(begun), _LEAST_SHARED)] == begun[:_LEAST_SHARED]


def _shared(made: str, slug: str) -> int:
    """With how many of their letters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(slug, made, strict=False)))


def _bare(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", fold(text)))
