"""Addresses that show no page of their own, told from the address alone: views of an article, forms, loops.

The rules are those of no CMS in particular, so each asks for a sign that no article's address bears: a whole name on the
path, a parameter and its value. A portal whose pages they hit all the same lists them under `[scope] include`.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from attrs import frozen

from kyson_crawler.pages.visits import lasting

LONGEST = 2_083
"""Characters of the longest address, as in Internet Explorer once, so that no portal has longer ones."""

DEEPEST = 24
"""Names on a path; DotNetNuke writes parameters there and comes to fifteen."""

_VIEWS = {
    "a print view": "print printer printview print-view printarticle print-article printpreview printpage inbaiviet in-bai-viet bantin-in ban-in trang-in",
    "a view to save": "savefile save-file saveas save-article luu-bai-viet",
    "a mail form": "sendmail send-mail mailto emailfriend email-friend emailtofriend email-to-friend sendtofriend send-to-friend tellafriend tell-a-friend "
    "guibanbe gui-ban-be guiemail gui-email com_mailto",
    "a share link": "sharethis addtoany share-article",
}  # fmt: skip
_FORMS = {
    "a log-in form": "login log-in logon signin sign-in logout log-out logoff signout sign-out dangnhap dang-nhap dangxuat dang-xuat wp-login "
    "forgotpassword forgot-password lostpassword lost-password quenmatkhau quen-mat-khau",
    "a form to register": "register registration signup sign-up dangky dang-ky dangki dang-ki dang-ky-tai-khoan dang-ky-thanh-vien",
    "a search": "search searchresult searchresults search-result search-results advancedsearch advanced-search timkiem tim-kiem tim-kiem-nang-cao "
    "ket-qua-tim-kiem com_search com_finder",
}  # fmt: skip
_VIEW_OF = {name: reason for reason, names in _VIEWS.items() for name in names.split()}
_FORM_OF = {name: reason for reason, names in _FORMS.items() for name in names.split()}
# Parameters that say which page of a system is asked for.
_SELECTORS = frozenset(
    "act action do op mode view layout task page mod module option com func function ctl controller area cmd type".split()
)
_ASKS_FOR_VIEW = {
    "print": "a print view", "printable": "a print view", "isprint": "a print view", "printmode": "a print view",
    "printview": "a print view", "forprint": "a print view", "dnnprintmode": "a print view", "inbai": "a print view",
    "sendmail": "a mail form", "savefile": "a view to save", "share": "a share link", "replytocom": "a form to answer a comment",
}  # fmt: skip
_LOG_IN_AND_BACK = frozenset({"returnurl", "loginreturnurl", "redirect_to", "nv_redirect"})
_OFF = frozenset({"", "0", "false", "no", "off"})
_ENDING = re.compile(r"\.(?:aspx?|html?|php|jsp|do|mhtml)$", re.IGNORECASE)
# The name of an article, as its headline makes it, or with its number behind.
_SLUG = re.compile(r"(?:[^-/]+-){3,}[^-/]+|[^/]*-\d{3,}")

_LOOPING = re.compile(r"(?:vi|vn|en)(?:[-_](?:vn|us|gb|uk))?", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"(?:vi|vn|en|fr|zh|cn|lo|la|km|kh|ja|jp|ko|kr|ru|th)(?:[-_][a-z]{2,4})?|vietnamese|english|tieng-viet|tieng-anh",
    re.IGNORECASE,
)
_VIETNAMESE = re.compile(r"(?:vi|vn|vietnamese|tieng-viet)(?![a-z])", re.IGNORECASE)
_LANGUAGE_NAMES = frozenset(
    "lang language languageid langid lng locale hl lg ngonngu ngon-ngu culture setlang setlanguage uilang".split()
)
_HOME = re.compile(r"(?:(?:index|default|home|trang-?chu)(?:\.\w{2,5})?)?", re.IGNORECASE)
_ORDERS = re.compile(
    r"(?:\w+_)?(?:sort|sortby|order|orderby|orderdir|ordertype|sortorder|sortdir|direction|sapxep|sap-xep|thutu|kieuxem|displaymode|viewtype"
    r"|viewmode|fontsize|font|skin|theme|template|mobile|ismobile)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:^|-)(\d{3,})$")


@frozen(kw_only=True)
class Shown:
    """Where an article was read."""

    url: str
    named: str | None
    """The address that its page gives as its own; None when it gives none."""


@lru_cache(maxsize=4_096)
def why_not(url: str) -> str | None:
    """Why no page of its own stands at an address, in words, or None."""
    if len(url) > LONGEST:
        return f"an address of more than {LONGEST:,} characters"
    parts = urlsplit(url)
    names = [name for name in unquote(parts.path).split("/") if name]
    if len(names) > DEEPEST:
        return f"a path of more than {DEEPEST} names"
    if sum(1 for name in names if _LOOPING.fullmatch(_ENDING.sub("", name))) > 1:
        return "a loop of languages"
    if _goes_round(names):
        return "a path that repeats itself"
    return _by_path(names) or _by_query(parts.query)


def languages(url: str) -> list[str]:
    """The languages that an address asks for, on its path and in its query, `vi` for Vietnamese however it is written.

    >>> languages("http://a.example/en/tin.html"), languages("http://a.example/tin?lang=vi-VN")
    (['en'], ['vi'])
    """
    parts = urlsplit(url)
    asked = [name for name in parts.path.split("/") if _is_language(name)]
    asked += [value for name, value in parse_qsl(parts.query) if _asks_language(name, value)]
    return ["vi" if _VIETNAMESE.match(found) else re.split(r"[-_.]", found.lower())[0] for found in asked]


def in_any_language(url: str) -> str:
    """An address without the language it asks for.

    >>> in_any_language("http://a.example/tin-7.html/en"), in_any_language("http://a.example/tin?language=en&id=7")
    ('http://a.example/tin-7.html', 'http://a.example/tin?id=7')
    """
    return _without_language_on_path(_without_language_in_query(url))


def in_fewer_languages(url: str) -> list[str]:
    """An address without the language on its path, without the one in its query, and without either."""
    return [_without_language_on_path(url), _without_language_in_query(url), in_any_language(url)]


def in_any_order(url: str) -> str:
    """An address without the order and the looks it asks for."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if not _ORDERS.fullmatch(unquote(pair.partition("=")[0]))]
    return url if len(kept) == parts.query.count("&") + 1 else urlunsplit(parts._replace(query="&".join(kept)))


