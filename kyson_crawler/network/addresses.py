"""Where the crawler may connect: rules that send it elsewhere, and addresses it refuses to go to."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from attrs import frozen

from archive.errors import ForbiddenAddress, UsageError
from kyson_crawler.scope import DEFAULT_PORTS

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_RULE = re.compile(
    r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*):(?P<port>[0-9]{0,5}):(?P<address>\[[^\[\]]*\]|[^:\[\]]*):(?P<to_port>[0-9]{0,5})"
)
_PLACE = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that was ever given out (RFC 4291, section 2.4, and IANA's registry): the rest is special."""

_ISATAP = 0x5EFE
"""In the third quarter of such an address, before the IPv4 address that it leads to (RFC 5214, section 6.1)."""

_SET_APART = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure's own service for the machines in it
            "192.0.0.0/24",  # protocols of the IETF (RFC 6890); at .192 Oracle tells machines their secrets
            "192.88.99.0/24",  # relays of 6to4, given up by RFC 7526
            "2001::/23",  # protocols of the IETF (RFC 2928)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
"""What no public site stands at, and which not every Python, or none, takes for private."""


@frozen(kw_only=True)
class ConnectTo:
    """One rule that sends connections for a host to another address, as curl's `--connect-to` does."""

    host: str
    """The host the rule is for, an IPv6 address in brackets; empty for any."""

    port: str
    """The port the rule is for; empty for any."""

    address: str
    """Where to connect instead, an IPv6 address in brackets; empty for the host itself."""

    to_port: str
    """The port to connect to instead; empty for the same one."""

    @classmethod
    def parse(cls, text: str) -> "ConnectTo":
        """Read a rule as it is written on the command line, `HOST1:PORT1:HOST2:PORT2`; raises UsageError.

        >>> ConnectTo.parse("kyson.nghean.gov.vn:80:[::1]:8081").address
        '[::1]'
        """
        found = _RULE.fullmatch(text.strip())
        if found is None or not all(_is_port(found[name]) for name in ("port", "to_port")):
            raise UsageError(
                f"--connect-to {text!r} is not HOST:PORT:ADDRESS:PORT; write for example "
                "kyson.nghean.gov.vn:443:127.0.0.1:8443, leave a field empty for any, put IPv6 in brackets"
            )
        return cls(**found.groupdict())

    def applies(self, host: str, port: int) -> bool:
        """Whether connections to this host and port go where the rule says."""
        return (not self.host or bare_host(self.host) == bare_host(host)) and self.port in {"", str(port)}


def bare_host(host: str) -> str:
    """A host for comparing: lower case, an IPv6 address without its brackets.

    >>> bare_host("[::1]")
    '::1'
    """
    return host.strip("[]").lower()


@lru_cache(maxsize=1_024)  # a crawl asks few hosts, each many times over
def literal(host: str) -> IPAddress | None:
    """The address that a host itself spells out, `localhost` among them; None for a name that must be looked up.

    >>> literal("localhost"), literal("kyson.nghean.gov.vn")
    (IPv4Address('127.0.0.1'), None)
    """
    name = bare_host(host)
    try:
        return ipaddress.ip_address("127.0.0.1" if name == "localhost" else name)
    except ValueError:
        return None


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public internet, and so does every IPv4 address wrapped in it.

    >>> is_public(ipaddress.ip_address("::ffff:127.0.0.1"))
    False
    """
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = _wrapped(address)
        if wrapped is not None:
            return is_public(wrapped)
        if address not in _UNICAST or not _leads_out_of_a_site(address):
            return False
    if any(address in network for network in _SET_APART):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


@frozen(kw_only=True)
class Destination:
    """Where the crawler is to go for a host, before any name is looked up."""

    host: str
    """A name or an address, without brackets."""

    port: int
    chosen: bool
    """Whether whoever runs the crawl named this place, so that it may be private."""

    redirected: bool = False
    """Whether a rule sent the crawler here from elsewhere."""

    @property
    def is_here(self) -> bool:
        """Whether it spells out a loopback address, so that it is this machine wherever names lead."""
        address = literal(self.host)
        return address is not None and address.is_loopback


@frozen(kw_only=True)
class Lookup:
    """What the system's resolver answered for a name, or for an address as it was spelled."""

    host: str
    addresses: tuple[IPAddress, ...]
    """In the resolver's order, before any was left out; empty when the name leads nowhere."""

    time: datetime
    """When the answer came; aware, UTC."""

    fault: str | None = None
    """Why there is no address, in the resolver's words; None when there is one."""

    @property
    def is_of_name(self) -> bool:
        """Whether a name was asked for, and not an address as it stands."""
        return literal(self.host) is None


