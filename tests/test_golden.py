"""Golden pages: the article of each saved page is the one that a person has approved, field by field."""

import functools
import json

import pytest
from tests.golden_pages import CASES, FIXTURES, extracted

FIELDS = [
    *("ref", "url", "portal", "title", "lead", "byline", "source", "published", "published_raw", "published_source"),
    *("section", "language", "paragraphs", "blocks", "images", "attachments", "extractor", "version", "capture"),
]

read = functools.cache(extracted)


@functools.cache
def approved(case):
    """The article beside a page; one that is missing is written for a person to read, and the test fails."""
    path = FIXTURES / case / "article.json"
    if not path.exists():
        path.write_text(json.dumps(read(case), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(f"{path} did not exist and was written: read it against page.html, mend or commit it, run again")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("case", CASES)
def test_field_is_as_approved(case, field):
    assert read(case)[field] == approved(case)[field]


@pytest.mark.parametrize("case", CASES)
def test_no_field_is_left_uncompared(case):
    assert sorted(read(case)) == sorted(approved(case)) == sorted(FIELDS)
