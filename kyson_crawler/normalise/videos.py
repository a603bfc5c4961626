"""Which players on a page show a video, and where it lies.

Frames hold maps, boxes of social networks and advertisements as well. What tells a video is its address: the file has the
ending of one, or the player is called one on its way to something that has a name of its own, as in `/embed/X8VQ6snA9wU`.
"""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml.etree import _Element as Element

from kyson_crawler.normalise.images import LAZY_SOURCES, image_source, written

PLAYERS = frozenset({"iframe", "video", "embed", "object", "oembed"})
"""The elements that may show a video. `audio` is none: on portals it reads the article aloud that stands beside it."""

_ADDRESS = re.compile(r"https?:|(?![a-z][a-z0-9+.\-]*:)", re.IGNORECASE)
_FILE = re.compile(r"\.(?:mp4|m4v|mov|webm|og[mv]|flv|f4v|avi|wmv|mpe?g|3gp|mkv|m3u8|mpd)$", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:^|[/._-])(?:video\w*|clips?|watch|player|shorts|reels?)(?=[/._-]|$)|/embed(?:/[\w-]+)*/[\w-]{5,}/?$|/v/[\w-]{8,}|^youtu\.be/."
    r"|^(?:www\.)?vimeo\.com/\d",
    re.IGNORECASE,
)
# Players of sound, and what else calls itself embedded or a player.
_NO_VIDEO = re.compile(r"maps?\b|audio|sound|spotify|podcast|radio|music|weather|\bads?\b|advert|banner", re.IGNORECASE)
_PARAMETERS = frozenset({"movie", "src", "url", "filename", "flashvars"})
_SOURCES = frozenset({"source", "embed", "iframe", "video"})
_LONGEST = 2_000
# Each player in a page of players within players is asked for what stands in it.
_MOST_INSIDE = 20


def video_source(player: Element) -> str | None:
    """The address of the video that an element shows, as written; None when it shows something else, or nothing."""
    addresses = [address for address in _addresses(player) if len(address) <= _LONGEST and _ADDRESS.match(address)]
    if player.tag != "video" and not _says_video(player.get("type") or ""):
        addresses = [address for address in addresses if _is_of_video(address)]
    # A player that is told its file in a parameter says nothing without it.
    return next(filter(_FILE.search, addresses), next(iter(addresses), None))


def holds_media(element: Element) -> bool:
    """Whether a picture or a video stands in an element, or is the element."""
    shown = element.iter("img", *PLAYERS)
    return any(image_source(one) if one.tag == "img" else video_source(one) for one in shown)


def _addresses(player: Element) -> Iterator[str]:
    """The addresses in a player, its own first, then those of its sources, parameters and fallbacks."""
    names = {"object": ("data",), "oembed": ("url",)}.get(str(player.tag), LAZY_SOURCES)
    yield from filter(None, (written(player, name) for name in names))
    yield from _told(written(player, "flashvars"))
    for inner in islice(player.iterdescendants(), _MOST_INSIDE):
        if inner.tag in _SOURCES:
            yield from filter(None, (written(inner, name) for name in LAZY_SOURCES))
        elif inner.tag == "param" and (inner.get("name") or "").lower() in _PARAMETERS:
            yield from _told(written(inner, "value"))


def _told(value: str) -> Iterator[str]:
    """What the parameter of a player says: an address, or variables of which some are the address of a file."""
    given = [told for _, told in parse_qsl(value[:_LONGEST]) if _FILE.search(told)]
    yield from given or ([value] if value else [])


def _says_video(media_type: str) -> bool:
    return media_type.lower().startswith("video/")


def _is_of_video(address: str) -> bool:
    """Whether an address is one of a video, or of a player of one."""
    try:
        parts = urlsplit(address)
        given = [value for _, value in parse_qsl(parts.query)]
    except ValueError:
        return False
    if any(_FILE.search(value.partition("?")[0]) for value in (unquote(parts.path), *given)):
        return True
    place = parts.netloc + unquote(parts.path)
    return bool(_NAMED.search(place)) and not _NO_VIDEO.search(place)
