"""A portal of notices with files of every kind: PDFs that say what they say, and all those that do not."""

import zlib

from tests.pdfs import encrypted, page_of, pdf, stream, with_glyphs
from tests.portals.rawportal import RawPortal, page
from tests.test_crawl import article, home

PLAN = [
    "Kế hoạch tu sửa kênh mương nội đồng trước vụ chiêm xuân năm nay,",
    "mỗi bản cử hai mươi người, xong trước ngày rằm tháng chạp.",
]
NOTICE = ["Thông báo lịch tiêm phòng cho trâu bò tại các bản vùng cao trong tháng tới."]
_CATALOGUE = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>",
]

FILES = {
    "/ke-hoach.pdf": with_glyphs(PLAN, told=True),
    "/ban-sao.pdf": with_glyphs(PLAN, told=True),
    "/tai-ve/thong-bao.pdf?id=7": with_glyphs(NOTICE, told=True),
    "/quet.pdf": page_of([], [b"<< >>"]),
    "/phong-la.pdf": with_glyphs(PLAN, told=False),
    "/mat-khau.pdf": encrypted(),
    "/rong.pdf": b"",
    "/cut.pdf": with_glyphs(PLAN, told=True)[:700],
    "/bom.pdf": pdf(
        [
            *_CATALOGUE,
            stream(zlib.compress(zlib.compress(bytes(400_000_000), 9)), b"/Filter [/FlateDecode /FlateDecode]"),
        ]
    ),
    "/khong-phai.pdf": "Không phải tệp PDF".encode(),
    "/bieu-mau.doc": b"{\\rtf1 Mau don}",
}
"""By path, the bytes that are sent."""

_TYPES = {"/tai-ve/thong-bao.pdf?id=7": "application/octet-stream", "/bieu-mau.doc": "application/msword"}


def answers() -> dict[str, bytes]:
    """A home page, a notice for each file, and the files."""
    notices = {
        f"/tin-{number}.html": page(article(number, f'<p><a href="{path}">Tệp {number}</a></p>'))
        for number, path in enumerate(FILES, 1)
    }
    return {"/": page(home(*notices))} | notices | {path: sent(path, body) for path, body in FILES.items()}


def sent(path: str, body: bytes) -> bytes:
    """A whole response that holds a file."""
    mime = _TYPES.get(path, "application/pdf")
    return f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def pdf_portal() -> RawPortal:
    """The portal, as a context manager."""
    return RawPortal(answers())
