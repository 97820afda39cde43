//! RSS 2.0 with `content`, `atom`, `dc`, `dcterms` and `media`, written by the `rss` crate.
//!
//! `pubDate`, `category` and `source` are not repeated as `dc:date`, `dc:subject` and `dc:source`, which validators take
//! for contradictions.

use super::entry::FeedEntry;
use super::{FeedView, Format, output};
use crate::model::{Enclosure, Image, Timestamp};
use crate::text::{Element, element};
use rss::extension::{Extension, ExtensionMap, dublincore::DublinCoreExtension};
use rss::{Category, Channel, Guid, Item, Source};
use std::collections::BTreeMap;

/// Minutes that a reader may keep the feed.
const TTL: &str = "15";
/// The address by which validators know the RSS Board's rules.
const DOCS: &str = "http://www.rssboard.org/rss-specification";
const ATOM: &str = "http://www.w3.org/2005/Atom";
const DCTERMS: &str = "http://purl.org/dc/terms/";
/// RFC 5005.
const HISTORY: &str = "http://purl.org/syndication/history/1.0";
const MEDIA: &str = "http://search.yahoo.com/mrss/";

pub(super) fn write(view: &FeedView<'_>, entries: &[FeedEntry]) -> Vec<u8> {
    let offset = view.site.utc_offset;
    let built = view.changed > Timestamp(0);
    let channel = Channel {
        link: view.page(),
        description: plain(&view.description()),
        title: plain(&view.title()),
        language: view.language(),
        copyright: view.rights().map(|rights| plain(&rights)),
        last_build_date: built.then(|| view.changed.rfc822_at(offset)),
        generator: Some(output::GENERATOR.to_owned()),
        docs: Some(DOCS.to_owned()),
        ttl: Some(TTL.to_owned()),
        image: view.logo().or_else(|| view.icon()).map(|url| image(view, url)),
        dublin_core_ext: publisher(view.publisher()),
        extensions: channel_extensions(view),
        namespaces: namespaces(view),
        items: entries.iter().map(|entry| item(entry, offset)).collect(),
        ..Channel::default()
    };
    let bytes = channel.write_to(Vec::new()).unwrap_or_default();
    output::with_newline(bytes)
}

/// The channel's picture; validators want the channel's own title and link on it.
fn image(view: &FeedView<'_>, url: String) -> rss::Image {
    rss::Image { url, title: plain(&view.title()), link: view.page(), ..rss::Image::default() }
}

fn namespaces(view: &FeedView<'_>) -> BTreeMap<String, String> {
    let used = [("atom", ATOM), ("dcterms", DCTERMS), ("media", MEDIA)];
    let used = used.into_iter().chain(view.is_archive().then_some(("fh", HISTORY)));
    used.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned())).collect()
}

fn publisher(publisher: Option<String>) -> Option<DublinCoreExtension> {
    publisher.map(|name| DublinCoreExtension { publishers: vec![name], ..Default::default() })
}

fn item(entry: &FeedEntry, offset: i32) -> Item {
    Item {
        title: Some(plain(&entry.title)),
        link: Some(entry.link.clone()),
        description: Some(description(entry)),
        categories: entry.categories.iter().map(category).collect(),
        enclosure: entry.enclosures.first().map(enclosure),
        guid: Some(Guid { value: entry.id.clone(), permalink: false }),
        pub_date: Some(entry.published.rfc822_at(offset)),
        source: source(entry),
        content: entry.content.clone(),
        extensions: item_extensions(entry, offset),
        dublin_core_ext: Some(dublin_core(entry)),
        ..Item::default()
    }
}

/// The lead as HTML, since RSS reads it as HTML; with the attribution if there is no content to carry it.
fn description(entry: &FeedEntry) -> String {
    match entry.content {
        Some(_) => output::escape_text(&entry.summary),
        None if entry.credit.is_some() || entry.is_shortened => entry.summary_html.clone(),
        None => output::escape_text(&entry.summary),
    }
}

fn category(subject: &super::entry::Subject) -> Category {
    Category { name: plain(subject.name()), domain: subject.scheme.clone() }
}

fn enclosure(file: &Enclosure) -> rss::Enclosure {
    rss::Enclosure {
        url: file.url.clone(),
        length: file.length.unwrap_or(0).to_string(),
        mime_type: file.media_type.clone(),
    }
}

fn source(entry: &FeedEntry) -> Option<Source> {
    let credit = entry.credit.as_ref()?;
    let url = credit.place().unwrap_or(&entry.link).to_owned();
    Some(Source { url, title: Some(plain(&credit.name)) })
}

fn dublin_core(entry: &FeedEntry) -> DublinCoreExtension {
    // Most readers keep only one `dc:creator`, so all names are in one.
    let names: Vec<&str> = entry.authors.iter().map(|person| person.name.as_str()).collect();
    let own_original = entry.credit.is_none() && entry.link != entry.page;
    DublinCoreExtension {
        creators: (!names.is_empty()).then(|| names.join(", ")).into_iter().collect(),
        identifiers: vec![entry.id.clone()],
        languages: entry.language.clone().into_iter().collect(),
        publishers: entry.publisher.clone().into_iter().collect(),
        rights: entry.rights.as_deref().map(plain).into_iter().collect(),
        sources: own_original.then(|| entry.link.clone()).into_iter().collect(),
        ..DublinCoreExtension::default()
    }
}

