"""Whether an address or what is sent there says of itself that it changes something on a portal.

Only the words tell: what a service does without saying so nobody can know.
"""

import re
from urllib.parse import unquote_plus, urlsplit

from archive.fold import fold

# `saveComment`, `SaveComment`, `save_comment` and `save comment` are the same two words.
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[-_ .+]+")
# What a list is sorted by may be a number that others count up.
_SORTED_BY = re.compile(r"(?:sort|order|sap-?xep)(?:-?(?:by|field|column|name|theo))?[\]\"]*[=:][\[\"]*[\w-]*")
# What a list is filtered by is often when its entries were created, and whether they are deleted.
_ANYHOW = re.compile(
    r"(?:delet|remov|sav)e(?!d)|(?:updat|creat)e(?!d|-?(?:date|time|at|on)(?:-?(?:from|to))?(?![-a-z]))|insert(?!ed)|upload"
    r"|vot(?:e|ing)|binh-?chon|comment|log-?(?:in|out)|dang-?nhap|captcha|counter|luot|track|manifest-json"
)
# To look at the section of these names changes nothing, to send something there may.
_WHEN_SENT = re.compile(
    r"subscri|regist|feedback|password|increment|submit|binh-?luan|dang-?(?:ky|xuat)|danh-?gia|gop-?y|cap-?nhat|mat-?khau|lien-?he"
    r"|send-?(?:e-?)?mail|(?<![a-z])dat-?(?:hang|lich)|visit|thong-?ke|truy-?cap|statist|analytics"
    r"|(?<![a-z])(?:set|post|add|put|up|count|inc(?:rease)?|plus|log|hit|tang)-?(?:post-?)?(?:view|read|xem)|views?-?(?:count|hit|num|up|plus)"
    r"|/views?/?(?=\?|$)"
    r"|(?<![a-z])(?:add|edit|send|set|(?:dis|un)?like|rate|rating|mark|reply|approve|hits?|log|stats?)(?![a-z])"
    r"|(?<![a-z])(?:xoa|sua|luu(?!-?tru)|gui|thich)(?![a-z])"
    r"|(?<![a-z])(?:gui|luu|xoa)-?(?:y|phan|cau|bai|thu|tin|binh|ban|mail|email)"
    # What shows more of a list, and what is approved already, is no change.
    r"|(?<![a-z])(?<!xem-)(?<!tai-)(?<!nap-)(?<!lay-)(?<!thi-)them-?(?:moi|binh|bai|tin|y|cau|phan)(?![a-z])"
    r"|(?<![a-z])(?<!da-)(?<!duoc-)(?<!thai-)(?<!is-)duyet(?:-?(?:bai|tin|binh))?(?![a-z])"
)


def may_change(address: str, sent: bytes | None = None) -> bool:
    """Whether a word in the path or the query of an address, or in what is sent there, is one of those that change something.

    sent: None where nothing is.

    >>> may_change("http://a.example/api/tin?page=1"), may_change("http://a.example/api/saveView")
    (False, True)
    >>> may_change("http://a.example/api/gop_y?page=1"), may_change("http://a.example/api/gop_y", b"page=1")
    (False, True)
    """
    parts = urlsplit(address)
    told = unquote_plus(f"{parts.path}?{parts.query}?{(sent or b'').decode('utf-8', 'replace')}")
    words = _SORTED_BY.sub("", _BETWEEN.sub("-", fold(_NEW_WORD.sub("-", told))))
    return bool(_ANYHOW.search(words) or (sent is not None and _WHEN_SENT.search(words)))
