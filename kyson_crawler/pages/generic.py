"""The reader that knows no CMS: it finds an article by the structure of its page alone.

The body is the smallest box that holds nearly all of the page's prose; headline, date and lead are what stands above it.
Page classes of known systems inherit from it, so that a skin with renamed classes is still read.
"""

from collections.abc import Iterable
from functools import cached_property
from itertools import islice, takewhile
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from kyson_crawler.items import AttachmentItem, ImageItem
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import is_file
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.base import Page
from kyson_crawler.pages.below import end_of_article, is_related, signed
from kyson_crawler.pages.box import smallest_box
from kyson_crawler.pages.cutting import alone, part
from kyson_crawler.pages.date_line import date_in, is_date, is_labelled, parted
from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.headline import (
    LONGER_THAN_MENUS,
    LONGEST,
    SITE,
    headline,
    is_own_name,
    is_titled,
    named_headline,
    wanted,
)
from kyson_crawler.pages.hidden import hidden
from kyson_crawler.pages.lead import SHORTEST, box_beside, may_be_lead, named_slot, widest
from kyson_crawler.pages.lines import Line, lines
from kyson_crawler.pages.notices import LOOK_AHEAD, announced, is_bare, shown_in
from kyson_crawler.pages.pictures import pictures_between
from kyson_crawler.pages.slugs import is_cut_slug, is_slugged, slug_of
from kyson_crawler.pages.teasers import in_lists, teased

_LOOK_BACK = 14
_FAR = 4
_LONGEST_SECTION = 40
_SHORT_PROSE = 40
_TEASER = 25
_LEAST_LISTED = 3
_CUT = ("..", "…")
_LEAD_BEFORE = 4
_LEAST_FIELDS = 8
_NO_FIELDS = frozenset({"hidden", "submit", "button", "image", "reset", "search"})


