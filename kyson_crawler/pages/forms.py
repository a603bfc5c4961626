"""What a form sends when one of its controls is used: that is how ASP.NET turns the pages of its lists.

Which fields go along is what HTML calls the entry list (HTML Living Standard, 4.10.22.4), files and disabled controls left
out. The control that is used is named by its own fields, as `NextPage.fields` has them.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from attrs import frozen
from lxml.etree import _Element as Element

from kyson_crawler.pages.document import Document

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

_LARGEST = 2_000_000
_BUTTONS = frozenset({"submit", "image", "button", "reset", "file"})
# The rows of leases keep these words, and they are read back when a crawl goes on, by whatever version: so they are never
# reworded.
_SENT_WITH = "a list that a script asks for with "
_AJAX = ", as XMLHttpRequest"
_TOLD = re.compile(rf"{_SENT_WITH}(?P<type>[^,]+)(?P<ajax>{_AJAX})?")


@frozen(kw_only=True)
class Manner:
    """How the body of a request is sent: as that of a form of HTML unless a script sends it."""

    content_type: str = FORM
    is_ajax: bool = False
    """Whether the request says that a script sends it, as those of jQuery do."""

    @classmethod
    def of(cls, decision: str | None) -> "Manner":
        """The manner that the row of a lease tells of; that of a form when it tells of none."""
        told = _TOLD.fullmatch(decision or "")
        return cls(content_type=told["type"], is_ajax=told["ajax"] is not None) if told else cls()

    @property
    def decision(self) -> str | None:
        """Why something is asked for in this manner; None for a form."""
        if self == Manner():
            return None
        return f"{_SENT_WITH}{self.content_type}{_AJAX if self.is_ajax else ''}"

    @property
    def headers(self) -> dict[str, str]:
        """What a request says of it."""
        return {"Content-Type": self.content_type} | ({"X-Requested-With": "XMLHttpRequest"} if self.is_ajax else {})


@frozen(kw_only=True)
class Submission:
    """A form as it is sent, or what a script sends in place of one."""

    url: str
    """Where to; absolute."""

    body: bytes
    """In UTF-8."""

    manner: Manner = Manner()


def submission(document: Document, used: tuple[tuple[str, str], ...]) -> Submission | None:
    """What the form of a page sends when a control with the fields `used` is.

    None when no form of the page is sent by POST, when it leads to no web address, or when it holds more than two
    megabytes, which no list needs.
    """
    form = _form(document, {name for name, _ in used})
    if form is None:
        return None
    url = document.resolve(form.get("action") or document.url or "")
    names = {name for name, _ in used}
    entries = [*(entry for entry in _entries(form) if entry[0] not in names), *used]
    body = urlencode(entries, errors="replace").encode()
    return Submission(url=url, body=body) if url and len(body) <= _LARGEST else None


def _form(document: Document, names: set[str]) -> Element | None:
    """The form that a control belongs to: one that holds it, else the one with the state of ASP.NET, else the only one."""
    posted = [form for form in document.tagged("form") if (form.get("method") or "").lower() == "post"]
    held = {form: {name for name, _ in _controls(form)} for form in posted}
    beginnings = {name.removesuffix(".x").removesuffix(".y") for name in names} | names
    holding = (form for form in posted if held[form] & beginnings)
    with_state = (form for form in posted if "__VIEWSTATE" in held[form])
    return next(holding, next(with_state, posted[0] if len(posted) == 1 else None))


def _controls(form: Element) -> Iterator[tuple[str, Element]]:
    """The controls of a form that have a name."""
    for element in form.iter("input", "select", "textarea", "button"):
        name = element.get("name")
        if name and element.get("disabled") is None:
            yield name, element


def _entries(form: Element) -> Iterator[tuple[str, str]]:
    """What a form sends of itself: hidden and filled fields, ticked boxes, chosen options; no buttons."""
    for name, element in _controls(form):
        kind = (element.get("type") or "text").lower()
        if element.tag == "select":
            yield from ((name, value) for value in _chosen(element))
        elif element.tag == "textarea":
            yield name, element.text or ""
        elif element.tag == "button" or kind in _BUTTONS:
            continue
        elif kind not in {"checkbox", "radio"}:
            yield name, element.get("value") or ""
        elif element.get("checked") is not None:
            yield name, element.get("value") or "on"


def _chosen(select: Element) -> list[str]:
    """The values chosen in a list of options; of one in which nothing is, the first."""
    options = list(select.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None]
    if not chosen and select.get("multiple") is None:
        chosen = options[:1]
    return [option.get("value") if option.get("value") is not None else (option.text or "") for option in chosen]  # type: ignore[misc]