/// Plain text, which some readers show as HTML: escaped once more only if it would act as HTML.
fn plain(text: &str) -> String {
    let acts = text.match_indices('<').any(|(at, _)| acts(text.get(at + 1..).unwrap_or_default()));
    if acts { output::escape_text(text) } else { text.to_owned() }
}

/// Whether a tag acts: it has an attribute with a value or does not end, or it or its element swallows what follows.
fn acts(after: &str) -> bool {
    let (tag, is_open) = after.split_once('>').map_or((after, true), |(tag, _)| (tag, false));
    let tag = tag.trim_start_matches('/');
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    match name.chars().next() {
        Some('!' | '?') => true,
        Some(c) if c.is_ascii_alphabetic() => {
            is_open || tag.contains(['=', '<', '"', '\'']) || element(name).is_some_and(swallows)
        }
        _ => false,
    }
}

/// Whether an element, without any attribute, changes how what follows is read.
fn swallows(element: &Element) -> bool {
    let is_gone = element.written.is_none() && !element.is_inline();
    is_gone || element.is_raw() || element.has_own_rules()
}

/// The feed itself; readers take an `alternate` for the web site, so other formats are in the `Link` header.
fn channel_extensions(view: &FeedView<'_>) -> ExtensionMap {
    let media_type = Format::Rss.media_type();
    let link = |rel: &str, address: &str| {
        leaf("atom:link", &[("href", address), ("rel", rel), ("type", media_type)])
    };
    let own = link("self", &view.address(Format::Rss));
    let others = view.others(Format::Rss);
    let others = others.iter().map(|(rel, address)| link(rel, address));
    let mark = view.is_archive().then(|| leaf("fh:archive", &[]));
    map(vec![
        ("atom", "link", std::iter::once(own).chain(others).collect()),
        ("fh", "archive", mark.into_iter().collect()),
    ])
}

fn item_extensions(entry: &FeedEntry, offset: i32) -> ExtensionMap {
    let issued = vec![text("dcterms:issued", entry.published.rfc3339_at(offset))];
    let modified = vec![text("dcterms:modified", entry.updated.rfc3339_at(offset))];
    let (mut contents, mut thumbnails) = (Vec::new(), Vec::new());
    if let Some(image) = &entry.image {
        contents.push(picture(entry, image));
        thumbnails.push(thumbnail(image));
    }
    let more = entry.enclosures.iter().skip(1);
    contents.extend(more.filter(|f| !is_picture(entry, f)).map(media));
    map(vec![
        ("dcterms", "issued", issued),
        ("dcterms", "modified", modified),
        ("atom", "link", entry.related.iter().map(related).collect()),
        ("media", "content", contents),
        ("media", "thumbnail", thumbnails),
    ])
}

fn related(other: &super::entry::Other) -> Extension {
    let title = other.line();
    let attributes = [
        ("href", other.link.as_str()),
        ("rel", "related"),
        ("title", &title),
        ("type", "text/html"),
    ];
    leaf("atom:link", &attributes)
}

fn is_picture(entry: &FeedEntry, file: &Enclosure) -> bool {
    entry.image.as_ref().is_some_and(|image| image.url == file.url)
}

/// The article's picture; type and size are known if it is an enclosure too. There is no `media:description`: newsboat and
/// feedparser take it for the article's text.
fn picture(entry: &FeedEntry, image: &Image) -> Extension {
    let mut content = leaf("media:content", &[("url", &image.url), ("medium", "image")]);
    if let Some(file) = entry.enclosures.iter().find(|file| file.url == image.url) {
        describe(&mut content, file);
    }
    size(&mut content, image);
    content
}

fn thumbnail(image: &Image) -> Extension {
    let mut thumbnail = leaf("media:thumbnail", &[("url", &image.url)]);
    size(&mut thumbnail, image);
    thumbnail
}

fn media(file: &Enclosure) -> Extension {
    let mut content = leaf("media:content", &[("url", &file.url)]);
    describe(&mut content, file);
    content
}

fn describe(content: &mut Extension, file: &Enclosure) {
    content.attrs.insert("type".to_owned(), file.media_type.clone());
    let numbers = [("fileSize", file.length), ("duration", file.duration)];
    for (name, number) in numbers {
        if let Some(number) = number.filter(|&n| n > 0) {
            content.attrs.insert(name.to_owned(), number.to_string());
        }
    }
}

fn size(element: &mut Extension, image: &Image) {
    for (name, pixels) in [("width", image.width), ("height", image.height)] {
        if let Some(pixels) = pixels {
            element.attrs.insert(name.to_owned(), pixels.to_string());
        }
    }
}

fn leaf(name: &str, attributes: &[(&str, &str)]) -> Extension {
    let attrs = attributes.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Extension { name: name.to_owned(), attrs: attrs.collect(), ..Extension::default() }
}

fn text(name: &str, value: String) -> Extension {
    Extension { name: name.to_owned(), value: Some(value), ..Extension::default() }
}

fn map(elements: Vec<(&str, &str, Vec<Extension>)>) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    for (prefix, name, list) in elements.into_iter().filter(|(_, _, list)| !list.is_empty()) {
        map.entry(prefix.to_owned()).or_default().insert(name.to_owned(), list);
    }
    map
}
