"""Archives crawled once a session, for the tests that only read them."""

import pytest


@pytest.fixture(scope="session")
def crawled(tmp_path_factory):
    """The sample portal crawled on two days: the archive's folder, and what the two crawls said."""
    from kyson_crawler import crawl, portal, sample
    from kyson_crawler.addresses import ConnectTo

    folder = tmp_path_factory.mktemp("sample") / "kyson-archive"
    outcomes = []
    for edition in (1, 2):
        with sample.SampleServer(edition) as server:
            rules = (ConnectTo.parse(server.connect_to),)
            outcomes.append(crawl.run(portal.find("sample"), folder, connect_to=rules))
    return folder, outcomes
