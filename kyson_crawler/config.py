"""`kyson-archive/kyson.toml`: who runs this archive, so that a portal's owner can reach a person, and who hears of alarms."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from attrs import fields, frozen

from archive.errors import UsageError


@frozen(kw_only=True)
class Operator:
    """Who crawls, as every request and every WARC says."""

    name: str | None = None
    contact: str | None = None
    """An e-mail address or a page; no crawl beyond this machine runs without one."""


@frozen(kw_only=True)
class Alerts:
    """Who hears when something is wrong; nobody unless named."""

    mail: tuple[str, ...] = ()
    """E-mail addresses."""

    smtp: str = "localhost:25"
    """Host and port that take mail; 465 speaks TLS from the start, others where the server offers it. No password without it."""

    sender: str | None = None
    """Whom mail is from; None for the first of `mail`."""

    webhook: str | None = None
    """An address that takes JSON."""

    command: tuple[str, ...] = ()
    """A program with its arguments, which reads JSON."""


FILE = "kyson.toml"

_FORMS = {
    "mail": ("a list of e-mail addresses", r"[^@\s<>,;:]+@[^@\s<>,;:]+"),
    "smtp": ("host:port", r"[^\s:/]+:\d{1,5}"),
    "sender": ("an e-mail address", r"[^@\s<>,;:]+@[^@\s<>,;:]+"),
    "webhook": ("an http or https address", r"https?://\S+"),
    "command": ("a list of a program and its arguments", r"[^\0]+"),
}


def operator(archive: Path) -> Operator:
    """The operator named in an archive's kyson.toml; empty when there is no such file. Raises UsageError for a faulty one."""
    path, named = _table(archive, "operator", "name and contact")
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


def alerts(archive: Path) -> Alerts:
    """Who hears of alarms, as an archive's kyson.toml says. Raises UsageError for a faulty one."""
    path, named = _table(archive, "alerts", "mail, webhook or command")
    lists = {"mail", "command"}
    for key, value in named.items():
        if key not in _FORMS:
            near = difflib.get_close_matches(key, _FORMS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_FORMS)}"
            raise UsageError(f"{path}: [alerts] has {key!r}, {hint}")
        what, form = _FORMS[key]
        texts = value if key in lists and isinstance(value, list) else [value]
        if isinstance(value, list) != (key in lists) or not all(
            isinstance(text, str) and re.fullmatch(form, text) for text in texts
        ):
            raise UsageError(f"{path}: [alerts] has {key!r}: it must be {what}")
    given: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in named.items()}
    return Alerts(**given)


def _table(archive: Path, name: str, holds: str) -> tuple[Path, dict[str, Any]]:
    """The file, and one of its tables; empty when there is none."""
    path = archive / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return path, {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}; it should hold [{name}] with {holds}") from error
    if near := difflib.get_close_matches(name, table.keys() - {"operator", "alerts"}, n=1):
        raise UsageError(f"{path}: unknown table {near[0]!r}, did you mean {name!r}?")
    named = table.get(name, {})
    if not isinstance(named, dict):
        raise UsageError(f"{path}: {name!r} must be a table, [{name}] with {holds}")
    return path, named
