import pytest

from kyson_crawler import portal
from kyson_crawler.diagnosis import Answer, why_nothing

SITE = "http://muongmau.example"
SCOPE = portal.ad_hoc(SITE).scope


def answers(times, status, redirect_to=None):
    return [Answer(f"{SITE}/tin-tuc/bai-{number}", status, redirect_to) for number in range(times)]


@pytest.mark.parametrize(
    ("came", "forbidden", "reason"),
    [
        (answers(31, 403) + answers(4, 200), 0, "we seem to be blocked: 31 of 35 pages were answered with HTTP 403"),
        (
            answers(9, 404) + answers(1, 200),
            0,
            "the portal seems to be gone: 9 of 10 pages were answered with HTTP 404",
        ),
        (
            answers(2, 301, "https://tinhmoi.example/") + answers(1, 200),
            0,
            "the portal seems to be gone: 2 of 3 pages lead away to tinhmoi.example",
        ),
        (answers(5, 500), 0, "the server fails: 5 of 5 pages were answered with HTTP 500"),
        (answers(2, 200), 40, "robots.txt forbids 40 of 42 pages"),
        (
            answers(3, 301, f"{SITE}/") + answers(3, 200),
            0,
            "the portal seems to have been redesigned: 6 of 6 pages came",
        ),
        ([], 0, "not one page answered"),
    ],
)
def test_a_crawl_without_an_article_says_what_is_the_likeliest_reason(came, forbidden, reason):
    assert why_nothing(came, forbidden=forbidden, scope=SCOPE).startswith(reason)