def private_hosts_of(seeds: Iterable[str]) -> frozenset[str]:
    """The private hosts of a crawl: where its seeds spell out an address, with the port, and nowhere else on that machine.

    A name is none, whatever it leads to: who answers for it may be another tomorrow.

    >>> sorted(private_hosts_of(["http://127.0.0.1:8080/", "https://[::1]/", "http://kyson.nghean.gov.vn/"]))
    ['127.0.0.1:8080', '[::1]:443']
    """
    parts = [urlsplit(seed) for seed in seeds]
    return frozenset(
        f"{f'[{part.hostname}]' if ':' in part.hostname else part.hostname}:{part.port or DEFAULT_PORTS[part.scheme]}"
        for part in parts
        if part.hostname and literal(part.hostname)
    )


def destination(
    host: str, port: int, *, rules: Iterable[ConnectTo] = (), private_hosts: Collection[str] = ()
) -> Destination:
    """Where to go for a host: where the first rule that applies says, else to the host itself.

    `private_hosts` may lead to private addresses, each at its port: `127.0.0.1:8080`, `[::1]:80`; at any without one.
    """
    rule = next((rule for rule in rules if rule.applies(host, port)), None)
    named = bool(rule and rule.address)
    return Destination(
        host=bare_host(rule.address if rule and rule.address else host),
        port=int(rule.to_port) if rule and rule.to_port else port,
        chosen=named or any(_is_at(place, host, port) for place in private_hosts),
        redirected=rule is not None and bool(rule.address or rule.to_port),
    )


async def look_up(host: str, port: int) -> Lookup:
    """Ask the system's resolver, once; what it answers is both what is checked and what is connected to."""
    fault = None
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        # No label of a name is empty or longer than 63 bytes; Python's own word for that is a UnicodeError.
        entries, fault = [], f"no host can have this name: {error}" if isinstance(error, UnicodeError) else str(error)
    return Lookup(
        host=host,
        addresses=tuple(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in entries)),
        time=datetime.now(UTC),
        fault=fault,
    )


def allowed(lookup: Lookup, goal: Destination, *, url: str) -> tuple[IPAddress, ...]:
    """The addresses that may be contacted, in order: all for a chosen place, else the public ones.

    Raises ForbiddenAddress when there were some and none may be; `url` is for its message.
    """
    if goal.chosen or not lookup.addresses:
        return lookup.addresses
    public = tuple(filter(is_public, lookup.addresses))
    if not public:
        raise ForbiddenAddress(
            f"{lookup.host} leads to {lookup.addresses[0]}, which is not a public address, so it was not contacted; "
            f"to crawl it on purpose, {_how_to_allow(lookup)}: {url}",
            url,
        )
    return public


def _is_at(place: str, host: str, port: int) -> bool:
    found = _PLACE.fullmatch(place)
    return found is not None and bare_host(found["host"]) == bare_host(host) and found["port"] in {None, str(port)}


def _how_to_allow(lookup: Lookup) -> str:
    if not lookup.is_of_name:
        return "start from it, at this port, or use --connect-to"
    address = lookup.addresses[0]
    return f"use --connect-to {lookup.host}::{f'[{address}]' if address.version == 6 else address}:"


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a mapped, 6to4, Teredo or NAT64 (RFC 6052) address stands for."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _leads_out_of_a_site(address: ipaddress.IPv6Address) -> bool:
    """False for an ISATAP address of a private IPv4 one, which routers of a site may be told to send things to."""
    is_isatap = int(address) >> 32 & 0xFDFFFFFF == _ISATAP
    return not is_isatap or is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))


def _is_port(text: str) -> bool:
    return not text or 0 < int(text) < 65536
