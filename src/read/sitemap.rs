//! Sitemaps (sitemaps.org 0.9), with Google's news, and indexes of sitemaps.

use super::{
    fields::{self, first},
    names::Ns,
    text,
    tree::Element,
};
use crate::model::{FeedLink, ParsedEntry};

/// A `url` as an entry: its address, when it changed, and what the news extension says.
pub fn entry(element: &Element<'_>, entry: &mut ParsedEntry) {
    entry.link = element.child("loc").and_then(fields::address);
    entry.id = entry.link.clone();
    entry.id_is_permalink = true;
    entry.updated = element.child("lastmod").and_then(fields::date);
    for news in element.elements().filter(|e| e.local == "news") {
        for child in news.elements().filter(|e| e.ns == Ns::News) {
            news_field(child, entry);
        }
    }
    for image in element.elements().filter(|e| e.local == "image") {
        let found = image.elements().find(|e| e.local == "loc").and_then(fields::address);
        first(&mut entry.image, || found);
    }
}

fn news_field(element: &Element<'_>, entry: &mut ParsedEntry) {
    match &*element.local {
        "title" => first(&mut entry.title, || text::construct(element, text::Default::Plain)),
        "publication_date" => first(&mut entry.published, || fields::date(element)),
        "publication" => {
            let language = element.elements().find(|e| e.local == "language");
            first(&mut entry.language, || language.and_then(Element::words));
        }
        "keywords" => entry.categories.extend(fields::listed(&element.text())),
        _ => {}
    }
}

/// A `sitemap` of an index, as a link of the feed with `rel` `sitemap` and its last change as the title.
pub fn index(element: &Element<'_>) -> Option<FeedLink> {
    let href = element.child("loc").and_then(fields::address)?;
    let title = element.child("lastmod").and_then(fields::date).map(|date| date.raw);
    Some(FeedLink { rel: "sitemap".into(), href, title, ..FeedLink::default() })
}
