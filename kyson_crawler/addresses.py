"""Where the crawler may connect: rules that send it elsewhere, and addresses it refuses to go to."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection, Iterable

from attrs import frozen

from archive.errors import ForbiddenAddress, UsageError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_RULE = re.compile(
    r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*):(?P<port>[0-9]{0,5}):(?P<address>\[[^\[\]]*\]|[^:\[\]]*):(?P<to_port>[0-9]{0,5})"
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


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
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


async def reachable(
    host: str,
    port: int,
    *,
    url: str,
    rules: Iterable[ConnectTo] = (),
    private_hosts: Collection[str] = (),
    loopback_only: bool = False,
) -> list[tuple[str, int]]:
    """The addresses and ports to try for a host, in order, each one checked.

    Private addresses are left out unless a rule named where to go or the host is one of `private_hosts`; with
    `loopback_only` nothing but this machine is asked, and no name is looked up. Raises ForbiddenAddress when nothing is
    left (`url` is for its message), OSError when the name leads nowhere.
    """
    rule = next((rule for rule in rules if rule.applies(host, port)), None)
    target = bare_host(rule.address) if rule and rule.address else bare_host(host)
    to_port = int(rule.to_port) if rule and rule.to_port else port
    if loopback_only and not ((address := literal(target)) and address.is_loopback):
        raise ForbiddenAddress(
            f"nobody to contact is named in kyson.toml, so nothing beyond this machine is asked, {host} neither: {url}",
            url,
        )
    found = await _resolve(target, to_port)
    if (rule and rule.address) or bare_host(host) in {bare_host(name) for name in private_hosts}:
        return [(str(address), to_port) for address in found]
    public = [(str(address), to_port) for address in found if is_public(address)]
    if not public:
        raise ForbiddenAddress(
            f"{host} leads to {found[0]}, which is not a public address, so it was not contacted; "
            f"to crawl it on purpose, start from it or use --connect-to: {url}",
            url,
        )
    return public


async def _resolve(host: str, port: int) -> list[IPAddress]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, f"no host can have this name: {error}") from None
    return list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a mapped, 6to4, Teredo or NAT64 (RFC 6052) address stands for."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _is_port(text: str) -> bool:
    return not text or 0 < int(text) < 65536
