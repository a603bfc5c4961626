"""What is wrong with the TOML of a portal, all of it at once, with the nearest known key for a misspelt one."""

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from archive.errors import UsageError
from kyson_crawler.hours import DAYS, Span
from kyson_crawler.scope import HOST, Scope, netloc
from kyson_crawler.section import is_of_all

_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_KEYS: dict[str, dict[str, type]] = {
    "": {
        "name": str, "district": str, "province": str, "seeds": list, "page_hosts": list, "embed_hosts": list,
        "insecure_tls": bool, "requisites": bool, "scope": dict, "pace": dict, "sections": dict, "eras": list,
    },
    "scope": {"exclude": list, "include": list, "largest_file": int},
    "pace": {"delay": float, "concurrency": int, "hours": list, "days": list, "requests_per_run": int},
    "eras": {"cms": str, "since": date, "until": date},
}  # fmt: skip
_TYPES: dict[type, str] = {
    str: "a text", list: "a list", bool: "true or false", dict: "a table", float: "a number of seconds",
    int: "a whole number", date: "a day such as 2019-01-01",
}  # fmt: skip


def of(table: Mapping[str, object], slug: str) -> Iterator[str]:
    """Every fault of a portal's table, in words; `slug` is the name of its file."""
    yield from _shape_faults(table)
    yield from _value_faults(table, slug)


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


def _value_faults(table: Mapping[str, object], slug: str) -> Iterator[str]:
    """Values of the right type that make no sense."""
    if not _SLUG.fullmatch(slug):
        yield f"the file's name {slug!r} must be lower-case letters, digits, dots and dashes"
    scope, pace, eras = table.get("scope"), table.get("pace"), table.get("eras")
    yield from _list_faults("seeds", table.get("seeds"), "a web address", _is_address)
    yield from _list_faults("page_hosts", table.get("page_hosts"), "a host name", HOST.fullmatch)
    yield from _strangers(table.get("seeds"), table.get("page_hosts"))
    yield from _section_faults(table.get("sections"), table.get("page_hosts"))
    yield from _list_faults("embed_hosts", table.get("embed_hosts", ["*"]), "a host name", HOST.fullmatch)
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


def _section_faults(sections: object, hosts: object) -> Iterator[str]:
    """Sections without a name, and addresses that begin none."""
    for name, begins in sections.items() if isinstance(sections, dict) else ():
        if not name.strip() or not name.isprintable() or "://" in name:
            yield f"{name!r} in [sections] is no name: call it as in `kyson crawl PORTAL --section news`"
        if not isinstance(begins, list) or not begins:
            yield f"the section {name!r} must be a list of the addresses where its lists begin, not {begins!r}"
            continue
        for begin in begins:
            if not isinstance(begin, str) or not _is_address(begin):
                yield f"{begin!r} in the section {name!r} is not a web address"
            elif is_of_all(begin):
                yield f"{begin!r} in the section {name!r} is the beginning of the whole portal"
        yield from _strangers(begins, hosts, "address")


def _strangers(seeds: object, hosts: object, what: str = "seed") -> Iterator[str]:
    """Addresses that the portal's own page hosts leave out, so that nothing would be crawled."""
    if not isinstance(seeds, list) or not isinstance(hosts, list):
        return
    scope = Scope(page_hosts=tuple(host for host in hosts if isinstance(host, str)), embed_hosts=())
    for seed in seeds:
        if isinstance(seed, str) and _is_address(seed) and scope.page_hosts and scope.why(seed):
            yield f"the {what} {seed!r} is on none of the 'page_hosts'"


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
        return bool(netloc(text))
    except UsageError:
        return False


def _is_path(text: str) -> bool:
    return text.startswith(("/", "*"))
