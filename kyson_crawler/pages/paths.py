"""What an address says without being fetched: the article it is of, the page of a list, its plain form."""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from archive.fold import clean

# How portals name the page of a list in a query; Liferay puts the name of a portlet before its `cur`.
_PAGE_NAMES = re.compile(r"(?:page|pageindex|pageno|pagenum|currentpage|trang|p|pg|\w*_cur|\w*_start)", re.IGNORECASE)
_PAGE_ON_PATH = re.compile(r"/(?:page|trang|p)[-/]?\d+/?$", re.IGNORECASE)


def query(url: str) -> dict[str, str]:
    """The parameters of an address by their names in lower case; of several of one name the last."""
    return {name.lower(): value for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)}


def page_number(url: str) -> int | None:
    """Which page of a list an address asks for; None when it names none.

    >>> page_number("http://a.example/Pages/Tin-tuc.aspx?PageIndex=2"), page_number("http://a.example/tin-tuc/page/3/")
    (2, 3)
    >>> page_number("http://a.example/tin-tuc")
    """
    for name, value in query(url).items():
        if _PAGE_NAMES.fullmatch(name) and re.fullmatch(r"\d{1,6}", value):
            return int(value)
    on_path = _PAGE_ON_PATH.search(urlsplit(url).path)
    return int(re.sub(r"\D", "", on_path[0])) if on_path else None


def path_key(url: str) -> str | None:
    """The path of an address as the key of an article without an id; None for the home page and the pages of a list.

    >>> path_key("http://a.example/vi/bai-viet/l%E1%BB%85-h%E1%BB%99i/"), path_key("http://a.example/tin-tuc?page=2")
    ('vi/bai-viet/lễ-hội', None)
    """
    path = clean(unquote(urlsplit(url).path)).strip("/")
    return path if path and page_number(url) is None else None


def without(url: str, *names: str) -> str:
    """An address without some parameters of its query, asked for in lower case, and without its fragment.

    >>> without("http://a.example/Pages/b.aspx?nid=7&Source=%2Fx#top", "source")
    'http://a.example/Pages/b.aspx?nid=7'
    """
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in given if name.lower() not in names]
    # An address that loses nothing keeps its spelling.
    plain = parts.query if len(kept) == len(given) else urlencode(kept)
    return urlunsplit(parts._replace(query=plain, fragment=""))
