"""What a WARC file holds, seen in one quick pass: whose it is, where it can be parted, what in it is damaged."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from attrs import define, field, frozen

from archive.errors import WarcFault
from archive.warc import Record, cdxj
from archive.warc.files import MANIFEST, Manifest, describe
from archive.warc.members import members, salvaged_url
from archive.warc.reading import parse
from kyson_crawler.reading import answers
from kyson_crawler.reread.report import Unreadable
from kyson_crawler.reread.texts import Told, told

PORTAL_URN = "urn:kyson:portal:"

_BEHIND_ANSWERS = {"request", "metadata"}
"""What stands behind the response it belongs to, and is not parted from it."""

_MOST_ANSWERS = 16
_MOST_BYTES = 8_000_000


@frozen(kw_only=True)
class Survey:
    """One WARC file."""

    path: Path
    spans: tuple[tuple[int, int], ...]
    """Where it can be parted: beginning and end of stretches of whole records, which together are the file."""

    answers: int
    """How many responses it holds."""

    began: datetime
    """The date of its first record; aware, UTC."""

    slug: str | None
    """Of the portal that our own crawl which begins with this file was of; None for any other file."""

    toml: str
    """How that crawl described the portal; empty without one."""

    info: Mapping[str, str]
    """The fields of its warcinfo record, names in lower case."""

    hosts: Mapping[str, int]
    """How many pages it holds, by the beginning of their addresses (`http://kyson.example`)."""

    texts: tuple[Told, ...]
    """What it says of the texts of files."""

    unreadable: tuple[Unreadable, ...]


def survey(path: Path) -> Survey:
    """Go through a WARC whose records are compressed one by one; a file without manifest and index gets both.

    Raises WarcFault when no record in it can be read.
    """
    found = _Found(path=path)
    for member in members(path, quickly=True):
        if member.fault is None:
            try:
                found.take(parse(member.data, path.name, member.offset, is_ours=False), member.length)
                continue
            except WarcFault as fault:
                why = str(fault)
        else:
            why = member.fault
        found.unreadable.append(
            Unreadable(warc=path.name, offset=member.offset, url=salvaged_url(member.data), fault=why)
        )
    if found.began is None:
        raise WarcFault("no record in it can be read", path.name)
    if not path.with_name(path.name + MANIFEST).exists():
        _describe(path, found)
    return found.survey()


@define(kw_only=True)
class _Found:
    """What was found so far."""

    path: Path
    cuts: list[int] = field(factory=lambda: [0])
    since_cut: int = 0
    answers: int = 0
    records: int = 0
    began: datetime | None = None
    slug: str | None = None
    toml: str = ""
    info: dict[str, str] = field(factory=dict)
    hosts: Counter[str] = field(factory=Counter)
    conversion: tuple[Record, int] | None = None
    """The one that was met last, with the length of its gzip member."""
    texts: list[Told] = field(factory=list)
    unreadable: list[Unreadable] = field(factory=list)
    lines: list[str] = field(factory=list)

    def take(self, record: Record, length: int) -> None:
        """Take note of one record."""
        self.records += 1
        self.began = self.began or record.time
        full = self.since_cut >= _MOST_ANSWERS or record.offset - self.cuts[-1] >= _MOST_BYTES
        if full and record.type not in _BEHIND_ANSWERS:
            self.cuts.append(record.offset)
            self.since_cut = 0
        if line := cdxj.of(record, length):
            self.lines.append(line)
        if record.type == "warcinfo" and not self.info:
            self.info = named_fields(record.payload)
        elif record.type == "resource" and (record.url or "").startswith(PORTAL_URN) and self.slug is None:
            self.slug = (record.url or "").removeprefix(PORTAL_URN)
            self.toml = record.payload.decode("utf-8", "replace")
        elif record.type in {"response", "revisit"}:
            self.answers += 1
            self.since_cut += 1
            if record.http_status == 200 and (host := _host_of_page(record)):
                self.hosts[host] += 1
        elif record.type == "conversion":
            self.conversion = record, length
        elif said := told(record, length, self.conversion):
            self.texts.append(said)

    def survey(self) -> Survey:
        """All that was found, when the end is reached."""
        assert self.began is not None
        ends = [*self.cuts[1:], self.path.stat().st_size]
        return Survey(
            path=self.path,
            spans=tuple(zip(self.cuts, ends, strict=True)),
            answers=self.answers,
            began=self.began,
            slug=self.slug,
            toml=self.toml,
            info=self.info,
            hosts=self.hosts,
            texts=tuple(self.texts),
            unreadable=tuple(self.unreadable),
        )


def _describe(path: Path, found: _Found) -> None:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    manifest = Manifest(
        name=path.name,
        bytes=path.stat().st_size,
        records=found.records,
        sha256=digest,
        closed=datetime.now(UTC).isoformat(),
    )
    describe(path.parent, manifest, found.lines)


def named_fields(block: bytes) -> dict[str, str]:
    """Named fields as warcinfo and metadata records hold them (WARC 1.1, sections 6.2 and 6.6), names in lower case."""
    pairs = (line.partition(":") for line in block.decode("utf-8", "replace").splitlines())
    return {name.strip().lower(): value.strip() for name, mark, value in pairs if mark}


def _host_of_page(record: Record) -> str | None:
    mime = answers.media_type(record.http_header("Content-Type") or "") or ""
    if "html" not in mime:
        return None
    try:
        parts = urlsplit(record.url or "")
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme in {"http", "https"} and host else None
