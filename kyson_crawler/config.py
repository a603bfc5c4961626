"""`kyson-archive/kyson.toml`: who runs this archive, so that a portal's owner can reach a person."""

import difflib
import tomllib
from pathlib import Path

from attrs import fields, frozen

from archive.errors import UsageError


@frozen(kw_only=True)
class Operator:
    """Who crawls, as every request and every WARC says."""

    name: str | None = None
    contact: str | None = None
    """An e-mail address or a page; no crawl beyond this machine runs without one."""


def operator(archive: Path) -> Operator:
    """The operator named in an archive's kyson.toml; empty when there is no such file. Raises UsageError for a faulty one."""
    path = archive / "kyson.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Operator()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; it should hold [operator] with name and contact") from error
    if near := difflib.get_close_matches("operator", table.keys() - {"operator"}, n=1):
        raise UsageError(f"{path}: unknown table {near[0]!r}, did you mean 'operator'?")
    named = table.get("operator", {})
    if not isinstance(named, dict):
        raise UsageError(f"{path}: 'operator' must be a table, [operator] with name and contact")
    known = [attribute.name for attribute in fields(Operator)]
    for key, value in named.items():
        if key not in known or not isinstance(value, str):
            near = difflib.get_close_matches(key, known, n=1)
            hint = (
                f", did you mean {near[0]!r}?"
                if near and key not in known
                else ": it must be a text, one of name and contact"
            )
            raise UsageError(f"{path}: [operator] has {key!r}{hint}")
    return Operator(**named)
