"""How a crawl introduces itself and how fast it walks: we are guests on small servers, and they must be able to reach us."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import UsageError
from kyson_crawler import __version__
from kyson_crawler.config import Operator
from kyson_crawler.network.addresses import ConnectTo, literal
from kyson_crawler.portal import Portal
from kyson_crawler.robots import PRODUCT
from kyson_crawler.settings import DEFAULT_REQUEST_HEADERS

_JITTER = 0.3
_MAILBOX = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+", re.ASCII)


def settings(portal: Portal, who: Operator, delay: float | None = None) -> dict[str, object]:
    """The Scrapy settings that a portal's pace and the operator's name make; `delay` in seconds overrides the pace."""
    pace = portal.delay if delay is None else delay
    sent_by = {"From": address} if (address := sender(who)) else {}
    return {
        "DOWNLOAD_DELAY": pace,
        "DOWNLOAD_DELAY_JITTER": _JITTER if pace else 0.0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": portal.concurrency,
        "KYSON_HOURS": portal.hours,
        "KYSON_REQUESTS_PER_RUN": portal.requests_per_run or 0,
        "USER_AGENT": user_agent(who),
        "DEFAULT_REQUEST_HEADERS": DEFAULT_REQUEST_HEADERS | sent_by,
    }


def user_agent(who: Operator) -> str:
    """The name that every request bears, with whom to ask."""
    agent = f"{PRODUCT}/{__version__}"
    return f"{agent} (+{who.contact})" if who.contact else agent


def sender(who: Operator) -> str | None:
    """The e-mail address for the From header, which robots should send (RFC 9110, section 10.1.2); None without one."""
    return who.contact if who.contact and _MAILBOX.fullmatch(who.contact) else None


def told(
    portal: Portal,
    who: Operator,
    connect_to: tuple[ConnectTo, ...],
    delay: float | None,
    max_pages: int | None,
    *,
    robots: bool,
    is_full: bool = False,
    section: str | None = None,
) -> dict[str, str]:
    """The choices of a crawl as its row and its warcinfo keep them; what was left as it is stands there too."""
    given = {
        "robots": "obey" if robots else "ignore",
        "delay": str(portal.delay if delay is None else delay),
        "concurrency": str(portal.concurrency),
        "requests-per-run": str(portal.requests_per_run or ""),
        "connect-to": " ".join(f"{rule.host}:{rule.port}:{rule.address}:{rule.to_port}" for rule in connect_to),
        "max-pages": str(max_pages or ""),
        "again": "all" if is_full else "due",
        "section": section or "",
        "requisites": "" if portal.requisites else "left out",
        "certificates": "not verified" if portal.insecure_tls else "",
        "user-agent": user_agent(who),
    }
    return {name: value for name, value in given.items() if value}


def require_contact(portal: Portal, connect_to: tuple[ConnectTo, ...], who: Operator, archive: Path) -> None:
    """Raise UsageError when a crawl would leave this machine and nobody is named whom a portal's owner can reach.

    The transport holds an anonymous crawl to loopback in any case; this says so before anything begins.
    """
    if who.contact or all(_stays_here(host, connect_to) for host in portal.scope.page_hosts):
        return
    raise UsageError(
        f"nobody to contact is named: write an e-mail address or page into {archive / 'kyson.toml'} as\n"
        f'  [operator]\n  name = "Your name or institution"\n  contact = "you@example.org"\n'
        f"then crawl {portal.slug} again"
    )


def _stays_here(host: str, connect_to: tuple[ConnectTo, ...]) -> bool:
    """Whether requests to a host end on this machine, as those to a reserved name (RFC 2606) can only do."""
    name = urlsplit(f"//{host}").hostname or ""
    if name.endswith(".example"):
        return True
    ends = [name, *(rule.address for rule in connect_to if rule.host in {"", name})]
    return any((address := literal(end)) and address.is_loopback for end in ends)
