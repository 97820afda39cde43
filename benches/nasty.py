"""Documents that are wrong in the ways that real feeds are wrong: (class, Content-Type, bytes)."""
import base64, json, unicodedata

ITEMS = [("Khởi công cầu Hòa Bình 3", "https://a.vn/1.html", "Sáng nay, tỉnh khởi công cầu."),
         ("Lúa xuân được mùa & được giá", "https://a.vn/2.html?x=1&y=2", "Nông dân <b>vui</b> mùa gặt."),
         ("Trường học mới ở xã vùng cao", "https://a.vn/3.html", "Các em có trường mới.")]
TOKENS = [b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&nbsp;", b"&", b"&#0;", b"&#x110000;", b"<item>", b"</item>", b"</title>",
          b"<title>", b"<link>", b"</channel>", b"<channel>", b"<b>", b"</b>", b"<br>", b"\0", b"\xff\xfe", b"<?xml version='1.0'?>",
          b"<entry>", b"</entry>", b"<x:y>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<", b">", b'"', b"'", b"<a href=", b"{", b"[", b"\\u0000"]


def esc(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def rss(items=ITEMS, item="<item><title>{t}</title><link>{l}</link><description>{d}</description></item>", version="2.0",
        head='<?xml version="1.0" encoding="utf-8"?>\n', ns="", e=esc, tail=""):
    body = "\n".join(item.format(t=e(t), l=e(l), d=e(d), n=n) for n, (t, l, d) in enumerate(items))
    return f'{head}<rss version="{version}"{ns}><channel><title>Kênh</title><link>https://a.vn/</link>{body}</channel></rss>{tail}'


def atom(items=ITEMS, entry='<entry><title>{t}</title><link href="{l}"/><id>tag:{n}</id><updated>2026-06-01T00:00:00Z</updated><summary type="html">{d}</summary></entry>',
         head='<?xml version="1.0" encoding="utf-8"?>\n', ns=' xmlns="http://www.w3.org/2005/Atom"', root="feed"):
    body = "\n".join(entry.format(t=esc(t), l=esc(l), d=esc(d), n=n) for n, (t, l, d) in enumerate(items))
    return f"{head}<{root}{ns}><title>Kênh</title><link href='https://a.vn/'/>{body}</{root}>"


def json_feed(change=lambda f: f, **extra):
    items = [{"id": str(n), "url": l, "title": t, "content_html": d} for n, (t, l, d) in enumerate(ITEMS)]
    return json.dumps(change({"version": "https://jsonfeed.org/version/1.1", "title": "K", "items": items, **extra}), ensure_ascii=False)


RDF = ('<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{ns}"><channel rdf:about="https://a.vn/"><title>K</title>'
       '<link>https://a.vn/</link></channel>{items}</rdf:RDF>')


def rdf(ns):
    return RDF.format(ns=ns, items="".join(f'<item rdf:about="{esc(l)}"><title>{esc(t)}</title><link>{esc(l)}</link><description>{esc(d)}</description></item>' for t, l, d in ITEMS))


def vni(text):
    marks = {"\u0300": "ø", "\u0301": "ù", "\u0302": "â", "\u0303": "õ", "\u0309": "û", "\u0323": "ï", "\u0306": "ê", "\u031b": "ô"}
    return "".join(marks.get(c, c) for c in unicodedata.normalize("NFD", text)).replace("đ", "ñ").replace("Đ", "Ñ")


def texts():
    cdata = "<item><title><![CDATA[{t}]]></title><link><![CDATA[{l}]]></link><description><![CDATA[{d}]]></description></item>"
    raw = lambda text: text
    yield "plain", rss()
    yield "atom", atom()
    yield "cdata", rss(item=cdata, e=raw)
    yield "cdata-in-cdata", rss(item="<item><title><![CDATA[<![CDATA[{t}]]]]><![CDATA[>]]></title><link>{l}</link></item>")
    yield "cdata-open", rss(item="<item><title><![CDATA[{t}</title><link>{l}</link></item>")
    yield "cdata-spaces", rss(item="<item><title>\n  <![CDATA[ {t} ]]>\n</title><link>\n<![CDATA[\n{l}\n]]>\n</link></item>", e=raw)
    yield "cdata-split", rss(item="<item><title>A <![CDATA[{t}]]> B</title><link>{l}</link></item>", e=raw)
    yield "bare-amp", rss(e=raw)
    yield "bare-lt", rss(items=[("3 < 5 và 7 > 2", "https://a.vn/1", "x < y")], e=raw)
    yield "html-in-title", rss(items=[("Tin <b>nóng</b> nhất", "https://a.vn/1", "<p>một<br>hai")], e=raw)
    yield "double-escaped", rss(e=lambda t: esc(esc(t)))
    yield "html-entities", rss(items=[("T&iacute;nh &ndash; h&ograve;a&nbsp;b&igrave;nh &hellip;", "https://a.vn/1", "&ldquo;x&rdquo;")], e=raw)
    yield "numeric-1252", rss(items=[("A&#150;B &#146;C&#x92;", "https://a.vn/1", "&#151;")], e=raw)
    yield "unclosed-title", rss(item="<item><title>{t}<link>{l}</link><description>{d}</description></item>")
    yield "unclosed-item", rss(item="<item><title>{t}</title><link>{l}</link><description>{d}</description>")
    yield "unclosed-all", rss(item="<item><title>{t}<link>{l}<description>{d}")
    yield "crossed", rss(item="<item><title>{t}</link><link>{l}</title><description>{d}</item></description>")
    yield "upper", rss(item="<ITEM><TITLE>{t}</TITLE><LINK>{l}</LINK></ITEM>").replace("rss", "RSS").replace("channel", "CHANNEL")
    yield "mixed-case", rss(item="<Item><Title>{t}</Title><Link>{l}</Link><pubdate>1 Jun 2026 00:00:00 GMT</pubdate></Item>")
    yield "no-channel", f'<rss version="2.0">' + "".join(f"<item><title>{esc(t)}</title><link>{esc(l)}</link></item>" for t, l, _ in ITEMS) + "</rss>"
    yield "items-outside", '<rss version="2.0"><channel><title>K</title></channel>' + "".join(f"<item><title>{esc(t)}</title><link>{esc(l)}</link></item>" for t, l, _ in ITEMS) + "</rss>"
    yield "two-channels", rss().replace("</rss>", "") + rss()[rss().index("<channel"):]
    yield "two-documents", rss() + "\n" + rss(items=[("Khác", "https://a.vn/9", "x")])
    yield "items-wrapped", rss().replace("<item>", "<items><item>").replace("</item>", "</item></items>")
    yield "bare-channel", rss().replace('<rss version="2.0">', "").replace("</rss>", "")
    yield "bare-items", "".join(f"<item><title>{esc(t)}</title><link>{esc(l)}</link></item>" for t, l, _ in ITEMS)
    yield "no-declaration", rss(head="")
    yield "leading-newlines", rss(head='\n\n \n<?xml version="1.0"?>')
    yield "bom-newlines", rss(head='\ufeff\n\n<?xml version="1.0" encoding="utf-8"?>')
    yield "two-boms", rss(head='\ufeff\ufeff<?xml version="1.0"?>')
    yield "bom-inside", rss(head='<?xml version="1.0"?>\ufeff', item="\ufeff<item><title>\ufeff{t}</title><link>{l}</link></item>")
    yield "junk-before", "Warning: mysql_connect() in /var/www on line 3<br />\n" + rss()
    yield "php-notice", "<br />\n<b>Notice</b>:  Undefined index: x in <b>/home/a.php</b> on line <b>7</b><br />\n" + rss()
    yield "junk-after", rss(tail="\n<!-- cached --><script>var a = 1 < 2;</script>")
    yield "text-after", rss(tail="\nDebug: 0.12s")
    yield "two-declarations", rss(head='<?xml version="1.0"?><?xml version="1.0" encoding="utf-8"?>')
    yield "broken-declaration", rss(head='<?xml version="1.0" encoding="utf-8">')
    yield "html-around", "<html><body><pre>" + rss() + "</pre></body></html>"
    yield "html-tail", rss().replace("</channel></rss>", "") + "</body></html>"
    yield "escaped-whole", "<html><body>" + esc(rss()) + "</body></html>"
    yield "doctype-html", "<!DOCTYPE html>\n" + rss(head="")
    yield "doctype-rss", rss(head='<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">', version="0.91")
    yield "doctype-entities", rss(head='<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY ten "Hòa Bình"><!ENTITY nbsp "&#160;">]>', items=[("Tỉnh &ten;&nbsp;mới", "https://a.vn/1", "x")], e=raw)
    yield "comment-dashes", rss(item="<item><!-- a -- b --><title>{t}</title><link>{l}</link></item>")
    yield "comment-open", rss(item="<item><title>{t}</title><link>{l}</link></item><!-- never closed")
    yield "pi-inside", rss(item="<item><?php echo 1 ?><title>{t}</title><link>{l}</link></item>")
    yield "undeclared-prefix", rss(item="<item><title>{t}</title><link>{l}</link><dc:creator>An</dc:creator><content:encoded>{d}</content:encoded><media:thumbnail url='x'/></item>")
    yield "prefixed-root", rss().replace("<", "<r:").replace("<r:/", "</r:").replace("<r:?", "<?")
    yield "prefixed-atom", atom(ns=' xmlns:a="http://www.w3.org/2005/Atom"').replace("<", "<a:").replace("<a:/", "</a:").replace("<a:?", "<?").replace("xmlns:a", "xmlns:a")
    yield "wrong-namespace", atom(ns=' xmlns="http://example.org/none"')
    yield "no-namespace", atom(ns="")
    yield "atom03", atom(ns=' xmlns="http://purl.org/atom/ns#" version="0.3"', entry='<entry><title>{t}</title><link rel="alternate" type="text/html" href="{l}"/><id>{n}</id><modified>2026-01-01T00:00:00Z</modified></entry>')
    yield "atom-no-link", atom(entry="<entry><title>{t}</title><id>{l}</id></entry>")
    yield "atom-link-text", atom(entry="<entry><title>{t}</title><link>{l}</link><id>{n}</id></entry>")
    yield "atom-link-self", atom(entry='<entry><title>{t}</title><link rel="self" href="{l}.xml"/><link rel="edit" href="x"/><link href="{l}"/><id>{n}</id></entry>')
    yield "atom-in-rss", rss(ns=' xmlns:a="http://www.w3.org/2005/Atom"', item='<item><title>{t}</title><a:link href="{l}"/><a:title>b</a:title></item>')
    yield "rss-in-atom", atom(entry="<entry><title>{t}</title><link>{l}</link><guid>{l}</guid><description>{d}</description><pubDate>x</pubDate></entry>")
    yield "entries-in-rss", rss(item="<entry><title>{t}</title><link href='{l}'/></entry>")
    yield "items-in-atom", atom(entry="<item><title>{t}</title><link>{l}</link></item>")
    yield "atom-xhtml", atom(entry='<entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{t}</div></title><link href="{l}"/><id>{n}</id></entry>')
    yield "atom-bad-xhtml", atom(entry='<entry><title type="xhtml">{t} <b>x</title><link href="{l}"/><id>{n}</id></entry>')
    yield "atom-base64", atom(entry='<entry><title mode="base64">' + base64.b64encode("Tin một".encode()).decode() + '</title><link href="{l}"/></entry>')
    yield "rdf10", rdf("http://purl.org/rss/1.0/")
    yield "rdf090", rdf("http://my.netscape.com/rdf/simple/0.9/")
    yield "rdf-no-namespace", rdf("")
    yield "rdf-items-inside", rdf("http://purl.org/rss/1.0/").replace("</channel>", "").replace("</rdf:RDF>", "</channel></rdf:RDF>")
    yield "guid-only", rss(item="<item><title>{t}</title><guid>{l}</guid></item>")
    yield "guid-not-link", rss(item="<item><title>{t}</title><guid isPermaLink='false'>{l}</guid></item>")
    yield "guid-cdata", rss(item="<item><title>{t}</title><guid isPermaLink=\"false\">\n<![CDATA[news_{n}]]>\n</guid><link>{l}</link></item>")
    yield "link-attribute", rss(item='<item><title>{t}</title><link href="{l}"/></item>')
    yield "link-empty-then-full", rss(item="<item><title>{t}</title><link/><link>{l}</link></item>")
    yield "link-selfclosed-text", rss(item="<item><title>{t}</title><link/>{l}<description>{d}</description></item>")
    yield "link-twice", rss(item="<item><title>{t}</title><link>{l}</link><link>{l}#2</link></item>")
    yield "title-twice", rss(item="<item><title>{t}</title><link>{l}</link><title>Khác</title></item>")
    yield "title-empty", rss(item="<item><title/><link>{l}</link><description>{d}</description></item>")
    yield "media-title", rss(ns=' xmlns:media="http://search.yahoo.com/mrss/"', item="<item><media:title>x</media:title><title>{t}</title><link>{l}</link><media:group><media:title>y</media:title></media:group></item>")
    yield "image-title", rss(item="<item><title>{t}</title><link>{l}</link><image><title>Ảnh</title><url>https://a.vn/x.jpg</url><link>https://a.vn/i</link></image></item>")
    yield "source-title", rss(item="<item><source url='https://b.vn/rss'>B</source><title>{t}</title><link>{l}</link></item>")
    yield "textinput", rss(item="<item><title>{t}</title><link>{l}</link></item><textInput><title>Tìm</title><name>q</name><link>https://a.vn/tim</link></textInput>")
    yield "attributes-bare", rss(item="<item id=1 class><title type=text>{t}</title><link rel=alternate href={l}>{l}</link></item>")
    yield "attributes-double", rss(item="<item a='1' a='2'><title a=\"x\" a=\"y\">{t}</title><link>{l}</link></item>")
    yield "attributes-quotes", atom(entry='<entry><title>{t}</title><link title="A "B" C" href="{l}"/><id>{n}</id></entry>')
    yield "attribute-gt", atom(entry='<entry><title>{t}</title><link title="a > b" href="{l}"/><id>{n}</id></entry>')
    yield "attribute-lt", atom(entry='<entry><title>{t}</title><link title="a < b" href="{l}"/><id>{n}</id></entry>')
    yield "spaces-in-tags", rss(item="< item>< title >{t}</ title >< link>{l}</ link></ item>")
    yield "space-before-gt", rss(item="<item ><title >{t}</title ><link >{l}</link ></item >")
    yield "control-characters", rss(items=[("Tin\x01 \x0bmột\x1f", "https://a.vn/1", "x\x00y")])
    yield "combining", unicodedata.normalize("NFD", rss())
    yield "script-inside", rss(item="<item><title>{t}</title><link>{l}</link><description><script>if (a<b && c>d) document.write('<item>')</script></description></item>")
    yield "style-comment", rss(item="<item><title>{t}</title><link>{l}</link><description><style><!-- p {{ x }} --></style></description></item>")
    yield "nested-item", rss(item="<item><title>{t}</title><link>{l}</link><item><title>Trong</title><link>https://a.vn/in{n}</link></item></item>")
    yield "netscape", rss(version="0.91", item="<item><title>{t}</title><link>{l}</link></item>")
    yield "version-odd", rss(version="2.00", item="<item><title>{t}</title><link>{l}</link></item>")
    yield "rss-1-0-attr", rss(version="1.0")
    yield "cdf", '<?xml version="1.0"?><CHANNEL HREF="https://a.vn/"><TITLE>K</TITLE>' + "".join(f'<ITEM HREF="{esc(l)}"><TITLE>{esc(t)}</TITLE><ABSTRACT>{esc(d)}</ABSTRACT></ITEM>' for t, l, d in ITEMS) + "</CHANNEL>"
    yield "wordpress", rss(ns=' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:dc="http://purl.org/dc/elements/1.1/"',
                           item='<item><title>{t}</title><link>{l}</link><comments>{l}#c</comments><dc:creator><![CDATA[admin]]></dc:creator><pubDate>Mon, 01 Jun 2026 00:00:00 +0000</pubDate><category><![CDATA[Tin]]></category><guid isPermaLink="false">https://a.vn/?p={n}</guid><description><![CDATA[{d}]]></description><content:encoded><![CDATA[<p>{d}</p>]]></content:encoded><wfw:commentRss>{l}/feed</wfw:commentRss></item>')
    yield "feedburner", rss(ns=' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"', item="<item><title>{t}</title><link>http://feedproxy/{n}</link><feedburner:origLink>{l}</feedburner:origLink></item>")
    yield "relative", rss(item="<item><title>{t}</title><link>/tin/{n}</link><guid>tin/{n}</guid></item>")
    yield "http-colon", rss(item="<item><title>{t}</title><link>http:a.vn/{n}</link></item>")
    yield "spaces-in-link", rss(item="<item><title>{t}</title><link>\n   https://a.vn/tin moi/{n}\n  </link></item>")
    yield "truncated-mid-item", rss()[:-60]
    yield "truncated-mid-tag", rss()[:-30]
    yield "truncated-atom", atom()[:-12]
    yield "one-line", rss().replace("\n", "")
    yield "crlf", rss().replace("\n", "\r\n")
    yield "cr-only", rss().replace("\n", "\r")


def jsons():
    yield "json", json_feed()
    yield "json-bom", "\ufeff" + json_feed()
    yield "json-no-version", json_feed(lambda f: {k: v for k, v in f.items() if k != "version"})


def documents():
    for name, text in texts():
        yield name, "text/xml" if name.startswith("html") else None, text.encode("utf-8", "surrogatepass")
    for name, text in jsons():
        yield name, "application/feed+json", text.encode()
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield f"{codec}-declared", None, rss(head=f'<?xml version="1.0" encoding="utf-16"?>').encode(codec)
        yield f"{codec}-undeclared", None, rss(head="").encode(codec)
        yield f"{codec}-lies", None, rss().encode(codec)
    latin = [("Tin café – número", "https://a.vn/1", "à é ü"), ("Ça va", "https://a.vn/2", "x")]
    yield "latin1-undeclared", None, rss(items=latin, head='<?xml version="1.0"?>').encode("cp1252", "xmlcharrefreplace")
    yield "latin1-says-utf8", None, rss(items=latin).replace("Kênh", "K").encode("cp1252", "ignore")
    yield "utf8-says-latin1", None, rss(head='<?xml version="1.0" encoding="iso-8859-1"?>').encode()
    yield "header-lies", "text/xml; charset=iso-8859-1", rss().encode()
    yield "header-us-ascii", "text/xml; charset=us-ascii", rss().encode()
    yield "header-unknown", "text/xml; charset=x-none", rss().encode()
    yield "declared-unknown", None, rss(head='<?xml version="1.0" encoding="vietnamese"?>').encode()
    yield "windows-1258", None, cp1258(rss(head='<?xml version="1.0" encoding="windows-1258"?>'))
    yield "windows-1258-header", "text/xml; charset=windows-1258", cp1258(rss(head=""))
    yield "double-utf8", None, rss().encode().decode("latin-1").encode()
    yield "one-bad-byte", None, rss().encode().replace("ở".encode(), b"\xff", 1)
    yield "cut-character", None, rss().encode()[:400] + rss().encode()[401:]
    yield "vni-bytes", None, vni(rss(head='<?xml version="1.0" encoding="iso-8859-1"?>')).encode("cp1252", "ignore")
    yield "nul-padded", None, rss().encode() + b"\0" * 64
    yield "gbk", "text/xml; charset=gbk", rss(items=[("新闻一", "https://a.cn/1", "x")], head="").encode("gbk", "xmlcharrefreplace")
    yield "shift-jis", None, rss(items=[("ニュース", "https://a.jp/1", "x")], head='<?xml version="1.0" encoding="shift_jis"?>').encode("shift_jis", "xmlcharrefreplace")
    yield "koi8-r", None, rss(items=[("Новости дня", "https://a.ru/1", "x")], head='<?xml version="1.0" encoding="koi8-r"?>').encode("koi8-r", "xmlcharrefreplace")


def cp1258(text):
    out = bytearray()
    for c in text:
        for form in (c, *unicodedata.normalize("NFD", c)):
            try:
                out += form.encode("cp1258")
            except UnicodeEncodeError:
                continue
            if form == c:
                break
    # Letters with two marks: the base letter with its shape, then the tone.
    return bytes(out)
