"""Looking at the hosts of portals when that is due, and telling people what their signs say."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive import hosts, schedules, signs
from archive.errors import ArchiveError, PortalFault, UnknownPortal
from archive.store import Archive
from kyson_crawler import config
from kyson_crawler import portal as portals
from kyson_crawler.network.addresses import ConnectTo
from kyson_crawler.portal import Portal
from kyson_crawler.schedule import alerts
from kyson_crawler.scope import netloc
from kyson_crawler.watch.sites import sites_of

if TYPE_CHECKING:
    from kyson_crawler.watch.check import Found

logger = logging.getLogger(__name__)

_MOST = 40
"""Hosts that one tick looks at; the others wait for the next one."""


def watch(
    folder: Path, names: Iterable[str], now: datetime, *, connect_to: Sequence[ConnectTo] = (), only_due: bool = False
) -> "dict[str, list[Found]]":
    """Look at the hosts of portals, write down what was found, and tell people what is new of it.

    only_due: leave out what was looked at a while ago. Portals that were never crawled have nothing to lose and are left out.
    Raises UnknownPortal, PortalFault, or UsageError for a faulty kyson.toml.
    """
    chosen = _chosen(folder, names, now, only_due=only_due)
    if not chosen:
        return {}
    from kyson_crawler.watch.check import Checker, keep  # noqa: PLC0415  Scrapy, which most ticks do without

    checker = Checker(operator=config.operator(folder), now=now, connect_to=connect_to)

    async def check() -> "list[list[Found]]":
        return await asyncio.gather(*(checker.portal(portal, sites) for portal, sites in chosen))

    found = asyncio.run(check())
    with Archive.open(folder, write=True) as archive:
        for (portal, _), seen in zip(chosen, found, strict=True):
            keep(archive, portal, seen, now)
    for portal, _ in chosen:
        alerts.of_signs(folder, portal.slug, now)
    return {portal.slug: seen for (portal, _), seen in zip(chosen, found, strict=True)}


def watch_planned(folder: Path, now: datetime) -> None:
    """What a tick does besides: tell what nobody heard of yet, and look at the hosts of all portals with a calendar that are due.

    What goes wrong is logged, and tried again with the next tick.
    """
    try:
        alerts.once_more(folder, now)
        with Archive.open(folder) as archive:
            planned = {schedule.portal for schedule in schedules.every(archive.connection)}
            dying = signs.portals(archive.connection)
        watch(folder, sorted(name for name in planned if is_usable(name, folder)), now, only_due=True)
        for slug in dying:
            alerts.of_signs(folder, slug, now)
        alerts.of_disk(folder, now)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        logger.warning("whether portals are dying could not be looked after: %s", error)


def _chosen(folder: Path, names: Iterable[str], now: datetime, *, only_due: bool) -> list[tuple[Portal, list[str]]]:
    """The portals to look at, each with its sites."""
    chosen, number = [], 0
    with Archive.open(folder) as archive:
        for name in names:
            portal = portals.find(name, folder)
            if signs.portal_id(archive.connection, portal.slug) is None:
                continue
            rested = {
                host.name for host in hosts.of(archive.connection, portal.slug) if only_due and not host.is_due(now)
            }
            sites = [site for site in sites_of(portal, folder) if netloc(site) not in rested]
            if sites and not (only_due and number + len(sites) > _MOST and number):
                chosen.append((portal, sites))
                number += len(sites)
    return chosen


def is_usable(name: str, folder: Path) -> bool:
    """Whether there is a portal of that name whose TOML can be used."""
    try:
        portals.find(name, folder)
    except (UnknownPortal, PortalFault):  # of which its runs tell
        return False
    return True
