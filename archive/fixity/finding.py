"""What a check finds."""

from attrs import frozen


@frozen(kw_only=True)
class Finding:
    """One thing that is not as it was written."""

    object: str
    """Name of the file, or of the table in the database."""

    offset: int | None = None
    """Where in that file; None when it is the whole file, or no file."""

    url: str | None = None
    """Which capture is hit; None when it is none, or cannot be told."""

    fault: str
    """What is wrong, in a sentence."""

    left_open: bool = False
    """Whether nothing is damaged, but a crawl that was cut short left a WARC open."""
