"""Pages of no known system: read by their structure, and where that leaves doubt, by the text that trafilatura chooses.

trafilatura (https://trafilatura.readthedocs.io) tells an article from what stands around it on pages of all the world, but
it drops figures, glues words and doubles lines; so only its choice is taken, and found again on the page: everything read
of the article, from its captions to its dates, is read from the page itself.
"""

import logging
import re
from collections import Counter
from copy import deepcopy
from functools import cached_property
from itertools import islice, takewhile
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.normalise.text import clean, language
from kyson_crawler.normalise.videos import holds_media
from kyson_crawler.pages.cutting import clear, drop, text_of
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.generic import GenericPage
from kyson_crawler.pages.lines import Line

logger = logging.getLogger(__name__)

_WORD = re.compile(r"\w+")
_elements = etree.XPath("count(//*)")
_SHINGLE = 4
_COVERED = 0.9
_MOST_LINKED = 0.1
_LEAST_TEXT = 250
_MOST_LINES = 3_000
_MOST_LETTERS = 500_000
_MOST_ELEMENTS = 20_000
_TEASERS = 5
_TEASER = 25
_NO_BODY = ("aside", "button", "footer", "form", "nav", "select", "textarea")
_PARAGRAPHS = frozenset({"p", "h2", "h3", "h4", "blockquote"})


def reader(document: Document) -> GenericPage:
    """The reader for a page of no known system. Clear pages never pay for trafilatura, nor do lists."""
    plain = PlainPage(document)
    if not plain.is_doubtful:
        return plain
    chosen = ChosenPage(document)
    return chosen if chosen.is_whole else plain


class PlainPage(GenericPage):
    """A page whose structure alone is asked."""

    @cached_property
    def is_doubtful(self) -> bool:
        """Whether another reader should be asked for the body.

        What the structural reader knows of captions, counters, related lists and imprints is Vietnamese, so it is
        doubted on pages in other languages; on Vietnamese ones when what it takes for the body is full of links.
        """
        is_home = urlsplit(self.document.url or "/x").path in {"", "/"}
        if self._box is None or self.is_notice or is_home or self._is_huge:
            return False
        within = (line for line in self._lines if line.element in self._inside)
        body = list(takewhile(lambda line: line.element is not self._related, within))
        if language(" ".join(line.text for line in body)) is None:
            return True
        letters = sum(len(line.text) for line in body)
        is_crowded = (
            sum(line.is_link for line in body) >= _TEASERS
            and sum(line.linked for line in body) > letters * _MOST_LINKED
        )
        return is_crowded and not self._is_list() and self._headline in self._named

    @property
    def _is_huge(self) -> bool:
        """Whether the page has more text or elements than trafilatura reads in a second or two."""
        letters = sum(len(line.text) for line in self._lines)
        elements = cast("float", _elements(self.document.root))
        return len(self._lines) > _MOST_LINES or letters > _MOST_LETTERS or elements > _MOST_ELEMENTS


