"""Proxies as Scrapy's users know them, and what of them must never be kept."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError

from archive import warc
from archive.errors import ForbiddenAddress
from kyson_crawler.transport import ConnectTo
from tests.certificates import HOST, Authority, server
from tests.fetching import exchange_of, fetch
from tests.portals.proxyserver import ProxyServer
from tests.portals.rawportal import RawPortal, page
from tests.portals.rawserver import serving

ROOT = Path(__file__).parents[1]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"
LOGIN = b64encode(b"lan:bi mat")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


def through(proxy, url=f"http://{HOST}/a?b", **meta):
    return Request(url, headers={"Accept": "text/html"}, meta={"proxy": proxy.url, **meta})


def test_plain_http_is_asked_of_the_proxy_by_its_whole_address():
    with serving(OK) as origin, ProxyServer(origin.port) as proxy:
        exchange = exchange_of(fetch(through(proxy)))
    wire = b"GET http://%b/a?b HTTP/1.1\r\nHost: %b\r\nAccept: text/html\r\n\r\n" % ((HOST.encode(),) * 2)
    assert proxy.heads == [wire]
    assert (exchange.request, exchange.response) == (wire, OK)
    assert (exchange.proxy, exchange.address, exchange.port, exchange.lookup) == (proxy.url, None, None, None)


def test_https_goes_through_a_tunnel_that_is_no_part_of_the_record(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with serving(OK, tls=server(authority.sound())) as origin, ProxyServer(origin.port) as proxy:
        responses = fetch(through(proxy, f"https://{HOST}/a"), through(proxy, f"https://{HOST}/a"))
    exchange = exchange_of(responses[1])
    assert proxy.lines == [b"CONNECT %b:443 HTTP/1.1" % HOST.encode()]
    assert (exchange.request, exchange.response) == (origin.requests[1], OK)
    assert exchange.request.startswith(b"GET /a HTTP/1.1\r\nHost: kyson.example\r\n")
    assert (exchange.tls.fault, exchange.tls.protocol, exchange.address) == (None, "tls/1.3", None)
    assert proxy.connections == 1


def test_a_certificate_is_verified_through_a_tunnel_too(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with serving(OK, tls=server(authority.expired())) as origin, ProxyServer(origin.port) as proxy:
        response = fetch(through(proxy, f"https://{HOST}/"), insecure_tls=True)
    assert exchange_of(response).tls.fault == "certificate has expired"
    assert proxy.connections == 3


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("where", ["in-the-address", "in-a-header"])
def test_a_proxys_password_reaches_the_proxy_and_nothing_else(authority, monkeypatch, scheme, where):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    tls = server(authority.sound()) if scheme == "https" else None
    with serving(OK, tls=tls) as origin, ProxyServer(origin.port, login=LOGIN) as proxy:
        request = through(proxy, f"{scheme}://{HOST}/")
        if where == "in-a-header":
            request.headers["Proxy-Authorization"] = b"Basic " + LOGIN
        else:
            request.meta["proxy"] = f"http://lan:bi%20mat@127.0.0.1:{proxy.port}"
        exchange = exchange_of(fetch(request))
    assert exchange.response == OK
    assert proxy.heads[0].count(b"\r\nProxy-Authorization: Basic %b\r\n" % LOGIN) == 1
    kept = repr(exchange)
    assert "uthorization" not in kept
    assert "lan:" not in kept
    assert LOGIN.decode() not in kept
    assert exchange.proxy == proxy.url
    if scheme == "https":
        assert b"uthorization" not in origin.requests[0]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_password_is_no_answer_of_the_portal(scheme):
    says = r"proxy .* 407 'Can dang nhap', write it as http://USER:PASS"
    with (
        serving(OK) as origin,
        ProxyServer(origin.port, login=LOGIN) as proxy,
        pytest.raises(DownloadFailedError, match=says),
    ):
        fetch(request := through(proxy, f"{scheme}://{HOST}/"))
    assert origin.requests == []
    assert request.meta["attempt"].proxy == proxy.url


def test_a_tunnel_that_is_refused_is_an_error_that_says_so():
    with (
        serving(OK) as origin,
        ProxyServer(origin.port, greeting=b"HTTP/1.1 403 Cam") as proxy,
        pytest.raises(DownloadFailedError, match=r"no connection to the proxy 127\.0\.0\.1 port .*403 'Cam'"),
    ):
        fetch(through(proxy, f"https://{HOST}/"))


def test_a_rule_sends_a_tunnel_elsewhere_as_with_curl():
    with serving(OK) as origin, ProxyServer(origin.port) as proxy:
        exchange = exchange_of(fetch(through(proxy), connect_to=(ConnectTo.parse("::192.0.2.7:81"),)))
    assert proxy.lines == [b"CONNECT 192.0.2.7:81 HTTP/1.1"]
    assert exchange.request == origin.requests[0]
    assert exchange.request.startswith(b"GET /a?b HTTP/1.1\r\nHost: kyson.example\r\n")


def test_what_is_on_this_machine_is_asked_directly():
    with serving(OK) as origin, ProxyServer(origin.port) as proxy:
        exchange = exchange_of(fetch(through(proxy, origin.url())))
    assert (proxy.connections, exchange.proxy, exchange.address) == (0, None, "127.0.0.1")


@pytest.mark.parametrize("host", ["10.0.0.1", "0x7f000002", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_a_proxy_is_not_sent_to_private_addresses(host):
    with serving(OK) as origin, ProxyServer(origin.port) as proxy, pytest.raises(ForbiddenAddress):
        fetch(through(proxy, f"http://{host}/"))
    assert proxy.connections == 0


def test_a_proxy_is_not_sent_to_a_name_that_leads_to_a_private_address_here(monkeypatch):
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", answering({HOST: "10.0.0.1"}))
    with serving(OK) as origin, ProxyServer(origin.port) as proxy, pytest.raises(ForbiddenAddress):
        fetch(through(proxy))
    assert proxy.connections == 0


def answering(answers):
    async def getaddrinfo(_loop, host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.get(host, host), port))]

    return getaddrinfo


def test_a_crawl_that_nobody_answers_for_leaves_by_no_proxy():
    with (
        serving(OK) as origin,
        ProxyServer(origin.port) as proxy,
        pytest.raises(ForbiddenAddress, match="nobody to contact"),
    ):
        fetch(through(proxy), loopback_only=True)
    assert proxy.connections == 0


def test_a_proxy_that_is_not_there_is_said_so():
    with pytest.raises(DownloadConnectionRefusedError, match=r"refused by the proxy 127\.0\.0\.1 port 1: "):
        fetch(Request(f"http://{HOST}/", meta={"proxy": "http://127.0.0.1:1"}))
    with pytest.raises(CannotResolveHostError, match=r"for the proxy proxy\.invalid"):
        fetch(Request(f"http://{HOST}/", meta={"proxy": "http://proxy.invalid:3128"}))


CRAWL = """
import json, sys
from pathlib import Path
from kyson_crawler import crawl, portal
outcome = crawl.run(portal.ad_hoc("http://kyson.example/"), Path(sys.argv[1]), delay=0)
print(json.dumps([outcome.status, outcome.figures.pages]))
"""


def test_a_crawl_takes_the_proxy_of_the_environment_and_keeps_no_password(tmp_path):
    (tmp_path / "kyson.toml").write_text('[operator]\nname = "Lan"\ncontact = "lan@example.org"\n')
    html = '<html><body><h1>Khánh thành cầu treo</h1><p><a href="/bai-1.html">Bài một</a></p></body></html>'
    with RawPortal({f"http://{HOST}/": page(html)}) as origin, ProxyServer(origin.port, login=LOGIN) as proxy:
        environment = {"http_proxy": f"http://lan:bi%20mat@127.0.0.1:{proxy.port}", "PATH": os.environ["PATH"]}
        run = subprocess.run(
            [sys.executable, "-c", CRAWL, tmp_path],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=60,
            check=True,
        )
    assert json.loads(run.stdout) == ["finished", 1]
    assert b"GET http://kyson.example/robots.txt HTTP/1.1" in proxy.lines
    for path in (tmp_path / "warc").glob("*.warc.gz"):
        for record in warc.records(path):
            assert b"roxy-Authorization" not in record.block
            assert LOGIN not in record.block
    assert b"bi%20mat" not in (tmp_path / "archive.db").read_bytes() + run.stderr
    assert LOGIN not in (tmp_path / "archive.db").read_bytes() + run.stderr
