"""A look at where a portal's names lead and what certificates its hosts show; no page is asked for.

It goes only where crawls may: by the same rules, to no private address, at the hours at which the portal may be asked, and to
no host that is just being crawled.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import field, frozen
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadFailedError, NotSupported

from archive import hosts, signs
from archive.errors import ForbiddenAddress, UntrustedServer
from archive.hosts import Host
from archive.signs import Seen
from archive.store import Archive
from kyson_crawler.config import Operator
from kyson_crawler.network import tls
from kyson_crawler.network.addresses import ConnectTo, Lookup, destination, private_hosts_of
from kyson_crawler.network.asked import Asked
from kyson_crawler.network.dialling import Dialler, Route
from kyson_crawler.portal import Portal
from kyson_crawler.scope import netloc

JUDGED = frozenset({"dns", "unreachable", "certificate", "untrusted"})
"""The kinds of signs that show here."""

_PATIENCE = 30.0
_AT_ONCE = 8
_UNKNOWN = tuple(f"[Errno {code}]" for code in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""How a resolver says that there is no such name, and not that it could not find out."""


@frozen(kw_only=True)
class Found:
    """What a look at one host came to."""

    host: Host
    seen: tuple[Seen, ...] = ()


@frozen(kw_only=True)
class Checker:
    """Looks at the hosts of portals."""

    operator: Operator
    now: datetime
    """Aware; the moment as which what is found is written down."""

    connect_to: Sequence[ConnectTo] = ()
    _places: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False)

    async def portal(self, portal: Portal, sites: Iterable[str]) -> list[Found]:
        """What is found at the sites of a portal, as `sites_of` names them; those that cannot be judged from here are left out."""
        found = await asyncio.gather(*(self._bounded(portal, site) for site in sites))
        return [one for one in found if one is not None]

    async def _bounded(self, portal: Portal, site: str) -> Found | None:
        name = netloc(site)
        async with self._places:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await self._site(portal, Asked.of(Request(site)), name)
            except TimeoutError:
                return self._fault(name, "unreachable", f"no connection within {_PATIENCE:g} seconds")
            except (ForbiddenAddress, NotSupported) as error:
                return Found(host=Host(name=name, checked=self.now, fault=str(error)))

    async def _site(self, portal: Portal, asked: Asked, name: str) -> Found | None:
        if asked.scheme == "https" and portal.hours.opens(self.now) is not None:
            return None
        goal = destination(asked.host, asked.port, rules=self.connect_to, private_hosts=private_hosts_of(portal.seeds))
        route = Route.to(asked, goal, None)
        dialler = Dialler(
            insecure_tls=portal.insecure_tls, loopback_only=not self.operator.contact, on_lost=lambda _: None
        )
        lookup = await dialler.look_up(asked, route)
        if lookup.fault is not None:
            return self._fault(name, "dns" if _is_unknown(lookup) else "unreachable", lookup.fault)
        if asked.scheme != "https":
            return Found(host=Host(name=name, checked=self.now))
        try:
            connection = await dialler.connect(asked, route, lookup)
        except UntrustedServer as error:
            return self._fault(name, "untrusted", str(error))
        except (DownloadFailedError, CannotResolveHostError, OSError) as error:
            return self._fault(name, "unreachable", str(error))
        shown = connection.tls
        connection.abort()
        await connection.lost
        return self._certified(name, shown.certificate if shown else b"")

    def _certified(self, name: str, certificate: bytes) -> Found:
        begins, ends = tls.validity(certificate) or (None, None)
        host = Host(name=name, checked=self.now, begins=begins, ends=ends)
        if not host.ends_soon(self.now):
            return Found(host=host)
        return Found(host=host, seen=(Seen(kind="certificate", about=name, text=f"{ends:%Y-%m-%dT%H:%M:%SZ}"),))

    def _fault(self, name: str, kind: str, fault: str) -> Found:
        host = Host(name=name, checked=self.now, fault=fault)
        return Found(host=host, seen=(Seen(kind=kind, about=name, text=fault),))


def keep(archive: Archive, portal: Portal, found: Iterable[Found], now: datetime) -> None:
    """Write down what was found, and which signs are seen no more. Raises ArchiveBusy."""
    found = tuple(found)
    with archive.together():
        hosts.keep(archive.connection, portal.slug, (one.host for one in found))
        seen = [sign for one in found for sign in one.seen]
        about = {one.host.name for one in found}
        signs.keep(archive.connection, portal.slug, seen, now, judged=JUDGED, about=about)


def _is_unknown(lookup: Lookup) -> bool:
    return (lookup.fault or "").startswith(_UNKNOWN)