class ChosenPage(GenericPage):
    """A page whose text was chosen by trafilatura."""

    @property
    def is_whole(self) -> bool:
        """Whether an article was found: a headline, and under it more text than a list shows of one."""
        return (
            self.body() is not None
            and bool(self.title())
            and sum(len(line.text) for line in self._prose) >= _LEAST_TEXT
        )

    def body(self) -> Element | None:
        """A copy of the smallest box around the chosen text, without what was left out of the choice.

        Images stay, with the text in their figures and tables; so do paragraphs between chosen ones.
        """
        if self._box is None or self._is_list():
            return None
        return _cut(self._box, self._left_out(), after=self._headline.element if self._headline else None)

    def title(self) -> str:
        """The headline, else what the page calls itself."""
        return super().title() or self.document.title

    # -- what is found on the page, each once --------------------------------------------------------------------

    @cached_property
    def _chosen(self) -> list[Line]:
        """The lines that make up the chosen text."""
        text = _text(self.document.root)
        known = _shingles(_words(text))
        whole = {" ".join(_words(line)) for line in text.split("\n")}
        return [line for line in self._lines if _stands_in(line, known, whole)]

    @cached_property
    def _prose(self) -> list[Line]:
        """The chosen lines, and prose that stands on the page just as most of them do, but no teasers of other articles.

        A body printed in several boxes, between which advertisements stand, is often chosen in one of them only.
        """
        chosen = set(self._chosen)
        places = Counter(_place(line) for line in chosen if line.is_prose)
        usual = {place for place, lines in places.items() if lines >= 3 and lines * 2 >= places.total()}
        found = (line for line in self._lines if line in chosen or (line.is_prose and _place(line) in usual))
        return [line for line in found if not self._is_teaser(line)]

    @cached_property
    def _box(self) -> Element | None:
        """The smallest element that holds 90 % of the chosen text; what a page says twice says nothing of the place."""
        said = Counter(line.text for line in self._lines)
        weights: Counter[Element] = Counter()
        for line in [line for line in self._prose if said[line.text] == 1] or self._prose:
            for element in (line.element, *line.element.iterancestors()):
                weights[element] += len(line.text)
        box = next(iter(self.document.tagged("body")), None)
        if box is None or not weights:
            return None
        enough = weights[box] * _COVERED
        while True:
            heaviest = max(
                (child for child in box if isinstance(child.tag, str)), key=weights.__getitem__, default=None
            )
            if heaviest is None or weights[heaviest] < enough:
                return box
            box = heaviest

    @cached_property
    def _headline(self) -> Line | None:
        """What stands above the text, but rather the `h1` above it that the page's metadata name."""
        found = super()._headline
        if found in self._named:
            return found
        name = clean(self.document.meta("og:title") or self.document.title).casefold()
        above = takewhile(lambda line: line.element not in self._inside or line not in self._prose, self._lines)
        titles = (line for line in above if line.heading == 1 and len(line.text) >= 8)
        return next((line for line in titles if line.text.casefold() in name), found)

    @cached_property
    def _lead(self) -> Element | None:
        """A lead only when it was chosen, and is no caption: the looks of leads are those of Vietnamese portals."""
        found = super()._lead
        if found is None or _around(found, "figure", "figcaption", "table") is not None:
            return None
        inside = set(found.iter())
        return found if any(line.element in inside for line in self._prose) else None

    def _is_list(self) -> bool:
        """Whether the choice is of many articles: as many teasers as paragraphs, or a teaser in box after box of text."""
        teasers = [line for line in self._lines if line.element in self._inside and self._is_teaser(line)]
        chosen = sum(1 for line in self._chosen if self._is_teaser(line))
        if chosen >= _TEASERS and chosen >= sum(line.is_prose for line in self._prose):
            return True
        boxes = list(self._box if self._box is not None else ())
        told = [
            _holders(boxes, [line for line in found if line.element in self._inside])
            for found in (teasers, self._prose)
        ]
        return len(told[0] & told[1]) >= max(3, len(told[1]) / 2)

    def _is_teaser(self, line: Line) -> bool:
        """Whether a line is all link, and leads to another page of the same site."""
        if not line.is_link or len(line.text) < _TEASER:
            return False
        links = [line.element, *line.element.iterancestors("a"), *line.element.iterdescendants("a")]
        targets = [link.get("href") or "" for link in links if link.tag == "a"]
        own = urlsplit(self.document.url or "").netloc
        return bool(targets) and not any(
            is_file(target) or urlsplit(self.document.resolve(target) or "").netloc != own for target in targets
        )

    def _left_out(self) -> list[Element]:
        """The largest elements of the box in which nothing stands that is kept, but for images."""
        kept = self._kept()
        around = {element for line in kept for element in (line, *line.iterancestors())}
        out = [element for element in self._hidden if element in self._inside]
        out += (
            [element for element in self._box.iter(*_NO_BODY) if element not in around] if self._box is not None else []
        )
        for line in self._lines:
            if line.element in self._inside and line.element not in around:
                out += [
                    *takewhile(lambda element: element not in around, (line.element, *line.element.iterancestors()))
                ][-1:]
        for own in (self._headline, self._date_line):
            if own is not None and own.element in self._inside and text_of(own.element) == own.text:
                out.append(own.element)
        return out if self._lead is None else [*out, self._lead]

    def _kept(self) -> set[Element]:
        """The elements of lines that belong to the article: chosen ones, paragraphs beside them, what may be captions."""
        kept = {line.element for line in self._prose}
        beside = {(element.getparent(), element.tag) for element in kept if element.tag in _PARAGRAPHS}
        for line in self._lines:
            element = line.element
            if element in self._inside and (
                ((element.getparent(), element.tag) in beside and line.is_plain) or self._may_be_caption(element)
            ):
                kept.add(element)
        return kept

    def _may_be_caption(self, element: Element) -> bool:
        """Whether text stands in the caption of a figure with an image or video, or in a table with one."""
        figure = _around(element, "figure")
        if figure is None:
            table = _around(element, "table")
            return table is not None and table in self._inside and table is not self._box and holds_media(table)
        if not holds_media(figure):
            return False
        if next(figure.iter("figcaption"), None) is not None:
            return _around(element, "figcaption") is not None
        inside = set(figure.iter())
        return sum(line.element in inside for line in self._lines) == 1


