"""Scrapy settings: politeness, the order of our components, and the evidence chain. Nothing here is computed."""

BOT_NAME = "kyson"
SPIDER_MODULES = ["kyson_crawler.spiders"]
NEWSPIDER_MODULE = "kyson_crawler.spiders"
USER_AGENT = "kyson-crawler (archive of dissolved districts)"

# Our transport runs on asyncio alone; no reactor means that several crawls can follow each other in one process.
TWISTED_REACTOR_ENABLED = False

# Pace and patience are ours: one for each host, and fewer steps for each request.
DOWNLOADER = "kyson_crawler.downloader.Downloader"

# The exact bytes: our handler fetches, the recorder writes them to the WARC before anything else sees the response.
DOWNLOAD_HANDLERS = {
    "http": "kyson_crawler.transport.Transport",
    "https": "kyson_crawler.transport.Transport",
    "ftp": None,
    "file": None,
    "data": None,
    "s3": None,
}
# The queue is a table of the archive, which also knows what was asked for before.
SCHEDULER = "kyson_crawler.scheduler.Scheduler"
# Scrapy loads its own components even where they are set to None, which takes half a second for all of them: so those
# that have work to do are listed in place of its lists.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
DOWNLOADER_MIDDLEWARES = {
    "kyson_crawler.frontier.ScopeMiddleware": 50,
    "kyson_crawler.sizes.SizeMiddleware": 60,
    "kyson_crawler.obedience.ObedienceMiddleware": 100,
    "kyson_crawler.patience.PatienceMiddleware": 545,
    "kyson_crawler.redirects.RefreshMiddleware": 580,
    "kyson_crawler.redirects.NowhereMiddleware": 650,
    "kyson_crawler.capture.CaptureMiddleware": 870,
}
# The frontier judges every address before there is a request for it, so that no other of Scrapy's has anything to do.
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700}
# Many WARC tools cannot read Brotli or zstd, so only gzip is asked for.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi,en;q=0.5",
    "Accept-Encoding": "gzip",
}
DOWNLOAD_FAIL_ON_DATALOSS = False
# What a single response may be; SizeMiddleware says it for each, and a response is some five times in memory at most.
DOWNLOAD_MAXSIZE = 24_000_000
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60

ITEM_PIPELINES = {
    "kyson_crawler.pipelines.Normalise": 100,
    "kyson_crawler.pipelines.Check": 200,
    "kyson_crawler.pipelines.Store": 300,
}
EXTENSIONS = {
    "kyson_crawler.progress.Progress": 10,
    "kyson_crawler.guards.Guards": 20,
    "kyson_crawler.conversions.Conversions": 30,
}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
}

# We are guests on small servers. A portal's own pace overrides these two.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 2.0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY_JITTER = 0.3
RETRY_TIMES = 2
# What our transport raises; Scrapy's own list would load all of Twisted's HTTP.
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.CannotResolveHostError",
    "scrapy.exceptions.DownloadConnectionRefusedError",
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.DownloadTimeoutError",
    "scrapy.exceptions.ResponseDataLossError",
    OSError,
]
# A server that says 429 or 503 is given time, which is PatienceMiddleware's affair.
RETRY_HTTP_CODES = [500, 502, 504, 522, 524, 408]

# Seconds until a robots.txt is asked for again where the server failed or was too slow, and then when it is wanted anew.
KYSON_ROBOTS_PAUSES = (10.0, 60.0)
KYSON_ROBOTS_AGAIN = 600.0

# Scrapy makes this many tasks for every response, and one more; the default of 100 costs 15 % of all CPU.
CONCURRENT_ITEMS = 1
LOG_LEVEL = "WARNING"

KYSON_ARCHIVE = "kyson-archive"

# A WARC that has passed this size is closed and another begun; a gigabyte is what the standard recommends (Annex C).
KYSON_WARC_BYTES = 1_000_000_000
