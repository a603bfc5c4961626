"""What it costs to keep exact bytes, beside wget and Scrapy with warcio: `python -m benchmarks.capture`.

Every system crawls the same generated portal (the maker of it lies beside the checkout, `../shared/bench/crawl`) from an nginx
on loopback, in a process of its own, in turns, so that the noise of the machine falls on all alike. A crawl counts only when
the server's log shows every address. CPU is that of the crawler, the server's is not in it. `--tls` crawls over https with
a certificate made for it, `--gzip` lets the server compress its pages. nginx and wget have to be installed.
"""

import argparse
import datetime as dt
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Self

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[1]
BENCH = ROOT.parent / "shared" / "bench" / "crawl"
PORT = 8399
LIMIT = 600

Command = Callable[[str, Path], list[str]]


@frozen(kw_only=True)
class Run:
    """One crawl of the portal by one system."""

    seconds: float
    cpu: float
    memory_mb: float
    warc_mb: float
    urls: int
    """Different addresses that the server answered with success."""

    fault: str | None


def _ours(seed: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.capture_spider", seed, str(folder)]


def _wget(seed: str, folder: Path) -> list[str]:
    how = "--quiet --mirror --page-requisites --no-host-directories --no-warc-keep-log --no-check-certificate".split()
    return ["wget", *how, "--compression=auto", f"--directory-prefix={folder}", f"--warc-file={folder / 'wget'}", seed]


def _scrapy(*words: str) -> Command:
    def command(seed: str, folder: Path) -> list[str]:
        return [sys.executable, str(BENCH / "bench_spider.py"), "--out", str(folder), "--url", seed, *words]

    return command


SYSTEMS: dict[str, Command] = {
    "kyson_crawler, capture only": _ours,
    "wget --mirror --warc-file": _wget,
    "Scrapy, download only": _scrapy(),
    "Scrapy with warcio": _scrapy("--warc", "warcio"),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--articles", type=int, default=3_000, help="articles of the portal, each with an image (3000)")
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--tls", action="store_true")
    asked.add_argument("--gzip", action="store_true")
    asked.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    given = asked.parse_args()
    require_tools()
    with tempfile.TemporaryDirectory(prefix="kyson-capture-") as name:
        folder = Path(name)
        made = generate(folder / "site", given.articles)
        print(f"{machine()}; {made['files']} files, {made['bytes'] / 1e6:.0f} MB", end="\n\n")
        server = Server(folder, tls=given.tls, gzip=given.gzip)
        with server:
            runs: dict[str, list[Run]] = {system: [] for system in given.only}
            for _ in range(given.runs):
                for system, done in runs.items():
                    done.append(run(SYSTEMS[system], server, folder / "run"))
        print_rows(runs)


def require_tools() -> None:
    """Leave with the reason when anything is missing."""
    for needed in ("nginx", "wget"):
        if shutil.which(needed) is None:
            sys.exit(f"{needed} is not installed; install it, then run this again")
    if not BENCH.exists():
        sys.exit(f"there is no portal to crawl: {BENCH} is missing")


def generate(site: Path, articles: int) -> dict[str, int]:
    """The portal, always the same for the same number of articles."""
    command = [sys.executable, BENCH / "gen_portal.py", site, "--articles", str(articles), "--images", str(articles)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    made: dict[str, int] = json.loads(done.stdout)
    return made


class Server:
    """An nginx of its own on loopback, which says what was fetched from it."""

    def __init__(self, folder: Path, *, tls: bool, gzip: bool, passed_over: tuple[str, ...] = ()) -> None:
        """passed_over: how addresses end that not every system asks for, so that nobody is judged by them."""
        self.seed = f"{'https' if tls else 'http'}://127.0.0.1:{PORT}/index.html"
        self._folder = folder
        self._passed_over = (*passed_over, "/robots.txt")  # which only some ask for
        self._log = folder / "access.log"
        (folder / "tmp").mkdir()
        if tls:
            make_certificate(folder)
        (folder / "nginx.conf").write_text(_configuration(tls=tls, gzip=gzip), encoding="utf-8")

    def __enter__(self) -> Self:
        command = ["nginx", "-p", str(self._folder), "-c", "nginx.conf", "-e", "error.log"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        if self._process.poll() is not None:
            sys.exit(f"nginx did not start; is port {PORT} in use?")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def fetched(self, since: int) -> set[str]:
        """The addresses answered with success after that many bytes of the log."""
        time.sleep(1.3)  # it is flushed each second
        with self._log.open(encoding="utf-8") as stream:
            stream.seek(since)
            lines = stream.read().splitlines()
        found = {line.split(" ", 1)[1] for line in lines if line.startswith("2")}
        return {address for address in found if not address.endswith(self._passed_over)}

    def logged(self) -> int:
        return self._log.stat().st_size


def _configuration(*, tls: bool, gzip: bool) -> str:
    listen = f"127.0.0.1:{PORT} backlog=1024" + (" ssl" if tls else "")
    keys = "ssl_certificate server.pem; ssl_certificate_key server.key;" if tls else ""
    packed = "gzip on; gzip_types text/css application/javascript application/xml; gzip_min_length 256;" if gzip else ""
    spare = " ".join(f"{kind}_temp_path tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker may not read our folder
    return f"""{user} daemon off; worker_processes 1; pid nginx.pid; error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
  types {{ text/html html; image/jpeg jpg; text/css css; application/javascript js; text/plain txt; application/xml xml; }}
  charset utf-8; sendfile on; tcp_nopush on; keepalive_timeout 65; keepalive_requests 1000000; {packed} {spare}
  log_format short '$status $request_uri'; access_log access.log short buffer=64k flush=1s;
  server {{ listen {listen}; root site; index index.html; {keys} }}
}}
"""


def make_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "server.key").write_bytes(key.private_bytes(*form))


def run(command: Command, server: Server, folder: Path) -> Run:
    """One crawl into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    complaint = folder.with_name("complaint.log")
    since, began = server.logged(), time.perf_counter()
    with complaint.open("wb") as stderr:
        process = subprocess.Popen(command(server.seed, folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stderr)
    watch = Timer(LIMIT, process.kill)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    watch.cancel()
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    said = complaint.read_text(errors="replace").strip()[-200:]
    # wget ends with 8 when an answer was an error: nobody has a favicon here.
    sound = process.returncode in {0, 8}
    return Run(
        seconds=seconds,
        cpu=usage.ru_utime + usage.ru_stime,
        memory_mb=usage.ru_maxrss * (1 if platform.system() == "Darwin" else 1024) / 1e6,
        warc_mb=sum(path.stat().st_size for path in folder.rglob("*.warc.gz")) / 1e6,
        urls=len(server.fetched(since)),
        fault=None if sound else said or f"it ended with {process.returncode}",
    )


def print_rows(runs: dict[str, list[Run]]) -> None:
    whole = max(one.urls for done in runs.values() for one in done)
    if not whole:
        sys.exit("nothing was fetched by anybody: see whether nginx may read the folder for temporary files")
    theirs = {name: whole / statistics.median(one.seconds for one in done) for name, done in runs.items() if done}
    print(
        "| system | URLs/s, median | best | times wget | times Scrapy with warcio | CPU s per 1,000 | memory | WARC |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, done in runs.items():
        if fault := _fault(done, whole):
            print(f"| {name} | left out: {fault} | | | | | | |")
            continue
        speed = theirs[name]
        best = whole / min(one.seconds for one in done)
        cpu = statistics.median(one.cpu for one in done) / whole * 1_000
        memory, warc = max(one.memory_mb for one in done), statistics.median(one.warc_mb for one in done)
        against = [
            f"{speed / theirs[other]:.2f}" if other in theirs else ""
            for other in ("wget --mirror --warc-file", "Scrapy with warcio")
        ]
        print(
            f"| {name} | {speed:.0f} | {best:.0f} | {against[0]} | {against[1]} | {cpu:.2f} | {memory:.0f} MB | {warc:.1f} MB |"
        )


def _fault(done: list[Run], whole: int) -> str | None:
    for one in done:
        if one.fault:
            return one.fault
        if one.urls < whole:
            return f"it fetched {one.urls} of {whole} addresses"
    return None


def machine() -> str:
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    )


if __name__ == "__main__":
    main()
