"""The files of the sample portal, made when asked for and the same every time: pictures, PDF and word processor files."""

import hashlib
import struct
import zlib
from itertools import accumulate, pairwise

WIDTH, HEIGHT = 160, 100
RIDGES = 4


def picture(name: str) -> bytes:
    """A small PNG of mountain ridges under a sky; every name gives another one."""
    seed = hashlib.sha256(name.encode()).digest()
    skylines = [_skyline(seed[8 * ridge : 8 * ridge + 8], 20 + 18 * ridge) for ridge in range(RIDGES)]
    rows = [bytes([0]) + bytes(sum(y >= line[x] for line in skylines) for x in range(WIDTH)) for y in range(HEIGHT)]
    palette = b"".join(
        bytes((200 - 40 * depth + seed[depth] % 40, 215 - 35 * depth, 230 - 45 * depth + seed[-depth] % 25))
        for depth in range(RIDGES + 1)
    )
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _skyline(seed: bytes, top: int) -> list[int]:
    """The height of one ridge for each column: straight slopes between eight peaks and valleys."""
    step = WIDTH // (len(seed) - 1) + 1
    knots = [top + value % 30 for value in seed]
    slopes = [(left, right - left) for left, right in pairwise(knots)]
    return [slopes[x // step][0] + slopes[x // step][1] * (x % step) // step for x in range(WIDTH)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf(lines: tuple[str, ...]) -> bytes:
    """A one-page PDF with these lines; ASCII only, for the fonts that every reader brings know no Vietnamese."""
    shown = b" T* ".join(f"({line}) Tj".encode("ascii") for line in lines)
    text = b"BT /F1 14 Tf 20 TL 72 760 Td " + shown + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    parts = [b"%PDF-1.4\n", *(b"%d 0 obj\n%s\nendobj\n" % entry for entry in enumerate(objects, 1))]
    *offsets, end = accumulate(map(len, parts))
    xref = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return b"".join(parts) + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (xref, end)
    )


def doc(paragraphs: tuple[str, ...]) -> bytes:
    """A word processor file: RTF, which offices have long saved under the ending .doc."""
    body = "\\par\n".join("".join(c if c.isascii() else f"\\u{ord(c)}?" for c in text) for text in paragraphs)
    return f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Times New Roman;}}}}\\f0\\fs28\n{body}\\par\n}}\n".encode("ascii")
