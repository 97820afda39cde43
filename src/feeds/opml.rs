use super::{Format, Group, output};
use crate::config::SiteConfig;
use crate::model::{Feed, Source, SourceKind};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub const CONTENT_TYPE: &str = "text/x-opml; charset=utf-8";

/// The attributes of one outline, in order.
type Outline = [(&'static str, String); 8];

/// The directory of our feeds: one outline for each, in the format that every reader reads.
pub fn directory(site: &SiteConfig, groups: &[Group]) -> Vec<u8> {
    let named = groups.iter().map(|group| {
        let outlines = group.feeds.iter().map(|feed| feed_outline(site, feed));
        (group.title.as_deref(), outlines.collect())
    });
    document(site, named)
}

/// The sources that are feeds as a list of subscriptions for other programs, by their first category.
pub fn subscriptions(site: &SiteConfig, sources: &[Source]) -> Vec<u8> {
    let mut folders: BTreeMap<Option<&str>, Vec<Outline>> = BTreeMap::new();
    for source in sources {
        let folder = source.categories.first().map(String::as_str);
        folders.entry(folder).or_default().extend(subscription(source));
    }
    document(site, folders)
}

/// A group has `text` alone: validators ask for a `type` where an outline has a title, and know no `docs` in the head.
fn document<'a>(
    site: &SiteConfig,
    groups: impl IntoIterator<Item = (Option<&'a str>, Vec<Outline>)>,
) -> Vec<u8> {
    let title = output::escape(&text(&site.title));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\"><head><title>{title}</title></head><body>\n"
    );
    for (name, outlines) in groups.into_iter().filter(|(_, outlines)| !outlines.is_empty()) {
        let name = name.and_then(|name| output::line(name, output::TITLE_CHARS));
        if let Some(name) = &name {
            let _ = writeln!(out, "<outline text=\"{}\">", output::escape(name));
        }
        outlines.iter().for_each(|outline| write_outline(&mut out, outline));
        if name.is_some() {
            out.push_str("</outline>\n");
        }
    }
    out.push_str("</body></opml>\n");
    out.into_bytes()
}

fn write_outline(out: &mut String, outline: &Outline) {
    out.push_str("<outline");
    for (name, value) in outline.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, " {name}=\"{}\"", output::escape(value));
    }
    out.push_str("/>\n");
}

fn text(text: &str) -> String {
    output::line(text, output::TITLE_CHARS).unwrap_or_default()
}

fn subscription(source: &Source) -> Option<Outline> {
    let SourceKind::Feed { address } = &source.kind else { return None };
    let title = output::line(&source.title, output::TITLE_CHARS);
    let title = title.unwrap_or_else(|| source.id.to_string());
    Some([
        ("type", "rss".to_owned()),
        ("text", title.clone()),
        ("title", title),
        ("description", String::new()),
        ("xmlUrl", without_password(address)),
        ("htmlUrl", source.home.as_deref().map(without_password).unwrap_or_default()),
        ("language", String::new()),
        ("version", String::new()),
    ])
}

/// An address without name and password: the list is for others.
fn without_password(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return String::new() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn feed_outline(site: &SiteConfig, feed: &Feed) -> Outline {
    let page = format!("{}/feeds/{}", site.base_url, feed.id);
    let title = Some(text(&feed.title)).filter(|t| !t.is_empty());
    let title = title.unwrap_or_else(|| feed.id.to_string());
    let language = output::language(feed.language.as_deref().unwrap_or(&site.language));
    [
        ("type", "rss".to_owned()),
        ("text", title.clone()),
        ("title", title),
        ("description", text(&feed.description)),
        ("xmlUrl", format!("{page}.{}", Format::Rss.extension())),
        ("htmlUrl", page),
        ("language", language.unwrap_or_default()),
        ("version", "RSS2".to_owned()),
    ]
}
