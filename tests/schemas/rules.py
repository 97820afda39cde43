"""What grammars do not say and feed validators warn about: rules.py JSON_SCHEMA FOLDER [--any-content].

--any-content: the contents were never sanitized, so what they hold is not looked at.
"""

import datetime
import email.utils
import json
import re
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

import jsonschema

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ADDRESS = re.compile(r"^https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*)?$")
ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
MIME = re.compile(r"^[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+$")
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
RFC822 = re.compile(r"^(\w{3}), (\d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4})$")

# Tags of HTML that the W3C's Feed Validator calls a risk in a feed, whatever they hold.
RISKY = "applet base basefont bdo body embed frame frameset head html iframe isindex link listing meta noframes object " \
        "param plaintext script style title xmp".split()
# Relations of links that are registered, as far as feeds use them.
RELATIONS = {"alternate", "current", "enclosure", "first", "hub", "last", "license", "next", "next-archive",
             "prev-archive", "previous", "related", "self", "via"}
DOCS = "http://www.rssboard.org/rss-specification"

problems = []
look_inside = "--any-content" not in sys.argv


def expect(truth, where, what):
    if not truth:
        problems.append(f"{where}: {what}")


def address(where, value, what):
    fine = value and ADDRESS.match(value) and not ESCAPE.search(value)
    expect(fine, where, f"{what} is not a full address: {value!r}")


def rfc822(where, value):
    match = RFC822.match(value or "")
    expect(match, where, f"not an RFC 822 date: {value!r}")
    if match:
        day = email.utils.parsedate_to_datetime(value).weekday()
        expect(DAYS[day] == match[1], where, f"wrong weekday: {value!r}")


def texts(where, root):
    for element in root.iter():
        text = element.text or ""
        bad = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text)
        expect(not bad, where, f"{element.tag}: a control character")
        empty = not text.strip() and not len(element) and not element.attrib
        expect(not empty, where, f"{element.tag} is empty")
        for name, value in element.attrib.items():
            expect(value.strip() == value and value, where, f"{element.tag}@{name}: {value!r}")


