"""Which line of a robots.txt it is that forbids something (RFC 9309), to be shown to people."""

import re
from urllib.parse import urlsplit

_AGENT = "kyson-crawler"


def line_for(robots: bytes, url: str) -> str | None:
    """The line that forbids an address to this crawler, with its number; None when none does."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    rules = _rules(robots.decode("utf-8", "replace"))
    matching = [rule for rule in rules if _matches(rule[2], path)]
    if not matching:
        return None
    number, name, pattern = max(matching, key=lambda rule: (len(rule[2]), rule[1] == "allow"))
    return f"line {number}: Disallow: {pattern}" if name == "disallow" else None


def _rules(text: str) -> list[tuple[int, str, str]]:
    """Number, name and pattern of the rules for this crawler, or for all when none are for it."""
    groups: dict[str, list[tuple[int, str, str]]] = {}
    agents: list[str] = []
    is_naming = False
    for number, line in enumerate(text.splitlines(), 1):
        name, colon, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if not colon:
            continue
        if name.lower() == "user-agent":
            agents = [*agents, value.lower()] if is_naming else [value.lower()]
            is_naming = True
            groups.setdefault(agents[-1], [])
        elif name.lower() in {"allow", "disallow"}:
            is_naming = False
            if value:
                for agent in agents:
                    groups[agent].append((number, name.lower(), value))
    return groups.get(_AGENT, groups.get("*", []))


def _matches(pattern: str, path: str) -> bool:
    ends = pattern.endswith("$")
    parts = (re.escape(part) for part in pattern.removesuffix("$").split("*"))
    return re.match(".*".join(parts) + ("$" if ends else ""), path) is not None
