//! The directory of all feeds as OPML 2.0, for readers that import lists of subscriptions.

use super::{Format, Group, output};
use crate::config::SiteConfig;
use crate::model::{Feed, Source, SourceKind};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The media type of the directory.
pub const CONTENT_TYPE: &str = "text/x-opml; charset=utf-8";

/// The document: one outline for each feed, in the format that every reader reads.
pub fn directory(site: &SiteConfig, groups: &[Group]) -> Vec<u8> {
    let title = output::line(&site.title, output::TITLE_CHARS).unwrap_or_default();
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">");
    let _ = write!(out, "<head><title>{}</title>", output::escape(&title));
    out.push_str("<docs>http://opml.org/spec2.opml</docs></head><body>\n");
    for group in groups.iter().filter(|group| !group.feeds.is_empty()) {
        let name = group.title.as_deref().and_then(|t| output::line(t, output::TITLE_CHARS));
        if let Some(name) = &name {
            let name = output::escape(name);
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

/// What we read, as a list of subscriptions for other programs: the sources that are feeds, by their first category.
pub fn subscriptions(site: &SiteConfig, sources: &[Source]) -> Vec<u8> {
    let title = output::line(&site.title, output::TITLE_CHARS).unwrap_or_default();
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">");
    let _ = write!(out, "<head><title>{}</title>", output::escape(&title));
    out.push_str("<docs>http://opml.org/spec2.opml</docs></head><body>\n");
    let mut folders: BTreeMap<Option<&String>, Vec<&Source>> = BTreeMap::new();
    for source in sources {
        folders.entry(source.categories.first()).or_default().push(source);
    }
    for (folder, sources) in folders {
        let name = folder.and_then(|name| output::line(name, output::TITLE_CHARS));
        if let Some(name) = &name {
            let name = output::escape(name);
            let _ = writeln!(out, "<outline text=\"{name}\" title=\"{name}\">");
        }
        sources.iter().for_each(|source| subscription(&mut out, source));
        if name.is_some() {
            out.push_str("</outline>\n");
        }
    }
    out.push_str("</body></opml>\n");
    out.into_bytes()
}

fn subscription(out: &mut String, source: &Source) {
    let SourceKind::Feed { address } = &source.kind else { return };
    let title = output::line(&source.title, output::TITLE_CHARS);
    let title = title.unwrap_or_else(|| source.id.to_string());
    let attributes = [
        ("type", "rss".to_owned()),
        ("text", title.clone()),
        ("title", title),
        ("xmlUrl", without_password(address)),
        ("htmlUrl", source.home.as_deref().map(without_password).unwrap_or_default()),
    ];
    out.push_str("<outline");
    for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, " {name}=\"{}\"", output::escape(value));
    }
    out.push_str("/>\n");
}

/// An address without name and password: the list is for others.
fn without_password(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return String::new() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn outline(out: &mut String, site: &SiteConfig, feed: &Feed) {
    let text = |text: &str| output::line(text, output::TITLE_CHARS).unwrap_or_default();
    let page = format!("{}/feeds/{}", site.base_url, feed.id);
    let title = Some(text(&feed.title)).filter(|t| !t.is_empty());
    let title = title.unwrap_or_else(|| feed.id.to_string());
    let language = output::language(feed.language.as_deref().unwrap_or(&site.language));
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
        let _ = write!(out, " {name}=\"{}\"", output::escape(value));
    }
    out.push_str("/>\n");
}
