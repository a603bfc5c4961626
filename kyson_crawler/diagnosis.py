"""Why a crawl came home without an article where there used to be some: told from what its pages were answered with."""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from attrs import frozen

from kyson_crawler.scope import Scope

_BLOCKS = frozenset({401, 403, 406, 407, 418, 429, 451, 503})
_GONE = frozenset({404, 410})


@frozen
class Answer:
    """How one page was answered."""

    url: str
    status: int
    redirect_to: str | None


def why_nothing(answers: Iterable[Answer], *, forbidden: int, scope: Scope) -> str:
    """The likeliest reason in a few words: blocked, gone, moved, forbidden by robots.txt, or a page nobody can read yet.

    answers: those of the pages of the crawl. forbidden: how many addresses robots.txt kept it from asking for.
    """
    found, examples = Counter({"robots": forbidden}), dict[str, Answer]()
    for answer in answers:
        what = _kind(answer, scope)
        found[what] += 1
        examples.setdefault(what, answer)
    total, (likeliest, times) = found.total(), found.most_common(1)[0]
    share = f"{times:,} of {total:,} pages"
    if not total:
        return "not one page answered"
    match likeliest:
        case "robots":
            return f"robots.txt forbids {share}"
        case "blocked":
            return f"we seem to be blocked: {share} were answered with HTTP {examples[likeliest].status}"
        case "gone":
            return f"the portal seems to be gone: {share} were answered with HTTP {examples[likeliest].status}"
        case "moved":
            host = urlsplit(examples[likeliest].redirect_to or "").hostname
            return f"the portal seems to be gone: {share} lead away to {host}"
        case "broken":
            return f"the server fails: {share} were answered with HTTP {examples[likeliest].status}"
    return f"the portal seems to have been redesigned: {share} came, and the reader finds an article on none"


def _kind(answer: Answer, scope: Scope) -> str:
    if answer.status in _BLOCKS:
        return "blocked"
    if answer.status in _GONE:
        return "gone"
    if answer.redirect_to and scope.why(answer.redirect_to):
        is_away = urlsplit(answer.redirect_to).hostname != urlsplit(answer.url).hostname
        return "moved" if is_away else "came"
    return "broken" if answer.status >= 400 else "came"
