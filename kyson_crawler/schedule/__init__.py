"""Crawls by calendar: what is due becomes a run, and each run a process of its own.

The tables are in the archive (`archive.schedules`); here is what a calendar means, and what starts crawls.
"""

AT_ONCE = 3
"""How many crawls go on at a time unless told otherwise."""
