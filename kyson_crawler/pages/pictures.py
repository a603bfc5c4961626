"""The pictures that a page shows above the body of its article, in boxes of their own."""

import re
from collections.abc import Iterator
from itertools import dropwhile, takewhile

from lxml.etree import _Element as Element

from kyson_crawler.items import ImageItem
from kyson_crawler.normalise.images import image_source
from kyson_crawler.pages.cutting import text_of, with_ancestors

_PHOTOGRAPH = re.compile(r"\.(?:jpe?g|webp)(?:[?#]|$)", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|webp|png|gif|avif)(?:[?#]|$)", re.IGNORECASE)
_WIDE = 150
_LONGEST_CAPTION = 400


def pictures_between(above: Element, body: Element) -> Iterator[ImageItem]:
    """The pictures behind the element `above` and before the element `body`, with what is printed for them."""
    around = set(with_ancestors(above))
    outer = next((element for element in body.iterancestors() if element in around), None)
    if outer is None:
        return
    behind = dropwhile(lambda element: element is not above, outer.iter())
    for image in takewhile(lambda element: element is not body, behind):
        source = image_source(image) if image.tag == "img" else None
        if source and is_picture(image, source):
            yield ImageItem(src=source, alt=image.get("alt"), caption=_printed_for(image, set(with_ancestors(body))))


def is_picture(image: Element, source: str) -> bool:
    """Whether an image is a picture, not the sign of a tool: it leads nowhere but to itself, and is large or a photograph."""
    link = next(image.iterancestors("a"), None)
    if link is not None and not _PICTURE.search(link.get("href") or ""):
        return False
    width = re.match(r"\d+", image.get("width") or "")
    is_large = width is not None and int(width[0]) >= _WIDE
    return is_large or bool(_PHOTOGRAPH.search(source)) or next(image.iterancestors("figure"), None) is not None


def _printed_for(image: Element, around_body: set[Element]) -> Element | None:
    """The caption of the figure that an image stands in, else the one short text in the box around it."""
    if (figure := next(image.iterancestors("figure"), None)) is not None:
        return next(figure.iter("figcaption"), None)
    box = next(image.iterancestors("div", "td", "p"), None)
    if box is None or box in around_body or sum(1 for _ in box.iter("img")) > 1:
        return None
    return box if 0 < len(text_of(box)) <= _LONGEST_CAPTION else None