@lru_cache(maxsize=4_096)
def plain(url: str) -> str:
    """An address without session, language, order and looks. Raises ValueError for what is no address."""
    return in_any_order(in_any_language(lasting(url)))


def piled_once(url: str) -> str | None:
    """The address that a relative link meant when its folders were put behind themselves; None when none are.

    >>> piled_once("http://a.example/tin/xa-hoi/tin/xa-hoi/cau-treo.html")
    'http://a.example/tin/xa-hoi/cau-treo.html'
    """
    parts = urlsplit(url)
    names = parts.path.split("/")
    for length in range(1, len(names) // 2 + 1):
        for start in range(1, len(names) - 2 * length):
            run, following = names[start : start + length], names[start + length : start + 2 * length]
            if run == following and not all(name.isdigit() for name in run):
                return urlunsplit(parts._replace(path="/".join(names[:start] + names[start + length :])))
    return None


def names_article(url: str) -> bool:
    """Whether an address ends as a headline makes it, or with a number behind a name."""
    return bool(_SLUG.fullmatch(_ENDING.sub("", urlsplit(url).path.rpartition("/")[2])))


def are_one(one: Shown, other: Shown) -> bool:
    """Whether two addresses at which the same text stands are those of one article, by what they are or what their pages say."""
    if _host(one.url) != _host(other.url):
        return False
    if any(named and _is_same(named, shown.url) for named, shown in ((one.named, other), (other.named, one))):
        return True
    if one.named and other.named and _is_same(one.named, other.named) and not is_home(one.named):
        return True
    own, others = plain(one.url), plain(other.url)
    if own == others or piled_once(own) == others or piled_once(others) == own:
        return True
    (path, _, asked), (other_path, _, other_asked) = own.partition("?"), others.partition("?")
    if path == other_path:
        return not (asked and other_asked)
    name, other_name = (_ENDING.sub("", shown.rpartition("/")[2]) for shown in (path, other_path))
    number, other_number = _NUMBERED.findall(name), _NUMBERED.findall(other_name)
    if number or other_number:
        return number == other_number
    return name == other_name and bool(_SLUG.fullmatch(name)) and asked == other_asked


def is_home(url: str) -> bool:
    """Whether an address is that of a home page, in whatever language."""
    parts = urlsplit(url)
    names = [name for name in parts.path.split("/") if name and not _is_language(name)]
    return not urlsplit(_without_language_in_query(url)).query and (
        not names or (len(names) == 1 and bool(_HOME.fullmatch(names[0])))
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")


def _is_same(one: str, other: str) -> bool:
    return plain(one).partition("://")[2] == plain(other).partition("://")[2]


def _by_path(names: list[str]) -> str | None:
    for place, name in enumerate(names):
        plain = _ENDING.sub("", name.lower())
        if reason := _VIEW_OF.get(plain):
            return reason
        # Behind a form's name stand its arguments; behind a section's of the same name stand articles.
        if (reason := _FORM_OF.get(plain)) and not any(
            _SLUG.fullmatch(_ENDING.sub("", later)) for later in names[place + 1 :]
        ):
            return reason
    return None


def _by_query(query: str) -> str | None:
    for name, value in parse_qsl(query.lower()):
        if name in _LOG_IN_AND_BACK:
            return "a way to another page and back"
        if name in _ASKS_FOR_VIEW and value not in _OFF:
            return _ASKS_FOR_VIEW[name]
        if name in _SELECTORS and (reason := _VIEW_OF.get(value) or _FORM_OF.get(value)):
            return reason
    return None


def _goes_round(names: list[str]) -> bool:
    """Whether a name stands three times in a row, or a row of names twice; numbers may, they are dates."""
    lower = [name.lower() for name in names]
    for place, name in enumerate(lower):
        if lower[place : place + 3] == [name] * 3 and not name.isdigit():
            return True
        for length in range(2, (len(lower) - place) // 2 + 1):
            run = lower[place : place + length]
            if run == lower[place + length : place + 2 * length] and not all(part.isdigit() for part in run):
                return True
    return False


def _is_language(name: str) -> bool:
    return bool(_LANGUAGE.fullmatch(_ENDING.sub("", name)))


def _asks_language(name: str, value: str) -> bool:
    return name.lower() in _LANGUAGE_NAMES and bool(_LANGUAGE.fullmatch(value))


def _without_language_on_path(url: str) -> str:
    parts = urlsplit(url)
    path = "/".join(name for name in parts.path.split("/") if not _is_language(name))
    return url if path == parts.path else urlunsplit(parts._replace(path=path if path.startswith("/") else f"/{path}"))


def _without_language_in_query(url: str) -> str:
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if not _pair_asks_language(pair)]
    return url if len(kept) == parts.query.count("&") + 1 else urlunsplit(parts._replace(query="&".join(kept)))


def _pair_asks_language(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return _asks_language(unquote(name), unquote(value))
