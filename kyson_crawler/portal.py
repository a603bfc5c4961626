"""A portal as data: which hosts, where a crawl starts, what it may fetch, how fast, and which CMS it ran when.

One TOML file a portal, bundled in `kyson_crawler/portals/` or the user's own in `kyson-archive/portals/`. No selector
stands in it: a CMS is code, a portal is facts.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from archive.errors import PortalFault, UnknownPortal, UsageError
from kyson_crawler import portal_faults
from kyson_crawler.hours import DAYS, Hours, Span
from kyson_crawler.scope import Scope, netloc
from kyson_crawler.section import Section, is_of_all


@frozen(kw_only=True)
class Era:
    """A span of time in which a portal kept one design."""

    cms: str
    since: date | None = None
    """First day, None for as long as the portal exists."""

    until: date | None = None
    """First day of the next era, None for until today."""


@frozen(kw_only=True)
class Portal:
    """One district portal, as its TOML describes it."""

    slug: str
    """Short name, as in `kyson crawl ky-son`; part of every reference to its articles."""

    name: str
    seeds: tuple[str, ...]
    scope: Scope
    province: str | None = None
    district: str | None = None
    delay: float = 2.0
    """Seconds for which a host is left alone between the end of one answer and the next request."""

    concurrency: int = 1
    """Requests to one host at a time, and to one address where several hosts share it."""

    hours: Hours = field(factory=Hours)
    """When it may be asked; a crawl waits for that."""

    requests_per_run: int | None = None
    """After so many requests a crawl stops; None for as many as it takes."""

    insecure_tls: bool = False
    """Whether certificates that do not verify are accepted; the fact goes into the WARC."""

    requisites: bool = True
    """Whether style sheets, scripts and all else that pages take to be shown are asked for as well."""

    sections: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Where the lists begin that may be crawled by themselves, by the name of the section."""

    eras: tuple[Era, ...] = ()
    toml: str = field(default="", repr=False)
    """The file as it was read, kept in the WARC of each crawl."""

    def own_key(self, key: str | None, url: str) -> str | None:
        """What the portal calls an article whose address its CMS turns into `key`.

        Several hosts may have a page of that name each, so on all but the first the host is part of the key. Only numbers
        that are counted over a whole system, which have five digits or more, mean the same article everywhere.
        """
        host, first = (urlsplit(address).hostname or "" for address in (url, self.seeds[0]))
        if key is None or host.removeprefix("www.") == first.removeprefix("www.") or re.fullmatch(r"\d{5,}", key):
            return key
        return f"{host}/{key}"

    def section(self, name: str) -> Section:
        """The section of that name, or the one that begins at an address. Raises UsageError when the portal has none such."""
        if name in self.sections:
            return Section(name=name, begins=self.sections[name])
        if "://" in name and name.isprintable():
            netloc(name)
            reason = self.scope.why(name) or ("that is the whole portal" if is_of_all(name) else None)
            if reason:
                raise UsageError(f"{name} is no section of {self.slug}: {reason}")
            return Section(name=name, begins=(name,))
        known = f"there are {', '.join(self.sections)}" if self.sections else "its file names none in [sections]"
        raise UsageError(f"{self.slug} has no section {name!r}: {known}; or give the address where a list begins")

    def cms_at(self, day: date) -> str | None:
        """The CMS the portal ran on a day; None when it is not known, so that each page is asked."""
        for era in self.eras:
            if (era.since is None or era.since <= day) and (era.until is None or day < era.until):
                return era.cms
        return None


def find(name: str, archive: Path | None = None) -> Portal:
    """The portal of that name: the user's own in the archive first, then the bundled ones.

    Raises UnknownPortal naming those there are, PortalFault when its TOML cannot be used.
    """
    paths = dict(_paths(archive))
    if name not in paths:
        near = difflib.get_close_matches(name, paths, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(paths))};"
        raise UnknownPortal(f"there is no portal {name!r}: {hint} `kyson portal list` shows all, a URL crawls ad hoc")
    return load(paths[name])


