"""From the answer of a server to the article on it: what a page shows by itself, and what a crawl makes of many."""
