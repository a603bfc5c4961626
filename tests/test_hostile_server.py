"""A crawl through a portal that misbehaves in every way: bounded, labelled or refused with the reason, and never stopped."""

import fcntl
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from archive import warc
from kyson_crawler import settings
from tests.certificates import Authority
from tests.portals.hostileportal import (
    ENDLESS_IMAGE,
    GALLERY,
    HOST,
    IMAGES,
    PAGES,
    REDIRECTS,
    TRAPS,
    WIRE,
    HostilePortal,
)

ROOT = Path(__file__).parents[1]
SECONDS, MEGABYTES = 60, 300
"""What one case may take."""

HANGS = 300
"""Seconds after which all of them together are given up, on a machine that has much else to do."""

PRIVATE = [
    "127.0.0.2", "127.0.2", "2130706434", "0x7f000002", "017700000002", "0x7f.0.0.2", "0177.0.0.2", "127.0.0.2.",
    "0.0.0.0", "0", "localhost", "localhost.", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]",
    "[::127.0.0.2]", "[::ffff:0:127.0.0.2]", "[64:ff9b::7f00:2]", "[64:ff9b:1::7f00:2]", "[2002:7f00:2::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffd]", "[fe80::1%25lo]", "169.254.169.254", "10.0.0.1", "224.0.0.1",
    "１２７.０.０.２", "127。0。0。2", "admin:bimat@127.0.0.2",
]  # fmt: skip

CRAWL = """
import json, logging, resource, sys, time
from pathlib import Path
from kyson_crawler import crawl, portal, settings
from kyson_crawler.network.addresses import ConnectTo

class Impatient:
    # Patience is cut with what never comes, so that the test ends soon; nothing else is limited more than always.
    def process_request(self, request):
        if any(part in request.url for part in ("/bai/sleep", "/bai/slow-", "//robots-silent.")):
            request.meta["download_timeout"] = 5.0

settings.RETRY_TIMES, settings.CONCURRENT_REQUESTS, settings.KYSON_ROBOTS_PAUSES = 1, 48, (0.1,)
settings.DOWNLOADER_MIDDLEWARES = settings.DOWNLOADER_MIDDLEWARES | {Impatient: 70}

class Said(logging.Handler):
    said = []
    def emit(self, record):
        self.said.append(record.getMessage())

logging.getLogger("kyson_crawler").setLevel(logging.INFO)
logging.getLogger().addHandler(Said())
archive, told = Path(sys.argv[1]), json.loads(sys.argv[2])
target = portal.parse(told["toml"], slug="hostile", origin="test")
outcome = crawl.run(target, archive, connect_to=tuple(map(ConnectTo.parse, told["rules"])), max_pages=told["pages"])
# Linux has ru_maxrss begin with what the parent held, which was a whole test run.
status = Path("/proc/self/status")
if status.exists():
    peak = int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2
print(json.dumps({"status": outcome.status, "said": Said.said, "megabytes": peak}))
"""


