"""Articles, captures and archives for tests, made quickly: name only what the test is about."""

import base64
import hashlib
import itertools
import uuid
from datetime import UTC, datetime, timedelta

from archive.records import Article, Attachment, Block, Capture, Image
from archive.store import Archive

FIRST = datetime(2022, 6, 2, 9, 14, 0, tzinfo=UTC)
SITE = "http://kyson.example"
EXTRACTOR = "kyson-crawler/0.1.0 test"

_numbers = itertools.count(1)


def article(key="1", *paragraphs, portal="ky-son", images=(), attachments=(), **changes):
    """An article of the portal ky-son; an image is an address or a pair of address and caption."""
    facts = {
        "portal": portal,
        "key": key,
        "url": f"{SITE}/tin-tuc/bai-{key}",
        "title": f"Bài {key}",
        "published": "2022-06-02T15:30:00+07:00",
        "section": "Tin tức",
        "language": "vi",
        "blocks": tuple(Block(kind="paragraph", text=text) for text in paragraphs or ("Một đoạn văn.",)),
        "images": tuple(_image(image) for image in images),
        "attachments": tuple(Attachment(href=href) for href in attachments),
        "extractor": EXTRACTOR,
    }
    return Article(**(facts | changes))


def _image(image):
    src, caption = (image, None) if isinstance(image, str) else image
    return Image(src=src, caption=caption, caption_source="figcaption" if caption else None)


def capture(url=f"{SITE}/tin-tuc/bai-1", *, days=0, seconds=0, payload=b"", **changes):
    """A capture with its own record; `days` and `seconds` after the first."""
    number = next(_numbers)
    facts = {
        "url": url,
        "time": FIRST + timedelta(days=days, seconds=seconds),
        "status": 200,
        "mime": "text/html",
        "digest": "sha1:" + base64.b32encode(hashlib.sha1(payload).digest()).decode(),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "bytes": len(payload),
        "warc": "ky-son-20220602091400-00001.warc.gz",
        "offset": number * 1000,
        "length": 900,
        "record_id": f"<urn:uuid:{uuid.UUID(int=number)}>",
    }
    return Capture(**(facts | changes))


def new_archive(folder):
    """A new archive, open for writing."""
    return Archive.open(folder, write=True, create=True)


def begin(archive, slug="ky-son", **changes):
    """The id of a new crawl."""
    facts = {
        "slug": slug,
        "name": "Huyện Kỳ Sơn",
        "province": "Nghệ An",
        "district": "Kỳ Sơn",
        "cms": "vnportal",
        "toml": "",
        "software": "kyson-crawler/0.1.0",
        "operator": "Phòng Lưu trữ",
        "settings": {},
    }
    return archive.begin_crawl(**(facts | changes))


def keep(archive, crawl_id, kept, *, days=0, refused=None):
    """Capture the page of an article and put the article; the id of the page's capture and the outcome."""
    page_id = archive.put_capture(crawl_id, capture(kept.url, days=days), "page")
    return page_id, archive.put_article(crawl_id, page_id, kept, refused=refused or {})


def settle(archive, crawl_id, url, payload=None, *, days=0, reason="HTTP 404"):
    """Let an image come with these bytes, or not come when there are none."""
    if payload is None:
        archive.settle_embed(crawl_id, url, capture_id=None, reason=reason)
        return None
    image = capture(url, days=days, payload=payload, mime="image/png")
    capture_id = archive.put_capture(crawl_id, image, "image")
    archive.settle_embed(crawl_id, url, capture_id=capture_id, reason=None)
    return capture_id
