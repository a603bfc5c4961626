"""A portal of ASP.NET WebForms, whose lists are turned by forms alone: the server checks the state that each page hands out."""

from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl

from attrs import frozen

from tests.portals.served import Served

A_PAGE = 5
A_GROUP = 4
"""How many numbers a pager shows before its dots."""

_TITLES = (
    "Bản Phà Khốm đón đường điện mới",
    "Hội thi dệt thổ cẩm xã Mường Ải",
    "Tuần lễ sách ở trường bán trú",
    "Giao lưu bóng chuyền các bản vùng biên",
    "Mở lại chợ phiên bên suối",
)


@frozen
class Item:
    """An article."""

    number: int

    @property
    def path(self) -> str:
        """Where it stands."""
        return f"/ChiTiet.aspx?nid={self.number}"

    @property
    def title(self) -> str:
        """Its headline."""
        return f"{_TITLES[self.number % len(_TITLES)]} lần thứ {self.number}"

    @property
    def day(self) -> str:
        """When it was published, as shown."""
        return f"{date(2023, 5, 1) - timedelta(days=self.number):%d/%m/%Y}"


class PostPortal(Served):
    """Context manager: the portal on 127.0.0.1; `requests` tells what was asked for, with the page that a form asked for."""

    def __init__(self, number: int, *, by_images: bool = False) -> None:
        """by_images: whether the next page is behind a picture, which goes on to show the last one; else behind numbers."""
        self.items = [Item(100 + n) for n in range(number)]
        self.by_images = by_images
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.happenings: dict[str, Callable[[], object]] = {}
        """What comes about, once, right before a page of the list is shown."""
        super().__init__(self._handler())

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return -(-len(self.items) // A_PAGE)

    def answer(self, method: str, path: str, sent: dict[str, str]) -> tuple[int, str]:
        """Status and page."""
        if path == "/":
            return 200, _shell("<h2>Trang chủ</h2><p><a href='/DanhSach.aspx?cat=7'>Tin tức trong huyện</a></p>")
        if path == "/DanhSach.aspx?cat=7":
            number = self._asked(sent) if method == "POST" else 1
            self.requests.append(f"{method} {number}")
            self.happenings.pop(f"{method} {number}", lambda: None)()
            if number is None:
                self.faults.append(str(sent))
                return 500, _shell("<h1>Validation of viewstate MAC failed</h1>")
            return 200, self._list(number)
        self.requests.append(f"{method} {path}")
        found = next((item for item in self.items if item.path == path), None)
        return (200, _article(found)) if found else (404, _shell("<h1>Không tìm thấy trang</h1>"))

    def _asked(self, sent: dict[str, str]) -> int | None:
        """The page that a form asks for; None when its state is none that was handed out."""
        shown = next((n for n in range(1, self.pages + 1) if sent.get("__VIEWSTATE") == _state(n)), None)
        if shown is None or sent.get("__EVENTVALIDATION") != _state(-shown) or "ctl00$tu" not in sent:
            return None
        if self.by_images:
            return min(shown + 1, self.pages) if {"ctl00$btnSau.x", "ctl00$btnSau.y"} <= sent.keys() else None
        argument = sent.get("__EVENTARGUMENT", "")
        return int(argument[5:]) if sent.get("__EVENTTARGET") == "ctl00$luoi" and argument[:5] == "Page$" else None

    def _list(self, number: int) -> str:
        within = self.items[(number - 1) * A_PAGE : number * A_PAGE]
        listed = "".join(
            f"<div class='tin'><h3><a href='{item.path}'>{item.title}</a></h3><span>{item.day}</span></div>"
            for item in within
        )
        turns = "<input type='image' name='ctl00$btnSau' src='/sau.gif' alt='Trang sau'>"
        if not self.by_images:
            first = (number - 1) // A_GROUP * A_GROUP + 1
            numbers = range(first, min(first + A_GROUP, self.pages + 1))
            shown = [(f"{n}", n) for n in numbers]
            shown = (
                [("...", first - 1)] * (first > 1)
                + shown
                + [("...", first + A_GROUP)] * (first + A_GROUP <= self.pages)
            )
            turns = "".join(
                f"<td><span>{text}</span></td>"
                if n == number
                else f"<td><a href=\"javascript:__doPostBack('ctl00$luoi','Page${n}')\">{text}</a></td>"
                for text, n in shown
            )
            turns = f"<table><tr>{turns}</tr></table>"
        return _shell(
            "<form method='post' action='./DanhSach.aspx?cat=7' id='aspnetForm'>"
            "<input type='hidden' name='__EVENTTARGET' value=''><input type='hidden' name='__EVENTARGUMENT' value=''>"
            f"<input type='hidden' name='__VIEWSTATE' id='__VIEWSTATE' value='{escape(_state(number))}'>"
            f"<input type='hidden' name='__EVENTVALIDATION' value='{escape(_state(-number))}'>"
            "<input name='ctl00$tu' value=''><input type='submit' name='ctl00$tim' value='Tìm kiếm'>"
            f"<h2>Tin tức trong huyện</h2>{listed}{turns}</form>"
        )

    def _handler(portal) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer("GET", {})

            def do_POST(self) -> None:
                is_form = self.headers.get("Content-Type") == "application/x-www-form-urlencoded"
                sent = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                self._answer("POST", dict(parse_qsl(sent, keep_blank_values=True)) if is_form else {})

            def _answer(self, method: str, sent: dict[str, str]) -> None:
                status, html = portal.answer(method, self.path, sent)
                body = html.encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _state(number: int) -> str:
    return f"/wEP{sha256(b'khoa %d' % number).hexdigest()}+=="


def _article(item: Item) -> str:
    text = f"Bà con tập trung từ sáng sớm để cùng làm việc chung của bản, đợt {item.number}. " * 4
    return _shell(
        f"<div class='title-article'>{item.title}</div><div id='datearticle'>{item.day}</div>"
        f"<div class='chitietbaiviet'><p>{text}</p><p>Ban quản lý bản {item.number} gửi lời cảm ơn.</p></div>"
        "<form id='aspnetForm'></form>"
    )


def _shell(middle: str) -> str:
    return (
        "<html><head><title>Huyện Mường Ải</title></head><body><form id='aspnetForm'></form>"
        f"<ul><li><a href='/'>Trang chủ</a></li></ul>{middle}<p>Ủy ban nhân dân huyện Mường Ải</p></body></html>"
    )
