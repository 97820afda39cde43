"""Subscribes with the Python library `reader`, which reads JSON Feed too: reader_reads.py BASE; prints JSON by format."""
import json
import sys

from reader import make_reader

out = {}
for extension in ("rss", "atom", "json"):
    library = make_reader(":memory:")
    url = f"{sys.argv[1]}.{extension}"
    library.add_feed(url)
    library.update_feeds()
    feed = library.get_feed(url)
    out[extension] = {
        "version": feed.version,
        "error": str(feed.last_exception) if feed.last_exception else None,
        "entries": [{
            "id": entry.id,
            "title": entry.title,
            "published": entry.published.isoformat(),
            "author": entry.authors_str,
            "content": entry.content[0].value if entry.content else None,
        } for entry in library.get_entries()],
    }
print(json.dumps(out))