def every(archive: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Name and file of every portal that can be crawled by name, in order of name."""
    return iter(sorted(_paths(archive).items()))


def of_url(url: str, archive: Path | None = None) -> Portal | None:
    """The portal whose pages an address is one of, or None; portals whose TOML is faulty are passed over.

    Raises UsageError when `url` is no web address.
    """
    netloc(url)
    for _, path in every(archive):
        try:
            portal = load(path)
        except PortalFault:
            continue
        if portal.scope.why(url) is None:
            return portal
    return None


def load(path: Path) -> Portal:
    """The portal in a TOML file; its name is the file's. Raises PortalFault listing everything that is wrong."""
    try:
        toml = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PortalFault(f"the portal {path} cannot be read: {error}") from error
    return parse(toml, slug=path.stem, origin=str(path))


def parse(toml: str, *, slug: str, origin: str) -> Portal:
    """The portal that a TOML text describes; `origin` is named in errors.

    Raises PortalFault listing everything that is wrong, with the nearest known key for a misspelt one.
    """
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise PortalFault(f"{origin} is no valid TOML: {error}", (str(error),)) from error
    if faults := tuple(portal_faults.of(table, slug)):
        listed = "; ".join(faults)
        raise PortalFault(f"{origin} cannot be used: {listed}", faults)
    scope, pace = table.get("scope", {}), table.get("pace", {})
    return Portal(
        slug=slug,
        name=table["name"],
        province=table.get("province"),
        district=table.get("district"),
        seeds=tuple(table["seeds"]),
        scope=Scope(
            page_hosts=tuple(table["page_hosts"]),
            embed_hosts=tuple(table.get("embed_hosts", table["page_hosts"])),
            exclude=tuple(scope.get("exclude", ())),
            include=tuple(scope.get("include", ())),
            largest_file=scope.get("largest_file", 24),
        ),
        delay=float(pace.get("delay", 2.0)),
        concurrency=pace.get("concurrency", 1),
        hours=_hours(pace),
        requests_per_run=pace.get("requests_per_run"),
        insecure_tls=table.get("insecure_tls", False),
        requisites=table.get("requisites", True),
        sections={section: tuple(begins) for section, begins in table.get("sections", {}).items()},
        eras=tuple(Era(**era) for era in table.get("eras", ())),
        toml=toml,
    )


def _hours(pace: Mapping[str, list[str]]) -> Hours:
    spans = (Span.parse(text) for text in pace.get("hours", ()))
    days = (DAYS.index(day) for day in pace.get("days", DAYS))
    return Hours(spans=tuple(filter(None, spans)), days=tuple(sorted(set(days))))


def draft(url: str, *, slug: str | None = None, name: str | None = None, cms: str | None = None) -> str:
    """A TOML text for the portal at `url`, for a person to complete. Raises UsageError when `url` is no web address."""
    host = netloc(url)
    era = f"\n[[eras]]\ncms = {_quoted(cms)}\n" if cms else ""
    return (
        f"# {slug or slug_for(url)}: check the hosts, the name and the pace before the first crawl.\n"
        f'name = {_quoted(name or host)}\n# district = ""\n# province = ""\n'
        f"seeds = [{_quoted(url)}]\npage_hosts = [{_quoted(host)}]\n"
        f'# Images and files may stand on other hosts; "*" takes them from anywhere.\nembed_hosts = ["*"]\n'
        f"# To leave out the style sheets, scripts and icons that replay needs to show its pages as they were:\n"
        f"# requisites = false\n\n"
        f"[scope]\nexclude = []\n\n[pace]\ndelay = 2.0\nconcurrency = 1\n"
        f'# Only by night and at weekends, and so many requests at most:\n# hours = ["18:00-07:00"]\n'
        f'# days = ["mon", "tue", "wed", "thu", "fri"]\n# requests_per_run = 20000\n\n'
        f"# Lists that may be crawled by themselves, as in `kyson crawl {slug or slug_for(url)} --section news`:\n"
        f"# [sections]\n# news = [{_quoted(url.rstrip('/') + '/tin-tuc')}]\n{era}"
    )


def at(url: str, archive: Path | None = None) -> Portal:
    """The portal to crawl from an address: the known one whose page it is, begun there, else one made ad hoc."""
    known = of_url(url, archive)
    return evolve(known, seeds=(url,)) if known else ad_hoc(url)


def ad_hoc(url: str) -> Portal:
    """A portal for one address that has no TOML: its host's pages, embeds from anywhere. Raises UsageError for no address."""
    return parse(draft(url), slug=slug_for(url), origin=url)


def slug_for(url: str) -> str:
    """A slug made of an address's host and unusual port.

    >>> slug_for("http://kyson.nghean.gov.vn/"), slug_for("http://127.0.0.1:8081/")
    ('kyson.nghean.gov.vn', '127.0.0.1-8081')
    """
    return re.sub(r"[^a-z0-9.]+", "-", netloc(url).lower()).strip("-.")[:63]


def _quoted(text: str) -> str:
    """A text as TOML writes it: JSON's strings are TOML's, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def bundled() -> dict[str, Path]:
    """Name and file of the portals that come with the program."""
    places = (Path(str(entry)) for entry in files("kyson_crawler.portals").iterdir())
    return {path.stem: path for path in places if path.suffix == ".toml"}


def _paths(archive: Path | None) -> dict[str, Path]:
    """File of every portal by name; the user's own hide bundled ones of the same name."""
    own = {path.stem: path for path in (archive / "portals").glob("*.toml")} if archive else {}
    return bundled() | own
