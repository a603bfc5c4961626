"""NukeViet 4.x and NukeViet eGovernment: communes, districts, schools (facts/portals.md, sections 2 and 12)."""

import re
from functools import cached_property
from itertools import chain, islice
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from lxml import etree
from lxml.etree import _Element as Element

from kyson_crawler.items import AttachmentItem, ImageItem
from kyson_crawler.normalise import dates
from kyson_crawler.normalise.attachments import leads_to_file
from kyson_crawler.normalise.images import image_source
from kyson_crawler.pages.base import id_before
from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.slotted import SlottedPage

_heading_before = etree.XPath("preceding::h1[1]")
_STATIC = "page-bodyhtml"
_PRINTED = "bodytext"
_PANELS_AROUND, _PANELS_BEHIND = 2, 2
_VIEWS = frozenset({"print", "savefile", "sendmail"})
_LANGUAGES = frozenset({"vi", "en", "fr"})
# Modules every installation ships that publish nothing: forms, counters, the feed index, the stock privacy texts.
_NO_CONTENT = frozenset(
    "users contact voting statistics search seek siteterms feeds banners content comment admin install rss sitemap "
    "two-step-verification freecontent".split()
)


class NukeVietPage(SlottedPage):
    """A page of NukeViet."""

    cms = "nukeviet"

    @classmethod
    def key(cls, url: str) -> str | None:
        """Module and id: `news/7` for `/Tin-tuc/x-7.html`, however its category and slug are spelt.

        Each news module numbers its own articles, so a module named in the address is part of the key. A page without
        an id has its path as key.
        """
        names = _names(url)
        if not names or not names[-1].endswith(".html"):
            return None
        number = id_before(url, r"\.html")
        if number and len(names) >= 2:
            return "/".join([*names[:-2], "news", number]).lower() if len(names) > 2 else f"news/{number}"
        return "/".join(names).removesuffix(".html")

    @classmethod
    def canonical(cls, url: str) -> str:
        """The article's own address for its print, save and mail views; query strings are only cache marks here."""
        parts = urlsplit(url)
        names = parts.path.split("/")
        if not parts.path.endswith(".html"):
            return url
        kept = [name for name in names if name not in _VIEWS]
        return urlunsplit(parts._replace(path="/".join(kept), query="", fragment=""))

    @classmethod
    def why_not(cls, url: str) -> str | None:
        """Modules that publish nothing, mail forms, banner clicks."""
        names = _names(url)
        if names and names[0].lower() in _NO_CONTENT:
            return f"the module {names[0].lower()} publishes nothing"
        if "nv_redirect=" in urlsplit(url).query:
            return "a switch between the desktop and the mobile theme"
        if "rss" in names[1:]:
            return "a feed"
        return None

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By its generator, its two body ids, or the microdata of its articles."""
        if (document.meta("generator") or "").startswith("NukeViet"):
            return True
        return document.first("#news-bodyhtml", "#page-bodyhtml") is not None

    def body(self) -> Element | None:
        """The body by its id; a static page counts as an article only when its editors gave it a lead.

        In a skin without these ids a page is read as it stands, under the number of an article alone: a list of the usual
        skin has none of them either.
        """
        if self._body is None:
            return super().body() if self._is_numbered else None
        static = self._body is not None and self._body.get("id") == _STATIC
        return None if static and self.lead() is None else self._body

    def title(self) -> str:
        """The `h1` above the body."""
        return super().title() if self._body is None else text(self._headline)

    def published_raw(self) -> str | None:
        """The line above the lead; the hidden datePublished is the last edit, so it is never preferred."""
        if self._box is None:
            return super().published_raw()
        slots = (text(line) for line in self._box.iter("span") if "h5" in _classes(line))
        in_print = (shown for line in self._box.iter("li") if dates.is_date_line(shown := text(line)))
        shown = next(chain(slots, in_print), "")
        return re.split(r"\s*(?:Lượt xem|Đã xem|Phản hồi)", shown, maxsplit=1)[0] or None

    def lead(self) -> Element | None:
        """`div.hometext`, when there is text in it."""
        found = self.document.first("hometext", "#hometext")
        if text(found):
            return found
        return super().lead() if self._body is None else None

    def lead_images(self) -> tuple[ImageItem, ...]:
        """`figure.article` above the body, in the print view `div.imghome`."""
        if self._box is None or self._body is None:
            return super().lead_images()
        inside = set(self._body.iter())
        return tuple(
            ImageItem(src=source, alt=image.get("alt"), caption=_below_image(slot))
            for slot in self._box.iter("figure", "div")
            if slot not in inside and _classes(slot) & {"article", "imghome"}
            for image in slot.iter("img")
            if image not in inside and (source := image_source(image))
        )

    def byline_raw(self) -> str | None:
        """ "Tác giả bài viết:" below the body; the hidden author is an account."""
        return super().byline_raw() if self._body is None else self._line_below("tác giả")

    def source_raw(self) -> str | None:
        """ "Nguồn tin:" below the body."""
        return super().source_raw() if self._body is None else self._line_below("nguồn tin")

    def attachments(self) -> tuple[AttachmentItem, ...]:
        """The files in the boxes below the body."""
        if self._body is None:
            return super().attachments()
        links = (link for below in self._body.itersiblings() for link in below.iter("a"))
        return tuple(
            AttachmentItem(href=link.get("href") or "", label=text(link)) for link in links if leads_to_file(link)
        )

    def slots(self) -> dict[str, Element | None]:
        """The elements by their ids and classes."""
        if self._body is None:
            return super().slots()
        return {"title": self._headline, "lead": self.lead(), "body": self._body}

    @cached_property
    def _headline(self) -> Element | None:
        before = cast("list[Element]", _heading_before(self._body)) if self._body is not None else []
        return before[0] if before else self.document.first("title")

    @property
    def _is_numbered(self) -> bool:
        """Whether the page's address has the number of an article, or is not known."""
        return self.document.url is None or bool(re.search(r"/\d+$", self.key(self.document.url) or ""))

    @cached_property
    def _body(self) -> Element | None:
        return self.document.first("#news-bodyhtml", f"#{_STATIC}", f"#{_PRINTED}")

    @property
    def _box(self) -> Element | None:
        """The box around headline, lead and body."""
        return self._body.getparent() if self._body is not None else None

    def _line_below(self, label: str) -> str | None:
        """The line below the body that begins with a label, in its panel or in the first ones behind that."""
        if self._body is None:
            return None
        panels = chain.from_iterable(
            outer.itersiblings() for outer in islice(self._body.iterancestors(), _PANELS_AROUND)
        )
        following = chain(self._body.itersiblings(), islice(panels, _PANELS_BEHIND))
        lines = (text(line) for sibling in following for line in sibling.iter("p"))
        return next((shown for shown in lines if shown.casefold().startswith(label)), None)


def _classes(element: Element) -> set[str]:
    return set((element.get("class") or "").split())


def _below_image(slot: Element) -> Element | None:
    """The caption in the slot of a lead picture."""
    return next(slot.iter("figcaption", "p"), None)


def _names(url: str) -> list[str]:
    """The names on an address's path, without a language in front and without the view."""
    names = [name for name in urlsplit(url).path.split("/") if name]
    if names and names[0] in _LANGUAGES:
        names = names[1:]
    return [name for name in names if name not in _VIEWS]