class Crawled:
    """What a crawl of the hostile portal left behind."""

    def __init__(self, folder, *, status, said, megabytes, log, touched):
        self.folder = folder
        self.status = status
        self.said = said
        self.megabytes = megabytes
        self.log = log
        self.touched = touched
        self._database = sqlite3.connect(folder / "archive.db")
        self.captures = {}
        query = "SELECT u.url, c.status, c.truncated FROM capture c JOIN url u ON u.id = c.url_id ORDER BY c.id"
        for url, status, truncated in self.query(query):
            self.captures[url] = (status, truncated)

    def query(self, sql):
        return self._database.execute(sql).fetchall()

    def about(self, url):
        return [text for text in self.said if text.endswith(f": {url}")]

    def texts(self):
        """Every text in every table."""
        for (table,) in self._database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        ):
            for row in self._database.execute(f'SELECT * FROM "{table}"'):
                yield from (value for value in row if isinstance(value, str))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """One crawl for all these tests, by whatever process comes first where several run them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hostile-server"
    folder.mkdir(exist_ok=True)
    left = folder / "left.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not left.exists():
            left.write_text(json.dumps(crawl(folder)))
    return Crawled(folder / "a" / "kyson-archive", **json.loads(left.read_text()))


def crawl(folder):
    """What a crawl in a process of its own prints, and how often a private address was touched meanwhile."""
    authority = Authority(folder)
    archive = folder / "a" / "kyson-archive"
    archive.mkdir(parents=True)
    (archive / "kyson.toml").write_text('[operator]\nname = "Lan"\ncontact = "lan@example.org"\n')
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as canary:
        canary.setblocking(False)
        canaries = [f"http://{host}:{canary.getsockname()[1]}/anh.jpg" for host in PRIVATE]
        with HostilePortal(authority.sound(HOST), canaries=canaries) as portal:
            hosts = json.dumps(portal.hosts)
            seeds = json.dumps([f"http://{host}/" for host in portal.hosts])
            toml = f'name = "Cổng dữ"\nseeds = {seeds}\npage_hosts = {hosts}\nembed_hosts = ["*"]\n'
            told = {
                "toml": toml + "[pace]\ndelay = 0\nconcurrency = 48\n",
                "rules": portal.connect_to,
                "pages": len(portal.addresses) + 60,
            }
            run = subprocess.run(
                [sys.executable, "-c", CRAWL, archive, json.dumps(told)],
                cwd=ROOT,
                env=os.environ | {"SSL_CERT_FILE": str(authority.path)},
                capture_output=True,
                text=True,
                timeout=HANGS,
                check=False,
            )
        touched = 0
        with suppress(BlockingIOError):
            while True:
                canary.accept()[0].close()
                touched += 1
    assert run.returncode == 0, run.stderr
    return {**json.loads(run.stdout), "log": run.stderr, "touched": touched}


def addresses(cases):
    return [(f"{scheme}://{HOST}/bai/{name}", name) for scheme in ("http", "https") for name in cases]


def test_the_crawl_goes_on_to_its_end_within_its_bounds(crawled):
    assert crawled.status == "finished"
    assert crawled.megabytes < MEGABYTES
    assert settings.DOWNLOAD_TIMEOUT <= SECONDS
    for url, name in addresses(TRAPS):
        assert crawled.captures[url] == (200, None), name


@pytest.mark.parametrize(("url", "name"), addresses(WIRE))
def test_what_a_server_sent_is_kept_and_labelled_or_refused_with_the_reason(crawled, url, name):
    case = WIRE[name]
    if case.refused:
        assert url not in crawled.captures
        assert any(case.refused in text for text in crawled.about(url)), crawled.about(url)
    else:
        assert crawled.captures[url] == (200, case.truncated)
    if case.unread:
        assert any(case.unread in text for text in crawled.about(url)), crawled.about(url)


@pytest.mark.parametrize(("url", "name"), addresses(REDIRECTS))
def test_redirects_are_kept_and_followed_only_so_far_and_only_to_the_web(crawled, url, name):
    case = REDIRECTS[name]
    assert crawled.captures[url] == (302, None)
    if case.unread:
        assert any(case.unread in text for text in crawled.about(url)), crawled.about(url)
    assert len([kept for kept in crawled.captures if kept.startswith(f"{url}?")]) <= 20


@pytest.mark.parametrize(("url", "name"), addresses(PAGES))
def test_pages_that_are_made_to_harm_are_kept_as_they_came(crawled, url, name):
    assert crawled.captures[url] == (200, None)


def test_no_private_address_is_touched_under_any_spelling_nor_through_a_redirect(crawled):
    assert crawled.touched == 0
    assert len([url for url in crawled.captures if "/di?" in url]) >= len(PRIVATE)


def test_no_password_is_kept_or_told_outside_of_the_evidence(crawled):
    assert not [text for text in crawled.texts() if "bimat" in text]
    assert not [text for text in crawled.said if "bimat" in text]
    assert "bimat" not in crawled.log
    for path in (crawled.folder / "warc").glob("*"):
        if path.suffix == ".gz":
            assert not [record.url for record in warc.records(path) if record.url and "bimat" in record.url]
        else:
            assert "bimat" not in path.read_text()


def test_nothing_a_server_names_becomes_a_file(crawled):
    ours = re.compile(
        r"kyson\.toml|archive\.db(-wal|-shm)?|hostile|[0-9a-f]{32}|hostile-\d{14}-\d{5}\.warc\.gz(\.cdxj|\.json)?"
    )
    made = [path.name for path in crawled.folder.parent.rglob("*") if path.is_file()]
    assert [name for name in made if not ours.fullmatch(name)] == []


def test_no_control_character_reaches_the_archive(crawled):
    assert not [text for text in crawled.texts() if "\x1b" in text or "\x07" in text or "\x00" in text]


def test_every_image_is_there_or_missing_for_a_reason(crawled):
    embeds = crawled.query("SELECT status, reason FROM embed")
    assert len(embeds) >= len(IMAGES) + len(PRIVATE)
    reasons = [reason for status, reason in embeds if status == "missing"]
    assert all(reasons)
    assert len(embeds) - len(reasons) >= 5
    assert len([reason for reason in reasons if "not a public address" in reason]) >= len(PRIVATE) // 2
    assert {kept for url, kept in crawled.captures.items() if url.endswith(ENDLESS_IMAGE)} <= {
        (200, "length"),
        (200, "time"),
    }


def test_our_own_code_failed_nowhere(crawled):
    assert "Traceback" not in crawled.log
    assert not [text for text in crawled.said if "Traceback" in text or "failed:" in text]
    assert f"http://{HOST}/bai/{GALLERY}" in crawled.captures
