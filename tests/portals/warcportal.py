"""A portal that answers from a WARC: by Host and path, with a sitemap of all that the WARC holds."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from xml.sax.saxutils import escape

from warcio.archiveiterator import ArchiveIterator

from tests.portals.served import Served

_HOP_BY_HOP = {"transfer-encoding", "connection", "keep-alive", "content-length"}


class WarcPortal(Served):
    """Context manager: serves the newest response of each address on 127.0.0.1, 404 for what is not there."""

    def __init__(self, warc: Path) -> None:
        self.answers: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}
        self.requests: list[str] = []
        with warc.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type == "response":
                    url = record.rec_headers.get_header("WARC-Target-URI").strip("<>")
                    headers = [(n, v) for n, v in record.http_headers.headers if n.lower() not in _HOP_BY_HOP]
                    self.answers[url] = (record.http_headers.get_statuscode(), headers, record.content_stream().read())
        super().__init__(self._handler())

    def sitemap(self, host: str) -> bytes:
        own = [url for url in self.answers if url.startswith(f"http://{host}/")]
        places = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in own)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'.encode()

    def _handler(portal) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = self.headers.get("Host", "")
                url = f"http://{host}{self.path}"
                portal.requests.append(url)
                if self.path == "/sitemap.xml":
                    answer = ("200", [("Content-Type", "application/xml")], portal.sitemap(host))
                else:
                    answer = portal.answers.get(url, ("404", [("Content-Type", "text/html")], b"<h1>404</h1>"))
                status, headers, body = answer
                self.send_response_only(int(status))
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
