"""A portal with every trap for crawlers that we heard of, around some hundred articles; made anew for each visit."""

import re
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import count
from random import Random
from threading import Lock
from urllib.parse import parse_qs, urlencode, urlsplit

from attrs import frozen

from tests.portals.served import Served

SECTIONS = {"tin-tuc": "Tin tức sự kiện", "van-hoa": "Văn hóa xã hội"}
ENGLISH = "en/news"
A_PAGE = 4
TOPICS = [
    "cây mận tam hoa",
    "đường vào bản",
    "lớp học buổi tối",
    "cầu treo",
    "chợ phiên",
    "nước sạch",
    "rừng phòng hộ",
    "tiêm phòng gia súc",
]
DOINGS = ["họp bàn về", "khánh thành", "ra quân sửa", "tổng kết việc làm", "nghe báo cáo về", "góp công cho"]
PLACES = ["xã Nậm Khe", "bản Huồi Pốc", "xã Mường Lai", "bản Phà Lõm", "thị trấn Mường Sen", "xã Tà Hộc"]
_PLAIN = str.maketrans(
    "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ ",
    "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd-",
)


@frozen(kw_only=True)
class Story:
    """One article."""

    number: int
    section: str
    title: str
    day: date

    @property
    def path(self) -> str:
        return f"/{self.section}/{self.title.lower().translate(_PLAIN)}-{self.number}.html"

    @property
    def html(self) -> str:
        if self.section == ENGLISH:
            text = (
                f"On day {self.number % 28 + 1} the people of Nam Khe carried stones for the new road up to their school. "
                * 3
            )
            more = (
                "The work is to end before the rains, and each of the forty households gives two days a week for it. "
                * 2
            )
        else:
            text = (
                f"Ngày thứ {self.number} của đợt này, bà con cùng cán bộ xã bàn chuyện {self.title.lower()}, ai cũng góp một ý. "
                * 2
            )
            more = (
                "Theo ban quản lý, phần việc còn lại sẽ xong trước mùa mưa, kinh phí do bà con và huyện cùng lo, mỗi nhà hai công. "
                * 2
            )
        return f"<div class='node-detail'><h1 class='post-title'>{self.title}</h1><span class='post-created'>{self.day:%d/%m/%Y}</span><div class='node__content'><p>{text}</p><p>{more}</p></div></div>"


