"""What one answer of a server holds, decided from the answer alone: the same for a crawl and for reading captures again."""

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from attrs import evolve
from w3lib.url import safe_url_string

from archive.errors import NotAnArticle, NothingThere, UnreadablePage
from archive.records import Article
from kyson_crawler import pages, views
from kyson_crawler.credentials import without_credentials
from kyson_crawler.items import ArticleItem
from kyson_crawler.pages import Document, Page, nothing
from kyson_crawler.portal import Portal

ABSENT = frozenset({404, 410})
"""Statuses that say that nothing stands at an address."""

NOTHING = "nothing stands there"
"""How a page or a redirect that says so is told of."""

_LONGEST_VALIDATOR = 1_000
_ERROR_PAGE = re.compile(
    r"(?:page-?)?(?:errors?|err|loi|not-?found|khong-?tim-?thay|trang-?loi)(?:-?page)?(?:[-_]?\d{3})?|(?:errors?[-_]?)?404(?:-?error)?|page-?not-?found(?:-?error)?",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\.\w{2,5}$")


def media_type(content_type: str) -> str | None:
    """The media type in a Content-Type, lower case, without parameters; None when the server named none."""
    return content_type.partition(";")[0].strip().lower() or None


def validator(sent: bytes | None) -> str | None:
    """A validator that can be sent back as it came; None for none, and for one that would break a request apart."""
    text = (sent or b"").decode("latin-1")
    return text if text and text.isascii() and text.isprintable() and len(text) <= _LONGEST_VALIDATOR else None


def target(url: str, location: str | bytes) -> str | None:
    """The address that is asked for when a redirect is followed, as Scrapy makes it of a Location, without credentials and
    fragment; None when it is no address.

    >>> target("http://kyson.example/anh/1.jpg", "/ảnh hai.jpg#x")
    'http://kyson.example/%E1%BA%A3nh%20hai.jpg'
    """
    try:
        if isinstance(location, bytes):  # which need not be UTF-8: whatever they are, they stay as they came
            location = without_credentials(location.decode("latin-1")).encode("latin-1")
        else:
            location = without_credentials(location)
        led = str(safe_url_string(location))
        if led.startswith("//"):
            led = f"{urlsplit(url).scheme}://{led.lstrip('/')}"
        return without_credentials(urldefrag(str(safe_url_string(urljoin(url, led)))).url)
    except ValueError:
        return None


def leads_nowhere(asked: str, target: str) -> str | None:
    """Why a redirect says that nothing stands at the address asked for, in words, or None."""
    parts = urlsplit(target)
    if "aspxerrorpath=" in parts.query.lower() or _ERROR_PAGE.fullmatch(
        _ENDING.sub("", parts.path.rstrip("/").rpartition("/")[2])
    ):
        return f"redirected to the error page {target}"
    return f"redirected to the home page {target}" if views.is_home(target) and not views.is_home(asked) else None


def page(body: bytes, url: str, content_type: str, cms: str | None) -> Page:
    """The page object for an answer; `cms` is what its portal ran then, None when that is not known.

    Raises UnreadablePage for what is no page.
    """
    mime = media_type(content_type)
    if mime and "html" not in mime and mime != "text/plain":
        raise UnreadablePage(f"not a page but {mime}")
    return pages.page(Document(body, url, content_type), cms)


def item(found: Page, portal: Portal) -> ArticleItem:
    """The article on a page, under the key by which its portal knows it.

    Raises NotAnArticle when none stands there, NothingThere when the page says of itself that nothing at all does.
    """
    try:
        read = found.item()
    except NothingThere:
        raise
    except NotAnArticle:
        document = found.document
        if reason := nothing.headline(document) or (None if _is_home(document) else nothing.sentence(document)):
            raise NothingThere(f"nothing stands on {document.url or 'this page'}: {reason}", reason) from None
        raise
    return evolve(read, key=portal.own_key(read.key, read.url or found.document.url or ""))


def fault(article: Article) -> str | None:
    """Why what was read cannot be an article, or None."""
    if not article.key:
        return "the address has no key"
    if not (article.blocks or article.lead or article.images or article.attachments):
        return "nothing stands under its title"
    return None


def embeds(article: Article) -> dict[str, str]:
    """Address and kind of everything an article embeds."""
    files = {attachment.href: "attachment" for attachment in article.attachments}
    return files | {image.src: "image" for image in article.images}


def key(addresses: type[Page] | None, portal: Portal, url: str) -> str | None:
    """The article an address is of, when the CMS says so in the address; the generic reader's keys say nothing.

    addresses: the page class that tells the portal's articles by their address, None until it is known.
    """
    if addresses is None or addresses is pages.CMS["generic"]:
        return None
    return portal.own_key(addresses.key(url), url)


def why_not(addresses: type[Page] | None, portal: Portal, url: str) -> str | None:
    """Why a page at an address is none of the portal's, by scope or by its CMS, or None; `addresses` as in `key`."""
    return portal.scope.why(url) or (addresses.why_not(url) if addresses is not None else None)


def _is_home(document: Document) -> bool:
    """Whether a page is a home page, on which any box may have found nothing."""
    return document.url is not None and views.is_home(document.url)
