"""How and why something was asked for, and how that went: what the metadata records of a WARC say."""

from collections.abc import Sequence

from attrs import frozen
from scrapy import Request
from scrapy.http import Response

from kyson_crawler.credentials import without_credentials
from kyson_crawler.network.addresses import Lookup
from kyson_crawler.network.exchange import Attempt, Exchange, Timings

_HOPS_SHOWN = 50


@frozen(kw_only=True)
class Found:
    """How an address was found; in `request.meta["found"]`."""

    via: str | None = None
    """The address it was found at; None for a seed, and for what is asked for unseen."""

    hops: str = ""
    """The way from a seed, a letter a hop, as WARC's `hopsFromSeed`: L link, E embedded, R redirect, P prerequisite,
    I implied, M listed in a sitemap or robots.txt."""

    decision: str | None = None
    """Why it is asked for all the same, where that takes a reason."""

    @classmethod
    def of(cls, request: Request) -> "Found":
        """How a request came about, redirects included; nobody asks for robots.txt but Scrapy, before anything else."""
        first: Found = request.meta.get("found") or cls(hops="P")
        redirects: Sequence[str] = request.meta.get("redirect_urls", ())
        if not redirects:
            return first
        return cls(
            via=without_credentials(redirects[-1]), hops=first.hops + "R" * len(redirects), decision=first.decision
        )


def hop(response: Response, letter: str) -> Found:
    """How whatever a response leads to was found."""
    assert response.request is not None
    return Found(via=response.url, hops=Found.of(response.request).hops + letter)


def about(went: Exchange | Attempt, found: Found, kind: str) -> dict[str, str]:
    """The fields of a metadata record, the first three as WARC 1.1 (section 6.6) and Heritrix name them; times in ms."""
    tls = went.tls
    facts = {
        "via": found.via,
        "hopsFromSeed": shortened(found.hops),
        "fetchTimeMs": _ms(went.timings.total),
        "kind": kind,
        "decision": found.decision,
        "fault": went.fault if isinstance(went, Attempt) else None,
        **_times(went.timings),
        "proxy": went.proxy,
        "tlsCertificate": f"sha256:{tls.certificate_sha256}" if tls and tls.certificate_sha256 else None,
        "tlsFaultAccepted": tls.fault if tls else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


class NameServices:
    """What names were found to lead to in one crawl, so that each answer is kept once."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}

    def is_news(self, lookup: Lookup) -> bool:
        """Whether the answer is another than the last one for that name, the order left aside."""
        answer = frozenset(map(str, lookup.addresses))
        news = self._known.get(lookup.host) != answer
        self._known[lookup.host] = answer
        return news


def dns(lookup: Lookup) -> bytes:
    """The answer as text/dns (RFC 4027), below the time it came at (the text form of RFC 2540).

    The system's resolver tells neither how long it holds nor which server gave it.
    """
    name = lookup.host.rstrip(".")
    rows = [f"{name}. IN {'AAAA' if address.version == 6 else 'A'} {address}" for address in lookup.addresses]
    if lookup.fault is not None:
        rows.append(f"; {' '.join(lookup.fault.split())}")
    return "\n".join([f"{lookup.time:%Y%m%d%H%M%S}", *rows, ""]).encode()


def _times(timings: Timings) -> dict[str, str | None]:
    return {
        "lookupTimeMs": _ms(timings.lookup),
        "connectTimeMs": _ms(timings.connect),
        "tlsTimeMs": _ms(timings.tls),
        "firstByteTimeMs": _ms(timings.first_byte),
    }


def _ms(seconds: float | None) -> str | None:
    return None if seconds is None else str(round(seconds * 1000))


def shortened(hops: str) -> str:
    """The end of a long way, with how many hops went before, as Heritrix shows it.

    >>> shortened("L" * 52), shortened("2+" + "L" * 50 + "E")
    ('2+LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL', '3+LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLE')
    """
    before, plus, rest = hops.rpartition("+")
    left_out = len(rest) - _HOPS_SHOWN
    if left_out <= 0:
        return hops
    return f"{int(before if plus else 0) + left_out}+{rest[-_HOPS_SHOWN:]}"
