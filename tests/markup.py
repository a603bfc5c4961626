"""Pieces of markup as the readers get them."""

from kyson_crawler.pages import Document


def fragment(html):
    """An element with some markup in it."""
    return Document(f"<html><body>{html}</body></html>".encode()).root.find("body")
