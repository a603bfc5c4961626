"""Why an address was taken or was not: its life in the archive, and what the portals of today say of it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import click
from attrs import frozen
from w3lib.url import safe_url_string

from archive import again, intake, life
from archive.errors import ArchiveError, PortalFault, UsageError, WarcFault
from archive.life import Decision, Life, Seen
from archive.store import Archive
from archive.terminal import printable, size
from archive.vietnam import NOTE, clock
from archive.warc import record_at
from kyson_crawler import pages
from kyson_crawler import portal as portals
from kyson_crawler.credentials import without_credentials
from kyson_crawler.frontier import Frontier, identities
from kyson_crawler.pages import Page
from kyson_crawler.pages.visits import lasting
from kyson_crawler.portal import Portal
from kyson_crawler.reading import answers
from kyson_crawler.robots import Rules

_FORBIDDEN = "robots.txt"
_LEFT_OUT = "its file says requisites = false"
_OTHER = {"http": "https", "https": "http"}


@frozen(kw_only=True)
class Why:
    """What is known of an address."""

    url: str
    life: Life
    met_as: str | None
    """The same address with the other of http and https, when only that was ever met; else None."""

    portal: str | None
    """The portal that it is a page of, or of whose host it is, or that embeds it; None when there is none."""

    refusal: str | None
    """Why a crawl of that portal would not ask for it today; None when it would, or there is no portal."""

    due: datetime | None = None
    """From when on the article at it is asked for again, which is kept; None when none is."""

    is_kept: bool = False
    """Whether it is no page, and its bytes are kept, so that only a crawl that is `--full` asks for it again."""

    robots: tuple[str, ...] = ()
    """The lines of a robots.txt that forbade it, each with its place."""

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        today = {"portal": self.portal, "in_scope": self.portal is not None and self.refusal is None}
        today |= {"reason": self.refusal, "due": f"{self.due:%Y-%m-%dT%H:%M:%SZ}" if self.due else None}
        today |= {"kept": self.is_kept}
        known = {"url": self.url, "known": self.life.is_known, "met_as": self.met_as, "today": today}
        return known | self.life.to_json() | {"robots": list(self.robots)}

    def to_text(self) -> Iterator[str]:
        """All of it in lines, in the order of time."""
        yield click.style(printable(self.url), bold=True)
        if not self.life.is_known:
            yield "  no crawl of this archive ever met it"
        elif self.met_as:
            yield printable(f"  no crawl of this archive ever met it, but {self.met_as}")
        for decision in self.life.decisions:
            yield from _decided(decision)
        for line in self.robots:
            yield f"  {printable(line)}"
        for seen in self.life.captures:
            yield from _captured(seen)
        if self.life.redirected_from:
            yield f"  redirected to from {printable(', '.join(self.life.redirected_from))}"
        if self.life.embedded_in:
            yield f"  stands in {printable(', '.join(self.life.embedded_in))}"
        yield f"  today {self._today()}"
        if self.life.is_known or self.due:
            yield f"  {NOTE}"

    def _today(self) -> str:
        if self.portal is None:
            return "no portal has its host: `kyson crawl URL` would begin an ad hoc one"
        said = f"a crawl of {self.portal} would "
        if self.due and self.due > datetime.now(UTC) and not self.refusal:
            return printable(f"{said}not ask for it before {clock(self.due)}, unless it is --full: its article is kept")
        if self.is_kept and not self.refusal:
            return printable(f"{said}not ask for it, unless it is --full: its bytes are kept")
        return printable(said + (f"not ask for it: {self.refusal}" if self.refusal else "ask for it"))


def why(archive: Archive, url: str) -> Why:
    """The life of an address, in whatever spelling. Raises UsageError for what is no address and never was met as one."""
    url = without_credentials(url.strip())
    chosen = _portal(archive, url)
    addresses = _addresses(chosen)
    spellings = tuple(_spellings(url, addresses))
    found, met_as = _life(archive, spellings), None
    if not found.is_known:
        if (scheme := _scheme(url)) not in _OTHER:
            raise UsageError(f"{url!r} is no web address: write it as https://kyson.nghean.gov.vn/tin-tuc")
        other = _OTHER[scheme] + url[len(scheme) :]
        if (met := _life(archive, _spellings(other, addresses))).is_known:
            found, met_as = met, other
    if found.is_embed:
        chosen = _embedding(archive, found) or chosen
    return Why(
        url=url,
        life=found,
        met_as=met_as,
        portal=chosen.slug if chosen else None,
        refusal=_refusal(chosen, addresses, found, url),
        due=None if found.is_embed else _due(archive, chosen, addresses, spellings),
        is_kept=found.is_embed and _is_kept(archive, found.decisions[-1]),
        robots=tuple(_robots(archive, found)),
    )


def _life(archive: Archive, spellings: Iterable[str]) -> Life:
    spellings = tuple(spellings)
    return life.of(archive.connection, spellings, {known for spelling in spellings for known in identities(spelling)})


def _scheme(url: str) -> str:
    """The scheme of an address; empty for none."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{url!r} is no web address ({error}): write it as https://kyson.nghean.gov.vn/") from error
    return parts.scheme if parts.hostname else ""


def _spellings(url: str, addresses: type[Page] | None) -> Iterator[str]:
    """The address as it is written, as it is asked for, without what is of one visit, and its article's own one."""
    bare = url.partition("#")[0]
    yield from dict.fromkeys((url, bare, _safe(bare)))
    try:
        yield lasting(bare)
        if addresses is not None:
            yield addresses.canonical(lasting(bare))
    except ValueError:
        return


