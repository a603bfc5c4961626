"""One clock for everything that people read."""

import json
import re
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from archive.vietnam import NOTE, clock
from kyson_crawler.cli import main
from kyson_crawler.sample.site import HOST

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def said(folder, *words):
    done = CliRunner().invoke(main, ["--archive", str(folder), *words], prog_name="kyson")
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("report", "1"),
        ("report", "--owner", "sample"),
        ("report", "1", "--html", "en"),
        ("why", f"http://{HOST}/"),
        ("show", "sample/412655"),
    ],
    ids=" ".join,
)
def test_all_that_people_read_is_by_vietnams_clock_and_says_so_once(crawled, words):
    folder, _ = crawled
    text = said(folder, *words)
    begun = datetime.fromisoformat(json.loads(said(folder, "report", "1", "--json"))["started"])
    assert begun.utcoffset() == timedelta(0)
    assert clock(begun)[:-6] in text
    assert " UTC" not in text
    assert not _ISO.search(text)
    if words[-1] not in {"en", "sample/412655"}:
        assert text.count(NOTE) == 1
