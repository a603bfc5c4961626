"""Encrypted portals: whom we trust, what is put up with where a portal's TOML says so, and what is noted of it."""

import asyncio
import shutil
import ssl
import subprocess

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError

from archive.errors import FetchFailed, UntrustedServer
from kyson_crawler import crawl
from kyson_crawler import portal as portals
from kyson_crawler.network.tls import suite
from kyson_crawler.transport import ConnectTo
from tests.certificates import HOST, Authority, digest, server
from tests.fetching import exchange_of, fetch, transport
from tests.portals.rawserver import CLOSE, CLOSE_NOTIFY, RESET, Unencrypted, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
URL = f"https://{HOST}/"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def trusted(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))


def to(server, **spider_attributes):
    return {"connect_to": (ConnectTo.parse(f"::127.0.0.1:{server.port}"),), **spider_attributes}


def test_the_name_in_the_url_is_verified_and_the_certificate_recorded(authority):
    path = authority.sound()
    context = server(path)
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with serving(OK, tls=context) as portal:
        responses = fetch(Request(f"https://{HOST}./a"), Request(f"https://{HOST}./a"), **to(portal))
    exchange = exchange_of(responses[0])
    assert exchange.response == OK
    assert (exchange.tls.certificate_sha256, exchange.tls.fault) == (digest(path), None)
    assert (exchange.tls.version, exchange.protocols) == ("TLSv1.3", ("http/1.1", "tls/1.3"))
    assert exchange.tls.cipher.startswith("TLS_")
    assert names == [HOST]
    assert portal.connections == 1


FAULTY = {
    "expired": "certificate has expired",
    "not_yet_valid": "certificate is not yet valid",
    "of_another_name": f"Hostname mismatch, certificate is not valid for '{HOST}'.",
    "self_signed": "self-signed certificate",
    "without_intermediate": "unable to get local issuer certificate",
    "weak": "EE certificate key too weak",
    "with_sha1": "CA signature digest algorithm too weak",
}


@pytest.mark.parametrize(("lacking", "reason"), FAULTY.items(), ids=FAULTY)
def test_a_certificate_that_does_not_verify_is_refused_unasked_with_what_to_do(authority, lacking, reason):
    path = getattr(authority, lacking)()
    if path is None:
        pytest.skip("no openssl here to sign with SHA-1")
    with serving(OK, tls=server(path)) as portal, pytest.raises(UntrustedServer) as refused:
        fetch(request := Request(URL), **to(portal))
    assert f"does not verify of {HOST} ({reason.rstrip('.')})" in str(refused.value)
    assert "write insecure_tls = true into the portal's TOML" in str(refused.value)
    assert (portal.requests, portal.connections) == ([], 1)
    assert request.meta["attempt"].fault == str(refused.value).removesuffix(f": {URL}")
    assert request.meta["attempt"].request == b""


@pytest.mark.parametrize(("lacking", "reason"), FAULTY.items(), ids=FAULTY)
def test_a_portal_may_be_marked_to_be_taken_all_the_same_and_the_reason_is_kept(authority, lacking, reason):
    path = getattr(authority, lacking)()
    if path is None:
        pytest.skip("no openssl here to sign with SHA-1")
    with serving(CLOSING, tls=server(path)) as portal:
        responses = fetch(Request(URL), Request(URL), **to(portal, insecure_tls=True))
    for response in responses:
        assert response.body == b"hello"
        assert exchange_of(response).tls.fault == reason
        assert exchange_of(response).tls.certificate_sha256 == digest(path)
    assert portal.connections <= 4


def test_a_portal_that_is_marked_in_vain_is_verified_all_the_same(authority):
    with serving(OK, tls=server(authority.sound())) as portal:
        response = fetch(Request(URL), **to(portal, insecure_tls=True))
    assert exchange_of(response).tls.fault is None
    assert portal.connections == 1


OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]


@pytest.mark.parametrize("version", OLD)
def test_an_old_protocol_is_refused_with_what_to_do(authority, version):
    context = server(authority.sound(), version=version)
    says = rf"no encryption of today is spoken by {HOST} \(.*protocol.*\).*insecure_tls = true"
    with serving(OK, tls=context) as portal, pytest.raises(UntrustedServer, match=says):
        fetch(Request(URL), **to(portal))


@pytest.mark.parametrize("version", OLD)
def test_an_old_protocol_is_put_up_with_for_a_marked_portal_whose_certificate_is_verified_still(authority, version):
    found = []
    for path in (authority.sound(), authority.expired()):
        with serving(OK, tls=server(path, version=version)) as portal:
            found.append(exchange_of(fetch(Request(URL), **to(portal, insecure_tls=True))))
    number = "1.0" if version is ssl.TLSVersion.TLSv1 else "1.1"
    assert [exchange.protocols for exchange in found] == [("http/1.1", f"tls/{number}")] * 2
    assert "protocol" in found[0].tls.fault
    assert "expired" not in found[0].tls.fault
    assert found[1].tls.fault.endswith("; certificate has expired")


# The answer of a server that knows nothing of RFC 5746: TLS 1.2, a suite, and not one extension.
WITHOUT_RENEGOTIATION = bytes.fromhex("160303002a020000260303" + "5a" * 32 + "00c02f00")


@pytest.mark.parametrize(
    ("marked", "says"),
    [
        (False, r"no encryption of today is spoken by .* \(unsafe legacy renegotiation disabled\).*insecure_tls"),
        (True, "the server closed the connection|unexpected eof|reset"),
    ],
)
def test_a_server_without_secure_renegotiation_is_talked_to_only_for_a_marked_portal(marked, says):
    def answer(_hello):
        return [WITHOUT_RENEGOTIATION, CLOSE]

    with serving(answer) as portal, pytest.raises((UntrustedServer, DownloadFailedError), match=says):
        fetch(Request(URL), **to(portal, insecure_tls=marked))


