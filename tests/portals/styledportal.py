"""A small portal that looks like one: its pages share style sheets, a script, an icon, a logo and backgrounds."""

from tests.portals.rawportal import RawPortal, page

PARAGRAPH = (
    "<p>Năm thứ {year} dân bản Nậm Sài {number} góp hơn ba trăm ngày công đắp con đường vào trường, để mùa mưa học trò khỏi lội "
    "suối. </p>"
)
HEAD = (
    '<link rel="stylesheet" href="/css/chung.css"><link rel="shortcut icon" href="/icon.ico">'
    '<script src="/js/menu.js" defer></script><style>h1 { background: url(/anh/gach.png) }</style>'
)
SHEETS = {
    "/css/chung.css": '@import "chu.css"; /* url(/khong-hoi.png) */ body { background: url("../anh/nui.png") }',
    "/css/chu.css": "@import url(sau.css); @font-face { src: url('../chu/dam.woff2?#iefix') }",
    "/css/sau.css": "@import 'sau-nua.css'; p { background: url(/anh/qua-sau.png) }",
}
FILES = {
    "/js/menu.js": "text/javascript",
    "/icon.ico": "image/x-icon",
    "/anh/gach.png": "image/png",
    "/anh/nui.png": "image/png",
    "/anh/logo.png": "image/png",
    "/anh/nho-1.jpg": "image/jpeg",
    "/anh/cau-1.jpg": "image/jpeg",
    "/anh/o.gif": "image/gif",
    "/chu/dam.woff2": "font/woff2",
}
REQUISITES = {*FILES, *SHEETS} - {"/anh/cau-1.jpg"}
"""What its pages take to be shown, besides the image of its article."""


def styled_portal(number: int = 3, **more: bytes) -> RawPortal:
    """The portal with so many articles, the first of which has an image that the list shows as well."""
    paths = [f"/bai-{n}.html" for n in range(1, number + 1)]
    answers = {"/": page(_page(_list(paths)))}
    answers |= {path: page(_page(_article(n))) for n, path in enumerate(paths, 1)}
    answers |= {path: sent("text/css", text.encode()) for path, text in SHEETS.items()}
    answers |= {path: sent(mime, path.encode() * 20) for path, mime in FILES.items()}
    return RawPortal(answers | more)


def sent(mime: str, body: bytes) -> bytes:
    """A whole response."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _page(middle: str) -> str:
    logo = '<div class="dau-trang" style="background: url(&quot;/anh/o.gif&quot;)"><img src="/anh/logo.png"></div>'
    return f'<html><head><title>Cổng thông tin</title>{HEAD}</head><body>{logo}<a href="/">Trang chủ</a>{middle}</body></html>'


def _list(paths: list[str]) -> str:
    entries = "".join(f'<li><a href="{path}">Bản Nậm Sài làm đường, bài {path}</a></li>' for path in paths)
    return f'<ul>{entries}</ul><img src="/anh/nho-1.jpg" srcset="/anh/cau-1.jpg 2x">'


def _article(number: int) -> str:
    image = '<p><img src="/anh/cau-1.jpg"></p>' if number == 1 else ""
    text = "".join(PARAGRAPH.format(number=number, year=year) for year in range(1, 7))
    return f"<h1>Bản Nậm Sài {number} làm đường</h1><p>Ngày đăng: 11/03/2021 08:30</p><div>{text}{image}</div>"
