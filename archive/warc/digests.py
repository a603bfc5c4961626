"""Digests as WARC fields state them."""

import hashlib
from base64 import b32encode

_ALGORITHMS = {"md5", "sha1", "sha256", "sha384", "sha512"}


def sha1(data: bytes) -> str:
    """A digest as WARC fields state it: `sha1:` and base32."""
    return f"sha1:{b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


def is_digest(stated: str, *data: bytes) -> bool:
    """Whether a digest, hex or base32, is that of one of these; one in an algorithm unknown here is taken for true."""
    algorithm, _, value = stated.partition(":")
    name = algorithm.lower().replace("-", "")
    if name not in _ALGORITHMS or not value:
        return True
    known = {value.lower(), value.upper().rstrip("=")}
    for each in data:
        digest = hashlib.new(name, each, usedforsecurity=False).digest()
        if digest.hex() in known or b32encode(digest).decode().rstrip("=") in known:
            return True
    return False
