"""When two captures show the same article: the content digest, and the runs of captures that share one.

Nothing here touches the database: versions follow from what was captured and read, and can be worked out again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby

from attrs import frozen

from archive.fold import clean, one_spelling
from archive.records import Article


@frozen(kw_only=True)
class Sighting:
    """One capture of an article, and what stood on it."""

    capture_id: int
    reading_id: int
    time: datetime
    """When the page was asked for; aware."""

    content_digest: str


@frozen(kw_only=True)
class Run:
    """Captures that follow each other in time and show the same content: one version of the article."""

    since: datetime
    until: datetime
    content_digest: str
    reading_id: int
    """The reading of the latest capture of the run."""

    capture_id: int
    """The latest capture of the run."""

    captures: int


def content_digest(article: Article, embed_digests: Mapping[str, str]) -> str:
    """`sha256:` and hex over what makes an article this version of itself.

    That is its title, lead, running text, tables, captions, the addresses of its videos, and the bytes of its images and
    attachments, of which `embed_digests` has the payload digest by address; an address without known bytes stands for
    itself. Not part of
    it: printed dates, counters, byline, section, related lists, markup, white space, and the place of the tone mark.
    """
    content = {
        "title": _same(article.title),
        "lead": _same(article.lead),
        "text": [text for block in article.blocks if (text := _same(block.text))],
        "images": [[_bytes_of(image.src, embed_digests), _same(image.caption)] for image in article.images],
        "attachments": [_bytes_of(attachment.href, embed_digests) for attachment in article.attachments],
    }
    if videos := [[block.src, _same(block.caption)] for block in article.blocks if block.src]:
        content["videos"] = videos  # only then, so that the digests of all other articles stay what they were
    return digest_of(content)


def digest_of(value: object) -> str:
    """`sha256:` and hex over a value as canonical JSON: UTF-8, keys sorted, no spaces."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def runs(sightings: Sequence[Sighting]) -> tuple[Run, ...]:
    """The versions of one article, oldest first: captures in order of time, neighbours with one content together.

    Content that comes back after other content is a version of its own: A, B, A are three.
    """
    ordered = sorted(sightings, key=lambda sighting: (sighting.time, sighting.capture_id))
    return tuple(_run(group) for _, group in groupby(ordered, key=lambda sighting: sighting.content_digest))


def _run(group: Iterable[Sighting]) -> Run:
    """Neighbouring sightings of one content as one run."""
    captures = list(group)
    first, last = captures[0], captures[-1]
    return Run(
        since=first.time,
        until=last.time,
        content_digest=last.content_digest,
        reading_id=last.reading_id,
        capture_id=last.capture_id,
        captures=len(captures),
    )


@lru_cache(maxsize=1_024)
def _same(text: str | None) -> str:
    """Text in the one form in which equal texts are equal; case counts. An article's are compared several times in a row."""
    return one_spelling(clean(text or ""))


def _bytes_of(address: str, digests: Mapping[str, str]) -> str:
    """What stands for the bytes behind an address."""
    return digests.get(address, address)
