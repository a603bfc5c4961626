"""Every reason that a crawl can give, found in the code itself: what it raises, returns, assigns and hands on as one."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import field, frozen

ROOT = Path(__file__).parents[1]

_OF_ARCHIVE = ("completeness", "coverage", "crawls", "frontier", "intake", "kept", "trouble")
_APART = {"schedule", "reread", "normalise", "sample"}
"""Folders whose reasons stand on no page that tells of a crawl."""

_APART_FILES = {"cli.py", "explain.py", "extract.py", "fixture.py", "why.py", "portal.py", "portal_faults.py"}
_GIVES = re.compile(
    r"_?(?:why\w*|fault\w*|reason\w*|verdict|refusal|leads_nowhere|embed_fault|parked|headline|sentence|article|complaint"
    r"|look_up|of_files|of_database|by_query|unconnected|last_error|nothing|compared|of_(?:language|order|choice|pile))"
)
"""Functions that give reasons."""

_REASONS = {"reason", "fault", "absent", "note", "refused", "given_up"}
"""What holds reasons, and in the files of estimates also what makes them."""

_OF_ESTIMATES = {"completeness.py", "walks.py"}
_FAULTS = re.compile(
    r"UnreadablePage|Unasked|Forbidden|Nowhere|IgnoreRequest|NotSupported|ForbiddenAddress|UntrustedServer|CannotResolveHostError"
    r"|Download\w+Error|Connection\w+Error|ResponseDataLossError"
)
_MADE = re.compile(rf"{_FAULTS.pattern}|Archive(?:Error|Busy)")
_TAKES = {"cut": 1, "refuse": 0, "_fault": 2, "set_value": 1, "settle_leftovers": 2}
"""Calls that take a reason, with its place among what they are given."""


@frozen
class Reason:
    """A reason as it is written in the code."""

    parts: tuple[str, ...]
    """Words and facts in turn, beginning and ending with words, which may be empty; a fact is told by its expression."""

    where: str = field(eq=False)

    def __str__(self) -> str:
        return "{}".join(self.parts[::2])


def written() -> list[Reason]:
    """All of them, in the order of the code; a single word is none, and neither are a status and a number."""
    found: dict[Reason, None] = {}
    for path in _files():
        for node, parts in _of_file(path):
            found.setdefault(Reason(parts, f"{path.relative_to(ROOT)}:{node.lineno}"))
    return [reason for reason in found if " " in str(reason) and re.search("[a-z]{2}", str(reason))]


def _files() -> Iterator[Path]:
    home = ROOT / "kyson_crawler"
    for path in sorted(home.rglob("*.py")):
        if not {*path.relative_to(home).parts} & (_APART | (_APART_FILES if path.parent == home else set())):
            yield path
    yield from (ROOT / "archive" / f"{name}.py" for name in _OF_ARCHIVE)


def _of_file(path: Path) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    names = _REASONS | ({"text", "told"} if path.name in _OF_ESTIMATES else set())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _GIVES.fullmatch(node.name):
            given = [each.value for each in ast.walk(node) if isinstance(each, ast.Return | ast.Yield)]
        elif isinstance(node, ast.Assign) and {_name(each) for to in node.targets for each in ast.walk(to)} & names:
            given = [node.value]
        elif isinstance(node, ast.Call):
            place = 0 if _FAULTS.fullmatch(_name(node.func)) else _TAKES.get(_name(node.func), len(node.args))
            given = [*node.args[place : place + 1], *(each.value for each in node.keywords if each.arg in names)]
        yield from ((each, parts) for each in given if each is not None for parts in _texts(each))


def _texts(node: ast.expr) -> Iterator[tuple[str, ...]]:
    """The texts that an expression may be."""
    if isinstance(node, ast.IfExp):
        yield from (text for part in (node.body, node.orelse) for text in _texts(part))
    elif isinstance(node, ast.BoolOp):
        yield from (text for part in node.values for text in _texts(part))
    elif isinstance(node, ast.Tuple):
        yield from (text for part in node.elts for text in _texts(part))
    elif isinstance(node, ast.Call) and _MADE.fullmatch(_name(node.func)):
        yield from (text for part in node.args[:1] for text in _texts(part))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield (node.value,)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from ((text,) for text in _constants().get(_name(node), ()))
    elif isinstance(node, ast.JoinedStr):
        yield _joined(node)


def _joined(text: ast.JoinedStr) -> tuple[str, ...]:
    """Words and facts in turn; a constant is no fact."""
    parts = [""]
    for part in text.values:
        if isinstance(part, ast.FormattedValue) and _name(part.value) not in _constants():
            parts += [ast.unparse(part.value), ""]
        else:
            parts[-1] += part.value if isinstance(part, ast.Constant) else _constants()[_name(part.value)][0]
    return tuple(parts)


@cache
def _constants() -> dict[str, tuple[str, ...]]:
    """The texts that modules name by a constant."""
    found: dict[str, tuple[str, ...]] = {}
    for path in _files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                for name in filter(str.isupper, map(_name, node.targets)):
                    found[name] = (*found.get(name, ()), node.value.value)
    return found


def _name(node: ast.AST) -> str:
    """The last name of what is called, assigned or read; empty for all else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
