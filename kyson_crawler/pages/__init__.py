"""Page objects: from the bytes of a page to what it says.

One class a CMS family; selectors live here and nowhere else.
"""

from archive.errors import UsageError
from kyson_crawler.pages import unknown
from kyson_crawler.pages.base import Page
from kyson_crawler.pages.document import Document
from kyson_crawler.pages.dotnetnuke import DotNetNukePage
from kyson_crawler.pages.drupal import DrupalPage
from kyson_crawler.pages.generic import GenericPage
from kyson_crawler.pages.lacviet import LacVietPage
from kyson_crawler.pages.liferay import LiferayPage
from kyson_crawler.pages.nukeviet import NukeVietPage
from kyson_crawler.pages.sharepoint import SharePointPage
from kyson_crawler.pages.vnportal import VnportalPage
from kyson_crawler.pages.webforms import WebFormsPage

CMS: dict[str, type[Page]] = {
    "vnportal": VnportalPage,
    "nukeviet": NukeVietPage,
    "lacviet": LacVietPage,
    "sharepoint": SharePointPage,
    "dotnetnuke": DotNetNukePage,
    "liferay": LiferayPage,
    "drupal": DrupalPage,
    "webforms": WebFormsPage,
    "generic": GenericPage,
}
"""Every page class by its name; the order is the order in which pages are asked whose they are."""


def recognise(document: Document) -> type[Page]:
    """The page class whose marks a page shows; the generic reader when none fits."""
    return next(page for page in CMS.values() if page.recognises(document))


def of(cms: str) -> type[Page]:
    """The page class of that name. Raises UsageError naming those there are."""
    if cms not in CMS:
        raise UsageError(f"there is no reader for the CMS {cms!r}: use one of {', '.join(CMS)}")
    return CMS[cms]


def page(document: Document, cms: str | None = None) -> Page:
    """The page object for a page: of the CMS its portal is known to run, else of the one it shows the marks of."""
    found = of(cms) if cms else recognise(document)
    return unknown.reader(document) if found is GenericPage else found(document, is_known=cms is not None)


__all__ = ["CMS", "Document", "Page", "of", "page", "recognise"]
