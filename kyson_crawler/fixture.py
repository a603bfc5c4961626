"""Golden pages: a page as it was captured, and beside it the article that a person is to read, mend and approve."""

import json
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from archive import warc
from archive.errors import NotAnArchive, UsageError
from archive.fold import fold
from archive.store import Archive
from kyson_crawler import pages, portal
from kyson_crawler.extract import SavedPage, read_page
from kyson_crawler.network.addresses import ConnectTo

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 60
_SPECIAL = "say in a sentence what is special about this page"


@frozen(kw_only=True)
class Evidence:
    """A page, byte for byte without the coding of its transfer, and what is known of its capture."""

    body: bytes
    url: str | None = None
    captured: datetime | None = None


def from_archive(folder: Path, source: str) -> Evidence | None:
    """The page of a reference, or the last capture of an address; None when there is no such address.

    Raises UnknownRef for a reference that the archive does not hold, and NotAnArchive.
    """
    with Archive.open(folder) as archive:
        if "://" not in source:
            capture = archive.article(source).capture
            found = (capture.warc, capture.offset, capture.url, capture.time)
        else:
            row = archive.connection.execute(
                "SELECT w.name, c.offset, u.url, c.time FROM capture c JOIN url u ON u.id = c.url_id "
                "JOIN warc w ON w.id = c.warc_id WHERE u.url = ? AND c.kind = 'page' AND c.status = 200 "
                "ORDER BY c.time DESC LIMIT 1",
                (source,),
            ).fetchone()
            if row is None:
                return None
            found = (row[0], row[1], row[2], datetime.fromisoformat(row[3]))
    name, offset, url, captured = found
    record = warc.read(folder / "warc", name, offset)
    return Evidence(body=record.content(), url=url, captured=captured)


def from_web(url: str, archive: Path, connect_to: tuple[ConnectTo, ...] = ()) -> Evidence:
    """One page, fetched as a crawl would fetch it, without its images, into an archive that is thrown away.

    The operator is that of `archive`. Raises UsageError and FetchFailed as a crawl does.
    """
    from kyson_crawler import crawl  # noqa: PLC0415  Scrapy, which no other way to a fixture needs

    home = portal.at(url, archive)
    alone = evolve(home, scope=evolve(home.scope, embed_hosts=()))
    with tempfile.TemporaryDirectory(prefix="kyson-fixture-") as name:
        folder = Path(name)
        if (archive / "kyson.toml").is_file():
            (folder / "kyson.toml").write_bytes((archive / "kyson.toml").read_bytes())
        crawl.run(alone, folder, connect_to=connect_to, max_pages=1)
        with Archive.open(folder) as opened:
            (address,) = opened.connection.execute(
                "SELECT u.url FROM capture c JOIN url u ON u.id = c.url_id "
                "WHERE c.kind = 'page' AND c.status = 200 ORDER BY c.id DESC LIMIT 1"
            ).fetchone()
        found = from_archive(folder, address)
        assert found is not None
        return found


def find(source: str, archive: Path, connect_to: tuple[ConnectTo, ...] = ()) -> Evidence:
    """The page that an address or a reference means: from the archive where it is captured there, else from the web."""
    if "://" not in source:
        evidence = from_archive(archive, source)
        assert evidence is not None
        return evidence
    try:
        kept = from_archive(archive, source)
    except NotAnArchive:
        kept = None
    return kept or from_web(source, archive, connect_to)


def write(evidence: Evidence, into: Path, *, name: str | None = None, special: str | None = None) -> Path:
    """The folder `<cms>/<name>` below `into`, newly written with `page.html`, `meta.json` and `article.json`.

    name: made of the headline when None. Raises UsageError when the folder is there already or `name` is no name, and
    NotAnArticle or UnreadablePage for a page without an article; nothing is written then.
    """
    read = read_page(evidence.body, evidence.url, evidence.captured)
    cms = pages.recognise(pages.Document(evidence.body)).cms
    name = name or _name_for(read.article.title)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a case: use small letters, digits and dashes, as in two-photos-one-credit"
        )
    if not into.is_dir():
        raise UsageError(
            f"there is no folder {into}: stand in a checkout of kyson-crawler, or name another with --into"
        )
    case = into / cms / name
    if case.exists():
        raise UsageError(f"{case} exists already: choose another --name, or take it away first")
    case.parent.mkdir(exist_ok=True)
    captured = evidence.captured.isoformat() if evidence.captured else None
    meta = {"url": evidence.url, "captured": captured, "special": special or _SPECIAL}
    with tempfile.TemporaryDirectory(prefix=".new-", dir=case.parent) as half:
        whole = Path(half) / name
        whole.mkdir()
        (whole / "page.html").write_bytes(evidence.body)
        (whole / "meta.json").write_text(_json(meta), encoding="utf-8")
        (whole / "article.json").write_text(_json(golden(read)), encoding="utf-8")
        whole.rename(case)
    return case


def golden(page: SavedPage) -> dict[str, Any]:
    """What `kyson extract` prints, without what changes from release to release."""
    whole: dict[str, Any] = json.loads(json.dumps(page.to_json()))
    whole["extractor"] = whole["extractor"].rpartition(" ")[2]
    del whole["capture"]["digest"]
    return whole


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _name_for(title: str) -> str:
    """A name for a case, from the headline's first words.

    >>> _name_for("Lễ hội Xăng Khan của người Thái")
    'le-hoi-xang-khan-cua-nguoi-thai'
    """
    words = re.findall(r"[a-z0-9]+", fold(title))
    name = "-".join(words)[: _LONGEST_NAME + 1]
    return name if len(name) <= _LONGEST_NAME else name.rpartition("-")[0] or name[:_LONGEST_NAME]
