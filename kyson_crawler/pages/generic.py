"""The reader that knows no CMS: it finds an article by the structure of its page alone.

The body is the smallest box that holds nearly all of the page's prose; headline, date and lead are what stands above it.
Page classes of known systems inherit from it, so that a skin with renamed classes is still read.
"""

from functools import cached_property
from itertools import islice, takewhile
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from kyson_crawler.items import AttachmentItem, ImageItem
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import leads_to_file
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages.author_line import author_in
from kyson_crawler.pages.below import end_of_article, is_related, signed
from kyson_crawler.pages.cutting import alone, part
from kyson_crawler.pages.date_line import date_in, is_date, is_labelled, parted
from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.headline import SITE, headline, named_headline
from kyson_crawler.pages.lead import SHORTEST, box_beside, may_be_lead, named_slot, widest
from kyson_crawler.pages.lines import Line
from kyson_crawler.pages.notices import LOOK_AHEAD
from kyson_crawler.pages.pictures import pictures_between
from kyson_crawler.pages.prose import ProsePage

_LOOK_BACK = 14
_FAR = 4
_TEASER = 25
_LEAST_LISTED = 3
_CUT = ("..", "…")
_LEAD_BEFORE = 4
_LEAST_FIELDS = 8
_NO_FIELDS = frozenset({"hidden", "submit", "button", "image", "reset", "search"})


class GenericPage(ProsePage):
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
        """Who is named as the author right behind the body, else between the headline and it."""
        return self._signed[0] or author_in(self._between)

    def source_raw(self) -> str | None:
        """What is named as the source right behind the body."""
        return self._signed[1]

    def attachments(self) -> tuple[AttachmentItem, ...]:
        """Files linked right behind the body, before the related lists and the portal's imprint."""
        own = takewhile(lambda line: not (is_related(line) or line.is_imprint), self._behind[:LOOK_AHEAD])
        links = {link: None for line in own for link in line.element.iter("a")}
        return tuple(
            AttachmentItem(href=link.get("href") or "", label=text(link)) for link in links if leads_to_file(link)
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
    def _above(self) -> list[Line]:
        """The lines right above the first prose of the body, nearest first."""
        first = next((line for line in self._prose if line.element in self._inside), None)
        if first is None:
            return []
        before = reversed(self._lines[: self._lines.index(first)])
        return list(islice((line for line in before if not self._links.lead_away(line)), _LOOK_BACK))

    @cached_property
    def _behind(self) -> list[Line]:
        """The lines right behind the text; none when its box goes on to a list of other articles."""
        inside = self._inside if self._beside is None else set(self._beside.iter())
        ends = [number for number, line in enumerate(self._lines) if line.element in inside]
        is_known = self._beside is not None or self._related is None
        return self._lines[ends[-1] + 1 :] if ends and is_known else []

    @property
    def _between(self) -> list[Line]:
        """The lines between headline and running text."""
        if self._headline is None:
            return []
        below = self._lines[self._lines.index(self._headline) + 1 :]
        return list(takewhile(lambda line: not line.is_prose, below))

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
            found = headline(
                self._above, box=self._box, date=self._near_date, sections=lambda: self._links.sections(self._lines)
            )
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
