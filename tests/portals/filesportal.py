"""Portals that answer from saved pages: by Host and path, with a sitemap of all pages, and no images."""

import gzip
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from tests.portals.served import Served


class FilesPortal(Served):
    """Context manager: serves each `*.gold.json`'s page at its address on 127.0.0.1, 404 for whatever else."""

    def __init__(self, folder: Path) -> None:
        self.pages: dict[str, bytes] = {}
        self.requests: list[str] = []
        for gold in sorted(folder.glob("*.gold.json")):
            facts = json.loads(gold.read_text(encoding="utf-8"))
            body = (folder / facts["html"]).read_bytes()
            self.pages[facts["url"]] = gzip.decompress(body) if facts["html"].endswith(".gz") else body
        self.hosts = sorted({urlsplit(url).netloc for url in self.pages})
        super().__init__(self._handler())

    def sitemap(self) -> bytes:
        places = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in self.pages)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'.encode()

    def _handler(portal) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                url = f"http://{self.headers.get('Host', '')}{self.path}"
                portal.requests.append(url)
                body = portal.sitemap() if self.path == "/sitemap.xml" else portal.pages.get(url)
                self.send_response_only(404 if body is None else 200)
                kind = "application/xml" if self.path == "/sitemap.xml" else "text/html; charset=utf-8"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        return Handler
