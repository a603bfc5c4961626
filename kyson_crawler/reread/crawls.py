"""Which WARC files are one crawl, and of which portal.

A crawl of ours begins with the file that holds the portal's description, and goes on in those with the next numbers. Any
other file is a crawl by itself, or a part of the one whose name its warcinfo record has in `isPartOf`; its portal is that
of most of its pages, as `kyson crawl URL` would make it.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from attrs import frozen

from archive.errors import ArchiveError, PortalFault, UsageError, WarcFault
from kyson_crawler import pages
from kyson_crawler import portal as portals
from kyson_crawler.portal import Portal
from kyson_crawler.reread.report import Made, Unreadable
from kyson_crawler.reread.survey import Survey

_NAME = re.compile(r"(?P<slug>.+)-\d{14}-\d{5}\.warc\.gz")


@frozen(kw_only=True)
class Crawl:
    """The WARCs of one crawl, in their order."""

    portal: Portal
    files: tuple[Survey, ...]

    @property
    def began(self) -> datetime:
        """When it began; aware, UTC."""
        return self.files[0].began


def crawls_of(files: Iterable[Survey], source: Path, made: Made) -> list[Crawl]:
    """The crawls that files are of, oldest first."""
    groups: dict[str, list[Survey]] = {}
    latest: dict[str, str] = {}
    for found in sorted(files, key=lambda found: found.path.name):
        name = _NAME.fullmatch(found.path.name)
        if found.slug is not None:
            of = latest[found.slug] = found.path.name
        elif name and name["slug"] in latest:
            of = latest[name["slug"]]
        else:
            of = found.info.get("ispartof") or found.path.name
        groups.setdefault(of, []).append(found)
    crawls = []
    for group in groups.values():
        try:
            crawls.append(Crawl(portal=_portal(group, source), files=tuple(group)))
        except ArchiveError as fault:
            made.unreadable += [
                Unreadable(warc=found.path.name, offset=None, url=None, fault=str(fault)) for found in group
            ]
    return sorted(crawls, key=lambda crawl: (crawl.began, crawl.files[0].path.name))


def _portal(group: list[Survey], source: Path) -> Portal:
    """The portal of a crawl: as the crawl described it, else the known one of most of its pages, else one made ad hoc."""
    first = group[0]
    if first.slug is not None:
        found = portals.parse(
            first.toml, slug=first.slug, origin=f"the description of {first.slug} in {first.path.name}"
        )
        if unknown := [era.cms for era in found.eras if era.cms not in pages.CMS]:
            raise PortalFault(
                f"it was crawled as a portal of the CMS {', '.join(unknown)}, for which there is no reader"
            )
        return found
    hosts: dict[str, int] = {}
    for file in group:
        for host, number in file.hosts.items():
            hosts[host] = hosts.get(host, 0) + number
    if not hosts:
        raise WarcFault("it holds no page, and does not say which crawl it is a part of", first.path.name)
    for host in sorted(hosts, key=lambda host: -hosts[host]):
        with suppress(UsageError):
            return portals.of_url(f"{host}/", source) or portals.ad_hoc(f"{host}/")
    raise WarcFault("its pages are of no host that a portal can be made of", first.path.name)
