"""Small PDFs as word processors write them: with fonts that say which letter a glyph is, and with fonts that do not."""

import io

IDENTITY = b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of these objects; the first is its catalogue."""
    body, offsets = b"%PDF-1.5\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def page_of(shown: list[bytes], font: list[bytes]) -> bytes:
    """A PDF of one page that shows these strings, one a line, in the font whose objects are given."""
    lines = b" ".join(b"%s Tj 0 -14 Td" % line for line in shown)
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
            stream(b"BT /F 12 Tf 40 800 Td %s ET" % lines),
            *font,
        ]
    )


def pages_of(count: int, shown: bytes) -> bytes:
    """A PDF of so many pages that all show the same string."""
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    resources = b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 3 0 R >> >>"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            HELVETICA,
            stream(b"BT /F 12 Tf 40 800 Td (%s) Tj ET" % shown),
            *[b"<< /Type /Page /Parent 2 0 R %s >>" % resources] * count,
        ]
    )


def encrypted() -> bytes:
    """A PDF that asks for a password before it shows anything."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages_of(1, b"Trang"))))
    writer.encrypt("mat khau", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def with_glyphs(lines: list[str], *, told: bool) -> bytes:
    """A PDF whose letters are numbers of glyphs; `told` gives the font the table that says which letters they are."""
    letters = sorted(set("".join(lines)))
    glyphs = {letter: number for number, letter in enumerate(letters, start=3)}
    shown = [b"<" + b"".join(b"%04x" % glyphs[letter] for letter in line) + b">" for line in lines]
    table = b"\n".join(b"<%04x> <%04x>" % (glyph, ord(letter)) for letter, glyph in glyphs.items())
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n1 begincodespacerange <0000> <ffff> "
        b"endcodespacerange\n%d beginbfchar\n%s\nendbfchar endcmap end end" % (len(glyphs), table)
    )
    return page_of(
        shown,
        [
            b"<< /Type /Font /Subtype /Type0 /BaseFont /Times /Encoding /Identity-H /DescendantFonts [6 0 R] %s >>"
            % (b"/ToUnicode 7 0 R" if told else b""),
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Times /CIDSystemInfo %s /DW 500 >>" % IDENTITY,
            stream(cmap),
        ],
    )


def with_codes(lines: list[bytes], font: bytes = b".VnTime") -> bytes:
    """A PDF whose letters are bytes in a simple font."""
    escaped = [b"<" + line.hex().encode() + b">" for line in lines]
    return page_of(escaped, [b"<< /Type /Font /Subtype /TrueType /BaseFont /%s /Encoding /WinAnsiEncoding >>" % font])
