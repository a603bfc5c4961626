"""What a robots.txt allows us, and which of its lines says so (RFC 9309).

Protego decides: it reads what owners really write, misspelt or not. It does not tell the line, so that is found beside it,
in the same file with its rules numbered.
"""

import re
from collections.abc import Iterator
from functools import cached_property

from attrs import frozen
from protego import Protego

PRODUCT = "kyson-crawler"
"""The product token by which an owner may name us (RFC 9309, section 2.2.1)."""

_OURS = re.compile(rf"^([ \t]*user[- ]?agent[ \t]*:?[ \t]*{PRODUCT})[^\w\r\n-][^\r\n]*", re.IGNORECASE | re.MULTILINE)
_DISALLOW = re.compile(r"\s*(?:disallow|dissallow|dissalow|disalow|diasllow|disallaw)(?:\s*:|\s)([^#]*)", re.IGNORECASE)
_ALLOW = re.compile(r"\s*allow(?:\s*:|\s)", re.IGNORECASE)
_NUMBER = "/{:07}"
_SHOWN = 200


@frozen
class Rules:
    """The rules of one file."""

    text: str
    """Without its byte order mark."""

    @classmethod
    def read(cls, body: bytes, *, cut: bool = False) -> "Rules":
        """The rules in a file as it came; of one that was cut at our limit the last line, which may be half, is left out."""
        text = body.decode("utf-8-sig", "ignore")
        return cls(text[: max(text.rfind("\n"), text.rfind("\r")) + 1] if cut else text)

    def allows(self, url: str) -> bool:
        """Whether an address may be asked for."""
        return self._protego.can_fetch(url, PRODUCT)

    def why_not(self, url: str) -> str | None:
        """Why an address is not to be asked for, with the line that says so; None when it may be."""
        if self.allows(url):
            return None
        number = self._line(url)
        return (
            f"robots.txt line {number} says {self._lines[number - 1].strip()[:_SHOWN]}"
            if number
            else "robots.txt says so"
        )

    @property
    def delay(self) -> float | None:
        """The seconds between two requests that it asks us to keep; None when it asks for none."""
        asked = self._protego.crawl_delay(PRODUCT)
        return asked if asked and asked > 0 else None

    @property
    def sitemaps(self) -> Iterator[str]:
        """The addresses of sitemaps that it names, as they stand there."""
        return iter(self._protego.sitemaps)

    @cached_property
    def _protego(self) -> Protego:
        # Whoever copies our name from a log has the version after it, which is no part of the token.
        return Protego.parse(_OURS.sub(r"\1", self.text))

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def _forbidding(self) -> dict[int, Protego]:
        """Every line that forbids somebody something, by number, as a file of its own."""
        found = {n: _DISALLOW.match(line) for n, line in enumerate(self._lines, 1)}
        rules = {n: match[1].strip() for n, match in found.items() if match}
        return {n: Protego.parse(f"User-agent: *\nDisallow: {rule}") for n, rule in rules.items() if rule}

    @cached_property
    def _numbered(self) -> Protego:
        """The same file, but that each line forbids its own number, so that it can be asked which are for us."""
        lines = enumerate(_OURS.sub(r"\1", self.text).splitlines(), 1)
        kept = (
            f"Disallow: {_NUMBER.format(n)}" if n in self._forbidding else line
            for n, line in lines
            if not _ALLOW.match(line)
        )
        return Protego.parse("\n".join(kept))

    def _line(self, url: str) -> int | None:
        """The number of the line that decides: the longest that fits, and of two alike the first."""
        lines = [
            n
            for n, alone in self._forbidding.items()
            if not alone.can_fetch(url, PRODUCT)
            and not self._numbered.can_fetch(f"http://x{_NUMBER.format(n)}", PRODUCT)
        ]
        return max(lines, key=lambda n: (len(self._lines[n - 1].strip()), -n), default=None)
