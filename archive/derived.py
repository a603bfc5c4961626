"""The text that was derived from a file, or the reason why none is kept."""

from enum import StrEnum

from attrs import frozen


class NoText(StrEnum):
    """Why a file has no text."""

    NO_LAYER = "it has no text layer"
    """A scan, as a rule."""

    NOT_VIETNAMESE = "its text does not read as Vietnamese"
    """Written in another language, or in a font that does not say which letters its glyphs are."""

    TOO_LARGE = "its text is too large, or takes too much memory"
    ENCRYPTED = "it is encrypted"
    TIMED_OUT = "it takes too long to read"
    NOT_A_PDF = "it is no PDF"
    NOT_WHOLE = "it did not come whole"
    UNREADABLE = "it cannot be read"


@frozen(kw_only=True)
class Derived:
    """What was made of the bytes of one file."""

    text: str | None = None
    """Lines as printed; None when none is kept."""

    reason: str | None = None
    """Why none is kept, in the words of `NoText`, or those of another kyson; None when it is."""

    software: str
    """What made it, each with its version: `kyson-crawler/0.1.0 pypdf/7.1.0`."""
