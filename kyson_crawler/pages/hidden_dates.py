"""When a page tells machines that its article was published: meta elements, JSON-LD, microdata.

Dates of the last edit are left out: they say nothing about publication. What NukeViet calls `datePublished` is an edit all
the same; that shows as a contradiction.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.items import DateItem
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.document import Document

_META = frozenset(
    "article:published_time og:published_time datepublished datecreated pubdate publishdate publish-date publish_date "
    "publication_date date dc.date dc.date.issued dc.date.created dcterms.date dcterms.created dcterms.issued citation_publication_date "
    "article.published parsely-pub-date sailthru.date".split()
)
_PROPERTIES = frozenset({"datepublished", "datecreated", "uploaddate"})
_JSON_PROPERTY = re.compile(r'"date(?:Published|Created)"')
_ARTICLE = re.compile(r"(?:Article|Posting|Report|WebPage|CreativeWork)$")
_LONGEST_JSON = 500_000
_LONGEST = 100
_MOST_DATES = 50
# By way of the attribute, so that none but the elements wanted become objects of Python.
_with_property = etree.XPath("descendant-or-self::*/@itemprop/..", smart_strings=False)


def hidden_dates(document: Document) -> tuple[DateItem, ...]:
    """The dates of publication in a page's metadata, each once, in the order meta, JSON-LD, microdata."""
    found = [
        *(DateItem(source="meta", raw=raw) for raw in _metas(document)),
        *(DateItem(source="json_ld", raw=raw) for raw in _json_ld(document)),
        *(DateItem(source="microdata", raw=raw) for raw in _microdata(document.root)),
    ]
    return tuple(dict.fromkeys(date for date in found if date.raw and len(date.raw) <= _LONGEST))


def _metas(document: Document) -> Iterator[str]:
    for element in document.tagged("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if name.lower() in _META:
            yield clean(element.get("content") or "")


def _json_ld(document: Document) -> Iterator[str]:
    """The dates of the article that a script of linked data describes; what it only mentions has others."""
    for script in document.tagged("script"):
        text = (script.text or "") if "ld+json" in (script.get("type") or "") else ""
        if len(text) > _LONGEST_JSON or not _JSON_PROPERTY.search(text):
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(data):
            kinds = thing.get("@type")
            if any(_ARTICLE.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                yield from (
                    clean(value)
                    for name in ("datePublished", "dateCreated")
                    if isinstance(value := thing.get(name), str)
                )


def _things(data: object) -> Iterator[dict[str, object]]:
    """The things a script describes at its top: itself, or the members of a list or graph."""
    for thing in data if isinstance(data, list) else [data]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (member for member in (graph if isinstance(graph, list) else []) if isinstance(member, dict))


def _microdata(root: Element) -> Iterator[str]:
    """The dates of the one item that has any; of several items, as in lists, those of the one with a body."""
    dated: dict[Element | None, list[str]] = {}
    named = cast("list[Element]", _with_property(root))
    found = (element for element in named if element.get("itemprop", "").lower() in _PROPERTIES)
    for element in islice(found, _MOST_DATES):
        if element.tag != "meta":
            raw = (
                element.get("datetime") or element.get("content") or "".join(cast("Iterator[str]", element.itertext()))
            )
            item = next((around for around in element.iterancestors() if around.get("itemscope") is not None), None)
            dated.setdefault(item, []).append(clean(raw))
    if len(dated) > 1:
        dated = {
            item: raws
            for item, raws in dated.items()
            if item is not None and item.xpath(".//*[@itemprop='articleBody']")
        }
    if len(dated) == 1:
        yield from next(iter(dated.values()))
