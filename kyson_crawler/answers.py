"""What one answer of a server holds, decided from the answer alone: the same for a crawl and for reading captures again."""

from urllib.parse import urljoin

from attrs import evolve

from archive.errors import UnreadablePage
from archive.records import Article
from kyson_crawler import pages
from kyson_crawler.items import ArticleItem
from kyson_crawler.pages import Document, Page
from kyson_crawler.portal import Portal


def media_type(content_type: str) -> str | None:
    """The media type in a Content-Type, lower case, without parameters; None when the server named none."""
    return content_type.partition(";")[0].strip().lower() or None


def target(url: str, location: str) -> str | None:
    """Where a redirect leads; None when its Location is no address."""
    try:
        return urljoin(url, location)
    except ValueError:
        return None


def page(body: bytes, url: str, content_type: str, cms: str | None) -> Page:
    """The page object for an answer; `cms` is what its portal ran then, None when that is not known.

    Raises UnreadablePage for what is no page.
    """
    mime = media_type(content_type)
    if mime and "html" not in mime and mime != "text/plain":
        raise UnreadablePage(f"not a page but {mime}")
    return pages.page(Document(body, url, content_type), cms)


def item(found: Page, portal: Portal) -> ArticleItem:
    """The article on a page, under the key by which its portal knows it. Raises NotAnArticle when none stands there."""
    read = found.item()
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


def embed_fault(kind: str, *, status: int, content_type: str, is_empty: bool) -> str | None:
    """Why the answer for an image or file is not its bytes, or None."""
    if status != 200:
        return f"HTTP {status}"
    if content_type.lower().startswith("text/html"):
        return f"the server sent a page instead of the {kind}"
    return "the server sent nothing" if is_empty else None
