"""A portal whose lists its scripts fill, from a service in JSON that answers to POST alone, and only as its script asks."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl

from attrs import frozen

from tests.portals.served import Served

A_PAGE = 5

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json"
SERVICE = "/api/danh-sach"

SCRIPTS = {
    FORM: """
    var trang = 1, moiTrang = %(at_a_time)d;
    function taiTin(trang) {
        $.ajax({ type: "POST", url: '/api/danh-sach', dataType: 'json',
            data: { chuyenMuc: 'Đời sống', trang: trang, soTin: moiTrang, loc: { xa: 7, nam: '' } },
            success: function (kq) { trang++; $('#ds').append(ve(kq)); } });
    }
    $(function () { taiTin(1); $('#them').on('click', function () { taiTin(trang); }); });""",
    JSON: """
    const at = { take: %(at_a_time)d };
    async function load() {
      const answer = await fetch(`/api/danh-sach`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Token': token() },
        body: JSON.stringify({ "filter": { "unit": "Nậm Cắt", "hot": false }, "skip": 0, "take": %(at_a_time)d }),
      });
      show(await answer.json());
    }
    load();""",
}

# What asks for a page as well, and is to be left alone.
_CHANGING = """
    function gui() { $.post('/dich-vu/gui-binh-luan', { trang: 1, noidung: 'hay' }); }
    $.post('/dich-vu/bai', { action: 'vote', page: 1 });
    fetch('/api/saveView', { method: 'POST', body: JSON.stringify({ page: 1 }) });
    axios.post('/dang-nhap', { page: 1 });
    $.post('/dich-vu/khac', { trang: trangKhac(), kieu: 2 });
    $.post('http://khac.example/ds', { trang: 1 });"""


@frozen(kw_only=True)
class Asked:
    """A request that came by POST."""

    path: str
    kind: str
    is_ajax: bool
    body: bytes


class ScriptPortal(Served):
    """Context manager: the portal on 127.0.0.1; `posts` tells what was asked for by POST, `requests` everything."""

    def __init__(
        self, number: int, kind: str, *, shows_first: bool = False, repeats: bool = False, leads_to: str | None = None
    ) -> None:
        """kind: how its script asks. shows_first: whether its page shows what stands on the first page of the list. repeats: whether
        its service shows that whatever is asked for. leads_to: where what is sent to its service is to be sent instead.
        """
        self.numbers = list(range(300, 300 + number))
        self.kind = kind
        self.shows_first = shows_first
        self.repeats = repeats
        self.leads_to = leads_to
        self.posts: list[Asked] = []
        self.requests: list[tuple[str, str]] = []
        self.happenings: dict[int, Callable[[], object]] = {}
        """What comes about, once, right before a page of the list is shown."""
        super().__init__(self._handler())

    @property
    def paths(self) -> list[str]:
        """Where its articles stand."""
        return [_path(number) for number in self.numbers]

    def page(self, path: str) -> str | None:
        """What stands at a path; None for nothing."""
        if path == "/":
            return _shell("<p><a href='/doi-song'>Đời sống</a></p>")
        if path == "/doi-song":
            shown = self.numbers[:A_PAGE] if self.shows_first else []
            links = "".join(f"<li><a href='{_path(n)}'>Bản Nậm Cắt số {n}</a> 02/03/2021</li>" for n in shown)
            script = SCRIPTS[self.kind] % {"at_a_time": A_PAGE}
            return _shell(f"<h2>Đời sống</h2><ul id='ds'>{links}</ul><script>{script}{_CHANGING}</script>")
        if path in self.paths:
            number = path.rpartition("-")[2].partition(".")[0]
            text = f"Bà con bản số {number} cùng nhau dựng lại nhà văn hóa trong ba ngày cuối tuần. " * 3
            return _shell(
                f"<h1>Dựng nhà văn hóa bản số {number}</h1><p>Ngày đăng: 02/03/2021</p><div><p>{text}</p></div>"
            )
        return None

    def listed(self, asked: Asked) -> str | None:
        """What the service answers; None for what its script does not send."""
        number = self._number(asked) if asked.path == (self.leads_to or SERVICE) and asked.kind == self.kind else None
        if number is None:
            return None
        self.happenings.pop(number, lambda: None)()
        first = 0 if self.repeats else number * A_PAGE
        shown = self.numbers[first : first + A_PAGE]
        told = [{"tieuDe": f"Bản Nậm Cắt số {n}", "duongDan": _path(n), "anh": f"/anh/{n}.jpg"} for n in shown]
        return json.dumps({"tong": len(self.numbers), "ketQua": told}, ensure_ascii=False)

    def _number(self, asked: Asked) -> int | None:
        """Which page is asked for, from nought on; None for what is not asked as its script does."""
        if self.kind == FORM:
            sent = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
            number = sent.pop("trang", "")
            rest = {"chuyenMuc": "Đời sống", "soTin": str(A_PAGE), "loc[xa]": "7", "loc[nam]": ""}
            return int(number) - 1 if asked.is_ajax and sent == rest and number.isdigit() else None
        told = json.loads(asked.body)
        skipped = told.pop("skip")
        rest = {"filter": {"unit": "Nậm Cắt", "hot": False}, "take": A_PAGE}
        return skipped // A_PAGE if not asked.is_ajax and told == rest and skipped % A_PAGE == 0 else None

    def _handler(portal) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                portal.requests.append(("GET", self.path))
                self._answer(portal.page(self.path), "text/html; charset=utf-8")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                asked = Asked(
                    path=self.path,
                    kind=self.headers.get("Content-Type", ""),
                    is_ajax=self.headers.get("X-Requested-With") == "XMLHttpRequest",
                    body=body,
                )
                portal.requests.append(("POST", self.path))
                portal.posts.append(asked)
                if portal.leads_to and self.path == SERVICE:
                    self._lead_to(portal.leads_to)
                else:
                    self._answer(portal.listed(asked), "application/json")

            def _lead_to(self, path: str) -> None:
                self.send_response_only(307)
                self.send_header("Location", path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _answer(self, said: str | None, kind: str) -> None:
                body = (said or "").encode()
                self.send_response_only(404 if said is None else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _path(number: int) -> str:
    return f"/bai-viet/dung-nha-van-hoa-{number}.html"


def _shell(middle: str) -> str:
    return f"<html><head><meta name='Generator' content='Drupal 9'></head><body>{middle}<p>Xã Nậm Cắt</p></body></html>"
