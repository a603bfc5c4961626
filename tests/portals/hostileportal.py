"""A portal that misbehaves in every way we heard of, over http and https, for a crawl to come through unharmed."""

import gzip
import itertools
import random
import re
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from attrs import frozen

from tests.certificates import server
from tests.portals.rawserver import CLOSE, RESET, RawServer

HOST = "hostile.example"
GALLERY = "anh"
"""The article with the images."""

SLOW = 0.4
"""Seconds between two bytes of a server that has no hurry."""

OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"
CHUNKED = OK + HTML + b"Transfer-Encoding: chunked\r\n\r\n"
TEXT_PLAIN = b"Content-Type: text/plain\r\n"
TEXT = "Sáng nay hơn hai trăm hộ dân hai bên suối đã đi qua cây cầu mới dài sáu mươi mét, thay cho bè mảng bao năm. "
PAGE = f"<html><body><h1>Trang thử</h1><p>{TEXT}</p></body></html>".encode()


@frozen(kw_only=True)
class Case:
    """One way to misbehave: what is sent, and what is to become of it."""

    script: Iterable[object] | Callable[[bytes], Iterable[object]]
    """As `RawServer` plays it, or a function that makes it of the request."""

    truncated: str | None = None
    """How the capture is labelled; None when it is whole."""

    refused: str | None = None
    """What the crawl says where there is no capture; None when there is one."""

    unread: str | None = None
    """What the crawl says of a capture that is no page to be read; None when it is one."""


def response(body: bytes | str, *fields: bytes, head: bytes = OK, kind: bytes = HTML) -> bytes:
    """A whole response with its length."""
    body = body.encode() if isinstance(body, str) else body
    lines = b"".join(field + b"\r\n" for field in fields)
    return head + kind + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def article(more: str, title: str = "Khánh thành cầu treo bản Huồi Lếch") -> str:
    """A page that is read as an article, with something more in it."""
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>Ngày đăng: 11/03/2021 08:30</p>"
        f"<div><p>{TEXT * 2}</p><p>{TEXT * 2}</p>{more}</div></body></html>"
    )


def _slowly(data: bytes) -> list[object]:
    return [step for at in range(len(data)) for step in (data[at : at + 1], SLOW)]


def _endlessly(first: bytes, piece: bytes) -> Callable[[bytes], Iterable[object]]:
    return lambda _request: itertools.chain([first], itertools.repeat(piece))


