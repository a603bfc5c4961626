"""The whole database of an archive made again from its WARCs alone, in a new archive beside them.

The rule: each crawl is run again, with the answers in its WARCs in the place of servers, in the order of its captures, by
the same steps with which it ran: so it comes to the same articles, versions, images and index. The texts of files are
taken from their records. What no WARC says is not made again: how a crawl ended, schedules, the diary, and why an address
did not answer at all.

What an answer was asked for as (page, image, sitemap) the metadata record of its capture says. In WARCs of others one that
an article waits for is an image or file of it, whatever it is; another is read as a page, if it can be.

Each crawl is one transaction. All is made in a folder with the suffix `.part`, which gets its name when it is whole:
after Ctrl-C or SIGKILL the next call goes on behind the last crawl that is in it.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from archive import again
from archive.errors import NotAnArchive, UsageError, WarcFault
from archive.records import Capture
from archive.store import Archive
from archive.stroke import sync_folder
from archive.warc import Record
from archive.warc.digests import sha1
from archive.warc.members import Member, members
from archive.warc.reading import follow, parse
from kyson_crawler import __version__, pages
from kyson_crawler.credentials import without_credentials
from kyson_crawler.pages import Page
from kyson_crawler.pool import Pool
from kyson_crawler.portal import Portal
from kyson_crawler.reading import answers
from kyson_crawler.reading.course import Course
from kyson_crawler.reading.furniture import Attention
from kyson_crawler.reading.seen import Seen, content_type, look, sent
from kyson_crawler.reading.told_dates import told
from kyson_crawler.reread import texts
from kyson_crawler.reread.adopt import adopt, warcs
from kyson_crawler.reread.crawls import Crawl, crawls_of
from kyson_crawler.reread.report import Made, Unreadable
from kyson_crawler.reread.survey import Survey, named_fields, survey

PART = ".part"
"""The suffix of the folder of a new archive while it is made."""

_HOW_IT_ENDED = "made again from its WARCs, which do not tell how it ended"
_EMBEDDED = {"image", "attachment"}
_KINDS = _EMBEDDED | {"page", "robots", "sitemap", "other"}
_NOT_CAPTURED = "its bytes are in no WARC of the crawl"


@frozen(kw_only=True)
class _Task:
    """A part of one WARC, for one process."""

    path: Path
    start: int
    end: int
    portal: Portal
    attention: Attention


@frozen(kw_only=True)
class _Part:
    """What stands in a part of a WARC."""

    answers: tuple["_Answer", ...]
    unreadable: tuple[Unreadable, ...]
    """Revisits whose payload cannot be had; what is damaged was reported when the file was surveyed."""


@frozen(kw_only=True)
class _Answer:
    """One response of a crawl."""

    capture: Capture
    kind: str | None
    """What it was asked for as, by the crawl's own word; None in WARCs of others."""

    seen: Seen | None
    """None for what is no page of the portal, nor a feed."""


def make(source: Path, new: Path, pool: Pool, *, portal: str | None, watch: Callable[[Made], None] | None) -> Made:
    """Make an archive in the folder `new` from the WARCs of the archive `source`; with `portal` only from its crawls.

    `watch`, where there is one, is called with the report as it grows. Raises UsageError when `new` is there already,
    NotAnArchive when there is no WARC, ArchiveBusy while another process makes the same archive.
    """
    if new.exists():
        raise UsageError(f"{new} is there already: name a folder that is not, or take it away first")
    if not warcs(source / "warc"):
        raise NotAnArchive(f"there is no WARC in {source / 'warc'}: name another archive with --archive")
    part = new.with_name(new.name + PART)
    made = Made()
    clock = _Clock()
    with Archive.open(part, write=True, create=True, now=clock) as archive, archive.hold("reread"):
        files = list(_surveys(source / "warc", part / "warc", pool, made))
        # What was derived after a crawl stands in files of their own, which are of no crawl.
        for crawl in crawls_of((file for file in files if file.answers or not file.texts), source, made):
            if portal not in {None, crawl.portal.slug}:
                continue
            if again.is_made(archive.connection, [file.path.name for file in crawl.files]):
                made.made_before += 1
                continue
            with archive.together():
                _Again(archive, crawl, clock, made, watch).run(pool)
            made.crawls += 1
            if watch is not None:
                watch(made)
        with archive.together():
            found = (each for file in files for each in file.texts)
            made.texts, unreadable = texts.take(archive, found, is_whole=portal is None and made.is_sound)
            made.unreadable += unreadable
        made.count(archive.status())
    part.rename(new)
    sync_folder(new.absolute().parent)
    return made


