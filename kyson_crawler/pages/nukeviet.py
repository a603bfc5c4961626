"""NukeViet 4.x and NukeViet eGovernment: communes, districts, schools (facts/portals.md, sections 2 and 12)."""

import re
from urllib.parse import urlsplit, urlunsplit

from lxml.html import HtmlElement

from kyson_crawler.items import ImageItem
from kyson_crawler.pages.base import Page, id_before
from kyson_crawler.pages.document import Document, inner, text

_VIEWS = frozenset({"print", "savefile", "sendmail"})
_LANGUAGES = frozenset({"vi", "en", "fr"})
# Modules every installation ships that publish nothing: forms, counters, the feed index, the stock privacy texts.
_NO_CONTENT = frozenset(
    "users contact voting statistics search seek siteterms feeds banners content comment admin install rss sitemap "
    "two-step-verification freecontent".split()
)


class NukeVietPage(Page):
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
        return any(
            document.root.get_element_by_id(name, None) is not None for name in ("news-bodyhtml", "page-bodyhtml")
        )

    def body(self) -> HtmlElement | None:
        """`div#news-bodyhtml`; a static page counts as an article only when its editors gave it a lead."""
        news: HtmlElement | None = self.document.root.get_element_by_id("news-bodyhtml", None)
        if news is not None:
            return news
        static: HtmlElement | None = self.document.root.get_element_by_id("page-bodyhtml", None)
        return static if static is not None and self.lead() is not None else None

    def title(self) -> str:
        """`h1.title`."""
        body = self.document.root.get_element_by_id(
            "news-bodyhtml", self.document.root.get_element_by_id("page-bodyhtml", None)
        )
        before = body.xpath("preceding::h1[1]") if body is not None else []
        return text(before[0] if before else self.document.first("title"))

    def published_raw(self) -> str | None:
        """The line above the lead; the hidden datePublished is the last edit, so it is never preferred."""
        box = self._box()
        shown = (
            next((text(line) for line in box.iter("span") if "h5" in (line.get("class") or "").split()), "")
            if box is not None
            else ""
        )
        return re.split(r"\s*(?:Lượt xem|Đã xem|Phản hồi)", shown, maxsplit=1)[0] or None

    def lead(self) -> HtmlElement | None:
        """`div.hometext`, when there is text in it."""
        found = self.document.first("hometext")
        return found if text(found) else None

    def lead_images(self) -> tuple[ImageItem, ...]:
        """`figure.article` above the body."""
        body = self.body()
        box = self._box()
        if body is None or box is None:
            return ()
        figures = [
            f
            for f in box.iter("figure")
            if "article" in (f.get("class") or "").split() and body not in f.iterancestors()
        ]
        return tuple(
            ImageItem(
                src=image.get("src") or "",
                alt=image.get("alt"),
                caption_html=inner(next(figure.iter("figcaption"), None)),
            )
            for figure in figures
            for image in figure.iter("img")
            if body not in image.iterancestors()
        )

    def byline_raw(self) -> str | None:
        """ "Tác giả bài viết:" below the body; the hidden author is an account."""
        return self._signed("tác giả")

    def source_raw(self) -> str | None:
        """ "Nguồn tin:" below the body."""
        return self._signed("nguồn tin")

    def _box(self) -> HtmlElement | None:
        """The box around headline, lead and body."""
        body = self.document.root.get_element_by_id("news-bodyhtml", None)
        if body is None:
            body = self.document.root.get_element_by_id("page-bodyhtml", None)
        return body.getparent() if body is not None else None

    def _signed(self, label: str) -> str | None:
        """The line below the body that begins with a label."""
        body = self.document.root.get_element_by_id("news-bodyhtml", None)
        following = body.itersiblings() if body is not None else ()
        for sibling in following:
            for line in (sibling, *sibling.iter("p")):
                shown = text(line)
                if line.tag == "p" and shown.casefold().startswith(label):
                    return shown
        return None


def _names(url: str) -> list[str]:
    """The names on an address's path, without a language in front and without the view."""
    names = [name for name in urlsplit(url).path.split("/") if name]
    if names and names[0] in _LANGUAGES:
        names = names[1:]
    return [name for name in names if name not in _VIEWS]
