use super::{Format, Group, output};
use crate::config::SiteConfig;
use crate::model::{Feed, Source, SourceKind};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub const CONTENT_TYPE: &str = "text/x-opml; charset=utf-8";

/// The attributes of one outline; empty ones are left out.
type Outline = Vec<(&'static str, String)>;

/// The directory: one outline for each feed, in the format that every reader reads.
pub fn directory(site: &SiteConfig, groups: &[Group]) -> Vec<u8> {
    let groups = groups.iter().filter(|group| !group.feeds.is_empty());
    let folders = groups.map(|group| {
        (group.title.as_ref(), group.feeds.iter().map(|feed| outline(site, feed)).collect())
    });
    document(site, folders)
}

/// The sources that are feeds as a list of subscriptions for other programs, by their first category.
pub fn subscriptions(site: &SiteConfig, sources: &[Source]) -> Vec<u8> {
    let mut folders: BTreeMap<Option<&String>, Vec<Outline>> = BTreeMap::new();
    for source in sources {
        let folder = folders.entry(source.categories.first()).or_default();
        folder.extend(subscription(source));
    }
    document(site, folders.into_iter())
}

fn document<'a>(
    site: &SiteConfig,
    folders: impl Iterator<Item = (Option<&'a String>, Vec<Outline>)>,
) -> Vec<u8> {
    let title = output::line(&site.title, output::TITLE_CHARS).unwrap_or_default();
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">");
    let _ = write!(out, "<head><title>{}</title>", output::escape(&title));
    out.push_str("<docs>http://opml.org/spec2.opml</docs></head><body>\n");
    for (folder, outlines) in folders {
        let name = folder.and_then(|name| output::line(name, output::TITLE_CHARS));
        if let Some(name) = &name {
            let name = output::escape(name);
            let _ = writeln!(out, "<outline text=\"{name}\" title=\"{name}\">");
        }
        outlines.iter().for_each(|outline| put(&mut out, outline));
        if name.is_some() {
            out.push_str("</outline>\n");
        }
    }
    out.push_str("</body></opml>\n");
    out.into_bytes()
}

fn put(out: &mut String, outline: &Outline) {
    out.push_str("<outline");
    for (name, value) in outline.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, " {name}=\"{}\"", output::escape(value));
    }
    out.push_str("/>\n");
}

fn subscription(source: &Source) -> Option<Outline> {
    let SourceKind::Feed { address } = &source.kind else { return None };
    let title = output::line(&source.title, output::TITLE_CHARS);
    let title = title.unwrap_or_else(|| source.id.to_string());
    Some(vec![
        ("type", "rss".to_owned()),
        ("text", title.clone()),
        ("title", title),
        ("xmlUrl", without_password(address)),
        ("htmlUrl", source.home.as_deref().map(without_password).unwrap_or_default()),
    ])
}

/// An address without name and password, which are not for others.
fn without_password(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return String::new() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn outline(site: &SiteConfig, feed: &Feed) -> Outline {
    let text = |text: &str| output::line(text, output::TITLE_CHARS).unwrap_or_default();
    let page = format!("{}/feeds/{}", site.base_url, feed.id);
    let title = Some(text(&feed.title)).filter(|t| !t.is_empty());
    let title = title.unwrap_or_else(|| feed.id.to_string());
    let language = output::language(feed.language.as_deref().unwrap_or(&site.language));
    vec![
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
