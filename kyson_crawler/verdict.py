"""How a crawl ended: its status in the archive, and why it has that."""

from itertools import starmap
from typing import Any

from attrs import frozen
from scrapy.crawler import Crawler

from archive.crawls import BY_HAND
from kyson_crawler import politeness
from kyson_crawler.capture import Recorder
from kyson_crawler.diagnosis import Answer, why_nothing
from kyson_crawler.frontier import Frontier
from kyson_crawler.portal import Portal
from kyson_crawler.progress import Figures
from kyson_crawler.reading import answers
from kyson_crawler.reading.course import Course

_IN_WORDS = {"shutdown": BY_HAND}
"""What an archive says where Scrapy has a word of its own for why a crawl was ended; else the reason itself."""


@frozen(kw_only=True)
class Ended:
    """A crawl of which nothing more is asked for."""

    portal: Portal
    recorder: Recorder
    frontier: Frontier
    course: Course
    crawler: Crawler

    def verdict(self, reason: str, figures: Figures) -> tuple[str, str | None]:
        """The status of the crawl, and why it has that; `reason` is Scrapy's for the end."""
        whole, pace = self.recorder.whole(figures.counts()), politeness.of(self.crawler)
        complaints = "; ".join(pace.complaints) or None
        gave_up = any(self.portal.scope.why(f"http://{host}/") is None for host in pace.given_up)
        is_finished = reason == "finished" and not gave_up
        if self.recorder.rows.failure is not None:
            return "failed", str(self.recorder.rows.failure)
        if not whole["pages"] and reason != "finished" and self._failed_at_nothing():
            return "stopped", _IN_WORDS.get(reason, reason)
        known = self.recorder.known_articles()
        if is_finished and whole["pages"] and not whole["articles"] and self.frontier.is_barren:
            return "failed", f"the lists of the section show not one article: {self._why_nothing()}"
        is_read = whole["articles"] or (self.frontier.section is not None and whole["pages"])
        if not is_read and known and (is_finished or not whole["pages"]):
            return "failed", f"not one article was read, where {known:,} are known: {self._why_nothing()}"
        if not whole["pages"]:
            return "failed", self._last_error()
        if not is_finished:
            return "stopped", complaints if reason == "finished" else _IN_WORDS.get(reason, reason)
        if complaint := self.recorder.look_back(self.course, unread=figures.unread):
            return "failed", complaint
        if (waiting := self.recorder.rows.frontier.waiting()) and not complaints:
            return "finished", f"no more pages were to be asked for; {waiting:,} addresses wait for the next crawl"
        return "finished", complaints

    def _failed_at_nothing(self) -> bool:
        """Whether the crawl ended before the first answer was to come, so that nothing is known against the portal."""
        return self._stat("kyson/last_error") is None and not politeness.of(self.crawler).complaints

    def _why_nothing(self) -> str:
        pages_answered = self.recorder.archive.page_answers(self.recorder.crawl_id)
        forbidden = self._stat("robotstxt/forbidden") or 0
        nothing = self.frontier.refused[answers.NOTHING]
        if (not pages_answered and not forbidden) or nothing * 2 > len(pages_answered):
            return self._last_error()
        return why_nothing(starmap(Answer, pages_answered), forbidden=forbidden, scope=self.portal.scope)

    def _last_error(self) -> str:
        complaints = politeness.of(self.crawler).complaints
        return str(self._stat("kyson/last_error") or "; ".join(complaints) or self._nothing())

    def _nothing(self) -> str:
        """Why nothing was captured when no request failed."""
        refused = [f"{seed}: {reason}" for seed in self.frontier.begins if (reason := self.frontier.why_not(seed))]
        return "; ".join(refused) or "nothing was captured"

    def _stat(self, name: str) -> Any:
        assert self.crawler.stats is not None
        return self.crawler.stats.get_value(name)
