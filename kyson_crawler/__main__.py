"""`python -m kyson_crawler` is `kyson`."""

from kyson_crawler.cli import main

main(prog_name="kyson")
