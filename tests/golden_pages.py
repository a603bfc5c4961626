"""The golden pages: saved pages with the article that a person has read and approved beside them."""

import gzip
import json
from datetime import datetime
from pathlib import Path

from kyson_crawler.extract import read_page
from kyson_crawler.fixture import golden

FIXTURES = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).parents[2] / "shared" / "portals"
CASES = sorted(path.parent.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*/meta.json"))
MEASURED = sorted(path for folder in ("golden", "daknong", "offices") for path in SHARED.glob(f"{folder}/*.gold.json"))


def body(case):
    return (FIXTURES / case / "page.html").read_bytes()


def extracted(case, *, cms=None):
    """What `kyson extract` prints for a case, without what changes from release to release."""
    meta = json.loads((FIXTURES / case / "meta.json").read_text(encoding="utf-8"))
    captured = datetime.fromisoformat(meta["captured"]) if meta["captured"] else None
    return golden(read_page(body(case), meta["url"], captured, cms=cms))


def measured(gold):
    """A page of the shared measurements with what a person says stands on it, and what we read from it."""
    facts = json.loads(gold.read_text(encoding="utf-8"))
    page = (gold.parent / facts["html"]).read_bytes()
    return facts, read_page(gzip.decompress(page) if facts["html"].endswith(".gz") else page, facts.get("url"))
