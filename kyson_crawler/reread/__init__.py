"""Captures read again: `kyson reread`, in place or into a new archive.

Both go the way of a crawl: what stands in one answer is decided by `answers`, `pages` and `normalise`, in any number of
processes (`seen`, `pool`); what one page tells of another by `course`; and one process, this one, writes.
"""

from kyson_crawler.pool import Pool, cores
from kyson_crawler.reread.changes import Change
from kyson_crawler.reread.inplace import portals_of, reread
from kyson_crawler.reread.into import make
from kyson_crawler.reread.report import Made, Report, Unreadable

__all__ = ["Change", "Made", "Pool", "Report", "Unreadable", "cores", "make", "portals_of", "reread"]
