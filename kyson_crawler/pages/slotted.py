"""Systems that give the parts of an article names of their own: what has no name is left to the structure of the page.

A system's pages come in several designs; each is a `Frame` of names, and the first whose headline stands on a page is
that page's. So a notice that is hardly more than a headline and a file is an article, and nothing near it is taken for
its text.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile
from typing import ClassVar

from attrs import frozen
from lxml.etree import _Element as Element

from kyson_crawler.items import AttachmentItem, ImageItem
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import leads_to_file
from kyson_crawler.pages import unknown
from kyson_crawler.pages.author_line import author_in
from kyson_crawler.pages.base import Page
from kyson_crawler.pages.below import COUNTER, TOOL, end_of_article, is_related, signed
from kyson_crawler.pages.cutting import part
from kyson_crawler.pages.document import text
from kyson_crawler.pages.generic import GenericPage
from kyson_crawler.pages.lead import named_slot
from kyson_crawler.pages.lines import Line, lines

_SHORTEST_LEAD = 40


@frozen(kw_only=True)
class Frame:
    """The names that one design gives to the parts of an article: classes, ids behind a `#`, or tags in `<>`, asked in this order."""

    title: tuple[str, ...]
    box: tuple[str, ...] = ()
    """What holds all the rest; without a name the parent of the headline."""

    body: tuple[str, ...] = ()
    """Without a name all that stands behind the headline in the box."""

    lead: tuple[str, ...] = ()
    """Without a name what stands between a headline and a body in one box."""

    date: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Files beside the body; those in the box need no name."""


@frozen(kw_only=True, eq=False)
class _Found:
    """A frame with the elements that carry its names on a page."""

    frame: Frame
    title: Element
    box: Element
    body: Element | None


