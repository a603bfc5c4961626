"""Fixity: the proof that what is kept is still what was written, over an archive's WARCs and its database.

Nothing is changed here and nothing is passed over in silence: a check goes on behind each fault and names them all.
"""

from archive.fixity.database import check_database
from archive.fixity.finding import Finding
from archive.fixity.warcs import check_warcs
from archive.fixity.whole import check

__all__ = ["Finding", "check", "check_database", "check_warcs"]
