"""Which lines of a page are the running text of its article, and in which box they stand, by structure alone."""

from functools import cached_property
from itertools import takewhile

from lxml.etree import _Element as Element

from kyson_crawler.normalise import dates
from kyson_crawler.pages.base import Page
from kyson_crawler.pages.below import is_related
from kyson_crawler.pages.box import smallest_box
from kyson_crawler.pages.headline import LONGEST, is_own_name, is_titled, wanted
from kyson_crawler.pages.hidden import hidden
from kyson_crawler.pages.lines import Line, lines
from kyson_crawler.pages.links import Links
from kyson_crawler.pages.notices import announced, is_bare, shown_in
from kyson_crawler.pages.slugs import is_cut_slug, is_slugged, slug_of
from kyson_crawler.pages.teasers import in_lists, teased

_SHORT_PROSE = 40


class ProsePage(Page):
    """A page of which nothing is known but its lines. What is found of it is found once, and only when it is asked for."""

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
        whole = self._links.of_this_page(line for line in short if is_slugged(line.text, slug))
        # A lead often begins with the words of its headline, which stands above it.
        return whole or self._links.of_this_page(line for line in short if is_cut_slug(line.text, slug))[:1]

    @cached_property
    def _named(self) -> list[Line]:
        """The lines that the address, or else the metadata, give as the article's name; its headline is among them."""
        names = wanted([name for name in (self.document.meta("og:title"), self.document.title) if name])
        return self._slugged or self._links.of_this_page(line for line in self._lines if line.text.casefold() in names)

    @cached_property
    def _links(self) -> Links:
        return Links(self.document)

    @cached_property
    def _teased(self) -> dict[Line, Line]:
        return teased(self._lines, self._links.lead_away)

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
        tops = [line for line in self._lines if line.heading == 1 and not self._links.lead_away(line)]
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
        return following < len(self._lines) and dates.is_date_line(self._lines[following].text)

    @cached_property
    def _box(self) -> Element | None:
        body = next(iter(self.document.tagged("body")), None)
        prose = self._prose
        if self._shown is not None and prose:
            return self._shown
        return smallest_box(body, prose) if body is not None else None

    @cached_property
    def _inside(self) -> set[Element]:
        return set(self._box.iter()) if self._box is not None else set()


def _letters(found: list[Line]) -> int:
    return sum(len(line.text) for line in found)
