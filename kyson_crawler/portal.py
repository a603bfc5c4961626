"""A portal as data: which hosts, where a crawl starts, what it may fetch, how fast, and which CMS it ran when.

One TOML file a portal, bundled in `kyson_crawler/portals/` or the user's own in `kyson-archive/portals/`. No selector
stands in it: a CMS is code, a portal is facts.
"""

import difflib
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from archive.errors import PortalFault, UnknownPortal, UsageError
from kyson_crawler.hours import DAYS, Hours, Span

_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_HOST = re.compile(r"(?:\*|(?:\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)
_USUAL_PORTS = {"http": 80, "https": 443}
_KEYS: dict[str, dict[str, type]] = {
    "": {
        "name": str, "district": str, "province": str, "seeds": list, "page_hosts": list, "embed_hosts": list,
        "insecure_tls": bool, "scope": dict, "pace": dict, "eras": list,
    },
    "scope": {"exclude": list, "include": list, "largest_file": int},
    "pace": {"delay": float, "concurrency": int, "hours": list, "days": list, "requests_per_run": int},
    "eras": {"cms": str, "since": date, "until": date},
}  # fmt: skip


@frozen(kw_only=True)
class Era:
    """A span of time in which a portal kept one design."""

    cms: str
    since: date | None = None
    """First day, None for as long as the portal exists."""

    until: date | None = None
    """First day of the next era, None for until today."""


@frozen(kw_only=True)
class Scope:
    """What a crawl of a portal may fetch."""

    page_hosts: tuple[str, ...]
    """Hosts whose pages are followed; `*.x` means any host below x; without a port only the usual ones match."""

    embed_hosts: tuple[str, ...]
    """Hosts from which images and files of articles are taken; `*` means any."""

    exclude: tuple[str, ...] = ()
    """Paths that are not followed, with `*` for anything."""

    include: tuple[str, ...] = ()
    """Paths that are followed although they look like a view, a form or a trap, with `*` for anything."""

    largest_file: int = 24
    """Megabytes that are taken of an image or file; one that is larger is cut there, and its capture says so."""

    def why(self, url: str, *, embed: bool = False) -> str | None:
        """Why `url` is not fetched, in words, or None when it may be. Embeds are images and files of an article."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return "no valid address"
        if parts.scheme not in _USUAL_PORTS:
            return f"not a web address ({parts.scheme or 'no scheme'})"
        port = port or _USUAL_PORTS[parts.scheme]
        wanted = self.embed_hosts if embed else self.page_hosts
        if not any(_host_matches(pattern.lower(), host, port) for pattern in wanted):
            return f"out of scope: the host {host} is not among the portal's {'embed' if embed else 'page'} hosts"
        for pattern in () if embed else self.exclude:
            if fnmatchcase(parts.path, pattern):
                return f"out of scope: the portal excludes {pattern}"
        return None

    def includes(self, url: str) -> bool:
        """Whether the portal's file says that an address is to be followed whatever it looks like."""
        return any(fnmatchcase(urlsplit(url).path, pattern) for pattern in self.include)


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
    _netloc(url)
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
    faults = [*_shape_faults(table), *_value_faults(table, slug)]
    if faults:
        listed = "; ".join(faults)
        raise PortalFault(f"{origin} cannot be used: {listed}", tuple(faults))
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
        eras=tuple(Era(**era) for era in table.get("eras", ())),
        toml=toml,
    )


def _hours(pace: Mapping[str, list[str]]) -> Hours:
    spans = (Span.parse(text) for text in pace.get("hours", ()))
    days = (DAYS.index(day) for day in pace.get("days", DAYS))
    return Hours(spans=tuple(filter(None, spans)), days=tuple(sorted(set(days))))