def language(where, value, what):
    expect(re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", value or ""), where, f"{what}: {value!r} is no language")


def plain(where, value, what):
    """Text where no HTML may stand: an end tag gives it away."""
    found = re.search(r"</(a|b|br|div|em|h[1-6]|i|img|li|p|pre|span|strong|table|td|tr|u|ul)>", value or "")
    expect(not found, where, f"{what} holds HTML: {found and found[0]}")


def plausible(where, moment):
    expect(moment and moment.year >= 1990, where, f"an implausible date: {moment}")


def rss(where, root):
    expect(root.tag == "rss" and root.get("version") == "2.0", where, "not RSS 2.0")
    channel = root.find("channel")
    once(where, channel, ["title", "link", "description", "language", "ttl", "generator", "docs"], 1)
    address(where, channel.findtext("link"), "link")
    language(where, channel.findtext("language"), "language")
    expect(channel.findtext("docs") == DOCS, where, "docs: validators then warn of every extension")
    expect(int(channel.findtext("ttl")) > 0, where, "ttl")
    for name in ("title", "description", "copyright", "image/title"):
        plain(where, channel.findtext(name), name)
    picture = channel.find("image")
    if picture is not None:
        once(where, picture, ["url", "title", "link"], 1)
        same = [picture.findtext(name) == channel.findtext(name) for name in ("title", "link")]
        expect(all(same), where, "the image's title and link are not the channel's")
    own = [link for link in channel.findall(ATOM + "link") if link.get("rel") == "self"]
    expect(len(own) == 1 and own[0].get("type") == "application/rss+xml", where, "atom:link self")
    for link in channel.findall(ATOM + "link"):
        address(where, link.get("href"), "atom:link")
    kinds = [child.tag for child in channel]
    expect("item" not in kinds or set(kinds[kinds.index("item"):]) == {"item"}, where, "item before metadata")
    rfc822(where, channel.findtext("lastBuildDate")) if "lastBuildDate" in kinds else None
    guids = [item.findtext("guid") for item in channel.findall("item")]
    expect(len(guids) == len(set(guids)), where, "a guid twice")
    for item in channel.findall("item"):
        rss_item(f"{where}: {item.findtext('guid')}", item)


def once(where, parent, names, least):
    for name in names:
        count = len(parent.findall(name))
        expect(least <= count <= 1, where, f"{count} times {name}")


def rss_item(where, item):
    once(where, item, ["title", "link", "description", "guid", "pubDate"], 1)
    once(where, item, ["enclosure", "source", "author", CONTENT, DC + "language", DC + "rights"], 0)
    address(where, item.findtext("link"), "link")
    expect(item.find("guid").get("isPermaLink") == "false", where, "guid is no permalink")
    rfc822(where, item.findtext("pubDate"))
    if look_inside:
        plausible(where, email.utils.parsedate_to_datetime(item.findtext("pubDate")))
    for name in ("title", "source", "category"):
        for text in item.findall(name):
            plain(where, text.text, name)
    for text in item.findall(DC + "language"):
        language(where, text.text, "dc:language")
    kinds = [child.tag for child in item]
    if CONTENT in kinds:
        expect(kinds.index("description") < kinds.index(CONTENT), where, "content before description")
    for core, double in [("pubDate", "date"), ("category", "subject"), ("source", "source"), ("author", "creator")]:
        expect(not (core in kinds and DC + double in kinds), where, f"both {core} and dc:{double}")
    for file in item.findall("enclosure"):
        address(where, file.get("url"), "enclosure")
        expect((file.get("length") or "").isdigit(), where, "enclosure without length")
        expect(MIME.match(file.get("type") or ""), where, "enclosure without type")
    for source in item.findall("source"):
        address(where, source.get("url"), "source")
    for media in item.iter(MEDIA + "content"):
        address(where, media.get("url"), "media:content")
        for name in ("fileSize", "width", "height"):
            expect(int(media.get(name, "1")) > 0, where, f"media:content@{name}")
    html(where, item.findtext(CONTENT))


def html(where, text):
    if not look_inside:
        return
    found = re.search(r"<script|<style|<iframe|\son\w+\s*=\s*[\"']|javascript:", text or "", re.I)
    expect(not found, where, f"active content: {found and found[0]}")
    risky = [tag for tag in re.findall(r"<([a-z0-9]+)", text or "") if tag in RISKY]
    expect(not risky, where, f"tags that validators call a risk: {risky}")
    for link in re.findall(r"(?:href|src)=\"([^\"]*)\"", text or ""):
        expect(re.match(r"(https?|mailto|tel):", link), where, f"a relative link: {link!r}")


def atom(where, root):
    own = [link for link in root.findall(ATOM + "link") if link.get("rel") == "self"]
    expect(len(own) == 1 and own[0].get("type") == "application/atom+xml", where, "link self")
    alternates(where, root)
    for element in root.iter():
        value = element.get("{http://www.w3.org/XML/1998/namespace}lang")
        if value is not None:
            language(where, value, "xml:lang")
    once(where, root, [ATOM + "id", ATOM + "title", ATOM + "updated", ATOM + "author"], 1)
    once(where, root, [ATOM + "logo", ATOM + "icon", ATOM + "subtitle", ATOM + "rights"], 0)
    plausible(where, instant(root.findtext(ATOM + "updated")))
    times = [entry.findtext(ATOM + "updated") for entry in root.findall(ATOM + "entry")]
    expect(len(times) == len(set(times)) or not look_inside, where, "two entries have one updated")
    ids = [entry.findtext(ATOM + "id") for entry in root.findall(ATOM + "entry")]
    expect(len(ids) == len(set(ids)), where, "an id twice")
    for entry in root.findall(ATOM + "entry"):
        here = f"{where}: {entry.findtext(ATOM + 'id')}"
        alternates(here, entry)
        expect(entry.find(ATOM + "author/" + ATOM + "name") is not None, here, "no author")
        expect(entry.find(ATOM + "published") is not None, here, "no published")
        if look_inside:
            plausible(here, instant(entry.findtext(ATOM + "updated")))
        source = entry.find(ATOM + "source")
        if source is not None:
            once(here, source, [ATOM + "id", ATOM + "title", ATOM + "updated"], 1)
        html(here, entry.findtext(ATOM + "content"))


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def alternates(where, parent):
    links = parent.findall(ATOM + "link")
    seen = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
    expect(seen and len(seen) == len(set(seen)), where, f"alternate links: {seen}")
    for link in links:
        address(where, link.get("href"), f"link {link.get('rel')}")
        expect(link.get("rel") in RELATIONS, where, f"link: {link.get('rel')!r} is not registered")
        expect(MIME.match(link.get("type", "a/b")), where, f"link: type {link.get('type')!r}")
        expect(link.get("length", "0").isdigit(), where, f"link: length {link.get('length')!r}")
        plain(where, link.get("title"), "link title")


def opml(where, root):
    expect(root.tag == "opml" and root.findtext("head/title"), where, "not OPML")
    for outline in root.iter("outline"):
        expect(outline.get("text"), where, "an outline without text")
        if outline.get("type") == "rss":
            address(where, outline.get("xmlUrl"), "xmlUrl")
            address(where, outline.get("htmlUrl"), "htmlUrl")


def feed_json(where, feed, schema):
    for error in jsonschema.Draft202012Validator(schema).iter_errors(feed):
        expect(False, where, f"{error.json_path}: {error.message[:200]}")
    ids = [item["id"] for item in feed["items"]]
    expect(len(ids) == len(set(ids)), where, "an id twice")
    for item in feed["items"]:
        html(f"{where}: {item['id']}", item.get("content_html"))


def main(schema, folder):
    schema = json.loads(Path(schema).read_text("utf-8"))
    kinds = {".rss": rss, ".atom": atom, ".opml": opml}
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix in kinds:
            root = tree.fromstring(path.read_bytes())
            texts(path.name, root)
            kinds[path.suffix](path.name, root)
        elif path.suffix == ".json" and b"jsonfeed.org/version" in path.read_bytes()[:200]:
            feed_json(path.name, json.loads(path.read_text("utf-8")), schema)
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
