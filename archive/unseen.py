"""Characters that nobody sees and that deceive: they turn the direction of a line, break it, or hide letters."""

UNSEEN = "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""As they stand in a character class of a regular expression (Unicode TR 36, 2.10 and TR 39, 3.1)."""
