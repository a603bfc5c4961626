"""Where a portal is to be looked at for names and certificates."""

import urllib.request
from pathlib import Path

from archive import locks
from kyson_crawler.portal import Portal
from kyson_crawler.scope import netloc


def sites_of(portal: Portal, folder: Path) -> list[str]:
    """The addresses at which a portal is to be looked at: its seeds' hosts, and the others it has pages on.

    Left out is what is asked through a proxy, which looks names up itself, and what is being crawled.
    """
    scheme = portal.seeds[0].partition("://")[0]
    named = [f"{scheme}://{host}/" for host in portal.scope.page_hosts if "*" not in host]
    sites = dict.fromkeys(f"{seed.partition('://')[0]}://{netloc(seed)}/" for seed in portal.seeds)
    known = {netloc(site) for site in sites}
    sites |= dict.fromkeys(site for site in named if netloc(site) not in known)
    return [site for site in sites if not _is_left_out(site, folder)]


def _is_left_out(site: str, folder: Path) -> bool:
    scheme, host = site.partition("://")[0], netloc(site)
    is_proxied = scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host)
    return is_proxied or not locks.is_host_free(folder, host)
