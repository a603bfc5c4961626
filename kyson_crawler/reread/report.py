"""What came of reading the captures of one portal again, while it goes on and in the end."""

import time
from collections import Counter
from typing import Any

from attrs import asdict, define, field, frozen

from archive.holdings import Holding
from kyson_crawler.reread.changes import Change, Fields


@frozen(kw_only=True)
class Unreadable:
    """A record, or a whole file, that could not be read back."""

    warc: str
    offset: int | None
    """None when it is the whole file."""

    url: str | None
    fault: str
    """What is wrong, in a sentence."""


@define(kw_only=True)
class Report:
    """The figures of one portal."""

    portal: str
    captures: int = 0
    """How many captures are to be read."""

    read: int = 0
    """How many of them have been."""

    unchanged: int = 0
    """Captures of articles that say what they said."""

    changed: int = 0
    """Captures of articles that say something else, or that say something for the first time."""

    rekeyed: int = 0
    """Captures that today's reader would know as another article; they stay with the one they are known as."""

    articles: Counter[str] = field(factory=Counter)
    """How many articles are `changed`, `new` and `lost`."""

    texts: Counter[str] = field(factory=Counter)
    """Files of which nothing had been derived: the text of so many is `kept`, of so many there is `none`, and so many are
    `left` for want of the library."""

    fields: Fields = field(factory=Fields)
    unreadable: list[Unreadable] = field(factory=list)
    versions: tuple[int, int] = (0, 0)
    """How many versions the portal's articles had before and have now."""

    began: float = field(factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began

    @property
    def is_sound(self) -> bool:
        """Whether every record could be read back and no article was lost."""
        return not self.unreadable and not self.articles["lost"]

    def begin(self, *, captures: int, versions: int) -> None:
        """Take note of what there is to do."""
        self.captures, self.versions = captures, (versions, versions)

    def note(self, change: Change) -> None:
        """Count what became of one article."""
        self.articles[change.what] += 1
        self.changed += change.captures if change.what != "lost" else 0
        self.fields.add(change)

    def counts(self) -> dict[str, object]:
        """The figures alone, as the archive's diary keeps them."""
        return {
            "captures": self.captures,
            "unchanged": self.unchanged,
            "changed": self.changed,
            "articles": {what: self.articles[what] for what in ("changed", "new", "lost")},
            "fields": dict(self.fields.articles.most_common()),
            "rekeyed": self.rekeyed,
            "texts": {what: self.texts[what] for what in ("kept", "none", "left")},
            "unreadable": len(self.unreadable),
            "versions": {"was": self.versions[0], "is": self.versions[1]},
        }

    def to_json(self) -> dict[str, Any]:
        """The last line that `kyson reread --json` prints for the portal."""
        unreadable = [asdict(record) for record in self.unreadable]
        return {"portal": self.portal} | self.counts() | {"unreadable": unreadable, "seconds": round(self.seconds, 2)}


@define(kw_only=True)
class Made:
    """The figures of an archive that is made again from its WARCs."""

    files: int = 0
    captures: int = 0
    """How many responses there are to read."""

    read: int = 0
    """How many of them have been."""

    crawls: int = 0
    """How many crawls were run again."""

    made_before: int = 0
    """How many crawls an earlier call, which was cut short, had run again."""

    articles: int = 0
    """How many times an article was read."""

    texts: int = 0
    """Of how many files the WARCs say what was derived of them."""

    holdings: tuple[Holding, ...] = ()
    """What the new archive holds in the end, by portal."""

    unreadable: list[Unreadable] = field(factory=list)
    began: float = field(factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began

    @property
    def is_sound(self) -> bool:
        """Whether every record could be read."""
        return not self.unreadable

    def count(self, holdings: tuple[Holding, ...]) -> None:
        """Take note of what the new archive holds."""
        self.holdings = holdings

    def to_json(self) -> dict[str, Any]:
        """The object that `kyson reread --into --json` prints."""
        names = ("portal", "articles", "versions", "images", "images_missing", "captures")
        return {
            "files": self.files,
            "captures": self.captures,
            "crawls": self.crawls,
            "made_before": self.made_before,
            "texts": self.texts,
            "portals": [{name: getattr(held, name) for name in names} for held in self.holdings],
            "unreadable": [asdict(record) for record in self.unreadable],
            "seconds": round(self.seconds, 2),
        }
