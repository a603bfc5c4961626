"""A portal that lives on between two crawls: articles are edited, added and taken down, and some servers tell of it."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from itertools import count
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from attrs import evolve, frozen

from tests.portals.served import Served
from tests.portals.trapportal import Story

SECTIONS = ("tin-tuc", "van-hoa", "kinh-te")
_LEADS_HOME = "<meta http-equiv='refresh' content='3; url=/'>"
A_PAGE = 4
_TITLES = (
    "Bản Huồi Lằm dựng nhà văn hóa",
    "Xã Nậm Cắt mở lớp dệt",
    "Phiên chợ đầu năm ở Mường Xai",
    "Trồng lại rừng lim",
)


@frozen(kw_only=True)
class Content:
    """What an article says and shows."""

    title: str
    paragraphs: tuple[str, ...]
    picture: str
    """The path of its image."""

    caption: str


class LivingPortal(Served):
    """Context manager: the portal on 127.0.0.1, with a log of the paths asked for and of what was answered."""

    def __init__(self, number: int, *, validates: bool = True, stamps: bool = False) -> None:
        """validates: whether pages have an ETag and images a date of change. stamps: whether each page counts its visits."""
        self.today = datetime.now(UTC).date()
        self.stories = [self._story(n) for n in range(number)]
        self.texts: dict[int, str] = {}
        self.pictures: dict[int, str] = {}
        """The paths of images that took the place of others."""
        self.validates = validates
        self.stamps = stamps
        self.requests: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.happenings: dict[str, Callable[[], object]] = {}
        """What comes about, once, right before a path is answered."""
        self._numbers = count(10_000 + number)
        self._visits = count(1)
        self._changed = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)
        self._lock = Lock()
        super().__init__(self._handler())

    # -- its life ------------------------------------------------------------------------------------------------

    def edit(self, story: Story, text: str) -> None:
        """Put a sentence behind an article."""
        self.texts[story.number] = text

    def illustrate(self, story: Story, picture: str) -> None:
        """Show another image in an article, by the name of its file."""
        self.pictures[story.number] = f"/anh/{picture}.jpg"

    def publish(self, day: date | None = None) -> Story:
        """A new article, above all others of its section; of today unless a day is named."""
        number = next(self._numbers)
        story = evolve(self._story(number - 10_000), day=day or self.today)
        self.stories.insert(0, story)
        return story

    def take_down(self, story: Story) -> None:
        """No article any more; a new one closes the gap in the lists."""
        self.stories.remove(story)

    def content(self, story: Story) -> Content:
        """What an article says and shows now."""
        about = story.title.lower()
        said = (
            f"Ngày thứ {story.number} của đợt này, bà con cùng cán bộ xã bàn chuyện {about}, ai cũng góp một ý.",
            f"Theo ban quản lý, phần việc còn lại của {about} sẽ xong trước mùa mưa, mỗi nhà góp hai công.",
        )
        return Content(
            title=story.title,
            paragraphs=(*said, *filter(None, [self.texts.get(story.number)])),
            picture=self.pictures.get(story.number, f"/anh/{story.number}.jpg"),
            caption=f"Bà con {story.section} số {story.number}",
        )

    def forget(self) -> None:
        """Begin the log anew."""
        self.requests.clear()
        self.statuses.clear()

    def _story(self, n: int) -> Story:
        title = f"{_TITLES[n % len(_TITLES)]} đợt {n + 1}"
        return Story(number=10_000 + n, section=SECTIONS[n % 3], title=title, day=self.today - timedelta(days=200 + n))

    # -- pages ---------------------------------------------------------------------------------------------------

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """Status, media type and body for a path with its query."""
        parts = urlsplit(target)
        if parts.path.startswith("/anh/"):
            return 200, "image/jpeg", image(parts.path)
        by_path = {story.path: story for story in self.stories}
        if story := by_path.get(parts.path):
            shown, head = self.content(story), story.html.partition("<p>")[0]
            text = "".join(f"<p>{paragraph}</p>" for paragraph in shown.paragraphs)
            figure = f"<p><img src='{shown.picture}'></p><p><em>{shown.caption}</em></p>"
            return 200, "text/html", self._page(f"{head}{text}{figure}</div></div>")
        if parts.path == "/":
            newest = sorted(self.stories, key=lambda story: story.day, reverse=True)[:8]
            return 200, "text/html", self._page(_listed(newest))
        if parts.path[1:] in SECTIONS:
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            return 200, "text/html", self._page(self._list(parts.path[1:], page))
        return 404, "text/html", self._page("<h1>Không tìm thấy trang</h1>", head=_LEADS_HOME)

    def pages(self, section: str) -> int:
        """How many pages a section's list has."""
        return -(-sum(story.section == section for story in self.stories) // A_PAGE)

    def _list(self, section: str, page: int) -> str:
        within = [story for story in self.stories if story.section == section]
        turns = {*range(max(1, page - 3), min(self.pages(section), page + 3) + 1), self.pages(section)} - {page}
        pager = "".join(f"<a href='/{section}?page={n}'>{n}</a> " for n in sorted(turns))
        return f"<h2>{section}</h2>{_listed(within[(page - 1) * A_PAGE : page * A_PAGE])}<div>{pager}</div>"

    def _page(self, middle: str, head: str = "") -> bytes:
        menu = "".join(f"<li><a href='/{section}'>{section}</a></li>" for section in SECTIONS)
        stamp = f"<p>Lượt truy cập: {next(self._visits)}, {datetime.now(UTC):%H:%M:%S}</p>" if self.stamps else ""
        return (
            f"<html><head><meta name='Generator' content='Drupal 9'>{head}<title>Huyện Mường Xai</title></head><body>"
            f"<ul>{menu}</ul>{middle}{stamp}<p>Ủy ban nhân dân huyện Mường Xai</p></body></html>"
        ).encode()

    def _handler(portal) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer waits 40 ms for the body to follow its head

            def do_GET(self) -> None:
                with portal._lock:
                    portal.happenings.pop(self.path, lambda: None)()
                    status, mime, body = portal.answer(self.path)
                    validators = portal._validators(mime, body) if status == 200 else {}
                    if validators and self._is_known(validators):
                        status, body = 304, b""
                    portal.requests.append(self.path)
                    portal.statuses[status] += 1
                self.send_response_only(status)
                for name, value in validators.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Type", mime)
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _is_known(self, validators: dict[str, str]) -> bool:
                asked = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
                return any(self.headers.get(asked[name]) == value for name, value in validators.items())

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _validators(self, mime: str, body: bytes) -> dict[str, str]:
        if not self.validates:
            return {}
        if mime == "image/jpeg":
            return {"Last-Modified": format_datetime(self._changed, usegmt=True)}
        return {"ETag": f'"{sha256(body).hexdigest()[:16]}"'}


def image(path: str) -> bytes:
    """The image at a path, another one at each."""
    return b"\xff\xd8\xff" + sha256(path.encode()).digest() * 60


def _listed(stories: list[Story]) -> str:
    entries = "".join(f"<li><a href='{story.path}'>{story.title}</a> ({_shown(story.day)})</li>" for story in stories)
    return f"<ul>{entries}</ul>"


def _shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"