def test_a_crawl_that_fails_for_a_certificate_says_what_to_write_and_then_goes(authority, tmp_path):
    toml = f'name = "Ky Son"\nseeds = ["{URL}"]\npage_hosts = ["{HOST}"]\n'
    with serving(OK, tls=server(authority.expired())) as portal:
        rules = to(portal)["connect_to"]
        plain = portals.parse(toml, slug="ky-son", origin="test")
        with pytest.raises(FetchFailed, match=r"certificate has expired\).*insecure_tls = true"):
            crawl.run(plain, tmp_path, connect_to=rules, delay=0)
        marked = portals.parse(toml + "insecure_tls = true\n", slug="ky-son", origin="test")
        assert crawl.run(marked, tmp_path, connect_to=rules, delay=0).figures.pages == 1


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["closed", "reset"])
def test_one_dropped_connection_weakens_nothing(authority, end):
    with serving(CLOSING, tls=server(authority.sound()), dropping=[end]) as portal:
        responses = fetch(Request(URL), Request(URL), **to(portal, insecure_tls=True))
    assert [exchange_of(response).tls.fault for response in responses] == [None, None]
    assert [exchange_of(response).tls.version for response in responses] == ["TLSv1.3"] * 2
    assert portal.connections == 3


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["closed", "reset"])
def test_a_server_that_drops_what_is_of_today_is_met_as_an_old_one_and_anew_each_time(authority, end):
    with serving(CLOSING, tls=server(authority.sound()), dropping=[end] * 2) as portal:
        responses = fetch(Request(URL), Request(URL), **to(portal, insecure_tls=True))
    first, second = (exchange_of(response).tls.fault for response in responses)
    assert first.startswith("the handshake was broken off twice: ")
    assert second is None
    assert portal.connections == 4


def test_no_dropped_connection_spares_a_server_its_certificate(authority):
    dropping = [RESET] * 3
    with serving(CLOSING, tls=server(authority.expired()), dropping=dropping) as portal:
        with pytest.raises(DownloadFailedError, match="no connection to"):
            fetch(Request(URL), **to(portal, insecure_tls=True))
        assert portal.connections == 3
        assert exchange_of(fetch(Request(URL), **to(portal, insecure_tls=True))).tls.fault == "certificate has expired"


def test_a_dropped_connection_is_an_error_where_nothing_is_put_up_with(authority):
    with serving(CLOSING, tls=server(authority.sound()), dropping=[RESET]) as portal:
        with pytest.raises(DownloadFailedError):
            fetch(Request(URL), **to(portal))
        assert portal.connections == 1


def test_a_certificate_that_is_renewed_within_a_crawl_is_judged_anew(authority):
    async def run(port):
        rules = (ConnectTo.parse(f"::127.0.0.1:{port}"),)
        async with transport(connect_to=rules, insecure_tls=True) as handler:
            await handler.download_request(before := Request(URL))
            context.load_cert_chain(authority.sound())
            await handler.download_request(after := Request(URL))
        return [request.meta["exchange"].tls.fault for request in (before, after)]

    context = server(authority.expired())
    with serving(CLOSING, tls=context) as portal:
        assert asyncio.run(run(portal.port)) == ["certificate has expired", None]


UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nabc"
BAD_RECORD = Unencrypted(b"\x17\x03\x03\x00\x20" + b"z" * 32)
"""A record of TLS that nobody who knows the key has made."""


@pytest.mark.parametrize(
    ("script", "truncated"),
    [
        ([UNTIL_CLOSE, CLOSE_NOTIFY], None),
        ([UNTIL_CLOSE, CLOSE], None),  # careless servers mean it so, and asyncio cannot tell
        ([UNTIL_CLOSE, 0.1, RESET], "disconnect"),
        ([UNTIL_CLOSE, 0.1, BAD_RECORD], "disconnect"),
        ([UNTIL_CLOSE[:-6] + b"Content-Length: 9\r\n\r\nabc", CLOSE], "disconnect"),
        ([CLOSING, CLOSE], None),
    ],
    ids=["close-notify", "no-close-notify", "reset", "bad-record", "short-of-length", "whole-by-its-length"],
)
def test_only_an_end_that_was_meant_ends_a_body(authority, script, truncated):
    with serving(script, tls=server(authority.sound())) as portal:
        exchange = exchange_of(fetch(Request(URL), **to(portal)))
    body = script[0].partition(b"\r\n\r\n")[2]
    assert (exchange.payload, exchange.truncated) == (body, truncated)


@pytest.mark.parametrize("marked", [False, True])
def test_a_server_without_tls_is_an_error_that_no_mark_helps(marked):
    with (
        serving([b"HTTP/1.1 400 Bad\r\n\r\n", CLOSE]) as portal,
        pytest.raises(DownloadFailedError, match=r"no connection to 127\.0\.0\.1 port \d+ \(wrong version number\)"),
    ):
        fetch(Request(URL), **to(portal, insecure_tls=marked))


def test_a_handshake_that_never_ends_is_a_time_out():
    with serving([1.0]) as portal, pytest.raises(DownloadTimeoutError, match="no connection within"):
        fetch(Request(URL, meta={"download_timeout": 0.15}), **to(portal))


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_cipher_suites_are_named_as_iana_names_them():
    offered = ["openssl", "ciphers", "-s", "-stdname", "DEFAULT:@SECLEVEL=0"]
    lines = subprocess.run(offered, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = [(line.split()[0], line.split()[2]) for line in lines]
    assert [(suite(name), name) for _, name in pairs] == pairs
    assert len(pairs) > 20
