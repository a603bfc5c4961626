"""LacViet's news parts for SharePoint 2010, as the districts of Đắk Nông have them (facts/portals.md, section 4)."""

from typing import ClassVar

from kyson_crawler.pages.document import Document, text
from kyson_crawler.pages.sharepoint import SharePointPage
from kyson_crawler.pages.slotted import Frame


class LacVietPage(SharePointPage):
    """A page of LacViet's news on SharePoint; addresses are as there."""

    cms = "lacviet"
    entry_names: ClassVar[tuple[str, ...]] = ("TitleFront",)
    frames: ClassVar[tuple[Frame, ...]] = (
        Frame(
            box=("#tableforprint",),
            title=("Title",),
            lead=("lv_description_mode1",),
            date=("Time",),
            section=("FolderTitle",),
        ),
        *SharePointPage.frames,
    )

    @classmethod
    def recognises(cls, document: Document) -> bool:
        """By the names of its parts, or the addresses of its styles and pictures."""
        if document.first("#tableforprint", "lv_description_mode1", "TitleFront", "tbtinkhac") is not None:
            return True
        return any("/LacViet" in (link.get("href") or "") for link in document.tagged("link"))

    def section(self) -> str | None:
        """The slot of the section, else the cell beside the date's."""
        return super().section() or self._beside_date()

    def _beside_date(self) -> str | None:
        cell = self._date_slot
        return text(cell.getprevious()) or None if cell is not None and cell.tag == "td" else None
