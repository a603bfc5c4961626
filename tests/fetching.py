"""Requests made by the transport alone, without a crawl around it."""

import asyncio
from contextlib import asynccontextmanager

from scrapy import Spider
from scrapy.crawler import Crawler

from kyson_crawler.transport import Exchange, Transport


@asynccontextmanager
async def transport(settings=None, **spider_attributes):
    crawler = Crawler(Spider, {"DOWNLOAD_FAIL_ON_DATALOSS": False} | (settings or {}))
    crawler.spider = Spider("test", **({"private_hosts": frozenset({"127.0.0.1"})} | spider_attributes))
    handler = Transport.from_crawler(crawler)
    try:
        yield handler
    finally:
        await handler.close()


def fetch(*requests, settings=None, pause=0.0, **spider_attributes):
    """The responses to requests, made one after the other; for a single request just its response."""

    async def run():
        responses = []
        async with transport(settings, **spider_attributes) as handler:
            for request in requests:
                response = await handler.download_request(request)
                response.request = request
                responses.append(response)
                await asyncio.sleep(pause)
        return responses

    responses = asyncio.run(run())
    return responses[0] if len(requests) == 1 else responses


def exchange_of(response) -> Exchange:
    return response.meta["exchange"]
