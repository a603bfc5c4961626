"""JSON lines: one article a line, exactly as the promised JSON has it, always in the same order and bytes."""

import json
import re
from pathlib import Path
from typing import Any

from archive.export.target import opened
from archive.query import Selection
from archive.store import Archive
from archive.unseen import UNSEEN

# JSON allows them bare, but terminals obey some, people are deceived by others, and programs see the end of a line
_RISKY = re.compile("[\x7f-\x9f" + UNSEEN + "]")


def write(archive: Archive, selection: Selection, target: Path, replace: bool = False) -> int:
    """Write the selected articles, one a line, UTF-8; gives their number."""
    count = 0
    with opened(target, archive=archive.folder, replace=replace) as stream:
        for kept in archive.articles(selection):
            stream.write(line(kept.to_json()).encode() + b"\n")
            count += 1
    return count


def line(value: dict[str, Any], *, indent: int | None = None) -> str:
    """A JSON object on one line, or on several with an indent, Vietnamese as it is; control characters only as escapes.

    >>> line({"title": "Kỳ Sơn\\x1b[2J\\x9b2J"})
    '{"title": "Kỳ Sơn\\\\u001b[2J\\\\u009b2J"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _RISKY.sub(lambda character: json.dumps(character[0])[1:-1], text)
