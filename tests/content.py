"""What an archive says, without the numbers of its rows: equal for two archives that hold the same."""

import sqlite3
from contextlib import closing

CONTENT = {
    "article": "SELECT a.ref, p.slug, a.key, u.url, a.first_seen, a.last_seen, a.gone FROM article a "
    "JOIN portal p ON p.id = a.portal_id LEFT JOIN url u ON u.id = a.url_id",
    "reading": "SELECT a.ref, r.extractor, r.digest, r.title, r.lead, r.byline, r.source, r.published, r.published_raw, "
    "r.published_source, r.published_evidence, r.section, r.language, r.blocks, r.body FROM reading r "
    "JOIN article a ON a.id = r.article_id",
    "image": "SELECT r.digest, i.position, u.url, i.caption, i.credit, i.alt, i.caption_source FROM image i "
    "JOIN reading r ON r.id = i.reading_id JOIN url u ON u.id = i.url_id",
    "attachment": "SELECT r.digest, t.position, u.url, t.label FROM attachment t "
    "JOIN reading r ON r.id = t.reading_id JOIN url u ON u.id = t.url_id",
    "version": "SELECT a.ref, v.n, v.since, v.until, v.content_digest, v.captures, r.digest, c.record_id FROM version v "
    "JOIN article a ON a.id = v.article_id JOIN reading r ON r.id = v.reading_id JOIN capture c ON c.id = v.capture_id",
    "what each capture shows": "SELECT c.record_id, r.digest, rc.content_digest FROM reading_capture rc "
    "JOIN capture c ON c.id = rc.capture_id JOIN reading r ON r.id = rc.reading_id",
    "embed": "SELECT p.record_id, u.url, e.status, CASE WHEN c.id IS NULL THEN NULL ELSE e.reason END, c.digest "
    "FROM embed e JOIN capture p ON p.id = e.page_id JOIN url u ON u.id = e.url_id LEFT JOIN capture c ON c.id = e.capture_id",
    "capture": "SELECT u.url, c.time, c.method, c.status, c.mime, c.digest, c.sha256, c.bytes, w.name, c.offset, c.length, "
    "c.record_id, t.url, c.truncated, c.not_modified, c.etag, c.last_modified FROM capture c JOIN url u ON u.id = c.url_id JOIN warc w ON w.id = c.warc_id "
    "LEFT JOIN url t ON t.id = c.redirect_to",
    "absence": "SELECT a.ref, c.record_id, s.reason FROM absence s JOIN article a ON a.id = s.article_id "
    "JOIN capture c ON c.id = s.capture_id",
    "file_text": "SELECT c.record_id, t.digest, t.text, t.reason, t.software, t.made, w.name, t.offset, t.length, t.record_id "
    "FROM file_text t JOIN capture c ON c.id = t.capture_id LEFT JOIN warc w ON w.id = t.warc_id",
    "furniture": "SELECT p.slug, f.what, f.usual FROM furniture f JOIN portal p ON p.id = f.portal_id",
    "coverage": "SELECT v.field, v.found, v.total FROM coverage v",
    "search_doc": "SELECT a.ref, r.digest, p.slug, d.section, d.published, d.has_image, d.skey >> 14 FROM search_doc d "
    "JOIN article a ON a.id = d.article_id JOIN reading r ON r.id = d.reading_id JOIN portal p ON p.id = d.portal_id",
    "words": "SELECT v.term, v.col, count(*) FROM words v GROUP BY 1, 2",
    "places of words": "SELECT v.term, v.col, a.ref, v.offset FROM words v JOIN search_doc d ON d.skey = v.doc "
    "JOIN article a ON a.id = d.article_id",
}
"""All tables that describe content, by keys that mean something."""


def content(folder):
    """Every fact of the tables above, sorted."""
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        database.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, article_fts, instance)")
        return {name: sorted(database.execute(query), key=repr) for name, query in CONTENT.items()}
