"""Whether to ask for something may change anything on a portal, by the words in its address and in what is sent."""

import re
from urllib.parse import unquote_plus, urlsplit

from archive.fold import fold

# `saveComment` and `SaveComment` are two words.
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What a list is sorted by or filtered by is often when its entries were created, and whether they are deleted.
_ANYHOW = re.compile(
    r"(?:delet|remov|sav)e(?!d)|(?:updat|creat)e(?!d|[-_ ]?(?:date|time|at|on)(?![-a-z]))|insert(?!ed)|upload|vot(?:e|ing)|binh-?chon"
    r"|comment|log-?(?:in|out)|dang-?nhap|captcha|counter|luot|track|manifest\.json",
    re.IGNORECASE,
)
# To look at the section of these names changes nothing, to send something there may.
_WHEN_SENT = re.compile(
    r"subscri|regist|feedback|password|increment|submit|binh-?luan|dang-?(?:ky|xuat)|danh-?gia|gop-?y|cap-?nhat|mat-?khau|lien-?he"
    r"|(?<![a-z])(?:add|edit|send|set|like|rate|rating|xoa|sua|luu(?![-_ ]?tru)|gui|thich)(?![a-z])"
    r"|(?<![a-z])(?:gui|luu|xoa)[-_]?(?:y|phan|cau|bai|thu|tin|binh|ban)",
    re.IGNORECASE,
)


def may_change(address: str, sent: bytes | None = None) -> bool:
    """Whether a word in the path or the query of an address, or in what is sent there, is one of those that change something.

    sent: None where nothing is.

    >>> may_change("http://a.example/api/tin?page=1"), may_change("http://a.example/api/saveView")
    (False, True)
    >>> may_change("http://a.example/api/gop-y?page=1"), may_change("http://a.example/api/gop-y", b"page=1")
    (False, True)
    """
    parts = urlsplit(address)
    words = fold(
        _NEW_WORD.sub("-", unquote_plus(f"{parts.path} {parts.query} {(sent or b'').decode('utf-8', 'replace')}"))
    )
    return bool(_ANYHOW.search(words) or (sent is not None and _WHEN_SENT.search(words)))