class _Clock:
    """The time at which what is made again happened."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time


def _surveys(source: Path, into: Path, pool: Pool, made: Made) -> Iterator[Survey]:
    """Every WARC that holds anything, taken into the new archive."""
    paths = []
    for adopted in adopt(source, into):
        made.unreadable += adopted.unreadable
        if adopted.path is not None:
            paths.append(adopted.path)
    for path, found in pool.in_order(_survey, paths):
        if isinstance(found, str):
            made.unreadable.append(Unreadable(warc=path.name, offset=None, url=None, fault=found))
            continue
        made.files += 1
        made.captures += found.answers
        made.unreadable += found.unreadable
        yield found


def _survey(path: Path) -> Survey | str:
    try:
        return survey(path)
    except (WarcFault, OSError) as fault:
        return str(fault)


# -- one crawl run again ---------------------------------------------------------------------------------------------


class _Again:
    """One crawl on its way; runs within a transaction."""

    def __init__(
        self, archive: Archive, crawl: Crawl, clock: _Clock, made: Made, watch: Callable[[Made], None] | None
    ) -> None:
        self._archive = archive
        self._crawl = crawl
        self._portal = crawl.portal
        self._clock = clock
        self._made = made
        self._watch = watch or (lambda _: None)
        cms = crawl.portal.cms_at(crawl.began.date())
        self._addresses: type[Page] | None = pages.of(cms) if cms else None
        self._awaited: dict[str, str] = {}
        self._feeds: set[str] = set()
        self._unread = 0
        self._ahead = 0
        """How many parts are being read, or wait to be."""

    def run(self, pool: Pool) -> None:
        """From the first answer to the end."""
        self._clock.time = self._crawl.began
        self._crawl_id = self._begin()
        self._course = Course(self._archive, self._portal.slug)
        for _, found in pool.in_order(_read_part, self._tasks(pool.workers)):
            self._ahead -= 1
            for answer in found.answers:
                self._clock.time = max(self._clock.time, answer.capture.time)
                self._take(answer)
            self._made.read += len(found.answers)
            self._made.unreadable += found.unreadable
            self._watch(self._made)
        again.settle_waiting(self._archive.connection, self._crawl_id, _NOT_CAPTURED)
        self._course.look_back(self._crawl_id)
        self._archive.take_coverage(self._crawl_id, unread=self._unread)
        self._archive.finish_crawl(self._crawl_id, status="stopped", reason=_HOW_IT_ENDED)

    def _tasks(self, workers: int) -> Iterator[_Task | None]:
        """The parts of the crawl's WARCs; as long as every page is looked at for what repeats, just one for each process.

        What is worth a look, and that is not much, is known when the first pages were taken.
        """
        for file in self._crawl.files:
            for start, end in file.spans:
                while self._course.attention.candidates is None and self._ahead >= workers:
                    yield None
                self._ahead += 1
                yield _Task(path=file.path, start=start, end=end, portal=self._portal, attention=self._course.attention)

    def _begin(self) -> int:
        info, portal = self._crawl.files[0].info, self._portal
        return self._archive.begin_crawl(
            slug=portal.slug,
            name=portal.name,
            province=portal.province,
            district=portal.district,
            cms=portal.eras[-1].cms if portal.eras else None,
            toml=portal.toml,
            software=info.get("software", "unknown"),
            operator=info.get("http-header-from") or info.get("operator"),
            settings=_settings(info) | {"reread": __version__},
        )

    def _take(self, answer: _Answer) -> None:
        """Keep one answer, and what is read of it."""
        capture = answer.capture
        if again.is_kept(self._archive.connection, capture.record_id):
            fault = "a record with its WARC-Record-ID is in the archive already, and this one is left out"
            twin = Unreadable(warc=capture.warc, offset=capture.offset, url=capture.url, fault=fault)
            self._made.unreadable.append(twin)
            return
        kind = answer.kind or self._awaited.get(capture.url) or _kind(answer)
        if capture.redirect_to and capture.url in self._feeds:
            self._feeds.add(capture.redirect_to)
        capture_id = self._archive.put_capture(self._crawl_id, capture, kind)
        if kind in _EMBEDDED:
            if capture.redirect_to:
                self._awaited.setdefault(capture.redirect_to, kind)
            elif capture.status == 200:
                self._awaited.pop(capture.url, None)
        elif reason := self._absence(capture, kind, answer.seen):
            key = answers.key(self._addresses, self._portal, capture.url)
            self._archive.put_absence(self._crawl_id, capture_id, key=key, url=capture.url, reason=reason)
        elif answer.seen is not None:
            self._read(capture, capture_id, answer.seen)

    def _absence(self, capture: Capture, kind: str, seen: Seen | None) -> str | None:
        """Why nothing stands at the address of a page, as the crawl had it; None for all else."""
        if kind != "page" or capture.method != "GET":
            return None
        if capture.status in answers.ABSENT:
            return f"HTTP {capture.status}"
        if capture.redirect_to and capture.url not in self._portal.seeds:
            reason = answers.leads_nowhere(capture.url, capture.redirect_to)
        else:
            reason = seen.nothing if seen else None
        return f"{answers.NOTHING}: {reason}" if reason else None

    def _read(self, capture: Capture, capture_id: int, seen: Seen) -> None:
        if seen.feed:
            if capture.method == "GET" and capture.url in self._feeds:
                self._course.dates.learn(told(seen.feed, self._addresses or pages.CMS["generic"]), "feed")
            return
        if seen.cms is None or answers.why_not(self._addresses, self._portal, capture.url):
            return
        if self._addresses is None and seen.cms != "generic":
            self._addresses = pages.of(seen.cms)
        self._feeds.update(seen.feeds)
        if seen.article is None:
            self._course.dates.learn(seen.listed, "list")
            self._unread += answers.key(self._addresses, self._portal, capture.url) is not None
        elif (
            capture.method == "GET"
            and self._course.is_first(seen.article.key or capture.url)
            and not self._course.view_of(seen, capture.url)
        ):
            self._keep(capture, capture_id, seen)

    def _keep(self, capture: Capture, capture_id: int, seen: Seen) -> None:
        assert seen.article is not None
        article = self._course.kept(seen.article, seen.page, seen.name, capture.record_id)
        if answers.fault(article):
            self._unread += 1
            return
        wanted = answers.embeds(article)
        refused = {url: reason for url in wanted if (reason := self._portal.scope.why(url, embed=True))}
        self._archive.put_article(self._crawl_id, capture_id, article, refused=refused)
        self._made.articles += 1
        for url, kind in wanted.items():
            if url not in refused:
                self._awaited.setdefault(url, kind)


def _settings(info: Mapping[str, str]) -> dict[str, str]:
    """The choices of a crawl, as its warcinfo record has them."""
    found = re.findall(r"(?:^| )([a-z-]+)=(.*?)(?= [a-z-]+=|$)", info.get("kyson-settings", ""))
    return dict(found)


def _kind(answer: _Answer) -> str:
    """What an answer is, as far as it tells itself."""
    path = answer.capture.url.partition("?")[0]
    mime = answer.capture.mime or ""
    if path.endswith("/robots.txt"):
        return "robots"
    if answer.seen is None or answer.seen.feed or "html" not in mime:
        return "sitemap" if "xml" in mime and "sitemap" in path else "other"
    return "page"


# -- in whatever process ---------------------------------------------------------------------------------------------


def _read_part(task: _Task) -> _Part:
    """All answers in a part of a WARC, each with its payload, wherever that lies."""
    found: list[_Answer] = []
    unreadable: list[Unreadable] = []
    for record, length, method, said in _events(task):
        try:
            whole = follow(task.path.parent, record)
        except WarcFault as fault:
            lost = Unreadable(warc=record.warc, offset=record.offset, url=record.url, fault=str(fault))
            unreadable.append(lost)
            continue
        if _came(whole) and "fault" not in said:
            capture = _capture(whole, length, method, not_modified=record.still_stands)
            found.append(_answer(whole, capture, said.get("kind"), task))
    return _Part(answers=tuple(found), unreadable=tuple(unreadable))


def _events(task: _Task) -> Iterator[tuple[Record, int, str, Mapping[str, str]]]:
    """Each response or revisit, how long its gzip member is, how it was asked for, and what is said of it, by the records behind it.

    In our WARCs the records of one capture stand together; where others put one elsewhere, it is not looked for.
    """
    answer: tuple[Record, int] | None = None
    method = "GET"
    for member in members(task.path, task.start, task.end, quickly=True):
        record = _record(member, task.path.name)
        if record is None:
            continue
        if record.type in {"response", "revisit"} and record.url:
            if answer:
                yield *answer, method, {}
            answer, method = (record, member.length), "GET"
        elif answer and record.type == "request" and record.header("WARC-Concurrent-To") == answer[0].record_id:
            method = record.block.partition(b" ")[0].decode("ascii", "replace")
        elif answer and record.type == "metadata" and record.header("WARC-Concurrent-To") == answer[0].record_id:
            yield *answer, method, named_fields(record.payload)
            answer = None
    if answer:
        yield *answer, method, {}


def _record(member: Member, warc: str) -> Record | None:
    """The record of a member; None for a damaged one."""
    if member.fault is not None:
        return None
    with suppress(WarcFault):
        return parse(member.data, warc, member.offset, is_ours=False)
    return None


def _came(record: Record) -> bool:
    """Whether a record holds a response: of one that broke off within its head a crawl keeps the bytes, and no capture."""
    return (
        record.http is not None
        and record.http_status is not None
        and (record.truncated is None or record.http.is_ended)
    )


def _answer(record: Record, capture: Capture, kind: str | None, task: _Task) -> _Answer:
    mime = capture.mime or "text/plain"
    kind = kind if kind in _KINDS else None
    may_be_read = capture.status == 200 and any(part in mime for part in ("html", "xml", "text/plain"))
    seen = look(record, task.portal, task.attention) if may_be_read and kind in {None, "page", "other"} else None
    # What is asked for beside pages is a feed, and a page that comes in its place is not read.
    return _Answer(capture=capture, kind=kind, seen=None if kind == "other" and seen and not seen.feed else seen)


def _capture(record: Record, length: int, method: str, *, not_modified: bool) -> Capture:
    """The facts of a response, as the crawl that made it noted them."""
    assert record.url is not None
    assert record.http_status is not None
    location = sent(record, b"location") if 300 <= record.http_status < 400 else None
    return Capture(
        url=without_credentials(record.url),
        time=record.time,
        status=record.http_status,
        mime=answers.media_type(content_type(record)),
        digest=sha1(record.payload),
        sha256=hashlib.sha256(record.payload).hexdigest(),
        bytes=len(record.payload),
        warc=record.warc,
        offset=record.offset,
        length=length,
        record_id=record.record_id,
        redirect_to=answers.target(record.url, location) if location else None,
        truncated=record.truncated,
        revisit_of=record.header("WARC-Refers-To") if record.type == "revisit" else None,
        not_modified=not_modified,
        method=method,
        etag=answers.validator(sent(record, b"etag")),
        last_modified=answers.validator(sent(record, b"last-modified")),
    )
