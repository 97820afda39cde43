//! The directory of all feeds as OPML 2.0, for readers that import lists of subscriptions.

use super::{Format, Group, guard};
use crate::config::SiteConfig;
use crate::model::Feed;
use std::fmt::Write as _;

/// The media type of the directory.
pub const CONTENT_TYPE: &str = "text/x-opml; charset=utf-8";

/// The document: one outline for each feed, in the format that every reader reads.
pub fn directory(site: &SiteConfig, groups: &[Group]) -> Vec<u8> {
    let title = guard::line(&site.title, guard::TITLE_CHARS).unwrap_or_default();
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">");
    let _ = write!(out, "<head><title>{}</title>", guard::escape(&title));
    out.push_str("<docs>http://opml.org/spec2.opml</docs></head><body>\n");
    for group in groups.iter().filter(|group| !group.feeds.is_empty()) {
        let name = group.title.as_deref().and_then(|t| guard::line(t, guard::TITLE_CHARS));
        if let Some(name) = &name {
            let name = guard::escape(name);
            let _ = writeln!(out, "<outline text=\"{name}\" title=\"{name}\">");
        }
        group.feeds.iter().for_each(|feed| outline(&mut out, site, feed));
        if name.is_some() {
            out.push_str("</outline>\n");
        }
    }
    out.push_str("</body></opml>\n");
    out.into_bytes()
}

fn outline(out: &mut String, site: &SiteConfig, feed: &Feed) {
    let text = |text: &str| guard::line(text, guard::TITLE_CHARS).unwrap_or_default();
    let page = format!("{}/feeds/{}", site.base_url, feed.id);
    let title = Some(text(&feed.title)).filter(|t| !t.is_empty());
    let title = title.unwrap_or_else(|| feed.id.to_string());
    let language = guard::language(feed.language.as_deref().unwrap_or(&site.language));
    let attributes = [
        ("type", "rss".to_owned()),
        ("text", title.clone()),
        ("title", title),
        ("description", text(&feed.description)),
        ("xmlUrl", format!("{page}.{}", Format::Rss.extension())),
        ("htmlUrl", page),
        ("language", language.unwrap_or_default()),
        ("version", "RSS2".to_owned()),
    ];
    out.push_str("<outline");
    for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, " {name}=\"{}\"", guard::escape(value));
    }
    out.push_str("/>\n");
}
