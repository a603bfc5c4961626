"""What explains an article: for each field where it stands, what else was found, and why that lost; to print or as JSON."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from attrs import asdict, field, frozen

from kyson_crawler.places import Place

_WIDTH = 100
_SHOWN_ALIKE = 3
_NAME = 19


@frozen(kw_only=True)
class Rival:
    """Something else that was found for a field, and why it was not taken."""

    quote: str
    why: str
    place: Place | None = None
    """None for what stands on no page, such as the page's address."""


@frozen(kw_only=True)
class Found:
    """One field of the article, where it comes from, and what lost against it."""

    value: str | None
    origin: str | None
    """`page` for a slot or a line of its own, `body` for the text below it, `meta`, `url`, …; None without a value."""

    place: Place | None = None
    rivals: tuple[Rival, ...] = ()


@frozen(kw_only=True)
class Explanation:
    """An article with everything that was found on its page."""

    url: str | None
    extractor: str
    fields: dict[str, Found]
    """By the names of the article's JSON: `title`, `blocks[0]`, `images[0].caption`."""

    left_out: tuple[Rival, ...] = field(default=())
    """Text of the body that is none of the article's."""

    def to_json(self) -> dict[str, Any]:
        """All of it as one JSON object."""
        return {
            "url": self.url,
            "extractor": self.extractor,
            "fields": {name: asdict(found) for name, found in self.fields.items()},
            "left_out": [asdict(rival) for rival in self.left_out],
        }

    def to_text(self) -> Iterator[str]:
        """All of it in lines for a person to read."""
        yield f"read by {self.extractor}" + (f" from {self.url}" if self.url else "")
        for name, found in self.fields.items():
            yield ""
            yield f"{name:<{_NAME}}{_short(found.value) if found.value is not None else '(nothing)'}"
            if found.value is not None:
                yield from _from(found)
            yield from _lost(found.rivals, "not")
        if self.left_out:
            yield ""
            yield "left out of the body"
            yield from _lost(self.left_out, "")


def _from(found: Found) -> Iterator[str]:
    where = f"{found.place.xpath}  {found.place.element}" if found.place else "at no place of its own on the page"
    yield f"  {'from ' + (found.origin or ''):<{_NAME - 2}}{where}"
    if found.place and _short(found.place.quote) != _short(found.value or ""):
        yield " " * _NAME + f"“{_short(found.place.quote)}”"


def _lost(rivals: tuple[Rival, ...], word: str) -> Iterator[str]:
    """What lost, and why; of many that lost for one reason the first few."""
    for why, alike in groupby(rivals, key=lambda rival: rival.why):
        same = list(alike)
        for rival in same[:_SHOWN_ALIKE]:
            yield f"  {word:<{_NAME - 2}}“{_short(rival.quote)}”" + (f"  {rival.place.xpath}" if rival.place else "")
        if len(same) > _SHOWN_ALIKE:
            yield " " * _NAME + f"and {len(same) - _SHOWN_ALIKE} more"
        yield " " * _NAME + f"because {why}"


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
