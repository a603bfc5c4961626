"""A thousand responses of every framing, over http and https: the WARC holds what the server sent and was sent."""

import gzip
import random

from archive import warc
from kyson_crawler import crawl, portal
from kyson_crawler.addresses import ConnectTo
from tests.certificates import Authority, server
from tests.portals.rawserver import CLOSE, RawServer

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
