"""What the worst pages cost: time and memory of a reading, each in a process of its own.

    python -m benchmarks.monsters

prints a row for each page: seconds of CPU (bytes to article, or to the refusal), megabytes above an idle process that
holds the page, and what came of it. With names, only those; with `--json`, one object a line.
"""

import argparse
import gzip
import json
import os
import platform
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from archive.errors import ArchiveError
from kyson_crawler.extract import read_page

URL = "http://cong.example/tin-tuc/le-hoi-xuan-412655"
TEXT = "Sáng mồng sáu Tết, hơn hai nghìn người dân các bản vùng cao đã về dự lễ hội xuân, ném còn và thi khèn. "
TCVN3 = "S¸ng mång s¸u TÕt, h¬n hai ngh×n ng­êi d©n c¸c b¶n vïng cao ®· vÒ dù lÔ héi xu©n. "
TWICE = TEXT.encode().decode("cp1252", "replace")
ENGLISH = "The people of the upper villages came down to the river for the spring fair, and stayed there until night. "


def page(inside: str, *, head: str = "", url_title: str = "Lễ hội xuân ở bản Mường Lống") -> bytes:
    """An article with something in its middle."""
    around = f"<p>{TEXT * 2}</p>"
    markup = (
        f"<html><head><title>Cổng</title>{head}</head><body><h1>{url_title}</h1><p>02/03/2021 08:30</p>"
        f"<div>{around}{around}{inside}{around}</div></body></html>"
    )
    return markup.encode("utf-8", "surrogatepass")


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def english(paragraphs: int) -> bytes:
    links = "".join(f'<li><a href="/p{n}">{ENGLISH[:40]} {n}</a></li>' for n in range(paragraphs // 4))
    prose = "".join(f"<div><p>{n} {ENGLISH} <a href='/{n}'>more</a></p></div>" for n in range(paragraphs))
    return f"<html><body><h1>The spring fair</h1><ul>{links}</ul><div>{prose}</div></body></html>".encode()


MONSTERS: dict[str, Callable[[], bytes]] = {
    # what is no page
    "50 MB": lambda: b"<p>" + b"x" * 50_000_000,
    "20 MB of spaces": lambda: b"<p>" + b" " * 19_999_990 + b"x",
    "PNG": lambda: b"\x89PNG\r\n\x1a\n" + noise(1, 100_000),
    "PDF": lambda: b"%PDF-1.7\n" + noise(2, 100_000),
    "noise": lambda: noise(3, 200_000),
    "5 MB of noise": lambda: noise(4, 5_000_000),
    "gzip": lambda: gzip.compress(page("x"), mtime=0),
    # nesting
    "100,000 nested div": lambda: b"<div>" * 100_000 + TEXT.encode() * 4,
    "2,000 nested div": lambda: page(f"<div>{TEXT}" * 2_000),
    "240 nested div, 300 times": lambda: page(("<div>" * 240 + TEXT + "</div>" * 240) * 190),
    "3,000 nested tables": lambda: page("<table><tr><td>" * 3_000),
    "1,000 nested tables, closed": lambda: page(
        f"<table><tr><td>{TEXT}" * 80 + "</td></tr></table>" * 80
    ),
    "60 nested tables of 2 cells, 500 times": lambda: page(
        ("<table><tr><td>a</td><td>" * 60 + "b" + "</td></tr></table>" * 60) * 300
    ),
    "nested b, i and span": lambda: page("<p>" + f"<b><i><span>{TEXT}" * 600),
    "30,000 unclosed b": lambda: page("<b>x" * 30_000),
    "10,000 unclosed font": lambda: page('<font color="red">x<p>' * 10_000),
    "unclosed tags of every kind": lambda: page(
        "".join(f"<{tag}>{TEXT[:20]}" for tag in "a abbr b big center div em font form h2 i li ol p small span table td tr u ul".split() * 2_000)
    ),
    "90,000 stray ends": lambda: page("</p>" * 45_000 + "</div>" * 40_000),
    "50,000 stray </p> in text": lambda: page("x</p>" * 90_000),
    "30,000 </p> behind div": lambda: page("<p>x<div>y</div></p>" * 20_000),
    # many of one kind
    "90,000 br": lambda: page("x<br>" * 90_000),
    "90,000 br without text": lambda: page("<br>" * 90_000),
    "90,000 empty paragraphs": lambda: page("<p></p>" * 45_000),
    "90,000 spans": lambda: page("<p>" + "<span>a</span> " * 45_000 + "</p>"),
    "45,000 images": lambda: page('<img src="/a.jpg"><br>Ảnh: Lô Mai<br>' * 30_000),
    "40,000 films": lambda: page('<iframe src="/embed/X8VQ6snA9wU"></iframe><p>Clip: Lô Mai</p>' * 12_000),
    "20,000 players within players": lambda: page('<object data="/a.pdf"><param name="movie" value="/b">' * 20_000),
    "40,000 sets of candidates": lambda: page('<img srcset="/a.jpg 1w, /b.jpg 2w" data-src="/loading.gif">' * 40_000),
    "20,000 images with captions": lambda: page("".join(
        f'<p><img src="/a{n}.jpg"></p><p align="center"><i>Hội ném còn thứ {n}. Ảnh: Lô Mai</i></p>' for n in range(12_000)
    )),
    "10,000 images in one cell": lambda: page(
        "<table><tr><td>" + '<img src="/a.jpg"><p>Ảnh: Lô Mai</p>' * 25_000 + "</td></tr></table>"
    ),
    "30,000 images in one row": lambda: page(
        "<table><tr>" + '<td><img src="/a.jpg"></td>' * 25_000 + "</tr><tr>" + "<td>Ảnh</td>" * 20_000 + "</tr></table>"
    ),
    "10,000 rows of images": lambda: page(
        "<table>" + '<tr><td><img src="/a.jpg"></td></tr><tr><td>Ảnh: Lô Mai</td></tr>' * 9_000 + "</table>"
    ),
    "one figure, 30,000 images": lambda: page(
        "<figure>" + '<img src="/a.jpg">' * 40_000 + "<figcaption>x</figcaption>" * 20_000 + "</figure>"
    ),
    "45,000 table cells": lambda: page("<table>" + ("<tr>" + "<td>12</td>" * 10 + "</tr>") * 4_300 + "</table>"),
    "one row of 45,000 cells": lambda: page("<table>" + ("<tr>" + "<td>1</td>" * 24_000 + "</tr>") * 2 + "</table>"),
    "45,000 items": lambda: page("<ul>" + f"<li>{TEXT[:40]}</li>" * 45_000 + "</ul>"),
    "45,000 paragraphs": lambda: page(f"<p>{TEXT[:60]}</p>" * 45_000),
    "30,000 paragraphs of prose": lambda: page(f"<p>{TEXT}</p>" * 30_000),
    "40,000 different lines": lambda: page("".join(f"<p>Xóm {n} mừng xuân {n * 7}</p>" for n in range(45_000))),
    "40,000 lines like the headline": lambda: page("<p>Lễ hội xuân ở bản Mường Lống</p>" * 45_000),
    "dates by the thousand": lambda: page("<p>02/03/2021 08:30</p>" * 45_000),
    "dates in one line": lambda: page("<p>" + "02/03/2021 08:30 " * 250_000),
    "dates in meta": lambda: page("x", head='<meta name="date" content="2021-03-02T08:30:00Z">' * 90_000),
    "JSON-LD by the thousand": lambda: page(
        "x", head='<script type="application/ld+json">{"datePublished": "2021-03-02"}</script>' * 40_000
    ),
    "nested JSON-LD": lambda: page(
        "x", head='<script type="application/ld+json">' + "[" * 2_000_000 + "</script>"
    ),
    "base by the thousand": lambda: page('<a href="x.pdf">tệp</a>' * 20_000, head='<base href="/a/">' * 50_000),
    "30,000 files": lambda: page("".join(f'<a href="/tep/ke-hoach-{n}.pdf">Kế hoạch {n}</a> ' for n in range(45_000))),
    "one file 45,000 times": lambda: page('<a href="/k.pdf">Kế hoạch</a> ' * 45_000),
    "files with long addresses": lambda: page(
        "".join(f'<a href="/{"%20" * 1_000}{n}.pdf">k</a> ' for n in range(1_500))
    ),
    "45,000 links": lambda: page(f'<a href="/tin-tuc/le-hoi-12345">{TEXT[:40]}</a><br>' * 30_000),
    "links alone": lambda: b'<a href="/x">x</a>' * 45_000,
    "200,000 links": lambda: b'<a href="/x">x</a>' * 200_000,
    "60,000 classes": lambda: page(f'<p class="{" ".join(f"c{n}" for n in range(500_000))}">x</p>'),
    "90,000 ids": lambda: page("".join(f'<b id="i{n}" class="news{n}"></b>' for n in range(45_000))),
    "100,000 attributes": lambda: page("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>"),
    "an attribute of 4 MB": lambda: page(f'<p style="{"color: red; " * 350_000}">x</p>'),
    "a style of spaces": lambda: page(f'<p style="font-family{" " * 4_000_000}">x</p>'),
    "styles by the thousand": lambda: page(
        "".join(f'<p style="text-align:center;margin:{n}px;font:{n}px x">{TEXT[:20]}</p>' for n in range(35_000))
    ),
    "an alt of 4 MB": lambda: page(f'<img src="/a.jpg" alt="{TEXT * 28_000}">'),
    "an address of 4 MB": lambda: page(f'<img src="/{"a/" * 2_000_000}b.jpg"><a href="/{"%" * 400_000}.pdf">x</a>'),
    "a picture of 15 MB within": lambda: page(f'<img src="data:image/png;base64,{"A" * 15_000_000}">'),
    # letters
    "one line of 4 MB": lambda: page("<p>" + TEXT * 28_000),
    "one word of 4.9 MB": lambda: page("<p>" + "x" * 4_900_000),
    "one word of đ": lambda: page("<p>" + "đ" * 2_400_000),
    "200,000 entities": lambda: page("<p>" + "&ecirc;&#7879; " * 300_000),
    "entities of controls": lambda: page("<p>" + "&#1;&#x1;&#55296;" * 250_000),
    "broken entities": lambda: page("<p>" + "&#&#&#x" * 600_000),
    "4 MB of ampersands": lambda: page("<p>" + "&" * 4_500_000),
    "4 MB of less-than": lambda: page("<p>" + "< " * 90_000),
    "combining marks": lambda: page("<p>a" + "\u0323\u0301" * 1_100_000),
    "decomposed text": lambda: page("<p>" + "e\u0323\u0302 o\u031b\u0309 " * 300_000),
    "marks in 40,000 paragraphs": lambda: page(("<p>a" + "\u0323\u0301" * 20 + "</p>") * 45_000),
    "look-alike letters": lambda: page("<p>" + "Ðаng bо хa Ðаi " * 150_000),
    "one look-alike word": lambda: page("<p>" + "аеор" * 600_000),
    "Greek words": lambda: page("<p>" + "Α\u0301Βα\u0323 " * 300_000),
    "TCVN3": lambda: page("".join(f'<p style="font-family: .VnTime">{TCVN3}</p>' for _ in range(25_000))),
    "TCVN3, no font named": lambda: page(f"<p>{TCVN3}</p>" * 25_000),
    "TCVN3 in bytes": lambda: page("").replace(b"<div>", b"<div>" + f"<p>{TCVN3}</p>".encode("cp1252") * 25_000),
    "TCVN3 in one line": lambda: page(f"<p>{TCVN3 * 25_000}</p>"),
    "TCVN3 and Unicode in turn": lambda: page(f"<p>{TCVN3}</p><p>{TEXT}</p>" * 12_000),
    "45,000 legacy fonts": lambda: page("".join(f'<font face=".Vn{n}">{TCVN3[:30]}</font> ' for n in range(45_000))),
    "VNI": lambda: page('<p style="font-family: VNI-Times">Tieáng Vieät raát hay, ÑAÛNG BOÄ</p>' * 30_000),
    "UTF-8 read twice": lambda: page(f"<p>{TWICE}</p>" * 20_000),
    "UTF-8 read twice in one line": lambda: page(f"<p>{TWICE * 16_000}</p>"),
    "zero-width": lambda: page("<p>" + "a\u200b\u00ad\ufeff" * 500_000),
    "no-break spaces": lambda: page("<p>" + "&nbsp;" * 800_000),
    "bullets and breaks": lambda: page("<p>" + "- <b>x</b><br>" * 30_000),
    "dashes": lambda: page("<p>Tin: " + "-" * 2_000_000 + "</p>"),
    "byline-like": lambda: page("<p>" + "Tin, bài, ảnh, " * 250_000 + "</p>" + "<p>Ảnh: " + "A " * 40 + "</p>"),
    "spaces before a date": lambda: page("<p>ngày" + " " * 1_000_000 + "x</p>" + "<p>1 tháng " * 20_000),
    "commas of digits": lambda: page("<p>" + "1/" * 1_000_000 + "</p>"),
    # encodings
    "UTF-16": lambda: b"\xff\xfe" + page("<p>" + TEXT * 10_000).decode().encode("utf-16-le"),
    "UTF-16 without its mark": lambda: page("<p>" + TEXT * 10_000).decode().encode("utf-16-be"),
    "says UTF-16": lambda: page("<p>" + TEXT * 20_000, head='<meta charset="utf-16">'),
    "says UTF-7": lambda: page("+ADw-script+AD4-" * 100_000, head='<meta charset="utf-7">'),
    "UTF-8, says Latin-1": lambda: page("<p>" + TEXT * 20_000, head='<meta charset="iso-8859-1">'),
    "Windows-1252, says UTF-8": lambda: page("").replace(b"<div>", b"<div>" + "é ".encode("cp1252") * 1_500_000),
    "Shift_JIS": lambda: page("", head='<meta charset="shift_jis">').replace(
        b"<div>", b"<div>" + "日本語の文章。".encode("shift_jis") * 100_000
    ),
    "Windows-1258": lambda: b"<p>" + "ca\u0301c ba\u0309n vu\u0300ng cao ".encode("cp1258", "replace") * 150_000,
    "half UTF-8": lambda: page("<p>" + TEXT * 10_000).replace(b"\xbb", b"\xff"),
    # other people's readers
    "English": lambda: english(2_500),
    "English, one line": lambda: page("<p>" + ENGLISH * 4_500).replace(TEXT.encode(), b""),
    "English, 2,900 links": lambda: page("".join(f'<p>{ENGLISH}<a href="/{n}">x {n}</a></p>' for n in range(2_900))).replace(TEXT.encode(), b""),
    "English tables": lambda: page(f"<table><tr><td>{ENGLISH}</td></tr></table>" * 2_500).replace(TEXT.encode(), b""),
    "scripts": lambda: page("<script>if (a < b) {}</script>" * 40_000),
    "unclosed script": lambda: page("<script>" + "a < b; " * 90_000),
    "unclosed comment": lambda: page("<!--" + "x -- > " * 500_000),
    "comments": lambda: page("<!-- x -->" * 90_000),
    "CDATA and declarations": lambda: page("<![CDATA[x]]><?php x ?><!x>" * 30_000),
    "style elements": lambda: page("x", head="<style>" + ".a { font-family: .VnTime } " * 150_000 + "</style>"),
    "an endless selector": lambda: page("x", head="<style>" + "a," * 2_000_000 + "{ font-family: .VnTime }</style>"),
    "braces": lambda: page("x", head="<style>" + "{" * 2_000_000 + "font-family: .VnTime" + "}" * 2_000_000 + "</style>"),
    "style comments": lambda: page("x", head="<style>" + "/*" * 2_000_000 + "font-family: .VnTime</style>"),
    "forms": lambda: page("<form><input name=a><select><option>x</option></select></form>" * 15_000),
    "frames": lambda: page('<iframe src="/v?file=/k.pdf"></iframe>' * 45_000),
    "SVG": lambda: page('<svg><g><path d="M0 0"/></g></svg>' * 20_000),
    "breadcrumbs": lambda: page('<div class="breadcrumb">' + '<a href="/x">Tin tức</a> ' * 40_000 + "</div>"),
    "pagers": lambda: page('<div class="pagination">' + "".join(f'<a href="?page={n}">{n}</a>' for n in range(45_000)) + "</div>"),
    "half a page": lambda: page("<p>" + TEXT + "</p>")[:300],
    "NULs": lambda: page("\x00" * 1_000_000),
}  # fmt: skip


def cost(name: str) -> dict[str, object]:
    """What reading one page costs, in a child that ends with it."""
    body = MONSTERS[name]()
    idle = resident()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        began = time.process_time()
        try:
            article = read_page(body, URL).article
            came = f"read: {len(article.paragraphs):,} paragraphs, {len(article.images):,} images"
        except ArchiveError as error:
            came = f"refused: {error}"
        except BaseException as error:  # noqa: BLE001  that is what is looked for
            came = f"RAISED {error!r:.200}"
        taken = time.process_time() - began
        os.write(writing, json.dumps({"seconds": round(taken, 2), "came": came[:3_000]}).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    told = json.loads(said) if said else {"seconds": used.ru_utime, "came": f"DIED of signal {status}"}
    unit = 1 if platform.system() == "Darwin" else 1024
    return {"page": name, "bytes": len(body), "megabytes": round(max(0, used.ru_maxrss * unit / 1e6 - idle)), **told}


def resident() -> float:
    """Megabytes that this process holds now; where the system does not say, the most that it ever held."""
    told = Path("/proc/self/statm")
    return int(told.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6 if told.exists() else peak()


def peak() -> float:
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("names", nargs="*", metavar="PAGE")
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    read_page(page("x"), URL)  # grow warm, lest the first page pay for what all use
    read_page(english(20), URL)
    for name in given.names or MONSTERS:
        found = cost(name)
        if given.json:
            print(json.dumps(found, ensure_ascii=False), flush=True)
        else:
            print(f"{found['seconds']:6.2f} s {found['megabytes']:5} MB  {name}: {found['came']}"[:200], flush=True)


if __name__ == "__main__":
    sys.exit(main())