class GenericPage(Page):
    """A page of no known system."""

    cms = "generic"

    @classmethod
    def key(cls, url: str) -> str | None:
        """The address itself, without scheme, since nothing shorter is known to be stable."""
        parts = urlsplit(url)
        path = parts.path.strip("/")
        return "/".join(filter(None, [path, parts.query])) or None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """Any page."""
        return True

    def body(self) -> Element | None:
        """A copy of the box that holds the prose, from behind the headline to the related lists, without date and lead."""
        if self._box is None or self._is_list() or self._is_form():
            return None
        shown = (alone(self._headline), alone(self._date_line), self._lead)
        own = [element for element in shown if element is not None]
        start = self._headline.element if self._headline else None
        return part(self._box, without=own, unseen=self._hidden, start=start, end=self._end)

    def title(self) -> str:
        """The line above the body that is its headline, else what the page gives others as its name."""
        given = clean(self.document.meta("og:title") or "")
        return parted(self._headline.text)[0] if self._headline else "" if SITE.match(given) else given

    def published_raw(self) -> str | None:
        """The line near the headline that says little more than a date."""
        if self._date_line is not None and not self._is_far(self._date_line):
            return date_in(self._date_line)
        return parted(self._headline.text)[1] if self._headline else None

    def lead(self) -> Element | None:
        """Prose that stands apart between headline and body, or the first paragraph when its class calls it a lead."""
        return self._lead

    def lead_images(self) -> tuple[ImageItem, ...]:
        """Pictures between headline and body, when those stand in boxes of their own."""
        if self._headline is None or self._box is None or self._headline.element in self._inside:
            return ()
        return tuple(pictures_between(self._headline.element, self._box))

    def byline_raw(self) -> str | None:
        """Who is named as the author right behind the body."""
        return self._signed[0]

    def source_raw(self) -> str | None:
        """What is named as the source right behind the body."""
        return self._signed[1]

    def attachments(self) -> tuple[AttachmentItem, ...]:
        """Files linked right behind the body, before the related lists and the portal's imprint."""
        own = takewhile(lambda line: not (is_related(line) or line.is_imprint), self._behind[:LOOK_AHEAD])
        links = {link: None for line in own for link in line.element.iter("a")}
        return tuple(
            AttachmentItem(href=link.get("href") or "", label=text(link))
            for link in links
            if is_file(link.get("href") or "")
        )

    def slots(self) -> dict[str, Element | None]:
        """The lines and boxes that the structure of the page showed."""
        return {
            "title": self._headline.element if self._headline else None,
            "published": self._date_line.element if self._date_line else None,
            "lead": self._lead,
            "body": self._box,
        }

    @property
    def is_notice(self) -> bool:
        """Whether hardly more stands here than a headline, with the file that it announces."""
        return not any(line.is_prose for line in self._prose)

    # -- what is found on the page, each once --------------------------------------------------------------------

    @cached_property
    def _lines(self) -> list[Line]:
        return lines(self.document.root, without=self._hidden)

    @cached_property
    def _hidden(self) -> frozenset[Element]:
        return hidden(self.document)

    @cached_property
    def _slugged(self) -> list[Line]:
        """The lines that the article's address was made of."""
        slug = slug_of(self.document.url or "")
        short = [line for line in self._lines if slug and len(line.text) <= LONGEST]
        whole = self._of_this_page(line for line in short if is_slugged(line.text, slug))
        # A lead often begins with the words of its headline, which stands above it.
        return whole or self._of_this_page(line for line in short if is_cut_slug(line.text, slug))[:1]

    @cached_property
    def _named(self) -> list[Line]:
        """The lines that the address, or else the metadata, give as the article's name; its headline is among them."""
        names = wanted([name for name in (self.document.meta("og:title"), self.document.title) if name])
        return self._slugged or self._of_this_page(line for line in self._lines if line.text.casefold() in names)

    def _of_this_page(self, found: Iterable[Line]) -> list[Line]:
        """Those of some lines that lead nowhere; when there are none, those that lead to this very page."""
        own = [line for line in found if not self._leads_away(line)]
        return [line for line in own if not line.is_link] or own

    def _leads_away(self, line: Line) -> bool:
        """Whether a line is a link to another page, or the entry of a menu, be it of this page."""
        if not line.is_link:
            return False
        links = (*line.element.iter("a"), *line.element.iterancestors("a"))
        if not (written := [href for link in links if (href := link.get("href"))]):
            return False
        if line.heading is None and len(line.text) < LONGER_THAN_MENUS and not _is_date(line):
            return True
        targets = {self.document.resolve(href) for href in written} - {None}
        return self.document.url is None or targets != {self.document.url.partition("#")[0]}

    @cached_property
    def _sections(self) -> frozenset[str]:
        """The names, case-folded, by which the page leads to others, as far as they are as short as those of sections."""
        short = (line for line in self._lines if len(line.text) <= _LONGEST_SECTION and line.is_link)
        return frozenset(line.text.casefold() for line in short if self._leads_away(line))

    @cached_property
    def _teased(self) -> dict[Line, Line]:
        return teased(self._lines, self._leads_away)

    @cached_property
    def _running(self) -> list[Line]:
        """All running text of the page but headlines and the teasers of other pages."""
        named = set(self._named)
        return [
            line
            for line in self._lines
            if line.is_prose and line.heading != 1 and line not in named and line not in self._listed
        ]

    @cached_property
    def _listed(self) -> set[Line]:
        return in_lists(self._teased, self._lines)

    @cached_property
    def _head(self) -> Line | None:
        """The line that is known for the headline before the body is: one that is named, else the only `h1` of a page without text."""
        if self._named or self._running:
            return next(iter(self._named), None)
        tops = [line for line in self._lines if line.heading == 1 and not self._leads_away(line)]
        return tops[0] if len(tops) == 1 and is_own_name(tops[0]) else None

    @cached_property
    def _prose(self) -> list[Line]:
        """The running text of the page: behind the headline where its name is known, and never the headline itself."""
        start = self._lines.index(self._head) + 1 if self._head else 0
        own = list(takewhile(lambda line: not is_related(line), self._lines[start:]))
        known = set(self._running)
        behind = [line for line in own if line in known]
        if self._head and not behind and (offered := self._offered(self._head, own)):
            return offered
        if self._slugged and not behind:  # a notice of one sentence
            behind = [
                line for line in own if len(line.text) >= _SHORT_PROSE and line.is_plain and line not in self._listed
            ]
        found = behind if self._slugged or _letters(behind) * 2 >= _letters(self._running) else self._running
        is_headline = len(found) > 1 and (self._next_is_date(found[0]) or (not self._named and is_titled(found[0])))
        if is_headline:  # one as long as a paragraph
            return found[1:]
        return found

    def _offered(self, head: Line, own: list[Line]) -> list[Line]:
        """The lines of what stands under a headline in place of text: a file, pictures, what a document is, a date alone."""
        if offered := announced(own):
            return offered
        if self._shown is not None:
            inside = set(self._shown.iter())
            return [line for line in own if line.element in inside]
        return own[:1] if head.heading == 1 and is_bare(own) else []

    @cached_property
    def _shown(self) -> Element | None:
        """The box of pictures or of a document, where no text stands."""
        if self._head is None or self._running:
            return None
        return shown_in(self._head, self._lines[self._lines.index(self._head) + 1 :])

    def _next_is_date(self, line: Line) -> bool:
        following = self._lines.index(line) + 1
        return following < len(self._lines) and _is_date(self._lines[following])

    @cached_property
    def _box(self) -> Element | None:
        body = next(self.document.root.iter("body"), None)
        prose = self._prose
        if self._shown is not None and prose:
            return self._shown
        return smallest_box(body, prose) if body is not None else None

    @cached_property
    def _inside(self) -> set[Element]:
        return set(self._box.iter()) if self._box is not None else set()

    @cached_property
    def _above(self) -> list[Line]:
        """The lines right above the first prose of the body, nearest first."""
        first = next((line for line in self._prose if line.element in self._inside), None)
        if first is None:
            return []
        before = reversed(self._lines[: self._lines.index(first)])
        return list(islice((line for line in before if not self._leads_away(line)), _LOOK_BACK))

    @cached_property
    def _behind(self) -> list[Line]:
        """The lines right behind the text; none when its box goes on to a list of other articles."""
        inside = self._inside if self._beside is None else set(self._beside.iter())
        ends = [number for number, line in enumerate(self._lines) if line.element in inside]
        is_known = self._beside is not None or self._related is None
        return self._lines[ends[-1] + 1 :] if ends and is_known else []

    @cached_property
    def _signed(self) -> tuple[str | None, str | None]:
        return signed(self._behind)

    @cached_property
    def _near_date(self) -> Line | None:
        """The date nearest above the text, by which a headline is known; else a line whose class says that it is one."""
        near = next((line for line in (*self._prose[:1], *self._above) if is_date(line)), None)
        return near or next(
            (
                line
                for line in self._lines
                if "date" in (line.element.get("class") or "").lower() and dates.parse(line.text)
            ),
            None,
        )

    @cached_property
    def _date_line(self) -> Line | None:
        """The date between headline and text, else one behind the text that says of itself that it is of the article, else the nearest."""
        near = self._near_date
        if self._headline is None or (near in self._above and self._comes_before(self._headline, near)):
            return near
        last = self._lines.index(self._prose[-1]) + 1
        behind = takewhile(lambda line: not (is_related(line) or line.is_imprint), self._lines[last:][:LOOK_AHEAD])
        return next((line for line in behind if is_labelled(line)), near)

    def _comes_before(self, one: Line, other: Line | None) -> bool:
        return other is not None and self._lines.index(one) < self._lines.index(other)

    def _is_far(self, date: Line) -> bool:
        """Whether a date stands so far above the headline that it is the page's clock, or behind the article."""
        if self._headline is None:
            return False
        place = self._lines.index(date)
        end = next(
            (number for number, line in enumerate(self._lines) if line.element is self._related), len(self._lines)
        )
        return not self._lines.index(self._headline) - _FAR <= place < end

    @cached_property
    def _headline(self) -> Line | None:
        """The line that address or metadata name, else the one that stands above the body as headlines do."""
        if self._box is None:
            return None
        found = named_headline(self._above, self._named)
        if found is None:
            found = headline(self._above, box=self._box, date=self._near_date, sections=lambda: self._sections)
        # One long line below some other is no article yet: a banner, the imprint of a page of links.
        is_sure = found in self._named or (found is not None and found.heading) or self._near_date in self._above
        return found if is_sure or len(self._prose) > 1 else None

    @cached_property
    def _lead(self) -> Element | None:
        if self._headline is None or self._box is None:
            return None
        below = self._lines[self._lines.index(self._headline) + 1 :]
        before = list(takewhile(lambda line: line.element not in self._inside, below))
        texts = [line for line in before if may_be_lead(line) and len(line.text) >= SHORTEST]
        if texts and len(before) < len(below):
            return widest(texts, self._lines)
        if (first := self._first) is None:
            return None
        slot = named_slot(first, self._box)
        return slot if slot is not None else first.element if self._beside is not None else None

    @cached_property
    def _first(self) -> Line | None:
        """The first running text behind the headline, when it is near."""
        if self._headline is None:
            return None
        below = self._lines[self._lines.index(self._headline) + 1 :][:_LEAD_BEFORE]
        return next((line for line in below if may_be_lead(line)), None)

    @cached_property
    def _beside(self) -> Element | None:
        """The box of the text, when the first line stands in a box of its own beside it."""
        first, within = self._first, (line for line in self._prose if line.element in self._inside)
        if first is None or self._box is None or self._headline is None:
            return None
        others = [line for line in within if line is not first]
        return box_beside(first, others, box=self._box, headline=self._headline.element)

    @property
    def _end(self) -> Element | None:
        """The first element in the box that stands behind the article."""
        if self._beside is not None and any(self._signed):
            return self._beside.getnext()
        return end_of_article([line for line in self._lines if line.element in self._inside], self.document)

    @cached_property
    def _related(self) -> Element | None:
        """The heading of a list of other articles behind the body's prose."""
        within = (line for line in self._lines if line.element in self._inside)
        return next((line.element for line in within if is_related(line)), None)

    def _is_list(self) -> bool:
        """Whether the page shows many articles shortly rather than one at length."""
        if self.document.url and urlsplit(self.document.url).path in {"", "/"}:
            return True
        within = (line for line in self._lines if line.element in self._inside)
        body = list(takewhile(lambda line: line.element is not self._related, within))
        teasers = sum(1 for line in body if line.is_link and len(line.text) >= _TEASER)
        prose = [line for line in body if line.is_prose]
        if teasers >= 5 and teasers >= len(prose):
            return True
        is_cut = all(line.text.endswith(_CUT) for line in prose)
        return bool(prose) and (is_cut or len(prose) >= _LEAST_LISTED) and all(map(self._is_teased, prose))

    def _is_form(self) -> bool:
        """Whether the page asks for more than it says; the few fields of a comment are no form."""
        fields = (field for field in self._inside if field.tag in {"input", "select", "textarea"})
        asked = sum(1 for field in fields if (field.get("type") or "text").lower() not in _NO_FIELDS)
        return asked >= _LEAST_FIELDS and asked > sum(line.element in self._inside for line in self._prose)

    def _is_teased(self, line: Line) -> bool:
        """Whether a text stands under a headline that leads to another page, as the first words of an article in a list do."""
        name = self._teased.get(line)
        return name is not None and name.heading not in {None, 1}


def _is_date(line: Line) -> bool:
    return dates.is_date_line(line.text)


def _letters(found: list[Line]) -> int:
    return sum(len(line.text) for line in found)