def stories(number: int, english: int, today: date) -> list[Story]:
    """The newest first, all within the last years, with quiet months between them."""
    draw = Random(7)
    made = []
    for n in range(number):
        title = f"{draw.choice(PLACES).capitalize()} {draw.choice(DOINGS)} {draw.choice(TOPICS)} lần {n + 1}"
        day = today - timedelta(days=n * 1_000 // number)
        if n > number // 2:
            day -= timedelta(days=70)  # two quiet months
        made.append(Story(number=10_000 + n, section=list(SECTIONS)[n % len(SECTIONS)], title=title, day=day))
    made += [
        Story(
            number=90_000 + n,
            section=ENGLISH,
            title=f"Road work of the highland villages part {n + 1}",
            day=today - timedelta(days=n),
        )
        for n in range(english)
    ]
    return made


class TrapPortal(Served):
    """Context manager: the portal on 127.0.0.1, with a log of the paths asked for."""

    def __init__(self, number: int = 560, english: int = 12) -> None:
        self.today = datetime.now(UTC).date()
        self.stories = stories(number, english, self.today)
        self.requests: list[str] = []
        self._by_name = {story.path.rpartition("/")[2]: story for story in self.stories}
        self._visits = count(1)
        self._lock = Lock()
        super().__init__(self._handler())

    # -- which requests are worth making -------------------------------------------------------------------------

    @property
    def worthy(self) -> set[str]:
        """The addresses, without sessions, behind which stands something: each article, each page of each list, each month."""
        lists = {f"/{section}" for section in (*SECTIONS, ENGLISH)}
        for section in (*SECTIONS, ENGLISH):
            lists |= {f"/{section}?page={page}" for page in range(2, self._pages(section) + 1)}
        months = {f"/luu-tru/{story.day:%Y/%m}" for story in self.stories}
        return (
            {story.path for story in self.stories}
            | lists
            | months
            | {"/", "/en", "/lich-cong-tac", "/robots.txt", "/sitemap.xml"}
        )

    # -- pages ---------------------------------------------------------------------------------------------------

    def answer(self, target: str) -> tuple[int, str, str]:
        """Status, Location and page for a path with its query."""
        parts = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = re.sub(r"(?:/(?:en|vi))+/?$", "", parts.path.rstrip("/")) if parts.path not in {"/en", "/en/"} else "/en"
        name = path.rpartition("/")[2]
        if path.startswith("/tin-cu/") or path == "/sitemap.xml":
            return 301, "/", ""
        if path.startswith("/van-ban-cu/"):
            return 302, f"/Error.aspx?aspxerrorpath={path}", ""
        if name in self._by_name:  # whatever stands before the name, as many servers do it
            return 200, "", self._page(target, self._article(self._by_name[name]))
        if path in {"", "/en"}:
            return 200, "", self._page(target, self._home(path))
        if (section := path[1:]) in (*SECTIONS, ENGLISH):
            return 200, "", self._page(target, self._list(section, asked))
        if path == "/lich-cong-tac":
            return 200, "", self._page(target, self._calendar(asked))
        if month := re.fullmatch(r"/luu-tru/(\d{4})/(\d{2})", path):
            return 200, "", self._page(target, self._month(int(month[1]), int(month[2])))
        if path == "/trang-cu.html":
            return (
                200,
                "",
                self._page(target, "<h2>Thông báo</h2><p>Trang quý vị yêu cầu không tồn tại hoặc đã bị xóa.</p>"),
            )
        if path == "/bai-da-go-31999.html":
            told = "<h1>Thông tin từ ban biên tập</h1><p>Ngày đăng: 01/02/2021</p><div><p>Bài viết này không còn tồn tại, mời bà con xem các tin khác của huyện.</p></div>"
            return 200, "", self._page(target, told)
        return 200, "", self._page(target, "<h1>404 - Không tìm thấy trang</h1>")

    def _home(self, path: str) -> str:
        within = [story for story in self.stories if (story.section == ENGLISH) == (path == "/en")]
        dead = ["/tin-cu/khoi-cong-1.html", "/van-ban-cu/12", "/trang-cu.html", "/bai-da-go-31999.html", "/loi-cu/77"]
        return _links([story.path for story in within[:8]]) + _links(dead if path == "" else [])

    def _list(self, section: str, asked: dict[str, str]) -> str:
        """A page of a section; behind the end the last one again, and a choice of kinds and offices in any combination."""
        within = [story for story in self.stories if story.section == section]
        if office := int(asked.get("donvi", "0")):
            within = [story for story in within if story.number % 6 == office - 1]
        if kind := int(asked.get("loai", "0")):
            within = [story for story in within if story.number % 4 == kind - 1] or within[:3]
        is_chosen = bool(office or kind)
        number = min(int(asked.get("page", "1")), self._pages(section))
        shown = within[:A_PAGE] if is_chosen else within[(number - 1) * A_PAGE : number * A_PAGE]
        entries = "".join(
            f"<li><a href='{story.path}'>{story.title}</a> ({story.day:%d/%m/%Y})</li>" for story in shown
        )
        onward = (
            "" if is_chosen else f"<p><a href='/{section}?page={int(asked.get('page', '1')) + 1}'>Trang sau</a></p>"
        )
        choices = [
            f"/{section}?{urlencode({'loai': kind, 'donvi': office, 'sapxep': order})}"
            for kind in range(3)
            for office in range(3)
            for order in ("moi", "cu")
        ]
        return f"<h2>{section}</h2><ul>{entries}</ul>{onward}" + (
            _links(choices) if section == "tin-tuc" and "page" not in asked else ""
        )

    def _month(self, year: int, month: int) -> str:
        """The archive of a month, and the way to the others: as far as there are articles, quiet months and all."""
        within = [story for story in self.stories if (story.day.year, story.day.month) == (year, month)]
        first = date(year, month, 1)
        turns = [first - timedelta(days=1)] if first > min(story.day for story in self.stories) else []
        return _links([story.path for story in within]) + _links([f"/luu-tru/{day:%Y/%m}" for day in turns])

    def _calendar(self, asked: dict[str, str]) -> str:
        """A calendar with nothing in it, and no end."""
        year, month = int(asked.get("nam", self.today.year)), int(asked.get("thang", self.today.month))
        turns = [(year - (month == 1), month - 1 or 12), (year + (month == 12), month % 12 + 1)]
        days = "".join(f"<td>{day}</td>" for day in range(1, 29))
        return f"<table><tr>{days}</tr></table>" + _links([f"/lich-cong-tac?thang={m}&nam={y}" for y, m in turns])

    def _article(self, story: Story) -> str:
        """An article with four views of itself, and relative links that put their folders behind themselves."""
        place = self.stories.index(story)
        others = [
            other.path.lstrip("/") for other in self.stories[place + 1 : place + 6] if other.section == story.section
        ]
        views = [
            f"/print{story.path}",
            f"/savefile{story.path}",
            f"/sendmail{story.path}",
            f"{story.path}?share=facebook",
        ]
        listed = "".join(f"<li><a href='{other}'>Xem {other[-11:-5]}</a></li>" for other in others)
        return f"{story.html}<h4>Các tin khác</h4><ul>{listed}</ul>" + _links(views)

    def _page(self, target: str, middle: str) -> str:
        """The shell with its menu, the links that switch the language, and a new session in every link."""
        path = urlsplit(target).path
        menu = [
            *(f"/{section}" for section in SECTIONS),
            f"/luu-tru/{self.today:%Y/%m}",
            "/lich-cong-tac",
            f"/dang-nhap?returnurl={path}",
            "/tim-kiem?q=",
        ]
        menu += ["/en/news"] if path.startswith("/en") else []
        tongues = [f"{path.rstrip('/')}/en", f"{path.rstrip('/')}/vi", f"{path}?language=en"]
        page = f"<html><head><meta name='Generator' content='Drupal 9'><title>Cổng thông tin huyện Mường Sen</title></head><body>{_links(['/', *menu, *tongues])}{middle}<p>Huyện Mường Sen</p></body></html>"
        session = f"{next(self._visits):032x}"
        return re.sub(
            r"href='([^']*)'",
            lambda link: f"href='{link[1]}{'&amp;' if '?' in link[1] else '?'}PHPSESSID={session}'",
            page,
        )

    def _pages(self, section: str) -> int:
        return -(-sum(story.section == section for story in self.stories) // A_PAGE)

    def _handler(portal) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer waits 40 ms for the body to follow its head

            def do_GET(self) -> None:
                with portal._lock:
                    portal.requests.append(self.path)
                    status, location, page = (404, "", "") if self.path == "/robots.txt" else portal.answer(self.path)
                self.send_response_only(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page.encode())))
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _links(paths: list[str]) -> str:
    return "".join(f"<li><a href='{path}'>{path[:30]}</a></li>" for path in paths)
