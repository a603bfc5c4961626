"""Where the next page of a list is: a link, or what a form must send, since ASP.NET turns its pages by forms."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from attrs import frozen
from lxml.etree import _Element as Element

from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.paths import page_number

_POSTBACK = re.compile(
    r"__doPostBack\(\s*(?:'|&#39;|\")(?P<target>[^'\"]*)(?:'|&#39;|\")\s*,\s*(?:'|&#39;|\")(?P<argument>[^'\"]*)"
)
# How the calendar of ASP.NET turns to another month.
_MONTH = re.compile(r"V-?\d+")
_NEXT = re.compile(
    r"\W*(?:(?:trang|tin|bài)\s+)?(?:sau|kế(?:\s+tiếp)?|tiếp(?:\s+theo)?)\W*|\W*next(?:\s+page)?\W*|[›>]", re.IGNORECASE
)
_DOTS = re.compile(r"\.{3}|…")
_NEXT_OR_LAST = re.compile(r"»|>>")
_CURRENT = frozenset("active current selected rgcurrentpage disabled".split())


@frozen(kw_only=True)
class NextPage:
    """The next page of a list: its address, or the fields that its form must send besides its hidden ones."""

    url: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


def next_page(document: Document) -> NextPage | None:
    """The page of a list after this one; None on the last page, or where there are no pages."""
    words = {element: text(element) for element in document.tagged("a", "input", "link")}
    named = (element for element in words if _is_named_next(element))
    saying = (element for element, shown in words.items() if _says_next(element, shown))
    if hit := _first_turn(document, chain(named, saying)):
        return hit
    numbers = (element for element, shown in reversed(words.items()) if re.fullmatch(r"\d{1,4}", shown))
    links = [(element, found) for element in numbers if (found := _turn(document, element))]
    numbered: dict[int, NextPage] = {int(words[element]): found for element, found in links}
    current = _current(document, [element for element, _ in links])
    if current is not None and current + 1 in numbered:
        return numbered[current + 1]
    if current is not None and numbered and current > max(numbered):
        # The dots behind the last of the numbers lead to those after them; what stands before the first leads back.
        order = list(words)
        dots = (element for element in order[order.index(links[0][0]) :] if _DOTS.fullmatch(words[element]))
        if hit := _first_turn(document, dots):
            return hit
    last = (element for element, shown in words.items() if numbered and _NEXT_OR_LAST.fullmatch(shown))
    return _first_turn(document, last)


def _first_turn(document: Document, asked: Iterable[Element]) -> NextPage | None:
    """Where the first of some elements leads that leads anywhere."""
    return next((found for element in asked if (found := _turn(document, element))), None)


def _turn(document: Document, element: Element) -> NextPage | None:
    """Where an element leads that might turn a page; None for one that leads nowhere."""
    if element.tag == "input":
        name = element.get("name")
        if not name or element.get("disabled") is not None:
            return None
        kind = (element.get("type") or "").lower()
        if kind == "image":
            return NextPage(fields=((f"{name}.x", "1"), (f"{name}.y", "1")))
        return NextPage(fields=((name, element.get("value") or ""),)) if kind in {"submit", "button"} else None
    href = element.get("href") or ""
    posted = _POSTBACK.search(href) or _POSTBACK.search(element.get("onclick") or "")
    if posted and not _MONTH.fullmatch(posted["argument"]):
        return NextPage(fields=(("__EVENTTARGET", posted["target"]), ("__EVENTARGUMENT", posted["argument"])))
    url = document.resolve(href) if href and not href.startswith("#") else None
    return NextPage(url=url) if url and url != document.url else None


def _is_named_next(element: Element) -> bool:
    return "next" in (element.get("rel") or "").split()


def _says_next(element: Element, shown: str) -> bool:
    """Whether the words on an element, or those that it shows, say that it turns to the next page."""
    if element.tag == "link" or _CURRENT & set((element.get("class") or "").lower().split()):
        return False
    if element.tag == "input":
        words = [element.get(name) or "" for name in ("value", "alt", "title")]
        return any(_NEXT.fullmatch(word.strip()) for word in words if word) or bool(
            re.search(r"next", element.get("name") or "", re.IGNORECASE)
        )
    return bool(_NEXT.fullmatch(shown))


def _current(document: Document, numbered: list[Element]) -> int | None:
    """The number of the page shown, as its pager counts; None without a pager of at least two numbers."""
    shown = {int(text(link)) for link in numbered}
    marked = {int(text(mark)) for link in numbered for mark in _beside(link) if re.fullmatch(r"\d{1,4}", text(mark))}
    if own := [int(text(link)) for link in numbered if _CURRENT & set((link.get("class") or "").lower().split())]:
        return own[0]
    if alone := marked - shown:
        return min(alone)
    asked = page_number(document.url or "")
    if asked is not None:
        # Some count their pages from nought: what leads to the page after this one tells.
        later = (
            int(text(link))
            for link in numbered
            if page_number(document.resolve(link.get("href") or "") or "") == asked + 1
        )
        return next(later, asked + 1) - 1
    is_pager = len(shown) > 1 or any(page_number(document.resolve(link.get("href") or "") or "") for link in numbered)
    return 1 if 2 in shown and is_pager else None


def _beside(link: Element) -> Iterator[Element]:
    """What stands beside a number in its pager: other numbers, and the one of the page shown, which is no link."""
    for element in (link, link.getparent()):
        if element is not None and (pager := element.getparent()) is not None:
            yield from (other for other in pager if isinstance(other.tag, str) and len(text(other)) <= 4)
