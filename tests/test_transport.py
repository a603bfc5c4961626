"""The transport against a server that sends whatever bytes a test wants, in whatever pieces."""

import asyncio
import datetime as dt
import gc
import gzip
import http.client
import io
import ipaddress
import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
)
from scrapy.http import HtmlResponse

from archive.errors import ForbiddenAddress, UsageError
from kyson_crawler.network.addresses import Lookup, allowed, destination, is_public, look_up, private_hosts_of
from kyson_crawler.network.wire import HEAD_LIMIT, ResponseReader
from kyson_crawler.transport import ConnectTo
from tests.fetching import exchange_of, fetch, transport
from tests.portals.rawserver import CLOSE, RESET, RawServer, serving

ROOT = Path(__file__).parents[1]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"


H = b"HTTP/1.1 200 OK\r\n"
CHUNKED = H + b"Transfer-Encoding: chunked\r\n\r\n"
FRAMINGS = {
    "content-length": (H + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "empty": (H + b"Content-Length: 0\r\n\r\n", b""),
    "until-close": (H + b"\r\nabc", b"abc"),
    "http-1.0": (b"HTTP/1.0 200 OK\r\n\r\nabc", b"abc"),
    "chunked": (CHUNKED + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
    "chunked-with-extension-and-trailer": (CHUNKED + b'3;n="v"\r\nabc\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n', b"abc"),
    "chunk-size-with-spaces-and-zeros": (CHUNKED + b"0003  \r\nabc\r\n000\r\n\r\n", b"abc"),
    "length-and-chunked": (
        H + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"abc",
    ),
    "interim-first": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
        b"hello",
    ),
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "not-modified-with-length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", b""),
    "blank-lines-first": (b"\r\n\r\n" + OK, b"hello"),
    "no-reason": (b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "bare-lf": (b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", b"abc"),
    "space-before-colon": (H + b"Content-Length : 3\r\n\r\nabc", b"abc"),
    "line-without-colon": (H + b"nonsense\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "folded-header": (H + b"X-A: one\r\n two\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "8-bit-header": (H + b"\xc4\x90\xe1\xba\xa3ng: H\xe1\xbb\x99i\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "two-equal-lengths": (H + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "list-of-lengths": (H + b"Content-Length: 3, 3\r\n\r\nabc", b"abc"),
    "negative-length": (H + b"Content-Length: -3\r\n\r\nabc", b"abc"),
    "length-that-is-no-number": (H + b"Content-Length: many\r\n\r\nabc", b"abc"),
    "status-line-with-two-spaces": (b"HTTP/1.1  200  OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "doubled-cr": (H + b"X-A: 1\r\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "folds-of-blanks": (H + b"odd name: 1\r\nX-A: one\r\n \r\n\t two\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    "switched-protocols-unasked": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b""),
    "upgrade-offered": (H + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
}


@pytest.mark.parametrize(("wire", "payload"), FRAMINGS.values(), ids=FRAMINGS)
def test_every_framing_is_kept_byte_for_byte_and_decoded(wire, payload):
    with serving([wire, CLOSE]) as server:
        response = fetch(Request(server.url()))
    exchange = exchange_of(response)
    assert exchange.response == wire
    assert exchange.payload == response.body == payload
    assert exchange.truncated is None
    assert response.flags == []


@pytest.mark.parametrize(("wire", "payload"), FRAMINGS.values(), ids=FRAMINGS)
def test_a_response_is_the_same_in_single_bytes(wire, payload):
    reader = ResponseReader(method="GET", maxsize=0)
    for at in range(len(wire)):
        reader.feed(wire[at : at + 1])
    reader.eof()
    assert (reader.fault, reader.truncated) == (None, None)
    assert (reader.response, reader.payload) == (wire, payload)


@pytest.mark.parametrize("name", ["content-length", "until-close", "chunked-with-extension-and-trailer", "no-content"])
def test_the_standard_library_reads_the_same_from_the_kept_bytes(name):
    class Kept:
        def makefile(self, mode):
            return io.BytesIO(reader.response)

    reader = ResponseReader(method="GET", maxsize=0)
    reader.feed(FRAMINGS[name][0])
    reader.eof()
    other = http.client.HTTPResponse(Kept())
    other.begin()
    assert (other.status, other.reason.encode(), other.read()) == (
        reader.message.status,
        reader.message.reason,
        reader.payload,
    )


def test_whatever_a_server_sends_is_read_the_same_in_any_pieces():
    chance = random.Random(2026)
    wires = [wire for wire, _ in FRAMINGS.values()]
    for _ in range(1000):
        wire = bytearray(chance.choice(wires))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(wire))
            wire[at : at + chance.randint(0, 2)] = chance.choice([b"", b"\r\n", b"\n", b"\0", b":", b"9", b"\xff"])
        wire = bytes(wire) or b"\n"
        results = []
        for step in (len(wire), 1, chance.randint(2, 9)):
            reader = ResponseReader(method="GET", maxsize=0)
            for at in range(0, len(wire), step):
                reader.feed(wire[at : at + step])
            reader.eof()
            assert reader.response == wire
            assert reader.done
            message = reader.message
            results.append(
                (reader.truncated, message and (message.status, message.reason, message.headers, reader.payload))
            )
        assert results[0] == results[1] == results[2], wire


RUN = 250_000
"""As many bytes as a head may have, about."""


@pytest.mark.parametrize(
    "head",
    [
        H + b"X: 1" + b"\r" * RUN + b"y\r\n\r\n",
        H + b"odd name: 1\r\nX: 1" + b"\r" * RUN + b"\r\n\r\n",
        H + b"X: 1" + b"\r " * (RUN // 2) + b"y\r\n\r\n",
        H + b"odd name: 1\r\nX: 1" + b"\r\n y" * (RUN // 4) + b"\r\n\r\n",
        H + b"odd name: 1" + b"\r\n\r" * (RUN // 3) + b"\r\n\r\n",
        H + b"X: 1" + b" " * RUN + b"\0\r\n\r\n",
        H + b"odd name: 1\r\n" + b":\n" * (RUN // 2) + b"\r\n\r\n",
        CHUNKED + b"0\r\nX: 1" + b"\r\n y" * RUN * 4,
        CHUNKED + b"3;" + b"n" * RUN * 4,
    ],
    ids=["cr", "cr-at-the-end", "cr-and-space", "folds", "blank-lines", "spaces", "colons", "trailer", "extension"],
)
def test_no_head_and_no_trailer_holds_up_the_crawl(head):
    began = time.thread_time()
    reader = ResponseReader(method="GET", maxsize=0)
    for at in range(0, len(head), 65536):
        reader.feed(head[at : at + 65536])
    assert time.thread_time() - began < 10
    assert reader.done or reader.message is not None


def test_a_trailer_without_end_is_cut_and_labelled():
    with serving([CHUNKED + b"3\r\nabc\r\n0\r\n", *[b"X-A: 1\r\n" * 8000] * 9]) as server:
        exchange = exchange_of(fetch(Request(server.url())))
    assert (exchange.payload, exchange.truncated) == (b"abc", "length")
    assert HEAD_LIMIT < len(exchange.response) < 4 * HEAD_LIMIT


def test_a_trailer_without_end_is_cut_also_when_it_comes_at_once():
    reader = ResponseReader(method="GET", maxsize=0)
    reader.feed(CHUNKED + b"3\r\nabc\r\n0\r\n" + b"X-Muon: 1\r\n y" * 600_000)
    assert (reader.payload, reader.truncated) == (b"abc", "length")
    assert HEAD_LIMIT < len(reader.response) < 2 * HEAD_LIMIT


def test_headers_keep_case_order_and_repetition():
    fields = b"server: X\r\nSET-Cookie: a=1\r\nX-Empty:\r\nSet-cookie: b=2\r\ncontent-LENGTH: 0\r\n"
    with serving(b"HTTP/1.1 404 Khong tim thay\r\n" + fields + b"\r\n") as server:
        response = fetch(Request(server.url()))
    exchange = exchange_of(response)
    assert exchange.headers == (
        (b"server", b"X"),
        (b"SET-Cookie", b"a=1"),
        (b"X-Empty", b""),
        (b"Set-cookie", b"b=2"),
        (b"content-LENGTH", b"0"),
    )
    assert (exchange.status, exchange.reason, exchange.http_version) == (404, b"Khong tim thay", "1.1")
    assert response.headers.getlist("Set-Cookie") == [b"a=1", b"b=2"]


def test_odd_header_lines_are_named_as_received():
    with serving(H + b"\xc4\x90: x\r\nA : 1\r\nContent-Length: 0\r\n\r\n") as server:
        exchange = exchange_of(fetch(Request(server.url())))
    assert exchange.headers == ((b"\xc4\x90", b"x"), (b"A", b"1"), (b"Content-Length", b"0"))


def test_folded_lines_of_a_head_with_odd_names_are_one_value():
    folded = b"odd name: 1\r\nX-A: one\r\n  two \r\r\n\t \r\n three\nX-B:\n 4\r\nContent-Length: 0\r\n\r\n"
    with serving(H + folded) as server:
        exchange = exchange_of(fetch(Request(server.url())))
    assert exchange.headers[1:3] == ((b"X-A", b"one two   three"), (b"X-B", b"4"))


def test_trailers_are_no_headers():
    with serving(CHUNKED + b"0\r\nX-Late: 1\r\n\r\n") as server:
        exchange = exchange_of(fetch(Request(server.url())))
    assert exchange.headers == ((b"Transfer-Encoding", b"chunked"),)


def test_a_head_request_has_no_body_whatever_its_length_says():
    wire = H + b"Content-Length: 1000\r\n\r\n"
    with serving(wire) as server:
        responses = fetch(*[Request(server.url(), method="HEAD")] * 2)
    assert [exchange_of(response).response for response in responses] == [wire, wire]
    assert server.connections == 1


def test_gzip_content_passes_untouched():
    packed = gzip.compress("Đêm hội Kỳ Sơn".encode(), mtime=0)
    wire = H + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    with serving(wire) as server:
        response = fetch(Request(server.url()))
    assert response.body == exchange_of(response).payload == packed


def test_the_request_on_the_wire_is_what_the_server_got():
    request_headers = {"User-Agent": "kyson", "Accept": "text/html", "Accept-Encoding": "gzip"}
    with serving(OK) as server:
        response = fetch(Request(server.url("/tin%20tuc/?id=1&x=a%2Fb#phan-2"), headers=request_headers))
    exchange = exchange_of(response)
    assert server.requests == [exchange.request]
    assert exchange.request == (
        b"GET /tin%%20tuc/?id=1&x=a%%2Fb HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        b"User-Agent: kyson\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n" % server.port
    )
    assert exchange.url == server.url("/tin%20tuc/?id=1&x=a%2Fb")
    assert response.url == server.url("/tin%20tuc/?id=1&x=a%2Fb#phan-2")


@pytest.mark.parametrize(
    ("path", "target"), [("", b"/"), ("?a", b"/?a"), ("/a?", b"/a?"), ("/a//b/../c;d", b"/a//b/../c;d")]
)
def test_the_target_is_exactly_as_in_the_url(path, target):
    with serving(OK) as server:
        fetch(Request(server.url(path), meta={"verbatim_url": True}))
    assert server.requests[0].split(b" ")[1] == target


def test_a_post_carries_its_body_and_its_length():
    with serving(OK) as server:
        exchange = exchange_of(fetch(Request(server.url(), method="POST", body=b"a=1")))
    assert server.requests == [exchange.request]
    assert exchange.request.endswith(b"\r\nContent-Length: 3\r\n\r\na=1")


def test_the_default_port_is_not_in_the_host_header():
    with serving(OK) as server:
        rules = (ConnectTo(host="", port="", address="127.0.0.1", to_port=str(server.port)),)
        fetch(Request("http://kyson.example:80/"), connect_to=rules)
    assert b"\r\nHost: kyson.example\r\n" in server.requests[0]


def test_credentials_in_a_url_are_neither_sent_nor_stored():
    with serving(OK) as server:
        url = server.url(host="admin:secret@127.0.0.1")
        response = fetch(Request(url))
    exchange = exchange_of(response)
    assert response.url == exchange.url == server.url()
    assert b"secret" not in server.requests[0]
    assert b"uthorization" not in server.requests[0]


def test_credentials_in_a_redirect_stay_in_the_evidence_alone():
    wire = b"HTTP/1.1 302 Di\r\nLocation: http://admin:secret@kyson.example/a@b\r\nContent-Length: 0\r\n\r\n"
    with serving(wire) as server:
        response = fetch(Request(server.url()))
    assert response.headers["Location"] == b"http://kyson.example/a@b"
    assert exchange_of(response).response == wire


@pytest.mark.parametrize(
    "request_",
    [
        Request("http://127.0.0.1:1/", headers={"X-A": "1\r\nX-B: 2"}),
        Request("http://127.0.0.1:1/", method="GET / HTTP/1.1\r\nX:"),
        Request("http://127.0.0.1:1/a b", meta={"verbatim_url": True}),
        Request("http://127.0.0.1:1/\r\nX-B: 2", meta={"verbatim_url": True}),
        Request("http://127.0.0.1:99999/", meta={"verbatim_url": True}),
        Request("http://127.0.0.1:1/", meta={"proxy": "socks5://127.0.0.1:2"}),
        Request("http://127.0.0.1:1/", meta={"proxy": "http://127.0.0.1:99999"}),
        Request("http://kyson.example/", meta={"proxy": "127.0.0.1:1"}, headers={"Proxy-Authorization": "a\r\nb: c"}),
    ],
    ids=["header", "method", "space", "line-break", "port", "proxy-scheme", "proxy-port", "proxy-authorization"],
)
def test_a_request_that_cannot_be_sent_safely_is_not_sent(request_):
    request_ = request_.replace(url=request_.url.replace("//", "//lan:bimat@", 1))
    with pytest.raises(NotSupported) as refused:
        fetch(request_)
    assert "bimat" not in str(refused.value)


def test_a_response_is_of_the_right_class_with_address_and_protocol():
    with serving(OK) as server:
        response = fetch(Request(server.url()))
    assert isinstance(response, HtmlResponse)
    assert response.ip_address == ipaddress.ip_address("127.0.0.1")
    assert response.protocol == "HTTP/1.1"
    exchange = exchange_of(response)
    assert (exchange.address, exchange.port, exchange.tls) == ("127.0.0.1", server.port, None)


def test_latency_runs_from_sending_to_the_end_of_the_headers():
    with serving([0.1, H + b"Content-Length: 3\r\n\r\n", 0.2, b"abc"]) as server:
        before = dt.datetime.now(dt.UTC)
        response = fetch(Request(server.url()))
    exchange = exchange_of(response)
    assert 0.09 < response.meta["download_latency"] < exchange.timings.total - 0.15
    assert before <= exchange.started <= dt.datetime.now(dt.UTC) - dt.timedelta(seconds=0.29)


def test_timings_tell_the_opening_of_a_connection_from_its_use():
    with serving([0.1, H + b"Content-Length: 3\r\n\r\n", 0.1, b"abc"]) as server:
        first, second = (
            exchange_of(response).timings for response in fetch(Request(server.url()), Request(server.url()))
        )
    assert 0 <= first.lookup + first.connect < first.first_byte
    assert 0.09 < first.first_byte < first.first_byte + 0.09 < first.total
    assert (second.lookup, second.connect, second.tls, first.tls) == (None, None, None, None)
    assert 0.09 < second.first_byte < second.total


# Connections and their reuse


def test_a_connection_is_used_again():
    with serving(OK) as server:
        responses = fetch(*[Request(server.url(f"/{n}")) for n in range(5)])
    assert [response.body for response in responses] == [b"hello"] * 5
    assert (server.connections, len(server.requests)) == (1, 5)


@pytest.mark.parametrize(
    "wire",
    [
        H + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        H + b"Content-Length: 3\r\n\r\nabcdef",
        H + b"Content-Length: 3\r\n\r\nabc" + OK,
        b"HTTP/1.1 204 No Content\r\n\r\nbody that must not be there",
    ],
    ids=["connection-close", "http-1.0", "bytes-after-the-end", "second-response", "body-after-204"],
)
def test_a_connection_is_not_used_again_when_it_cannot_be_trusted(wire):
    with serving(wire) as server:
        responses = fetch(*[Request(server.url())] * 2)
    assert [exchange_of(response).response for response in responses] == [wire, wire]
    assert {exchange_of(response).truncated for response in responses} == {None}
    assert server.connections == 2


def test_bytes_that_come_late_end_an_idle_connection():
    with serving([OK, 0.05, b"HTTP/1.1 408 Request Timeout\r\n\r\n"], OK) as server:
        responses = fetch(*[Request(server.url())] * 2, pause=0.15)
    assert [response.status for response in responses] == [200, 200]
    assert server.connections == 2


def test_http_1_0_keep_alive_is_honoured():
    with serving(b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\nabc") as server:
        fetch(*[Request(server.url())] * 2)
    assert server.connections == 1


def test_a_connection_closed_while_idle_is_replaced():
    with serving([OK, CLOSE]) as server:
        fetch(*[Request(server.url())] * 2, pause=0.05)
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_used_connection_that_dies_silently_is_replaced_once():
    with serving(OK, [CLOSE], OK) as server:
        responses = fetch(*[Request(server.url())] * 2)
    assert [response.body for response in responses] == [b"hello", b"hello"]
    assert (server.connections, len(server.requests)) == (2, 3)


def test_the_replacement_is_not_replaced_again():
    with serving(OK, [CLOSE]) as server, pytest.raises(DownloadFailedError, match="without an answer"):
        fetch(*[Request(server.url())] * 2)
    assert len(server.requests) == 3


def test_a_used_connection_that_dies_within_the_headers_is_an_error():
    with serving(OK, [b"HTTP/1.1 2", CLOSE]) as server, pytest.raises(DownloadFailedError, match="within the headers"):
        fetch(*[Request(server.url())] * 2)
    assert len(server.requests) == 2


def test_a_post_is_never_sent_over_a_used_connection():
    with serving(OK) as server:
        fetch(Request(server.url()), Request(server.url(), method="POST", body=b"x"))
    assert server.connections == 2


def test_an_unused_connection_is_closed_after_the_idle_limit(monkeypatch):
    monkeypatch.setattr("kyson_crawler.transport.IDLE_LIMIT", 0.05)
    with serving(OK) as server:
        fetch(*[Request(server.url())] * 2, pause=0.15)
    assert server.connections == 2


def test_nothing_is_remembered_of_closed_connections():
    async def run(url):
        async with transport() as handler:
            await handler.download_request(Request(url))
            await asyncio.sleep(0.05)
            return len(handler._connections), handler._idle

    with serving([OK, CLOSE]) as server:
        assert asyncio.run(run(server.url())) == (0, {})


def test_requests_side_by_side_have_a_connection_each():
    async def run(urls):
        async with transport() as handler:
            requests = [Request(url) for url in urls]
            await asyncio.gather(*map(handler.download_request, requests))
            return [request.meta["exchange"].request.split()[1] for request in requests]

    with serving([0.05, OK]) as server:
        assert asyncio.run(run([server.url(f"/{n}") for n in range(4)])) == [b"/0", b"/1", b"/2", b"/3"]
    assert server.connections == 4


def test_a_waiting_request_survives_garbage_collection():
    async def run(url):
        async with transport() as handler:
            task = weakref.ref(asyncio.create_task(handler.download_request(Request(url))))
            await asyncio.sleep(0.05)
            gc.collect()
            return (await task()).body

    with serving([0.1, OK]) as server:
        assert asyncio.run(run(server.url())) == b"hello"


def test_a_cancelled_request_leaves_no_connection():
    async def run(url):
        async with transport() as handler:
            task = asyncio.create_task(handler.download_request(Request(url)))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.01)
            return len(handler._connections)

    with serving([0.2, OK]) as server:
        assert asyncio.run(run(server.url())) == 0


def test_closing_ends_requests_under_way():
    async def run(url):
        async with transport() as handler:
            task = asyncio.create_task(handler.download_request(Request(url)))
            await asyncio.sleep(0.05)
        with pytest.raises(DownloadFailedError):
            await task

    with serving([0.2, OK]) as server:
        asyncio.run(run(server.url()))


def test_closing_ends_a_body_under_way_as_a_half_one():
    async def run(url):
        async with transport() as handler:
            task = asyncio.create_task(handler.download_request(request := Request(url)))
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        await task
        return request.meta["exchange"]

    with serving([H + b"\r\nabc", 5.0]) as server:
        exchange = asyncio.run(run(server.url()))
    assert (exchange.payload, exchange.truncated) == (b"abc", "disconnect")


# Half pages


@pytest.mark.parametrize(
    ("script", "meta", "reason", "payload"),
    [
        ([H + b"Content-Length: 9\r\n\r\nabc", CLOSE], {}, "disconnect", b"abc"),
        ([CHUNKED + b"3\r\nabc\r\n9\r\nde", CLOSE], {}, "disconnect", b"abcde"),
        ([CHUNKED + b"3\r\nabc\r\n", CLOSE], {}, "disconnect", b"abc"),
        ([H + b"\r\nabc", 0.1, RESET], {}, "disconnect", b"abc"),
        ([b"HTTP/1.0 200 OK\r\n\r\nabc", 0.1, RESET], {}, "disconnect", b"abc"),
        ([H + b"Content-Length: 9\r\n\r\nabc", 0.1, RESET], {}, "disconnect", b"abc"),
        ([H + b"Content-Length: 9\r\n\r\nabc", 0.5], {"download_timeout": 0.15}, "time", b"abc"),
        ([H + b"\r\nabc", 0.5], {"download_timeout": 0.15}, "time", b"abc"),
        ([CHUNKED + b"3\r\nabc\r\nzz\r\n"], {}, "unspecified", b"abc"),
        ([CHUNKED + b"-3\r\nabc\r\n"], {}, "unspecified", b""),
        ([CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n"], {}, "unspecified", b"abc"),
        ([CHUNKED + b"fffffffffffffffffff\r\nabc"], {}, "unspecified", b""),
    ],
    ids=[
        "short-of-length",
        "within-chunk",
        "between-chunks",
        "reset-before-close",
        "reset-in-http-1.0",
        "reset-within-length",
        "late-within-length",
        "late-before-close",
        "bad-size",
        "negative-size",
        "chunk-longer-than-its-size",
        "huge-size",
    ],
)
def test_half_a_page_is_kept_and_labelled(script, meta, reason, payload):
    with serving(script) as server:
        response = fetch(Request(server.url(), meta=meta))
    exchange = exchange_of(response)
    assert exchange.truncated == reason
    assert exchange.response == b"".join(step for step in script if isinstance(step, bytes))
    assert exchange.payload == response.body == payload
    assert response.flags == ["dataloss"]


@pytest.mark.parametrize("meta", [{}, {"download_maxsize": 100}])
def test_a_response_is_cut_at_the_size_limit_on_the_wire(meta):
    with serving([H + b"\r\n", b"x" * 1000, 0.5]) as server:
        response = fetch(Request(server.url(), meta=meta), settings={"DOWNLOAD_MAXSIZE": 100})
    exchange = exchange_of(response)
    assert exchange.truncated == "length"
    assert exchange.response == H + b"\r\n" + b"x" * (100 - len(H) - 2)


def test_a_response_of_exactly_the_size_limit_is_whole():
    with serving([OK]) as server:
        response = fetch(Request(server.url(), meta={"download_maxsize": len(OK)}))
    assert exchange_of(response).truncated is None


def test_an_endless_body_costs_no_more_than_the_size_limit():
    with serving([H + b"\r\n", *[b"x" * 65536] * 1000]) as server:
        response = fetch(Request(server.url(), meta={"download_maxsize": 200_000}))
    assert len(exchange_of(response).response) == 200_000


@pytest.mark.parametrize(
    ("script", "meta", "error"),
    [
        ([H + b"Content-Length: 9\r\n\r\nabc", CLOSE], {}, ResponseDataLossError),
        ([H + b"Content-Length: 9\r\n\r\nabc", 0.5], {"download_timeout": 0.15}, DownloadTimeoutError),
        ([H + b"Content-Length: 9\r\n\r\nabc", 0.1], {"download_maxsize": 40}, DownloadCancelledError),
    ],
    ids=["disconnect", "time", "length"],
)
def test_half_a_page_is_an_error_when_data_loss_shall_fail(script, meta, error):
    with serving(script) as server, pytest.raises(error):
        fetch(Request(server.url(), meta=meta), settings={"DOWNLOAD_FAIL_ON_DATALOSS": True})


# No answer


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([CLOSE], "without an answer"),
        ([RESET], "without an answer"),
        ([b"\r\n\r\n", CLOSE], "within the headers"),
        ([b"HTTP/1.1 200 OK\r\nContent-Ty", CLOSE], "within the headers"),
        ([b"HTTP/1.1 200 OK\r\nContent-Ty", 0.1, RESET], "within the headers"),
        ([b"HTTP/1.1 200 OK\r\n", CLOSE], "within the headers"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", CLOSE], "within the headers"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "not HTTP, it begins with"),
        ([b"<html>no headers at all"], "not HTTP, it begins with"),
        ([b"\x1b[2J\x1b[31mevil"], r"\\x1b\[2J"),
        ([b"HTTP/1.1 OK 200\r\n\r\n"], "cannot be read as HTTP"),
        ([H, *[b"X-Filler: " + b"x" * 16000 + b"\r\n"] * 17], "do not end within 262144 bytes"),
        ([H, b"X-Long: " + b"x" * (HEAD_LIMIT + 1)], "do not end within 262144 bytes"),
        ([b"\r\n" * HEAD_LIMIT], "do not end within 262144 bytes"),
        ([b"HTTP/1.1 102 Processing\r\n\r\n" * 20_000], "do not end within 262144 bytes"),
    ],
    ids=[
        "closed",
        "reset",
        "newline-only",
        "broken-header",
        "reset-header",
        "status-line-only",
        "interim-only",
        "ssh",
        "http-0.9",
        "escape-codes",
        "bad-status",
        "many-headers",
        "overflow-line",
        "endless-newlines",
        "endless-interim",
    ],
)
def test_no_complete_headers_is_an_error_that_says_why(script, says):
    with serving(script) as server, pytest.raises(DownloadFailedError, match=says) as caught:
        fetch(request := Request(server.url()))
    assert server.url() in str(caught.value)
    assert "\x1b" not in str(caught.value)
    attempt = request.meta["attempt"]
    sent = b"".join(step for step in script if isinstance(step, bytes))
    assert sent.startswith(attempt.response)
    assert len(attempt.response) >= min(len(sent), HEAD_LIMIT)
    assert (attempt.request, attempt.address, attempt.port) == (server.requests[0], "127.0.0.1", server.port)
    assert attempt.fault == str(caught.value).removesuffix(f": {server.url()}")


@pytest.mark.parametrize(
    ("script", "truncated"),
    [
        ([H + b"Content-Ty", CLOSE], "disconnect"),
        ([H + b"Content-Ty", 0.1, RESET], "disconnect"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", CLOSE], "disconnect"),
        ([H + b"X-Long: " + b"x" * (HEAD_LIMIT + 1)], "length"),
        ([H, 5.0], "time"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "unspecified"),
    ],
    ids=["closed", "reset", "interim-only", "overflow-line", "slow-headers", "ssh"],
)
def test_why_no_more_came_of_a_response_is_kept_with_what_came(script, truncated):
    with serving(script) as server, pytest.raises((DownloadFailedError, DownloadTimeoutError)):
        fetch(request := Request(server.url(), meta={"download_timeout": 2.0 if truncated == "time" else 60.0}))
    assert request.meta["attempt"].truncated == truncated
    assert request.meta["attempt"].response


@pytest.mark.parametrize("script", [[0.5], [b"HTTP/1.1 200 OK\r\n", 0.5]], ids=["silence", "slow-headers"])
def test_no_headers_in_time_is_a_time_out(script):
    with serving(script) as server, pytest.raises(DownloadTimeoutError, match=r"within 0\.15 seconds"):
        fetch(Request(server.url()), settings={"DOWNLOAD_TIMEOUT": 0.15})


def test_a_trickle_does_not_outlast_the_time_limit():
    trickle = [step for byte in b"HTTP/1.1 200 OK\r\nX-Slow: 1\r\n\r\n" for step in (bytes([byte]), 0.03)]
    with serving(trickle) as server, pytest.raises(DownloadTimeoutError):
        fetch(Request(server.url(), meta={"download_timeout": 0.2}))


def test_a_failed_request_carries_no_exchange_of_an_earlier_try():
    request = Request("http://127.0.0.1:1/", meta={"exchange": "old"})
    with pytest.raises(DownloadConnectionRefusedError, match=r"refused by 127\.0\.0\.1 port 1: http"):
        fetch(request)
    assert "exchange" not in request.meta
    attempt = request.meta["attempt"]
    assert attempt.fault == "connection refused by 127.0.0.1 port 1"
    assert (attempt.request, attempt.response, attempt.address) == (b"", b"", None)


def test_a_request_that_is_answered_carries_no_attempt_of_an_earlier_try():
    with serving(OK) as server:
        response = fetch(Request(server.url(), meta={"attempt": "old"}))
    assert "attempt" not in response.meta


def test_what_a_name_led_to_is_kept_of_answered_and_of_refused_requests(monkeypatch):
    async def getaddrinfo(_loop, host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "10.0.0.1")]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    with serving(OK) as server:
        url = server.url(host="kyson.example")
        responses = fetch(Request(url), Request(url), private_hosts={"kyson.example"})
        with pytest.raises(ForbiddenAddress):
            fetch(refused := Request(url))
    lookup = exchange_of(responses[0]).lookup
    assert (lookup.host, list(map(str, lookup.addresses))) == ("kyson.example", ["127.0.0.1", "10.0.0.1"])
    assert exchange_of(responses[1]).lookup is None
    assert refused.meta["attempt"].lookup.addresses == lookup.addresses


def test_an_address_is_no_name_that_was_looked_up():
    with serving(OK) as server:
        assert exchange_of(fetch(Request(server.url()))).lookup is None
    with pytest.raises(ForbiddenAddress):
        fetch(refused := Request("http://10.0.0.1/"))
    assert refused.meta["attempt"].lookup is None


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".vn", "a..vn"])
def test_a_name_that_leads_nowhere_is_said_so(host):
    with pytest.raises(CannotResolveHostError, match=host):
        fetch(request := Request(f"http://{host}/"))
    lookup = request.meta["attempt"].lookup
    assert (lookup.host, lookup.addresses) == (host, ())
    assert lookup.fault in request.meta["attempt"].fault


# Where it goes


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.2",
        "localhost",
        "2130706434",
        "017700000002",
        "0x7f000002",
        "127.2",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "10.0.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "100.64.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "[2002:7f00:2::1]",
        "[64:ff9b::7f00:2]",
    ],
)
def test_private_addresses_are_refused_unheard(host):
    with socket.create_server(("127.0.0.2", 0)) as canary:
        canary.setblocking(False)
        url = f"http://{host}:{canary.getsockname()[1]}/"
        with pytest.raises(ForbiddenAddress, match="not a public address") as caught:
            fetch(Request(url))
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert caught.value.url == url


@pytest.mark.parametrize(
    "host",
    [
        "localhost.",
        "LocalHost",
        "127.0.0.2.",
        "2130706434.",
        "0x7f.0.0.2",
        "0177.0.0.2",
        "127.0.2",
        "0",
        "１２７.０.０.２",
        "127。0。0。2",
        "①②⑦.⓪.⓪.②",
        "ｌocalhost",
        "%31%32%37.0.0.2",
        "127.0.0.2%00.example",
        "kyson.example@127.0.0.2",
        "127.0.0.2#@kyson.example",
        "127.0.0.2\\@kyson.example",
        "[::127.0.0.2]",
        "[::ffff:0:127.0.0.2]",
        "[0:0:0:0:0:ffff:127.0.0.2]",
        "[64:ff9b:1::7f00:2]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffd]",
        "[fe80::1%25lo]",
        "[fe80::1%lo]",
        "[::1",
        "ip6-localhost",
    ],
)
@pytest.mark.parametrize("verbatim", [False, True])
def test_no_spelling_of_a_private_address_is_heard_of(host, verbatim):
    with socket.create_server(("127.0.0.2", 0)) as canary:
        canary.setblocking(False)
        with pytest.raises((ForbiddenAddress, CannotResolveHostError, NotSupported, ValueError)):
            fetch(Request(f"http://{host}:{canary.getsockname()[1]}/", meta={"verbatim_url": verbatim}))
        with pytest.raises(BlockingIOError):
            canary.accept()


def test_a_name_that_changes_its_answer_leads_to_the_address_that_was_checked_or_nowhere(monkeypatch):
    async def getaddrinfo(_loop, host, port, **_):
        asked.append(host)
        address = "127.0.0.3" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    asked = []
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    # Nothing but loopback can be asked here, so one address of it stands for the public internet.
    monkeypatch.setattr("kyson_crawler.network.addresses.is_public", lambda address: str(address) == "127.0.0.3")
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with serving(closing, host="127.0.0.3") as server, socket.create_server(("127.0.0.2", server.port)) as canary:
        canary.setblocking(False)
        url = f"http://rebind.example:{server.port}/"
        exchange = exchange_of(fetch(Request(url)))
        with pytest.raises(ForbiddenAddress, match=r"leads to 127\.0\.0\.2"):
            fetch(Request(url))
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert (exchange.address, exchange.lookup.host) == ("127.0.0.3", "rebind.example")
    assert list(map(str, exchange.lookup.addresses)) == ["127.0.0.3"]
    assert asked == ["rebind.example"] * 2


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("::ffff:0:8.8.8.8", False),
        ("64:ff9b:1::808:808", False),
        ("5f00::1", False),
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("2001:db8::1", False),
        ("::127.0.0.1", False),
        ("192.0.0.192", False),
        ("192.0.0.9", False),
        ("192.0.1.1", True),
        ("::ffff:192.0.0.192", False),
        ("64:ff9b::a83f:8110", False),
        ("168.63.129.16", False),
        ("168.63.129.17", True),
        ("169.254.169.254", False),
        ("100.100.100.200", False),
        ("192.88.99.1", False),
        ("2002:c058:6301::", False),
        ("3fff::1", False),
        ("3fff:fff:ffff::1", False),
        ("2001:1::1", False),
        ("2001:200::1", True),
        ("2400:1::5efe:7f00:1", False),
        ("2400:1::200:5efe:a00:1", False),
        ("2400:1::5efe:808:808", True),
        ("fe80::5efe:808:808", False),
        ("fd00:ec2::254", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address, public):
    assert is_public(ipaddress.ip_address(address)) is public


def test_a_host_named_for_the_crawl_may_be_private():
    with serving(OK) as server:
        assert fetch(Request(server.url(host="localhost")), private_hosts=frozenset({"LOCALHOST"})).body == b"hello"


@pytest.mark.parametrize(
    ("place", "host", "port", "may_be_private"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("127.0.0.1:8080", "127.0.0.1", 6379, False),
        ("127.0.0.1:8080", "127.0.0.1", 80, False),
        ("127.0.0.1:8080", "127.0.0.2", 8080, False),
        ("127.0.0.1", "127.0.0.1", 6379, True),
        ("[::1]:80", "::1", 80, True),
        ("[::1]:80", "::1", 81, False),
        ("LOCALHOST:80", "localhost", 80, True),
    ],
)
def test_a_private_host_is_one_at_its_port(place, host, port, may_be_private):
    assert destination(host, port, private_hosts={place}).chosen is may_be_private


@pytest.mark.parametrize(
    ("seed", "place"),
    [
        ("http://127.0.0.1/tin", "127.0.0.1:80"),
        ("https://127.0.0.1", "127.0.0.1:443"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("HTTP://LocalHost:81/", "localhost:81"),
        ("http://kyson.example:81/", None),
    ],
)
def test_what_a_seed_spells_out_may_be_private_and_no_name(seed, place):
    assert private_hosts_of([seed]) == ({place} if place else set())


def test_another_port_of_a_private_host_is_not_contacted_and_what_to_do_is_said():
    with serving(OK) as portal, socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        named = private_hosts_of([portal.url()])
        with pytest.raises(ForbiddenAddress, match="start from it, at this port, or use --connect-to: http"):
            fetch(Request(f"http://127.0.0.1:{canary.getsockname()[1]}/"), private_hosts=named)
        with pytest.raises(BlockingIOError):
            canary.accept()
        assert fetch(Request(portal.url()), private_hosts=named).body == b"hello"


@pytest.mark.parametrize(
    ("address", "rule"), [("10.0.0.1", "noi-bo.example::10.0.0.1:"), ("fc00::1", "noi-bo.example::[fc00::1]:")]
)
def test_a_name_of_a_private_address_is_refused_with_the_rule_that_allows_it(address, rule):
    lookup = Lookup(
        host="noi-bo.example", addresses=(ipaddress.ip_address(address),), time=dt.datetime.now(dt.UTC), fault=None
    )
    with pytest.raises(ForbiddenAddress, match=re.escape(f"on purpose, use --connect-to {rule}: http://noi-bo")):
        allowed(lookup, destination("noi-bo.example", 80), url="http://noi-bo.example/")
    assert destination("noi-bo.example", 80, rules=[ConnectTo.parse(rule)]).chosen


def test_a_rule_sends_a_host_elsewhere_under_its_own_name():
    with serving(OK) as server:
        rules = (
            ConnectTo.parse("other.example:80:127.0.0.1:1"),
            ConnectTo.parse(f"kyson.example::127.0.0.1:{server.port}"),
            ConnectTo.parse("::127.0.0.1:1"),
        )
        response = fetch(Request("http://kyson.example/a"), connect_to=rules, private_hosts=frozenset())
    assert server.requests[0].startswith(b"GET /a HTTP/1.1\r\nHost: kyson.example\r\n")
    assert response.url == "http://kyson.example/a"
    assert exchange_of(response).port == server.port


def test_a_rule_for_the_port_alone_opens_no_private_address():
    with pytest.raises(ForbiddenAddress):
        fetch(Request("http://127.0.0.1/"), connect_to=(ConnectTo.parse(":80::8080"),), private_hosts=frozenset())


@pytest.mark.parametrize(
    ("rule", "host", "port", "applies"),
    [
        (":::", "kyson.example", 80, True),
        ("kyson.example:80:127.0.0.1:8081", "kyson.example", 80, True),
        ("Kyson.Example::127.0.0.1:", "kyson.example", 443, True),
        ("kyson.example:80:127.0.0.1:8081", "kyson.example", 443, False),
        ("kyson.example:80:127.0.0.1:8081", "www.kyson.example", 80, False),
        ("[::1]:80:[::1]:8081", "::1", 80, True),
    ],
)
def test_a_rule_applies_as_with_curl(rule, host, port, applies):
    assert ConnectTo.parse(rule).applies(host, port) is applies


@pytest.mark.parametrize("text", ["", "a", "a:80", "a:80:b", "a:80:b:http", "a:80:b:0", "a:80:b:65536", "::1:80:b:80"])
def test_a_rule_that_makes_no_sense_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match=r"write for example kyson\.nghean"):
        ConnectTo.parse(text)


def test_a_private_address_among_public_ones_is_left_out():
    async def run():
        async def getaddrinfo(*args, **kwargs):
            asked.append(args)
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("10.0.0.1", "8.8.8.8", "127.0.0.1")
            ]

        asyncio.get_running_loop().getaddrinfo = getaddrinfo
        return await look_up("rebind.example", 80)

    asked = []
    lookup = asyncio.run(run())
    goal = destination("rebind.example", 80)
    assert list(map(str, allowed(lookup, goal, url="http://rebind.example/"))) == ["8.8.8.8"]
    assert list(map(str, lookup.addresses)) == ["10.0.0.1", "8.8.8.8", "127.0.0.1"]
    assert asked == [("rebind.example", 80)]


def test_a_server_that_speaks_first_is_told_from_its_greeting():
    def greet():
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(DownloadFailedError, match="begins with b'SSH-2"):
            fetch(Request(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        thread.join()


def test_the_next_address_is_tried_when_the_first_refuses():
    async def run(port):
        async with transport() as handler:
            loop = asyncio.get_running_loop()
            entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "")

            async def getaddrinfo(*args, **kwargs):
                return [(*entry, ("127.0.0.2", port)), (*entry, ("127.0.0.1", port))]

            loop.getaddrinfo = getaddrinfo
            request = Request(f"http://127.0.0.1:{port}/")
            await handler.download_request(request)
            return request.meta["exchange"].address

    with serving(OK) as server:
        assert asyncio.run(run(server.port)) == "127.0.0.1"


# Within Scrapy

CRAWL = """
import json, sys
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

class Probe(Spider):
    name = "probe"
    private_hosts = frozenset({"127.0.0.1"})
    seen = {}

    async def start(self):
        for url in sys.argv[1:]:
            yield Request(url, errback=self.failed, dont_filter=True)

    def parse(self, response):
        exchange = response.meta["exchange"]
        self.seen[response.url] = [response.text, exchange.truncated, response.flags, exchange.payload == response.body]

    def failed(self, failure):
        self.seen[failure.request.url] = [type(failure.value).__name__, failure.request.meta.get("retry_times", 0)]

process = AsyncCrawlerProcess({
    "DOWNLOAD_HANDLERS": {scheme: "kyson_crawler.transport.Transport" for scheme in ("http", "https")},
    "DOWNLOAD_FAIL_ON_DATALOSS": False,
    "HTTPPROXY_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
    "RETRY_PRIORITY_ADJUST": 0,
})
crawler = process.create_crawler(Probe)
process.crawl(crawler)
process.start()
print(json.dumps({"seen": Probe.seen, "reason": crawler.stats.get_value("finish_reason")}))
"""


def test_a_real_crawl_gets_pages_half_pages_retries_and_refusals():
    page = gzip.compress(b"<p>whole</p>", mtime=0)

    def answer(request):
        return {
            b"/whole": [H + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(page) + page],
            b"/half": [H + b"Content-Type: text/html\r\nContent-Length: 99\r\n\r\nhalf", CLOSE],
        }.get(request.split()[1], [CLOSE])

    server = RawServer(answer)
    try:
        urls = {name: server.url(f"/{name}") for name in ("whole", "half", "dead")}
        urls["private"] = f"http://127.0.0.2:{server.port}/"
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", CRAWL, *urls.values()],
            cwd=ROOT,
            capture_output=True,
            timeout=30,
            check=True,
        )
    finally:
        server.close()
    told = json.loads(run.stdout)
    assert told["reason"] == "finished"
    assert told["seen"] == {
        urls["whole"]: ["<p>whole</p>", None, [], False],
        urls["half"]: ["half", "disconnect", ["dataloss"], True],
        urls["dead"]: ["DownloadFailedError", 2],
        urls["private"]: ["ForbiddenAddress", 0],
    }
    assert b"Traceback" not in run.stderr
    assert b"ResourceWarning" not in run.stderr
