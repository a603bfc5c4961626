"""Encryption: what is trusted, what is put up with where a portal says so, and how that is named afterwards."""

import hashlib
import re
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import cache

from kyson_crawler.network.exchange import Tls

_OP_LEGACY_SERVER_CONNECT = 0x4
"""OpenSSL's flag for servers without secure renegotiation (RFC 5746); named in Python's ssl only from 3.12 on."""

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG", None})
"""OpenSSL's reasons where what came back is something else than TLS."""

_SUITE = re.compile(
    r"(?:(?P<exchange>ECDHE|DHE)-(?P<signature>RSA|ECDSA|DSS)-)?"
    r"(?:(?P<cipher>AES|CAMELLIA|ARIA)(?P<bits>128|256)(?:-(?P<mode>GCM))?|CHACHA20)-(?P<digest>SHA\d*|POLY1305)"
)


def strict() -> ssl.SSLContext:
    """What is expected of a server: a certificate that verifies, and a protocol of today."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def outdated() -> ssl.SSLContext:
    """A certificate that verifies, over protocols, keys and digests of servers nobody has looked after for years."""
    context = strict()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= _OP_LEGACY_SERVER_CONNECT
    return context


def untrusted() -> ssl.SSLContext:
    """Any certificate, over any protocol."""
    context = outdated()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


LADDER: tuple[Callable[[], ssl.SSLContext], ...] = (strict, outdated, untrusted)
"""What is tried in turn where a portal puts up with it, so that only what is really wrong is put up with."""


def fault_of(error: Exception) -> str:
    """Why a handshake failed, in OpenSSL's words where it has any.

    >>> fault_of(ConnectionResetError(104, "Connection reset by peer"))
    'Connection reset by peer'
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return (isinstance(error, OSError) and error.strerror) or str(error) or "the server closed the connection"


def can_be_put_up_with(error: OSError) -> bool:
    """Whether the server speaks TLS at all, so that it is its trust that is missing."""
    return isinstance(error, ssl.SSLError) and error.reason not in _NO_TLS and not was_dropped(error)


def was_dropped(error: OSError) -> bool:
    """Whether the connection just ended within the handshake: by mischance, or for what was offered to an old server."""
    return isinstance(error, ConnectionResetError | BrokenPipeError | ssl.SSLEOFError)


def seen(encrypted: ssl.SSLObject, fault: str | None) -> Tls:
    """What is to be kept of a connection's encryption."""
    certificate = encrypted.getpeercert(binary_form=True)
    cipher = encrypted.cipher()
    return Tls(
        version=encrypted.version() or "",
        cipher=suite(cipher[0]) if cipher else "",
        certificate_sha256=hashlib.sha256(certificate).hexdigest() if certificate else "",
        certificate=certificate or b"",
        fault=fault,
    )


def validity(certificate: bytes) -> tuple[datetime, datetime] | None:
    """From when and until when a certificate in DER holds, both aware, UTC; None for what cannot be read as one."""
    from cryptography import x509  # noqa: PLC0415  most commands meet no certificate

    try:
        read = x509.load_der_x509_certificate(certificate)
    except ValueError:
        return None
    return read.not_valid_before_utc, read.not_valid_after_utc


@cache
def suite(name: str) -> str:
    """IANA's name of a cipher suite that OpenSSL names in its own way; that way's where it follows no rule we know.

    >>> suite("ECDHE-RSA-AES128-GCM-SHA256"), suite("AES256-SHA"), suite("TLS_AES_128_GCM_SHA256")
    ('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_256_CBC_SHA', 'TLS_AES_128_GCM_SHA256')
    """
    found = _SUITE.fullmatch(name)
    if found is None:
        return name
    keys = f"{found['exchange']}_{found['signature']}" if found["exchange"] else "RSA"
    if found["cipher"] is None:
        return f"TLS_{keys}_WITH_CHACHA20_POLY1305_SHA256"
    return f"TLS_{keys}_WITH_{found['cipher']}_{found['bits']}_{found['mode'] or 'CBC'}_{found['digest']}"