def _chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _redirect(location: bytes) -> list[object]:
    return [b"HTTP/1.1 302 Di cho khac\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location]


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _bomb(times: int) -> bytes:
    """Ten megabytes of nothing in ten kilobytes, packed again and again."""
    packed = bytes(10_000_000)
    for _ in range(times):
        packed = gzip.compress(packed, mtime=0)
    return packed


def _wide_bomb() -> bytes:
    """A gigabyte in one megabyte: members one after the other, which any reader of gzip puts together."""
    return gzip.compress(bytes(10_000_000), mtime=0) * 100


def _in_each_framing(name: str, body: bytes, coding: bytes) -> dict[str, Case]:
    """A coded body as HTTP/1.0 and 1.1 may frame it."""
    field = b"Content-Encoding: " + coding
    old = b"HTTP/1.0 200 OK\r\n"
    return {
        f"{name}-http-1.0": Case(script=[old + HTML + field + b"\r\n\r\n" + body, CLOSE]),
        f"{name}-http-1.1": Case(script=[response(body, field)]),
        f"{name}-chunked": Case(script=[OK + HTML + field + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunks(body[:9], body[9:])]),
    }  # fmt: skip


_PACKED = gzip.compress(PAGE, mtime=0)

WIRE: dict[str, Case] = {
    "chunked-trailer": Case(script=[CHUNKED + _chunks(PAGE)[:-2] + b"X-Muon: 1\r\n\r\n"]),
    "bad-chunk-size": Case(script=[CHUNKED + b"5\r\n<html\r\nzz\r\n>\r\n0\r\n\r\n"], truncated="unspecified"),
    "odd-chunk-delimiter": Case(script=[CHUNKED + b"4  \nabcd\n0\r\n\r\n"]),
    "chunks-that-end-in-bare-newlines": Case(script=[CHUNKED + b"4\nabcd\n0\n\n", CLOSE], truncated="disconnect"),
    "length-and-chunked": Case(
        script=[OK + HTML + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunks(PAGE)]
    ),
    "underrun": Case(script=[OK + HTML + b"Content-Length: 9999\r\n\r\n" + PAGE, CLOSE], truncated="disconnect"),
    "overrun": Case(script=[OK + HTML + b"Content-Length: 20\r\n\r\n" + PAGE, CLOSE]),
    "negative-length": Case(script=[OK + HTML + b"Content-Length: -5\r\n\r\n" + PAGE, CLOSE]),
    "malformed-length": Case(script=[OK + HTML + b"Content-Length: nhieu\r\n\r\n" + PAGE, CLOSE]),
    "huge-length": Case(script=[OK + HTML + b"Content-Length: 99999999999999999999\r\n\r\n" + PAGE, CLOSE]),
    "header-without-colon": Case(script=[response(PAGE, b"khong co dau hai cham")]),
    "8-bit-header": Case(script=[response(PAGE, b"X-\xe9\xff: \x80\xfe")]),
    "utf-8-header": Case(script=[response(PAGE, "X-Huyện: Kỳ Sơn".encode())]),
    "overflow-line": Case(
        script=[OK + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n"], refused="headers do not end within 262144 bytes"
    ),
    "many-headers": Case(
        script=[OK + b"X-Nhieu: 1\r\n" * 100_000 + b"\r\n"], refused="headers do not end within 262144 bytes"
    ),
    "run-of-cr": Case(script=[OK + b"X: 1" + b"\r" * 200_000 + b"y\r\n\r\n"], refused="headers cannot be read as HTTP"),
    "run-of-cr-beside-an-odd-name": Case(script=[response(PAGE, b"ten la: 1", b"X: 1" + b"\r" * 200_000)]),
    "trailer-without-end": Case(
        script=_endlessly(CHUNKED + _chunks(PAGE)[:-2], b"X-Muon: 1\r\n y" * 999), truncated="length"
    ),
    "closed-in-a-header": Case(script=[OK + b"Content-Ty", CLOSE], refused="broke off within the headers"),
    "status-line-only": Case(script=[OK, CLOSE], refused="broke off within the headers"),
    "newline-only": Case(script=[b"\n", CLOSE], refused="broke off within the headers"),
    "reset-in-the-body": Case(script=[OK + HTML + b"\r\n" + PAGE, 0.2, RESET], truncated="disconnect"),
    "reset-in-a-body-with-a-length": Case(
        script=[OK + HTML + b"Content-Length: 9999\r\n\r\n" + PAGE, 0.2, RESET], truncated="disconnect"
    ),
    "reset-in-a-header": Case(script=[OK + b"Content-Ty", 0.2, RESET], refused="broke off within the headers"),
    "reset-unheard": Case(script=[RESET], refused="closed the connection without an answer"),
    "nothing-at-all": Case(script=[CLOSE], refused="closed the connection without an answer"),
    "not-http": Case(script=[b"SSH-2.0-OpenSSH_5.3\r\n", CLOSE], refused="the answer is not HTTP"),
    "escape-codes-for-http": Case(script=[b"\x1b]0;evil\x07\x1b[2J", CLOSE], refused="the answer is not HTTP"),
    "endless-body": Case(script=_endlessly(OK + HTML + b"\r\n", b"<p>" + b"x" * 65536), truncated="length"),
    "endless-chunks": Case(script=_endlessly(CHUNKED, b"64\r\n" + b"x" * 100 + b"\r\n"), truncated="length"),
    "chunks-of-a-byte": Case(script=[CHUNKED + b"1\r\n.\r\n" * 100_000 + b"0\r\n\r\n"]),
    "endless-interim": Case(
        script=_endlessly(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 999), refused="headers do not end within"
    ),
    "sleep": Case(script=[60.0], refused="no answer within"),
    "slow-headers": Case(script=_slowly(OK + b"X: " + b"x" * 99), refused="no answer within"),
    "slow-body": Case(script=[OK + HTML + b"\r\n<html>", *_slowly(b"x" * 99)], truncated="time"),
    "long-cookie": Case(script=[response(PAGE, b"Set-Cookie: a=" + b"c" * 100_000)]),
    "bad-cookie": Case(script=[response(PAGE, b"Set-Cookie: ;;=\x00; expires=hom qua; \xff")]),
    **_in_each_framing("gzip", _PACKED, b"gzip"),
    **_in_each_framing("zlib", zlib.compress(PAGE), b"deflate"),
    **_in_each_framing("raw-deflate", _raw_deflate(PAGE), b"deflate"),
    **_in_each_framing("false-gzip", PAGE, b"gzip"),
    "gzip-cut-short": Case(script=[response(_PACKED[:-20], b"Content-Encoding: gzip")]),
    "gzip-of-a-wrong-sum": Case(script=[response(_PACKED[:-8] + bytes(8), b"Content-Encoding: gzip")]),
    "gzip-bomb": Case(script=[response(_wide_bomb(), b"Content-Encoding: gzip")], unread="exceed"),
    "gzip-bomb-in-a-bomb": Case(script=[response(_bomb(3), b"Content-Encoding: gzip, gzip, gzip")]),
    "unknown-coding": Case(script=[response(PAGE, b"Content-Encoding: nen-la")]),
    "utf-8-then-binary": Case(script=[response(PAGE + bytes(range(256)) * 40)], unread="no text in any known encoding"),
}

REDIRECTS: dict[str, Case] = {
    "redirect-to-itself": Case(script=lambda request: _redirect(request.split()[1])),
    "redirect-without-end": Case(script=lambda request: _redirect(b"?%d" % (_number(request.split()[1].decode()) + 1))),
    "redirect-nowhere": Case(script=_redirect(b"http://[::1"), unread="Invalid IPv6 URL"),
    "redirect-to-nothing": Case(script=_redirect(b"")),
    "redirect-with-a-password": Case(script=_redirect(b"//admin:bimat@hostile.example/bai/8-bit-header")),
    "redirect-behind-odd-slashes": Case(script=_redirect(b"http:/\\hostile.example/bai/8-bit-header")),
    "redirect-behind-backslashes": Case(script=_redirect(b"\\\\hostile.example/bai/8-bit-header")),
    "redirect-behind-many-slashes": Case(script=_redirect(b"http:////hostile.example/bai/8-bit-header")),
    "redirect-with-a-tab-in-its-scheme": Case(script=_redirect(b"ht\ttp://hostile.example/bai/8-bit-header")),
    "redirect-to-a-host-without-a-name": Case(script=_redirect(b"http://@/bai/8-bit-header")),
    "redirect-to-bytes-of-no-encoding": Case(script=_redirect(b"/\xff\xfe\x80?\xff")),
    "redirect-to-a-file": Case(script=_redirect(b"file:///etc/passwd"), unread="HTTP 302"),
    "redirect-to-gopher": Case(script=_redirect(b"gopher://127.0.0.1:70/1"), unread="HTTP 302"),
    "redirect-to-script": Case(script=_redirect(b"javascript:alert(1)"), unread="Missing scheme"),
}  # fmt: skip

PAGES: dict[str, str | bytes] = {
    "many-links": "<html><body>" + "".join(f'<a href="/khong/{n}">x</a>' for n in range(5_000)) + "</body></html>",
    "soft-404": "<html><body><h1>Không tìm thấy trang</h1></body></html>",
    "login-wall": '<html><body><form action="/dang-nhap"><input type="password"></form></body></html>',
    "link-with-a-password": '<html><body><a href="http://admin:bimat@hostile.example/bai/an">x</a></body></html>',
    "links-elsewhere": '<html><body><a href="file:///etc/passwd">1</a><a href="gopher://x/">2</a></body></html>',
    "windows-1258-said-to-be-utf-8": article("").encode("cp1258", "xmlcharrefreplace"),
    "utf-16": article("").encode("utf-16"),
    "two-marks": b"\xef\xbb\xbf\xff\xfe" + article("").encode(),
    "nfd": article("<p>Huye\u0323\u0302n Ky\u0300 So\u031bn</p>"),
    "escape-codes": article("<p>\x1b[31mđỏ\x1b[0m \x1b]8;;http://evil.example\x07x</p>", "\x1b]0;Cầu\x07 treo \u202e mới"),
    "formulas": article('<table><tr><td>=HYPERLINK("http://evil.example")<td>@SUM(1)<td>+1<td>-1</table>', "=1+1 cầu"),
    "active": article("<script>alert(1)</script><p onclick=alert(1)>x</p>", "<script>alert(1)</script> Cầu"),
    "deep": article("<div>" * 20_000),
    "1-mb-word": article("<p>" + "x" * 1_000_000),
    "nul": article("<p>a\x00b</p>"),
}  # fmt: skip

TRAPS: dict[str, str] = {
    "calendar": '<html><body><a href="?thang={next}">Tháng sau</a></body></html>',
    "sessions": '<html><body><a href="/bai/sessions?sid={next}">Trang chủ</a></body></html>',
    "facets": '<html><body><a href="?loai={next}&nam=1">1</a><a href="?nam={next}&loai=2">2</a></body></html>',
}
"""Pages that lead to ever more of their kind; only the budget of a crawl ends them."""

ROBOTS: dict[str, Iterable[object]] = {
    "robots-500.example": [response("hỏng", head=b"HTTP/1.1 500 Hong\r\n")],
    "robots-html.example": [response(PAGE)],
    "robots-10-mb.example": [response(b"Disallow: /cam\n" * 700_000, kind=TEXT_PLAIN)],
    "robots-binary.example": [response(bytes(range(256)) * 99, kind=TEXT_PLAIN)],
    "robots-silent.example": [60.0],
    "robots-closed.example": [CLOSE],
    "robots-changing.example": itertools.cycle(
        [response(b"User-agent: *\nDisallow: /\n", kind=TEXT_PLAIN), CLOSE, response(b"", kind=TEXT_PLAIN), CLOSE]
    ),
}
"""What other hosts of the portal answer for their robots.txt."""

IMAGES: dict[str, bytes] = {
    "/../../tmp/anh.jpg": b"\xff\xd8\xff\xe0",
    "/%2e%2e/%2e%2e/anh.jpg": b"\xff\xd8\xff\xe0",
    "/anh%00.jpg": b"\xff\xd8\xff\xe0",
    "/" + "a" * 300 + ".jpg": b"\xff\xd8\xff\xe0",
    "/CON": b"\xff\xd8\xff\xe0",
    "/ve.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "/trang.jpg": PAGE,
    "/hai-mat.jpg": b"GIF89a/*" + PAGE + b"*/=1;",
    "/rong.jpg": b"",
}

ENDLESS_IMAGE = "/vo-tan.jpg"


class HostilePortal:
    """Context manager: each case at `/bai/NAME`, over http and, with the certificate, over https; all linked from `/`.

    `canaries` are addresses where nobody may go: one article shows images there, and images that are redirected there.
    """

    def __init__(self, certificate: Path, *, canaries: Iterable[str] = ()) -> None:
        self._canaries = tuple(canaries)
        self.plain = RawServer(self._script)
        self.encrypted = RawServer(self._script, tls=server(certificate))
        self.hosts = (HOST, *ROBOTS)
        self.connect_to = tuple(
            f"{host}:{port}:127.0.0.1:{to.port}"
            for host in self.hosts
            for port, to in ((80, self.plain), (443, self.encrypted))
        )
        self.addresses = tuple(
            f"{scheme}://{HOST}/bai/{name}"
            for name in (*WIRE, *REDIRECTS, *PAGES, *TRAPS, GALLERY)
            for scheme in ("http", "https")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.plain.close()
        self.encrypted.close()

    def _script(self, request: bytes) -> Iterable[object]:
        path, _, query = request.split()[1].decode("latin-1").partition("?")
        host = request.partition(b"\r\nHost: ")[2].partition(b"\r\n")[0].decode("latin-1")
        name = path.removeprefix("/bai/")
        if path == "/robots.txt":
            return ROBOTS.get(host) or [b"HTTP/1.1 404 Khong co\r\nContent-Length: 0\r\n\r\n"]
        if case := WIRE.get(name) or REDIRECTS.get(name):
            return case.script(request) if callable(case.script) else case.script
        if path == "/di":
            return _redirect(self._canaries[int(query)].encode())
        if path == ENDLESS_IMAGE:
            return _endlessly(OK + b"Content-Type: image/jpeg\r\n\r\n", random.Random(1).randbytes(1_000_000))(request)
        if path in IMAGES:
            return [response(IMAGES[path], kind=b"Content-Type: image/jpeg\r\n")]
        return [response(self._page(host, path, name, query))]

    def _page(self, host: str, path: str, name: str, query: str) -> str | bytes:
        if path == "/" and host == HOST:
            return (
                "<html><body>" + "".join(f'<p><a href="{url}">x</a></p>' for url in self.addresses) + "</body></html>"
            )
        if name == GALLERY:
            shown = [
                *IMAGES,
                ENDLESS_IMAGE,
                *self._canaries,
                *(f"/di?{number}" for number in range(len(self._canaries))),
            ]
            return article("".join(f'<figure><img src="{src}"><figcaption>Ảnh</figcaption></figure>' for src in shown))
        if name in TRAPS:
            return TRAPS[name].replace("{next}", str(_number(query) + 1))
        return PAGES.get(name, PAGE)


def _number(query: str) -> int:
    """The last number in a query, 0 when there is none."""
    return int(found[-1]) if (found := re.findall(r"\d+", query)) else 0
