"""A part of a portal that is crawled by itself: some of its lists, and what those lead to."""

from urllib.parse import parse_qsl, urlsplit

from attrs import evolve, frozen


@frozen(kw_only=True)
class Section:
    """Lists of one portal, by the addresses where they begin."""

    name: str
    """As the portal's file calls it, or its one address."""

    begins: tuple[str, ...]

    def holds(self, url: str) -> bool:
        """Whether an address is that of one of its lists, of another page of it, or lies below it.

        >>> news = Section(name="news", begins=("https://a.example/tin-tuc.html", "https://a.example/?cat=5"))
        >>> [news.holds(f"https://a.example/{path}") for path in ("tin-tuc/le-hoi-5", "tin-tuc-khac", "?cat=5&p=2", "?p=2")]
        [True, False, True, False]
        """
        return any(_is_within(url, begin) for begin in self.begins)

    def redirected(self, url: str) -> "Section":
        """The same, where the beginning of one of its lists is redirected to another address; not to that of all."""
        return self if is_of_all(url) else evolve(self, begins=(*self.begins, url))


def is_of_all(url: str) -> bool:
    """Whether a list that begins here would be the whole portal."""
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query


def _is_within(url: str, begin: str) -> bool:
    try:
        one, other = urlsplit(url), urlsplit(begin)
        hosts = {(parts.hostname or "").removeprefix("www.") + f":{parts.port or ''}" for parts in (one, other)}
    except ValueError:
        return False
    if len(hosts) > 1:
        return False
    if other.query:
        return one.path == other.path and set(parse_qsl(other.query)) <= set(parse_qsl(one.query))
    stem, dot, ending = other.path.rstrip("/").rpartition(".")
    below = (stem if dot and "/" not in ending else other.path.rstrip("/")) + "/"
    return one.path.rstrip("/") == other.path.rstrip("/") or one.path.startswith(below)
