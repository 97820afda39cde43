//! What a document is, by its root; and what it is when it is no feed.

use super::limits::Error;
use crate::model::FeedKind;

/// What a root element makes of its document.
pub enum Root {
    Feed(FeedKind),
    Opml,
    WebPage,
}

/// What an element means where no root is known yet.
pub fn recognize(raw: &str, attributes: &str) -> Option<Root> {
    let local = raw.rsplit(':').next().unwrap_or(raw);
    let lower = local.to_ascii_lowercase();
    Some(match lower.as_str() {
        "rss" | "rss2" => Root::Feed(FeedKind::Rss),
        "rdf" => Root::Feed(FeedKind::Rdf),
        "feed" | "entry" => Root::Feed(FeedKind::Atom),
        "channel" if local == "CHANNEL" || attributes.to_ascii_lowercase().contains("href=") => {
            Root::Feed(FeedKind::Cdf)
        }
        "channel" | "item" => Root::Feed(FeedKind::Rss),
        "urlset" | "sitemapindex" => Root::Feed(FeedKind::Sitemap),
        "opml" => Root::Opml,
        "html" => Root::WebPage,
        "head" | "body" | "script" | "frameset" if local.len() == raw.len() => Root::WebPage,
        _ => return None,
    })
}

/// The place where a feed begins in a document that began as a web page.
pub fn feed_inside(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes).find(|at| {
        let rest = bytes.get(*at + 1..).unwrap_or_default();
        let is = |name: &[u8], then: &[u8]| {
            rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
                && rest.get(name.len()).is_some_and(|after| then.contains(after))
        };
        is(b"rss", b" \t\r\n>") || is(b"rdf:rdf", b" \t\r\n") || is(b"feed", b" \t\r\n")
    })
}

/// The error that names a web page: a challenge, or any other.
pub fn web_page(text: &str) -> Error {
    let start = text.get(..text.floor_char_boundary(64 << 10)).unwrap_or(text);
    let lower = start.to_ascii_lowercase();
    let reloads =
        ["location.reload", "location.href", "location.replace", "window.location", "location="];
    if lower.contains("document.cookie") && reloads.iter().any(|r| lower.contains(r)) {
        return Error::Challenge;
    }
    Error::Html { title: page_title(start, &lower) }
}

fn page_title(text: &str, lower: &str) -> Option<String> {
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find('<')?;
    let title: String = text.get(start..end)?.trim().chars().take(120).collect();
    (!title.is_empty()).then_some(title)
}

/// The error for what has no root that is known.
pub fn unknown(text: &str) -> Error {
    let start: String = text.chars().take(2048).collect::<String>().to_ascii_lowercase();
    if start.contains("<!doctype html") || start.contains("<html") {
        return web_page(text);
    }
    let found = text.chars().filter(|c| !c.is_control()).take(40).collect();
    Error::NotAFeed { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_challenges() {
        let page = "<html><head><title>Cổng thông tin</title></head>";
        assert_eq!(web_page(page), Error::Html { title: Some("Cổng thông tin".into()) });
        let challenge = "<script>document.cookie='a=b';window.location.reload(true)</script>";
        assert_eq!(web_page(challenge), Error::Challenge);
        assert!(matches!(unknown("hello"), Error::NotAFeed { .. }));
    }
}
