"""Subscribes with Python's feedparser as a reader would: feedparser_reads.py URL [ETAG MODIFIED]; prints JSON."""
import json
import sys

import feedparser

url, etag, modified = (sys.argv[1:] + ["", ""])[:3]
feed = feedparser.parse(url, etag=etag or None, modified=modified or None)
print(json.dumps({
    "status": feed.get("status"),
    "bozo": bool(feed.bozo),
    "why": str(feed.get("bozo_exception", "")),
    "version": feed.get("version"),
    "etag": feed.get("etag"),
    "modified": feed.get("modified"),
    "title": feed.feed.get("title"),
    "entries": [{
        "id": e.get("id"),
        "title": e.get("title"),
        "link": e.get("link"),
        "author": e.get("author"),
        "published": list(e.published_parsed[:6]) if e.get("published_parsed") else None,
        "updated": list(e.updated_parsed[:6]) if e.get("updated_parsed") else None,
        "summary": e.get("summary"),
        "content": [c.value for c in e.get("content", [])],
        "tags": [t.term for t in e.get("tags", [])],
        "enclosures": [dict(x) for x in e.get("enclosures", [])],
    } for e in feed.entries],
}))
