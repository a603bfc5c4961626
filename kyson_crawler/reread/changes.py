"""What reading again changed: which fields, on which articles, and how."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from archive.records import Article

_FIELDS = (
    "title", "lead", "byline", "source", "published", "published_raw", "published_source", "published_evidence", "section",
    "language", "blocks", "images", "attachments",
)  # fmt: skip
"""What a reading says, by the names of docs/json.md; `paragraphs` and `published_conflict` follow from these."""

_EXAMPLES = 3
_LONGEST = 160
_CONTEXT = 30


@frozen(kw_only=True)
class Change:
    """One article, of which reading again made something else."""

    ref: str
    url: str | None
    captures: int
    """Of how many captures of it."""

    what: str
    """`changed`, `new` for an article that could not be read before, `lost` for one that cannot be read any more."""

    why: str | None = None
    """Why it is lost; None otherwise."""

    time: datetime | None = None
    """When the capture was made whose fields these are, the latest that changed; aware, UTC. None when none did."""

    fields: Mapping[str, tuple[Any, Any]] = field(factory=dict)
    """What each field said before and says now, as JSON has it."""

    def to_json(self) -> dict[str, Any]:
        """The change as one line of `kyson reread --json`."""
        return {
            "ref": self.ref,
            "url": self.url,
            "what": self.what,
            "why": self.why,
            "captures": self.captures,
            "time": self.time.isoformat().replace("+00:00", "Z") if self.time else None,
            "fields": {name: {"was": was, "is": now} for name, (was, now) in self.fields.items()},
        }


@frozen(kw_only=True)
class Example:
    """How a field of one article changed, in short."""

    ref: str
    was: str
    now: str


@define(kw_only=True)
class Fields:
    """Which fields changed, on how many articles, with a few examples of each."""

    articles: Counter[str] = field(factory=Counter)
    examples: dict[str, list[Example]] = field(factory=dict)

    def add(self, change: Change) -> None:
        """Count what changed on one article."""
        for name, (was, now) in change.fields.items():
            self.articles[name] += 1
            examples = self.examples.setdefault(name, [])
            if len(examples) < _EXAMPLES:
                examples.append(Example(ref=change.ref, was=_short(was, now), now=_short(now, was)))


def between(was: Article, now: Article) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, with what each said and says."""
    before, after = was.to_json(), now.to_json()
    return {name: (before[name], after[name]) for name in _FIELDS if _plain(before[name]) != _plain(after[name])}


def _plain(value: Any) -> bytes:
    """A value as the archive can hold it."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _short(value: Any, other: Any) -> str:
    """A value for people, from shortly before the place where it differs from the other one."""
    text, against = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in (value, other))
    if value is None:
        return "nothing"
    same = next(
        (at for at, (a, b) in enumerate(zip(text, against, strict=False)) if a != b), min(len(text), len(against))
    )
    start = max(same - _CONTEXT, 0) if len(text) > _LONGEST else 0
    shown = text[start : start + _LONGEST]
    return ("…" if start else "") + shown + ("…" if start + _LONGEST < len(text) else "")
