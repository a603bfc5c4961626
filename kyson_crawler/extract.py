"""One saved page to one article, without an archive: what `kyson extract` prints and golden pages are compared with."""

import hashlib
from base64 import b32encode
from datetime import date, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from archive.records import Article
from kyson_crawler import normalise, pages, portal


@frozen(kw_only=True)
class SavedPage:
    """An article with what is known of the page it was read from."""

    article: Article
    url: str | None
    """The address the page was captured from; None when nobody said."""

    captured: datetime | None
    """When it was captured; None when nobody said."""

    digest: str
    """`sha1:` and base32 over the bytes of the page."""

    def to_json(self) -> dict[str, Any]:
        """The article as the promised JSON object; it stands in no archive, hence no version and no WARC."""
        time = self.captured.isoformat() if self.captured else None
        capture = {"url": self.url, "time": time, "warc": None, "offset": None, "digest": self.digest}
        return self.article.to_json() | {"version": None, "capture": capture}


def read_page(
    body: bytes,
    url: str | None = None,
    captured: datetime | None = None,
    *,
    cms: str | None = None,
    archive: Path | None = None,
) -> SavedPage:
    """The article on a page, read as a crawl of its portal would read it.

    captured: chooses the portal's design of that day, the newest when None. cms: overrules portal and recognition.
    archive: its own portals are known besides the bundled ones. Raises NotAnArticle, UnreadablePage, and UsageError for
    an unknown cms or a `url` that is no web address.
    """
    page, slug = page_of(body, url, captured, cms=cms, archive=archive)
    article = normalise.article(page.item(), portal=slug)
    digest = "sha1:" + b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    return SavedPage(article=article, url=url, captured=captured, digest=digest)


def page_of(
    body: bytes, url: str | None, captured: datetime | None, *, cms: str | None = None, archive: Path | None = None
) -> tuple[pages.Page, str | None]:
    """The page object for a page, and the slug of the portal it belongs to; see `read_page`."""
    home = portal.of_url(url, archive) if url is not None else None
    known = home.cms_at(captured.date() if captured else date.max) if home else None
    return pages.page(pages.Document(body, url), cms or known), home.slug if home else None
