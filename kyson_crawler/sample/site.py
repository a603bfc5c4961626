"""What the sample portal answers at each address, without any network."""

from collections.abc import Callable
from functools import cache, partial
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import frozen

from kyson_crawler.sample import files, pages
from kyson_crawler.sample.source import FILE_HOST, HOST, SECTIONS, UPLOADS, Story, slug, stories

HTML: Final = "text/html; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
ITEMS_A_PAGE: Final = 10
RELATED: Final = 5
ROBOTS: Final = b"User-agent: *\nDisallow: /tim-kiem\n"
TYPES: Final = {"png": "image/png", "pdf": "application/pdf", "doc": "application/msword"}

NOTICES: Final = {
    "/gioi-thieu": (
        "Giới thiệu",
        (
            "Mường Mẫu là huyện miền núi vùng cao phía tây tỉnh Nghệ An, có thị trấn Mường Khe và mười xã, là nơi sinh sống "
            "lâu đời của đồng bào Thái, Khơ Mú, Mông và Kinh bên dòng Nậm Mẫu."
        ),
    ),
    "/lien-he": ("Liên hệ", "Mọi ý kiến xin gửi về bộ phận một cửa UBND huyện, khối 3, thị trấn Mường Khe."),
    "/dang-nhap": ("Đăng nhập", "Dành cho cán bộ biên tập. Tên đăng nhập: <input name=u> Mật khẩu: <input name=p>"),
    "/tim-kiem": ("Tìm kiếm", "Không có kết quả nào phù hợp."),
}


@frozen
class Answer:
    """An HTTP response before it is put on the wire."""

    status: int
    type: str
    body: bytes


class Site:
    """Both hosts of the sample portal on the day of one edition."""

    def __init__(self, edition: int) -> None:
        self._stories = stories(edition)
        self._by_name = {f"{slug(story.title)}-{story.id}": story for story in self._stories}
        self._files = _files(self._stories)
        self._page = cache(self._page_uncached)

    def answer(self, host: str, target: str, visit: int) -> Answer:
        """The response to a request for `target` (path and query) on `host`; `visit` moves its counters."""
        if host == FILE_HOST:
            return self._file(unquote(target.partition("?")[0]))
        if host != HOST:
            return Answer(404, "text/plain; charset=utf-8", b"No such host.\n")
        if target == "/robots.txt":
            return Answer(200, "text/plain", ROBOTS)
        if target == pages.STYLE:
            return Answer(200, CSS, pages.style().encode())
        status, page = self._page(target)
        for marker, before in pages.COUNTERS.items():
            page = page.replace(marker, str(before + visit))
        return Answer(status, HTML, page.encode())

    def _file(self, path: str) -> Answer:
        made = self._files.get(path)
        return made() if made else Answer(404, HTML, b"<html><body><h1>404 - File not found</h1></body></html>")

    def _page_uncached(self, target: str) -> tuple[int, str]:
        path, _, asked = target.partition("?")
        query = parse_qs(asked)
        section, slash, name = path.removeprefix("/").partition("/")
        if path == "/":
            return 200, pages.home(self._stories)
        if section in SECTIONS and not slash:
            return 200, self._listing(section, query.get("pageindex", ["0"])[0])
        if section in SECTIONS and name in self._by_name:
            return 200, self._article(self._by_name[name], for_printer="print" in query)
        if path in NOTICES:
            return 200, pages.notice(*NOTICES[path], self._stories)
        return 404, pages.notice("Không tìm thấy", "Trang quý vị yêu cầu không tồn tại.", self._stories)

    def _listing(self, section: str, asked: str) -> str:
        """A page of the list; past the end its last page again, as the real CMS is believed to do."""
        within = [story for story in self._stories if story.section == section]
        pages_in_all = -(-len(within) // ITEMS_A_PAGE)
        number = min(int(asked[:6]), pages_in_all - 1) if asked.isdecimal() else 0
        shown = within[number * ITEMS_A_PAGE : (number + 1) * ITEMS_A_PAGE]
        return pages.listing(section, number, pages_in_all, shown, self._stories)

    def _article(self, story: Story, *, for_printer: bool) -> str:
        if for_printer:
            return pages.printed(story)
        within = [other for other in self._stories if other.section == story.section]
        place = within.index(story)
        related = (within[place + 1 :] + within[:place])[:RELATED]
        return pages.article(story, related, self._stories)


def _files(told: tuple[Story, ...]) -> dict[str, Callable[[], Answer]]:
    """Path of each file on the file host, with what makes its answer; missing pictures have no entry."""
    addresses = [f"{UPLOADS}/banner/{name}.png" for name in ("banner", "nen", "b0", "b1", "b2", "b3")]
    made: dict[str, Callable[[], Answer]] = {}
    for story in told:
        addresses += [picture.src for picture in story.pictures if picture.fate == "ok"]
        made |= {_path(picture.src): _error_page for picture in story.pictures if picture.fate == "html"}
        if story.document:
            made |= {_path(file.href): cache(partial(_attachment, story, file.href)) for file in story.document.files}
    return made | {_path(address): cache(partial(_picture, address)) for address in addresses}


def _path(address: str) -> str:
    return unquote(urlsplit(address).path)


def _picture(address: str) -> Answer:
    return Answer(200, TYPES["png"], files.picture(address))


def _error_page() -> Answer:
    return Answer(200, HTML, "<html><body><h1>Hệ thống đang bảo trì</h1></body></html>".encode())


def _attachment(story: Story, address: str) -> Answer:
    extension = address.rpartition(".")[2]
    if extension == "doc":
        texts = tuple(block.text for block in story.blocks if block.text)
        return Answer(200, TYPES["doc"], files.doc((story.title, *texts)))
    lines = (f"HUYEN MUONG MAU - {story.published:%d/%m/%Y}", slug(story.title).replace("-", " ")[:60])
    return Answer(200, TYPES["pdf"], files.pdf(lines))