def _text(root: Element) -> str:
    """The text that trafilatura takes for the article; empty when it finds none."""
    from trafilatura import bare_extraction  # noqa: PLC0415  a fifth of a second that known pages need not pay

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it calls a page without an article an error
    try:
        markup = etree.tostring(root, encoding="unicode", method="html")
        found = bare_extraction(markup, include_comments=False, favor_precision=True)
    except Exception as error:  # noqa: BLE001  whatever breaks in it, the page is still to be read
        logger.info("trafilatura cannot read a page (%r); its structure alone is asked", error)
        return ""
    return getattr(found, "text", None) or ""


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _shingles(words: list[str]) -> set[tuple[str, ...]]:
    """Every run of four words, by which texts are compared whatever became of their lines."""
    return {tuple(words[start : start + _SHINGLE]) for start in range(len(words) - _SHINGLE + 1)}


def _stands_in(line: Line, known: set[tuple[str, ...]], whole: set[str]) -> bool:
    """Whether a line is one of the lines of a text, or most of it stands in the text."""
    words = _words(line.text)
    own = _shingles(words)
    return bool(words) and (" ".join(words) in whole or len(own & known) > len(own) * 0.6)


def _holders(boxes: list[Element], found: list[Line]) -> set[Element]:
    """Those of the boxes in which some lines stand."""
    around = {element for line in found for element in (line.element, *line.element.iterancestors())}
    return around.intersection(boxes)


def _place(line: Line) -> tuple[Element | str, ...]:
    """Where a line stands: the third element around it, and the kinds of those in between."""
    around = list(islice(line.element.iterancestors(), 3))
    return (around[-1], str(line.element.tag), *(str(element.tag) for element in around[:-1])) if around else ()


def _around(element: Element, *tags: str) -> Element | None:
    """The element itself or the nearest around it with one of these tags."""
    return element if element.tag in tags else next(element.iterancestors(*tags), None)


def _cut(box: Element, out: list[Element], *, after: Element | None) -> Element:
    """A copy of `box` without some elements, and without all that stands before `after`."""
    copy = deepcopy(box)
    twins = dict(zip(box.iter(), copy.iter(), strict=True))
    if after is not None and after in twins:
        clear(copy, twins[after], preceding=True)
    for element in out:
        twin = twins.get(element)
        if twin is not None and twin is not copy and twin.getparent() is not None:
            drop(twin)
    return copy
