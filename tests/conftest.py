"""Archives crawled once a session, for the tests that only read them, and a clock for those that let time pass."""

from datetime import UTC, datetime

import pytest
from time_machine import travel


@pytest.fixture
def clock():
    """The clock of this process and of those it forks: right until a test shifts it."""
    with travel(datetime.now(UTC)) as clock:
        yield clock


@pytest.fixture(scope="session")
def crawled(tmp_path_factory):
    """The sample portal crawled whole on two days: the archive's folder, and what the two crawls said."""
    from kyson_crawler import crawl, portal, sample
    from kyson_crawler.network.addresses import ConnectTo

    folder = tmp_path_factory.mktemp("sample") / "kyson-archive"
    outcomes = []
    for edition in (1, 2):
        with sample.SampleServer(edition) as server:
            rules = (ConnectTo.parse(server.connect_to),)
            outcomes.append(crawl.run(portal.find("sample"), folder, connect_to=rules, full=True))
    return folder, outcomes


@pytest.fixture(scope="session")
def nukeviet(tmp_path_factory):
    """A real NukeViet portal crawled twice, the second time as it was the first: folder and outcomes."""
    from kyson_crawler import crawl, portal
    from kyson_crawler.network.addresses import ConnectTo
    from tests.portals.warcportal import WarcPortal
    from tests.program import NUKEVIET

    if not NUKEVIET.exists():
        pytest.skip("needs ../shared/portals/nukeviet-4.5.05")
    folder = tmp_path_factory.mktemp("nukeviet") / "kyson-archive"
    with WarcPortal(NUKEVIET) as server:
        target, rules = portal.ad_hoc("http://127.0.0.1:8081/"), (ConnectTo.parse(server.connect_to),)
        return folder, [crawl.run(target, folder, connect_to=rules, delay=0, full=True) for _ in range(2)]


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The portal of notices with PDFs crawled twice, the second time as it was the first: the archive's folder."""
    from kyson_crawler import crawl, portal
    from tests.portals.pdfportal import pdf_portal

    folder = tmp_path_factory.mktemp("files") / "kyson-archive"
    with pdf_portal() as server:
        for _ in range(2):
            assert crawl.run(portal.ad_hoc(server.url), folder, delay=0, full=True).status == "finished"
    return folder