class SlottedPage(Page):
    """A page of a system whose parts have names; subclasses say which."""

    frames: ClassVar[tuple[Frame, ...]] = ()

    def body(self) -> Element | None:
        """A copy of the body's slot, or of what stands behind the headline, up to a list of other articles."""
        found = self._found
        if found is None:
            return self._unnamed.body()
        own = [slot for slot in (found.title, self._date_slot, self.lead()) if slot is not None]
        box = found.box if found.body is None else found.body
        return part(box, without=own, start=found.title, end=end_of_article(self._in_box, self.document))

    def title(self) -> str:
        """The slot of the headline."""
        return text(self._found.title) if self._found else self._unnamed.title()

    def published_raw(self) -> str | None:
        """The slot of the date, else a line that is a date in the article's own box; never one from beside it."""
        if self._found is None:
            return self._unnamed.published_raw()
        shown = text(self._date_slot) or next((line.text for line in self._own if dates.is_date_line(line.text)), "")
        return COUNTER.split(shown, maxsplit=1)[0] or None

    def lead(self) -> Element | None:
        """The slot of the lead, when there is text in it; without such a slot what stands between headline and body."""
        found = self._found
        if found is None:
            return self._unnamed.lead()
        if (named := self._slot(found.frame.lead, found.box)) is not None:
            return named
        if found.body is not None and found.body.getparent() is found.title.getparent():
            between = takewhile(lambda element: element is not found.body, found.title.itersiblings())
            apart = next((line for line in between if _could_be_lead(text(line))), None)
            if apart is not None:
                return apart
        first = next((line for line in self._own if line.is_plain and not dates.is_date_line(line.text)), None)
        return named_slot(first, found.box) if first else None

    def lead_images(self) -> tuple[ImageItem, ...]:
        """None of their own; those that the structure of a page without names shows."""
        return () if self._found else self._unnamed.lead_images()

    def byline_raw(self) -> str | None:
        """The author named right behind the body, else in the box above it."""
        if self._found is None:
            return self._unnamed.byline_raw()
        return self._signed[0] or author_in(self._above)

    def source_raw(self) -> str | None:
        """The source named right behind the body."""
        return self._signed[1] if self._found else self._unnamed.source_raw()

    def section(self) -> str | None:
        """The slot of the section, else the trail of breadcrumbs."""
        slot = self._slot(self._found.frame.section) if self._found else None
        return text(slot) or super().section()

    def attachments(self) -> tuple[AttachmentItem, ...]:
        """The files linked in the article's box, and those in slots of their own."""
        if self._found is None:
            return self._unnamed.attachments()
        beside = [slot for name in self._found.frame.files for slot in self.document.names.get(name, ())]
        end = next((line.element for line in self._in_box if is_related(line)), None)
        own = takewhile(lambda element: element is not end, self._found.box.iterdescendants())
        links = dict.fromkeys(link for place in beside for link in place.iter("a"))
        links.update(dict.fromkeys(element for element in own if element.tag == "a"))
        return tuple(
            AttachmentItem(href=link.get("href") or "", label=text(link)) for link in links if leads_to_file(link)
        )

    def slots(self) -> dict[str, Element | None]:
        """The elements so named; a body without a name is its box."""
        found = self._found
        if found is None:
            return self._unnamed.slots()
        body = found.box if found.body is None else found.body
        return {"title": found.title, "published": self._date_slot, "lead": self.lead(), "body": body}

    # -- what is found on the page, each once --------------------------------------------------------------------

    @cached_property
    def _unnamed(self) -> GenericPage:
        """The reader of pages without names."""
        return unknown.reader(self.document)

    @cached_property
    def _found(self) -> _Found | None:
        for frame in self.frames:
            named = self.document.first(*frame.box)
            title = self._slot(frame.title, named)
            body = next(self._so_named(frame.body, named), None)
            if title is None or self._leads_elsewhere(title):
                continue
            if named is None and (frame.box or (frame.body and body is None)):
                continue  # a headline alone, in a box of no name, may be anything
            box = named if named is not None else _around(title, body)
            return _Found(frame=frame, title=title, box=box, body=body)
        return None

    @cached_property
    def _in_box(self) -> list[Line]:
        return lines(self._found.box) if self._found else []

    @cached_property
    def _own(self) -> list[Line]:
        """The lines of the article's box but its headline, up to a list of other articles."""
        own = takewhile(lambda line: not is_related(line), self._in_box)
        title = set(self._found.title.iter()) if self._found else set()
        return [line for line in own if line.element not in title]

    @cached_property
    def _signed(self) -> tuple[str | None, str | None]:
        """Byline and source in the lines behind the body's slot."""
        body = self._found.body if self._found else None
        inside = set(body.iter()) if body is not None else set()
        ends = [number for number, line in enumerate(self._in_box) if line.element in inside]
        return signed(self._in_box[ends[-1] + 1 :]) if ends else (None, None)

    @property
    def _above(self) -> Iterator[Line]:
        """The lines of the article's box between its headline and its body, or the first of its text."""
        inside = set(self._found.body.iter()) if self._found and self._found.body is not None else set()
        return takewhile(lambda line: line.element not in inside and not (line.is_prose and not inside), self._own)

    @cached_property
    def _date_slot(self) -> Element | None:
        return self._slot(self._found.frame.date) if self._found else None

    def _so_named(self, names: tuple[str, ...], box: Element | None) -> Iterator[Element]:
        """The elements with one of these names, in `box` when one is given."""
        for name in names:
            tag = re.fullmatch(r"<(\w+)>", name)
            found = self.document.tagged(tag[1]) if tag else self.document.names.get(name, ())
            yield from (element for element in found if box is None or box in element.iterancestors())

    def _slot(self, names: tuple[str, ...], box: Element | None = None) -> Element | None:
        """The first of the elements so named with text in it."""
        return next((element for element in self._so_named(names, box) if text(element)), None)

    def _leads_elsewhere(self, title: Element) -> bool:
        """Whether a headline is a link to another page, as in a list of articles."""
        link = title if title.tag == "a" else next(title.iter("a"), None)
        href = link.get("href") if link is not None else None
        if link is None or not href or text(link) != text(title):
            return False
        target = self.document.resolve(href)
        return bool(target and self.key(target) != self.key(self.document.url or ""))


def _could_be_lead(shown: str) -> bool:
    """Whether a text between headline and body is a sentence, not a date, a counter of readers or a row of tools."""
    return len(shown) >= _SHORTEST_LEAD and not (dates.is_date_line(shown) or TOOL.match(shown) or COUNTER.match(shown))


def _around(title: Element, body: Element | None) -> Element:
    """The smallest element around a headline and, where its slot is known, its body."""
    return next(outer for outer in title.iterancestors() if body is None or body in outer.iter())
