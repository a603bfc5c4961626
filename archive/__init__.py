"""The archive: what is kept of a portal, and how it is found again.

This package is the inner room. It knows neither Scrapy nor the crawler, so that an archive can be read, searched,
checked and exported by people who will never crawl anything.
"""
