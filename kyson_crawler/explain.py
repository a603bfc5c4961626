"""Why an article was read as it was: for every field where it stands, what else was found, and why that lost.

The readers know nothing of this: pages say which elements they read from, and the rest is found again by its words.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.records import Article, DateEvidence
from kyson_crawler import normalise
from kyson_crawler.explanation import Explanation, Found, Rival
from kyson_crawler.extract import page_of
from kyson_crawler.items import ArticleItem
from kyson_crawler.normalise import captions, dates
from kyson_crawler.normalise.pieces import CAPTIONED
from kyson_crawler.normalise.text import clean
from kyson_crawler.pages import Page
from kyson_crawler.pages.document import text
from kyson_crawler.places import Place, Places

_MOST_RIVALS = 12
_META = {"meta": "//meta", "json_ld": "//script", "microdata": "//*[@itemprop]"}
_HIDDEN = "it is hidden in the page; what readers are shown wins"


def explain(
    body: bytes,
    url: str | None = None,
    captured: datetime | None = None,
    *,
    cms: str | None = None,
    archive: Path | None = None,
) -> Explanation:
    """How `kyson extract` comes to the article of a page; the parameters and errors are those of `read_page`."""
    page, slug = page_of(body, url, captured, cms=cms, archive=archive)
    item = page.item()
    article = normalise.article(item, portal=slug)
    return _Explainer(page, item, article).explanation()


class _Explainer:
    """One article beside the page it was read from."""

    def __init__(self, page: Page, item: ArticleItem, article: Article) -> None:
        self._slots = page.slots()
        self._places = Places(page.document, self._slots.get("body"))
        self._document = page.document
        self._item = item
        self._article = article
        self._parts = normalise.parts(item)
        self._blocks = list(self._found_blocks())
        starts = [self._places.order(element) for _, element in self._blocks if element is not None]
        self._begin, self._end = (min(starts), max(starts)) if starts else (self._places.begins(), -1)

    def explanation(self) -> Explanation:
        """Every field that has a value or a rival."""
        fields = {
            "url": self._url(),
            "title": self._title(),
            "lead": self._lead(),
            "byline": self._byline(),
            "source": self._source(),
            "published": self._published(),
            "section": self._section(),
            "language": self._language(),
            **{f"blocks[{number}]": found for number, (found, _) in enumerate(self._blocks)},
            **dict(self._videos()),
            **dict(self._images()),
            **dict(self._attachments()),
        }
        told = {name: found for name, found in fields.items() if found.value is not None or found.rivals}
        return Explanation(
            url=self._document.url,
            extractor=self._article.extractor,
            fields=told,
            left_out=tuple(self._rival(left.text, left.why) for left in self._parts.left_out),
        )

    # -- fields --------------------------------------------------------------------------------------------------

    def _url(self) -> Found:
        link = self._places.holding("//link", self._article.url) if self._article.url else None
        own = self._document.url
        if link is not None and link.get("rel") == "canonical":
            other = (
                (Rival(quote=own, why="the page names another address for itself"),)
                if own and own != self._article.url
                else ()
            )
            return Found(
                value=self._article.url,
                origin="canonical",
                place=self._places.place(link, link.get("href")),
                rivals=other,
            )
        other = (
            (Rival(quote=own, why="it is another view of the same article"),)
            if own and own != self._article.url
            else ()
        )
        return Found(value=self._article.url, origin="url" if own else None, rivals=other)

    def _title(self) -> Found:
        title = self._article.title
        element = self._slots.get("title")
        if element is None:
            element = self._places.find(title)
        place = self._places.place(element)
        level = next((line.heading for line in self._places.lines if line.element is element), None)
        rivals = [
            Rival(
                quote=quote,
                why=_HIDDEN if clean(quote) != title else "it says the same",
                place=self._places.place(meta, quote),
            )
            for meta in (*self._places.metas("og:title"), *self._document.tagged("title"))
            if (quote := clean(meta.get("content") or meta.text or ""))
        ]
        for line in self._places.lines:
            if line.heading and line.text != title:
                if line.is_link:
                    why = "it leads to another page"
                elif self._places.order(line.element) >= self._begin:
                    why = "it stands within or below the text"
                elif level and line.heading > level:
                    why = f"it is a heading of a lower level, h{line.heading} beside h{level}"
                else:
                    why = (
                        "it stands further from the text, or neither address nor metadata give it as the article's name"
                    )
                rivals.append(Rival(quote=line.text, why=why, place=self._places.place(line.element)))
        origin = "meta" if place is None or (element is not None and element.tag in {"meta", "title"}) else "page"
        return Found(value=title, origin=origin, place=place, rivals=tuple(rivals[:_MOST_RIVALS]))

    def _published(self) -> Found:
        article, source = self._article, self._article.published_source
        place = None
        if source == "page":
            element = self._slots.get("published")
            place = self._places.place(element if element is not None else self._places.find(article.published_raw))
        elif source in _META and article.published_raw:
            place = self._hidden(source, article.published_raw)
        rivals = [self._evidence(other) for other in article.published_evidence]
        if article.published is None and article.published_raw:
            rivals.append(self._rival(article.published_raw, "no date can be read in it"))
        for line in self._places.lines:
            if dates.is_date_line(line.text) and not (place and place.quote == line.text):
                where = self._places.order(line.element)
                why = "it stands within the text" if self._begin <= where <= self._end else "it stands below the text"
                why = why if where >= self._begin else "it is not the date nearest to the headline"
                rivals.append(Rival(quote=line.text, why=why, place=self._places.place(line.element)))
        return Found(value=article.published, origin=source, place=place, rivals=tuple(rivals[:_MOST_RIVALS]))

    def _evidence(self, other: DateEvidence) -> Rival:
        """A date of the evidence as what lost against the date shown."""
        against = other.contradicts(self._article.published)
        if other.source == "upload":
            why = "a file was uploaded then, which only says that the article was not complete before"
            place = None
        else:
            instead = self._article.published_source
            why = (
                _HIDDEN
                if instead == "page"
                else f"{instead} is trusted more"
                if instead
                else "it is no date that is trusted alone"
            )
            place = self._hidden(other.source, other.raw) if other.source in _META else None
        says = "; it says another day, which is a conflict" if against else ""
        quote = f"{other.source}: {other.raw}" + ("" if other.value else " (no date can be read in it)")
        return Rival(quote=quote, why=why + says, place=place)

    def _hidden(self, source: str, raw: str) -> Place | None:
        """Where a date of the metadata stands; of a script only what counts is quoted."""
        return self._places.place(self._places.holding(_META[source], raw), raw)

    def _lead(self) -> Found:
        lead, slot = self._article.lead, self._slots.get("lead")
        rivals = [
            Rival(
                quote=quote,
                why="it says the same" if lead and _begin_alike(quote, lead) else "metadata are no lead",
                place=self._places.place(meta, quote),
            )
            for meta in self._places.metas("description", "og:description")
            if (quote := clean(meta.get("content") or ""))
        ]
        if lead is None and (first := next((piece for piece in self._parts.rest if piece.kind == "text"), None)):
            why = (
                "it is bold, but too short or no different from what follows"
                if first.bold
                else "it is not set apart from the text below it"
            )
            rivals.insert(0, self._rival(first.text, f"the first paragraph is no lead: {why}"))
        if lead and self._item.lead is not None:
            element = slot if slot is not None else self._places.find(lead)
            return Found(value=lead, origin="page", place=self._places.place(element), rivals=tuple(rivals))
        place = self._places.place(self._places.find(lead))
        return Found(value=lead, origin="body" if lead else None, place=place, rivals=tuple(rivals))

    def _byline(self) -> Found:
        signed, raw = self._parts.signed, self._item.byline_raw
        shown = clean(raw or "")
        rivals = [self._rival(name, "it is only an account of the system", last=True) for name in signed.refused]
        if shown and self._article.byline != signed.byline and signed.byline:
            rivals.append(self._rival(signed.byline, "a slot of its own wins over the end of the text", last=True))
        from_slot = bool(shown and self._article.byline and self._article.byline in shown)
        if shown and not from_slot:
            rivals.append(self._rival(shown, "it is only an account of the system, or the site's name"))
        rivals += [
            Rival(
                quote=quote,
                why="it is hidden in the page, where systems put the account of whoever typed it in",
                place=self._places.place(meta, quote),
            )
            for meta in self._places.metas("author", "article:author")
            if (quote := clean(meta.get("content") or "")) != self._article.byline
        ]
        element = self._places.find(self._article.byline if not from_slot else shown, last=True)
        origin = None if self._article.byline is None else "page" if from_slot else "body"
        return Found(value=self._article.byline, origin=origin, place=self._places.place(element), rivals=tuple(rivals))

    def _source(self) -> Found:
        signed, value = self._parts.signed, self._article.source
        from_slot = bool(value and value != signed.source)
        rivals = (
            (self._rival(signed.source, "a slot of its own wins over the end of the text", last=True),)
            if from_slot and signed.source
            else ()
        )
        element = self._places.find(clean(self._item.source_raw or "") if from_slot else value, last=True)
        origin = None if value is None else "page" if from_slot else "body"
        return Found(value=value, origin=origin, place=self._places.place(element), rivals=rivals)

    def _language(self) -> Found:
        claimed = clean(self._document.root.get("lang") or "")
        value = self._article.language
        agrees = bool(value and re.match(rf"{value}\b", claimed, re.IGNORECASE))
        why = "the page's claim is not asked; the letters of the text are"
        rivals = (
            (Rival(quote=claimed, why=why, place=self._places.place(self._document.root, claimed)),)
            if claimed and not agrees
            else ()
        )
        return Found(value=value, origin="body" if value else None, rivals=rivals)

    def _section(self) -> Found:
        """The name of the section is a link as a rule: of several the one nearest above the headline."""
        section = self._article.section
        if section is None:
            return Found(value=None, origin=None)
        title = self._places.order(self._slots.get("title"))
        named = [link for link in self._document.tagged("a") if text(link) == section]
        above = [link for link in named if self._places.order(link) < title] or named
        place = self._places.place(above[-1] if above else self._places.find(section))
        return Found(value=section, origin="page", place=place)

    # -- what there are several of -------------------------------------------------------------------------------

    def _found_blocks(self) -> Iterator[tuple[Found, Any]]:
        """Each block with its element; texts that occur twice are told apart by their order."""
        after = -1
        for block in self._article.blocks:
            if block.image is not None:
                element = self._image(block.image)
            elif block.src is not None:
                element = self._places.video(block.src)
            else:
                element = self._places.find(block.text.replace("\t", " "), after=after)
            after = max(after, self._places.order(element)) if element is not None else after
            value = block.text or block.src or f"images[{block.image}]"
            yield Found(value=value, origin="body", place=self._places.place(element, value)), element

    def _videos(self) -> Iterator[tuple[str, Found]]:
        """What is printed for each video."""
        rest = self._parts.rest
        printed = zip((n for n, piece in enumerate(rest) if piece.kind in CAPTIONED), self._parts.captions, strict=True)
        of_videos = [(n, caption) for n, caption in printed if rest[n].kind == "video"]
        blocks = [(n, block) for n, block in enumerate(self._article.blocks) if block.kind == "video"]
        for (number, block), (index, caption) in zip(blocks, of_videos, strict=True):
            miss = captions.near_miss(rest, index) if block.caption is None else None
            yield (
                f"blocks[{number}].caption",
                Found(
                    value=block.caption,
                    origin=caption.source,
                    place=self._places.place(self._places.find(block.caption)),
                    rivals=(self._rival(*miss),) if miss else (),
                ),
            )

    def _image(self, number: int) -> Any:
        """The element of an image; one that is shown twice stands in two places."""
        images = self._article.images
        return self._places.image(
            images[number].src, [image.src for image in images[:number]].count(images[number].src)
        )

    def _images(self) -> Iterator[tuple[str, Found]]:
        indices = [index for index, piece in enumerate(self._parts.rest) if piece.kind == "image"]
        for number, image in enumerate(self._article.images):
            element = self._image(number)
            written = None if element is None else element.get("src")
            yield (
                f"images[{number}].src",
                Found(value=image.src, origin="body", place=self._places.place(element, written)),
            )
            caption = self._places.find(image.caption, after=self._places.order(element) if element is not None else -1)
            rivals = (
                [
                    Rival(
                        quote=image.alt,
                        why="an alt text is never a caption",
                        place=self._places.place(element, image.alt),
                    )
                ]
                if image.alt
                else []
            )
            if image.caption is None and (miss := captions.near_miss(self._parts.rest, indices[number])):
                rivals.append(self._rival(*miss))
            yield (
                f"images[{number}].caption",
                Found(
                    value=image.caption,
                    origin=image.caption_source,
                    place=self._places.place(caption),
                    rivals=tuple(rivals),
                ),
            )

    def _attachments(self) -> Iterator[tuple[str, Found]]:
        for number, attachment in enumerate(self._article.attachments):
            link = self._places.link(attachment.href)
            yield f"attachments[{number}]", Found(value=attachment.href, origin="page", place=self._places.place(link))

    def _rival(self, quote: str, why: str, *, last: bool = False) -> Rival:
        """A rival that is found by its words."""
        return Rival(quote=quote, why=why, place=self._places.place(self._places.find(quote, last=last), quote))


def _begin_alike(one: str, other: str) -> bool:
    """Whether two texts are the same, or one is the other cut off."""
    shorter, longer = sorted((clean(one).rstrip(" .…"), clean(other)), key=len)
    return bool(shorter) and longer.startswith(shorter)
