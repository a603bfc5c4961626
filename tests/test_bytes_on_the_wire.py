"""A thousand responses of every framing, over http and https: the WARC holds what the server sent and was sent."""

import gzip
import random

from archive import warc
from archive.fixity import check
from archive.store import Archive
from archive.warc import message
from kyson_crawler import crawl, portal, reread
from kyson_crawler.network.addresses import ConnectTo
from kyson_crawler.network.wire import ResponseReader
from tests.certificates import Authority, server
from tests.content import content
from tests.portals.rawserver import CLOSE, RawServer
from tests.test_transport import FRAMINGS

HOST = "kyson.example"
COUNT = 500
"""For each of the two schemes."""

_TOML = f"""name = "Bằng chứng"
seeds = ["http://{HOST}/", "https://{HOST}/"]
page_hosts = ["{HOST}"]
[pace]
delay = 0
concurrency = 8
"""
_WORDS = "Kỳ Sơn Mường Xén Nậm Cắn Tây Sơn Na Ngoi lễ hội xuân bản làng cầu treo đường biên".split()


class _Portal:
    """Makes up an answer for each path, and remembers what went over the wire."""

    def __init__(self, scheme):
        self.scheme = scheme
        self.sent = {}
        self.received = {}
        self._chance = random.Random(f"{scheme} 2026")

    def __call__(self, request):
        path = request.split(b" ", 2)[1].decode()
        wire, closes = self._home() if path == "/" else self._any(path)
        self.sent[path], self.received[path] = wire, request
        return [*self._in_pieces(wire), *([CLOSE] if closes else [])]

    def _home(self):
        links = "".join(f'<p><a href="/tep/{number}">{number}</a></p>' for number in range(COUNT))
        body = f"<html><body>{links}</body></html>".encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), False

    def _any(self, path):
        """A response no library would write: its framing, its status, its headers' letters, all by chance."""
        if path in {"/robots.txt", "/sitemap.xml"}:
            return b"HTTP/1.1 404 Khong co\r\nContent-Length: 0\r\n\r\n", False
        chance = self._chance
        body = " ".join(chance.choices(_WORDS, k=chance.choice([0, 1, 40, 400, 9000]))).encode()
        fields = [b"Content-Type: application/octet-stream", *self._fields()]
        if chance.random() < 0.3:
            body = gzip.compress(body, mtime=0)
            fields.append(b"content-encoding: gzip")
        status = chance.choice(
            [b"200 OK", b"200", b"200 Duoc roi", b"404 Not Found", b"410 Da xoa", b"500 Loi", b"203 x"]
        )
        interim = chance.choice([b"", b"", b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"])
        framing = chance.choice(["length", "length", "chunked", "close", "1.0", "none", "304"])
        version, end, closes = b"HTTP/1.1", chance.choice([b"\r\n", b"\r\n", b"\n"]), False
        if framing == "length":
            fields.append(
                chance.choice([b"Content-Length: %d", b"content-length:%d", b"CONTENT-LENGTH:   %d  "]) % len(body)
            )
        elif framing == "chunked":
            fields.append(chance.choice([b"Transfer-Encoding: chunked", b"transfer-encoding:Chunked"]))
            body, end = self._chunked(body), b"\r\n"
        elif framing in {"close", "1.0"}:
            closes = True
            version = b"HTTP/1.0" if framing == "1.0" else version
        else:
            status, body = (b"204 Khong", b"") if framing == "none" else (b"304 Nhu cu", b"")
        chance.shuffle(fields)
        return interim + end.join([version + b" " + status, *fields, b"", b""]) + body, closes

    def _fields(self):
        chance = self._chance
        pool = [b"X-Lap: 1", b"X-Lap: 2", b"x-lAp:3", b"Set-Cookie: a=1; Path=/", b"Set-Cookie: b=2", b"X-Rong:"]
        pool += ["X-Chữ: Nghệ An".encode(), b"X-Tab:\tx\t", b"Server: IIS/6.0", b"X-Dai: " + b"d" * 3000]
        return chance.sample(pool, chance.randint(0, len(pool)))

    def _chunked(self, body):
        chance, chunks = self._chance, []
        while body:
            size = chance.choice([1, 7, 100, 4096])
            piece, body = body[:size], body[size:]
            number = chance.choice([b"%x", b"%X", b"00%x"]) % len(piece)
            chunks.append(number + chance.choice([b"", b"", b";n=v", b' ;n="v"']) + b"\r\n" + piece + b"\r\n")
        return b"".join(chunks) + b"0\r\n" + chance.choice([b"", b"X-Duoi: 1\r\n"]) + b"\r\n"

    def _in_pieces(self, wire):
        cuts = sorted(self._chance.sample(range(len(wire) + 1), min(self._chance.choice([0, 0, 1, 3]), len(wire))))
        return [wire[start:end] for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True) if start < end]


def test_a_thousand_responses_of_every_framing_are_kept_byte_for_byte_with_their_requests(tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    portals = {"http": _Portal("http"), "https": _Portal("https")}
    plain, encrypted = RawServer(portals["http"]), RawServer(portals["https"], tls=server(authority.sound(HOST)))
    rules = (f"{HOST}:80:127.0.0.1:{plain.port}", f"{HOST}:443:127.0.0.1:{encrypted.port}")
    try:
        target = portal.parse(_TOML, slug="bang-chung", origin="test")
        crawl.run(target, tmp_path / "kyson-archive", connect_to=tuple(map(ConnectTo.parse, rules)))
    finally:
        plain.close()
        encrypted.close()
    kept = {"response": {}, "request": {}}
    for path in (tmp_path / "kyson-archive" / "warc").glob("*.warc.gz"):
        for record in warc.records(path):
            if record.type in kept and record.url:
                kept[record.type][record.url] = record.block
            elif record.type == "revisit":  # the front pages of both sites are the same
                kept["response"][record.url] = record.block + warc.follow(path.parent, record).payload
    sent = {f"{scheme}://{HOST}{path}": wire for scheme, made in portals.items() for path, wire in made.sent.items()}
    received = {
        f"{scheme}://{HOST}{path}": wire for scheme, made in portals.items() for path, wire in made.received.items()
    }
    assert len(sent) > 2 * COUNT
    assert kept["response"] == sent
    assert kept["request"] == received


# -- one set of rules for the crawler and for whoever reads its WARCs ------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
SELDOM = {
    "blank-line-after-interim": b"HTTP/1.1 100 Continue\r\n\r\n\r\n" + OK + b"Content-Length: 3\r\n\r\nabc",
    "coding-that-ends-like-chunked": OK + b"Transfer-Encoding: x-unchunked\r\n\r\nabc",
    "chunked-in-a-second-field": OK
    + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "not-chunked-in-the-end": OK
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "list-of-lengths-and-more": OK + b"Content-Length: 3, 3\r\n\r\nabcdef",
    "space-before-a-chunk-size": OK + b"Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n",
    "chunk-longer-than-it-says": OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "switched-protocols-and-more": b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
    "nothing-but-interim": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "a-version-of-others": b"HTTP/2 200\r\nContent-Length: 3\r\n\r\nabc",
    "no-http": b"220 thu.kyson.example ESMTP\r\n\r\n",
}


def test_whatever_a_server_sends_a_reader_of_the_warc_finds_what_the_crawler_took():
    chance = random.Random(2026)
    wires = [*(wire for wire, _ in FRAMINGS.values()), *SELDOM.values()]
    changes = [b"", b"\r\n", b"\n", b"\r", b"\0", b":", b"9", b"\xff", b" ", b"chunked", b"0\r\n\r\n"]
    changes += [b"Transfer-Encoding: chunked\r\n", b"Content-Length: 2\r\n", b"HTTP/1.1 100 C\r\n\r\n"]
    for number in range(3000):
        wire = bytearray(wires[number % len(wires)])
        for _ in range(chance.randint(0, 4) if number >= len(wires) else 0):
            at = chance.randrange(len(wire) + 1)
            wire[at : at + chance.randint(0, 2)] = chance.choice(changes)
        reader = ResponseReader(method="GET", maxsize=0)
        reader.feed(bytes(wire))
        if not reader.done:
            reader.eof()
        if reader.message is not None:
            found = message.parse(bytes(wire))
            assert (found.status, found.headers) == (reader.message.status, reader.message.headers), wire
            assert (found.payload, found.is_ended) == (reader.payload, True), wire


def test_rows_index_and_an_archive_made_again_say_the_same_of_every_framing(tmp_path):
    wires = {name: wire for name, (wire, _) in FRAMINGS.items()} | SELDOM
    home = "".join(f'<a href="/{name}.html">{name}</a>' for name in wires).encode()

    def script(request):
        path = request.split(b" ", 2)[1].decode()
        if path == "/":
            return [OK + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(home), home)]
        name = path.removeprefix("/").removesuffix(".html")
        return [wires.get(name, b"HTTP/1.1 404 Khong co\r\nContent-Length: 0\r\n\r\n"), CLOSE]

    served, folder = RawServer(script), tmp_path / "kyson-archive"
    try:
        crawl.run(portal.ad_hoc(served.url()), folder, delay=0)
    finally:
        served.close()
    with Archive.open(folder) as archive:
        rows = archive.connection.execute(
            "SELECT u.url, c.status, c.bytes, c.sha256, w.name, c.offset, c.length FROM capture c "
            "JOIN url u ON u.id = c.url_id JOIN warc w ON w.id = c.warc_id"
        ).fetchall()
    assert {url.rpartition("/")[2] for url, *_ in rows} > {f"{name}.html" for name in FRAMINGS}
    assert {"no-http.html", "nothing-but-interim.html"}.isdisjoint(url.rpartition("/")[2] for url, *_ in rows)
    for _url, status, size, _, name, offset, length in rows:
        record = warc.read(folder / "warc", name, offset, length)
        assert (record.http.status, len(record.payload)) == (status, size)
    assert list(check(folder)) == []
    with reread.Pool(1) as pool:
        reread.make(folder, tmp_path / "new", pool, portal=None, watch=None)
    assert content(tmp_path / "new") == content(folder)
