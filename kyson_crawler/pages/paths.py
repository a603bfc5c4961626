"""What an address says without being fetched: the article it is of, the page of a list, its plain form."""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from archive.fold import clean

# How portals name the page of a list in a query; Liferay puts the name of a portlet before its `cur`.
_PAGE_NAMES = re.compile(
    r"page(?:[-_]?(?:index|no|num|number))?|current[-_]?page|trang|p|pg|\w*_cur|\w*_start", re.IGNORECASE
)
_PAGE_ON_PATH = re.compile(r"/(?:page|trang|p)[-/]?\d+/?$", re.IGNORECASE)

_KINDS = ("tabid", "page", "mod", "module", "view", "act", "op")


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
        if names_page(name, value):
            return int(value)
    on_path = _PAGE_ON_PATH.search(urlsplit(url).path)
    return int(re.sub(r"\D", "", on_path[0])) if on_path else None


def without_page(url: str) -> str:
    """An address without the page of a list that it asks for; what is left keeps its spelling.

    >>> without_page("http://a.example/tin?cat=3&page=2"), without_page("http://a.example/tin/page/3/")
    ('http://a.example/tin?cat=3', 'http://a.example/tin')
    """
    parts = urlsplit(url)
    pairs = [(pair, *pair.partition("=")) for pair in parts.query.split("&")]
    kept = [pair for pair, name, _, value in pairs if not names_page(unquote(name), value)]
    return urlunsplit(parts._replace(path=_PAGE_ON_PATH.sub("", parts.path), query="&".join(kept)))


def path_key(url: str) -> str | None:
    """Path and query of an address as the key of an article without an id; None for the home page and a list's pages.

    >>> path_key("http://a.example/vi/bai-viet/l%E1%BB%85-h%E1%BB%99i/"), path_key("http://a.example/tin.aspx?Muc=7")
    ('vi/bai-viet/lễ-hội', 'tin.aspx?Muc=7')
    >>> path_key("http://a.example/tin-tuc?page=2")
    """
    parts = urlsplit(url)
    path = clean(unquote(parts.path)).strip("/")
    if not (path or parts.query) or page_number(url) is not None:
        return None
    return f"{path}?{parts.query}" if parts.query else path


def names_page(name: str, value: str) -> bool:
    """Whether a name and its value, in a query or in what a form or a script sends, tell which page of a list is asked for."""
    return bool(_PAGE_NAMES.fullmatch(name) and re.fullmatch(r"\d{1,6}", value))


def id_in_query(url: str, names: tuple[str, ...]) -> str | None:
    """The number of an article in a query, after what else there says which kind of page it is of.

    >>> id_in_query("http://a.example/Default.aspx?page=newsdetail&id=2207", ("nid", "id"))
    'newsdetail/2207'
    """
    asked = query(url)
    number = next((asked[name] for name in names if asked.get(name, "").isdigit()), None)
    kinds = [asked[name] for name in _KINDS if asked.get(name) and (name == "tabid" or not asked[name].isdigit())]
    return "/".join([*kinds, number]) if number else None


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
