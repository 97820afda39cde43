"""Feeds whose every field is hostile: hostile_feeds.py PAYLOADS FOLDER makes rss/, atom/ and json/ below FOLDER and prints how many articles."""
import json, pathlib, re, sys
from xml.sax.saxutils import escape, quoteattr


def payloads(text):
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        line = re.sub(r"\{A:(\d+)\}", lambda m: "A" * int(m[1]), line)
        line = re.sub(r"\{X:(\d+):(.*?)\}", lambda m: m[2] * int(m[1]), line)
        line = line.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0")
        yield re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), line)


def short(text):
    return text[:400]


def rss(n, p):
    t, s = escape(p), escape(short(p))
    return f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>{s}</title><link>{s}</link><description>{s}</description><copyright>{s}</copyright>
<item><guid isPermaLink="false">{n}</guid><title>{s}</title><link>{s}</link><description>{s}</description><content:encoded>{t}</content:encoded>
<author>{s}</author><dc:publisher>{s}</dc:publisher><category domain={quoteattr(short(p))}>{s}</category><source url={quoteattr(short(p))}>{s}</source>
<comments>{s}</comments><enclosure url={quoteattr("http://a.vn/" + short(p))} type={quoteattr(short(p))} length="1"/>
<media:content url={quoteattr(short(p))} medium="image"><media:title>{s}</media:title></media:content></item></channel></rss>"""


def atom(n, p):
    t, s, q = escape(p), escape(short(p)), quoteattr(short(p))
    return f"""<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">{s}</title><id>urn:{n}</id><rights type="html">{s}</rights>
<entry><id>urn:{n}</id><title type="html">{s}</title><link href={q} title={q}/><link rel="enclosure" href="http://a.vn/x.mp3" title={q} type="audio/mpeg"/>
<author><name>{s}</name><email>{s}</email><uri>{s}</uri></author><category term={q} scheme={q} label={q}/><rights type="html">{s}</rights>
<summary type="html">{s}</summary><content type="html">{t}</content><source><title type="html">{s}</title><id>{s}</id><link href={q}/></source></entry></feed>"""


def json_feed(n, p):
    s = short(p)
    item = {"id": str(n), "title": s, "url": s, "external_url": s, "summary": s, "content_html": p, "image": s, "banner_image": s, "tags": [s],
            "authors": [{"name": s, "url": s, "avatar": s}], "attachments": [{"url": "http://a.vn/x.mp3", "mime_type": s, "title": s}], "language": s}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": s, "home_page_url": s, "items": [item]})


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    count = 0
    for n, payload in enumerate(payloads(source.read_text(encoding="utf-8"))):
        for kind, write, ending in (("rss", rss, "rss"), ("atom", atom, "atom"), ("json", json_feed, "json")):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            (folder / kind / f"{n:03}.{ending}").write_text(write(n, payload), encoding="utf-8")
        count += 1
    print(count)


main()
