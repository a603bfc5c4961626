"""Where the lines of a page lead: to other pages, as menus and teasers do, or to the page itself, as some headlines do."""

from collections.abc import Iterable

from attrs import frozen

from kyson_crawler.normalise import dates
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.headline import LONGER_THAN_MENUS
from kyson_crawler.pages.lines import Line

_LONGEST_SECTION = 40


@frozen
class Links:
    """The links of one page."""

    _document: Document

    def of_this_page(self, found: Iterable[Line]) -> list[Line]:
        """Those of some lines that lead nowhere; when there are none, those that lead to this very page."""
        own = [line for line in found if not self.lead_away(line)]
        return [line for line in own if not line.is_link] or own

    def lead_away(self, line: Line) -> bool:
        """Whether a line is a link to another page, or the entry of a menu, be it of this page."""
        if not line.is_link:
            return False
        links = (*line.element.iter("a"), *line.element.iterancestors("a"))
        if not (written := [href for link in links if (href := link.get("href"))]):
            return False
        if line.heading is None and len(line.text) < LONGER_THAN_MENUS and not dates.is_date_line(line.text):
            return True
        targets = {self._document.resolve(href) for href in written} - {None}
        return self._document.url is None or targets != {self._document.url.partition("#")[0]}

    def sections(self, shown: list[Line]) -> frozenset[str]:
        """The names, case-folded, by which a page leads to others, as far as they are as short as those of sections."""
        short = (line for line in shown if len(line.text) <= _LONGEST_SECTION and line.is_link)
        return frozenset(line.text.casefold() for line in short if self.lead_away(line))
