"""The crawler: from the address of a district portal to normalised articles with their evidence."""

__version__ = "0.1.0"
