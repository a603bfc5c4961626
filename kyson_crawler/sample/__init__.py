"""The bundled sample portal: a made-up district in the mountains of Nghệ An, served on loopback to be crawled.

`SampleServer` serves it; `expected(edition)` says what a reader finds there, and `ARTICLES` is that for edition 1.
Edition 2 is the portal some days later; `EDITED`, `REMOVED`, `ADDED`, `TOUCHED` name what differs.
"""

from kyson_crawler.sample.expected import Expected, expected
from kyson_crawler.sample.server import SampleServer
from kyson_crawler.sample.source import ADDED, EDITED, FILE_HOST, HOST, REMOVED, TOUCHED, TWIN

__all__ = [
    "ADDED",
    "ARTICLES",
    "EDITED",
    "FILE_HOST",
    "HOST",
    "REMOVED",
    "TOUCHED",
    "TWIN",
    "Expected",
    "SampleServer",
    "expected",
]

ARTICLES: tuple[Expected, ...]
"""What a reader finds in edition 1, newest first."""


def __getattr__(name: str) -> object:
    """Read the texts only when somebody asks for `ARTICLES`: importing this package stays quick."""
    if name == "ARTICLES":
        return expected(1)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