def draft(url: str, *, slug: str | None = None, name: str | None = None, cms: str | None = None) -> str:
    """A TOML text for the portal at `url`, for a person to complete. Raises UsageError when `url` is no web address."""
    host = _netloc(url)
    era = f"\n[[eras]]\ncms = {_quoted(cms)}\n" if cms else ""
    return (
        f"# {slug or slug_for(url)}: check the hosts, the name and the pace before the first crawl.\n"
        f'name = {_quoted(name or host)}\n# district = ""\n# province = ""\n'
        f"seeds = [{_quoted(url)}]\npage_hosts = [{_quoted(host)}]\n"
        f'# Images and files may stand on other hosts; "*" takes them from anywhere.\nembed_hosts = ["*"]\n\n'
        f"[scope]\nexclude = []\n\n[pace]\ndelay = 2.0\nconcurrency = 1\n"
        f'# Only by night and at weekends, and so many requests at most:\n# hours = ["18:00-07:00"]\n'
        f'# days = ["mon", "tue", "wed", "thu", "fri"]\n# requests_per_run = 20000\n{era}'
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
    return re.sub(r"[^a-z0-9.]+", "-", _netloc(url).lower()).strip("-.")[:63]


def _netloc(url: str) -> str:
    """Host, with the port where it is not the scheme's own."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no web address ({error}): write it as https://kyson.nghean.gov.vn/") from error
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"the address of {parts.hostname} holds a user name or password: leave them out")
    if parts.scheme not in _USUAL_PORTS or not parts.hostname or not _HOST.fullmatch(_bracketed(parts.hostname)):
        raise UsageError(f"{url!r} is no web address: write it as https://kyson.nghean.gov.vn/")
    host = _bracketed(parts.hostname)
    return f"{host}:{port}" if port and port != _USUAL_PORTS[parts.scheme] else host


def _quoted(text: str) -> str:
    """A text as TOML writes it: JSON's strings are TOML's, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def bundled() -> dict[str, Path]:
    """Name and file of the portals that come with the program."""
    places = (Path(str(entry)) for entry in files("kyson_crawler.portals").iterdir())
    return {path.stem: path for path in places if path.suffix == ".toml"}


def _paths(archive: Path | None) -> dict[str, Path]:
    """File of every portal by name; the user's own hide bundled ones of the same name."""
    own = {path.stem: path for path in (archive / "portals").glob("*.toml")} if archive else {}
    return bundled() | own


def _host_matches(pattern: str, host: str, port: int) -> bool:
    name, _, wanted_port = pattern.rpartition(":") if re.search(r":\d+$", pattern) else (pattern, "", "")
    if port != int(wanted_port) if wanted_port else name != "*" and port not in _USUAL_PORTS.values():
        return False
    if name == "*":
        return True
    return host.endswith(name[1:]) if name.startswith("*.") else _bracketed(host) == name


def _shape_faults(table: Mapping[str, object]) -> Iterator[str]:
    """Keys that are unknown, missing or of the wrong type."""
    yield from _unknown("", table)
    for key in ("name", "seeds", "page_hosts"):
        if key not in table:
            yield f"the key {key!r} is missing"
    for key in ("scope", "pace"):
        if isinstance(inner := table.get(key), dict):
            yield from _unknown(key, inner)
    eras = table.get("eras", [])
    for era in eras if isinstance(eras, list) else []:
        if isinstance(era, dict):
            yield from _unknown("eras", era)
            if "cms" not in era:
                yield "an era lacks the key 'cms'"
        else:
            yield "eras are written as [[eras]]"


def _unknown(where: str, table: Mapping[str, object]) -> Iterator[str]:
    known = _KEYS[where]
    for key, value in table.items():
        wanted = known.get(key)
        place = f" in [{where}]" if where else ""
        if wanted is None:
            near = difflib.get_close_matches(key, known, n=1)
            yield f"unknown key {key!r}{place}" + (
                f", did you mean {near[0]!r}?" if near else f": known are {', '.join(known)}"
            )
        elif type(value) is not wanted and not (wanted is float and type(value) is int):
            yield f"{key!r}{place} must be {_TYPES[wanted]}, not {value!r}"


_TYPES: dict[type, str] = {
    str: "a text", list: "a list", bool: "true or false", dict: "a table", float: "a number of seconds",
    int: "a whole number", date: "a day such as 2019-01-01",
}  # fmt: skip


def _value_faults(table: Mapping[str, object], slug: str) -> Iterator[str]:
    """Values of the right type that make no sense."""
    if not _SLUG.fullmatch(slug):
        yield f"the file's name {slug!r} must be lower-case letters, digits, dots and dashes"
    scope, pace, eras = table.get("scope"), table.get("pace"), table.get("eras")
    yield from _list_faults("seeds", table.get("seeds"), "a web address", _is_address)
    yield from _list_faults("page_hosts", table.get("page_hosts"), "a host name", _HOST.fullmatch)
    yield from _strangers(table.get("seeds"), table.get("page_hosts"))
    yield from _list_faults("embed_hosts", table.get("embed_hosts", ["*"]), "a host name", _HOST.fullmatch)
    if isinstance(scope, dict):
        for key in ("exclude", "include"):
            yield from _list_faults(key, scope.get(key, ["/"]), "a path that begins with /", _is_path, empty=True)
        if isinstance(largest := scope.get("largest_file", 1), int) and not 1 <= largest <= 1000:
            yield "'largest_file' in [scope] must be megabytes, between 1 and 1000"
    if isinstance(pace, dict):
        delay, concurrency = pace.get("delay", 0), pace.get("concurrency", 1)
        if isinstance(delay, int | float) and not (math.isfinite(delay) and delay >= 0):
            yield "'delay' in [pace] must be seconds, 0 or more"
        if isinstance(concurrency, int) and not 1 <= concurrency <= 64:
            yield "'concurrency' in [pace] must lie between 1 and 64"
        if isinstance(budget := pace.get("requests_per_run", 1), int) and budget < 1:
            yield "'requests_per_run' in [pace] must be 1 or more"
        yield from _list_faults(
            "hours", pace.get("hours", ["18:00-07:00"]), "a span of the day as 18:00-07:00", Span.parse
        )
        yield from _list_faults(
            "days", pace.get("days", DAYS), f"a day of the week: {', '.join(DAYS)}", DAYS.__contains__
        )
        if "days" in pace and "hours" not in pace:
            yield "'days' in [pace] says to which days 'hours' apply, and there are no 'hours'"
    for era in eras if isinstance(eras, list) else []:
        since, until = (era.get("since"), era.get("until")) if isinstance(era, dict) else (None, None)
        if type(since) is type(until) is date and until <= since:
            yield f"an era ends on {until}, before it began on {since}"


def _strangers(seeds: object, hosts: object) -> Iterator[str]:
    """Seeds that the portal's own page hosts leave out, so that nothing would be crawled."""
    if not isinstance(seeds, list) or not isinstance(hosts, list):
        return
    scope = Scope(page_hosts=tuple(host for host in hosts if isinstance(host, str)), embed_hosts=())
    for seed in seeds:
        if isinstance(seed, str) and _is_address(seed) and scope.page_hosts and scope.why(seed):
            yield f"the seed {seed!r} is on none of the 'page_hosts'"


def _list_faults(
    key: str, values: object, wanted: str, is_sound: Callable[[str], object], *, empty: bool = False
) -> Iterator[str]:
    if values == [] and not empty:
        yield f"{key!r} is empty: it must hold at least {wanted}"
    for value in values if isinstance(values, list) else []:
        if not isinstance(value, str) or not is_sound(value):
            yield f"{value!r} in {key!r} is not {wanted}"


def _is_address(text: str) -> bool:
    try:
        return bool(_netloc(text))
    except UsageError:
        return False


def _is_path(text: str) -> bool:
    return text.startswith(("/", "*"))