def _safe(url: str) -> str:
    try:
        return str(safe_url_string(url))
    except ValueError:
        return url


def _portal(archive: Archive, url: str) -> Portal | None:
    """The portal whose page an address is, or else one that has its host: of those crawled first, then of those known."""
    known = [*_crawled(archive), *_described(archive)]
    by_host = [portal for portal in known if "the host" not in (portal.scope.why(url) or "")]
    inside = [portal for portal in by_host if portal.scope.why(url) is None]
    return next(iter(inside or by_host), None)


def _embedding(archive: Archive, found: Life) -> Portal | None:
    """The portal whose crawl was the last to meet an image or file, whatever host that is on; None when it cannot be read."""
    return next((portal for portal in _crawled(archive) if portal.slug == found.decisions[-1].portal), None)


def _crawled(archive: Archive) -> Iterator[Portal]:
    for described in again.portals(archive.connection):
        try:
            yield portals.parse(described.toml or "", slug=described.slug, origin=f"the portal {described.slug}")
        except PortalFault:
            continue


def _described(archive: Archive) -> Iterator[Portal]:
    for _, path in portals.every(archive.folder):
        try:
            yield portals.load(path)
        except PortalFault:
            continue


def _addresses(portal: Portal | None) -> type[Page] | None:
    cms = portal.cms_at(datetime.now(UTC).date()) if portal else None
    return pages.of(cms) if cms else None


def _refusal(portal: Portal | None, addresses: type[Page] | None, found: Life, url: str) -> str | None:
    """What a crawl would say of it on sight today, as of a page or of an image or file."""
    if portal is None:
        return None
    if found.is_embed:
        is_left_out = found.decisions[-1].is_requisite and not portal.requisites
        return _LEFT_OUT if is_left_out else portal.scope.why(url, embed=True)
    return Frontier(portal, addresses=addresses).why_not(url)


def _due(
    archive: Archive, portal: Portal | None, addresses: type[Page] | None, spellings: Iterable[str]
) -> datetime | None:
    """From when on an article that is kept is asked for again; None when none of that address is, however it is spelt."""
    if portal is None:
        return None
    held = (archive.held(portal.slug, key=answers.key(addresses, portal, url), url=url) for url in spellings)
    return next((each.due for each in held if each), None)


def _is_kept(archive: Archive, last: Decision) -> bool:
    """Whether a crawl has the bytes of what is embedded already, as it was decided about last."""
    assert last.embed is not None
    if last.is_requisite:
        return intake.is_captured(archive.connection, last.embed)
    return intake.held_bytes(archive.connection, last.embed) is not None


def _robots(archive: Archive, found: Life) -> Iterator[str]:
    """The lines that forbade it, from the robots.txt that was captured last before that."""
    for decision in found.decisions:
        if decision.reason and decision.reason.startswith(_FORBIDDEN):
            place = urljoin(decision.url, "/robots.txt")
            captured = [
                seen
                for seen in life.of(archive.connection, (place,), ()).captures
                if seen.time <= decision.since and seen.status == 200
            ]
            try:
                record = record_at(archive.folder / "warc", captured[-1].warc, captured[-1].offset, None)
                line = Rules.read(record.content()).why_not(decision.url)
            except (IndexError, WarcFault, ArchiveError):
                continue
            if line is not None:
                yield f"{line} ({place}, {captured[-1].warc} at {captured[-1].offset})"


_STATES = {
    "pending": "waits to be asked for",
    "leased": "is being asked for",
    "done": "was asked for",
    "refused": "was refused",
}


def _decided(decision: Decision) -> Iterator[str]:
    kind = "requisite (pages are shown with it)" if decision.is_requisite else decision.kind
    by = "" if decision.method == "GET" else f" by {decision.method}"
    name = " as it is embedded" if decision.embed and not decision.is_requisite else ""
    reason = f": {decision.reason}" if decision.reason else ""
    what = f"{kind} {_STATES[decision.state]}{by}{name}{reason}"
    yield printable(f"  {clock(decision.since)}, crawl {decision.crawl} of {decision.portal}: {what}")
    if decision.via:
        yield printable(f"    found at {decision.via} (hops {decision.hops})")
    elif decision.hops:
        yield printable(f"    asked for unseen (hops {decision.hops})")
    else:
        yield "    a seed"
    if decision.decision:
        yield printable(f"    asked for as {decision.decision}")
    if decision.key:
        yield printable(f"    an address of the article {decision.portal}/{decision.key}")
    for attempt in decision.attempts:
        yield printable(f"    tried {clock(attempt.time)}: {attempt.fault}")


def _captured(seen: Seen) -> Iterator[str]:
    redirect = f" to {seen.redirect_to}" if seen.redirect_to else ""
    cut = f", truncated ({seen.truncated})" if seen.truncated else ""
    by = "" if seen.method == "GET" else f"by {seen.method} "
    yield printable(
        f"  {clock(seen.time)}, crawl {seen.crawl} of {seen.portal}: captured {by}{seen.url}: HTTP {seen.status}{redirect}, "
        f"{seen.mime or 'no type'}, {size(seen.bytes)}{cut}"
    )
    yield printable(f"    {seen.digest} in {seen.warc} at {seen.offset}")
    if seen.revisit_of:
        said = "the server said that it still stands (HTTP 304): " if seen.not_modified else ""
        yield printable(f"    {said}its payload is that of the record in {seen.revisit_of}")
    if seen.ref:
        version = f", version {seen.version}" if seen.version else ""
        yield printable(f"    read as {seen.ref}{version}: {seen.title}")
    elif seen.kind == "page" and seen.status == 200:
        yield "    no article was read from it"
