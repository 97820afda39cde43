//! Channel Definition Format: most of it stands in attributes.

use super::{
    fields::{first, unknown},
    tree::Element,
};
use crate::model::{FeedLink, ParsedDate, ParsedEntry, ParsedFeed};

/// The channel's attributes, and its `ABSTRACT` and `LOGO`.
pub fn feed(element: &Element<'_>, feed: &mut ParsedFeed) {
    first(&mut feed.link, || address(element));
    feed.links.extend(address(element).map(link));
    first(&mut feed.updated, || modified(element));
    first(&mut feed.description, || summary(element));
    let logo = element.child("logo").and_then(|l| l.attribute("href").map(|h| l.resolve(h)));
    first(&mut feed.image, || logo);
}

/// The item's attributes, and its `ABSTRACT`.
pub fn entry(element: &Element<'_>, entry: &mut ParsedEntry) {
    entry.link = address(element);
    entry.links.extend(address(element).map(link));
    entry.updated = modified(element);
    entry.summary = summary(element);
}

fn address(element: &Element<'_>) -> Option<String> {
    let anchor = || element.child("a").and_then(|a| a.attribute("href"));
    element.attribute("href").or_else(anchor).map(|h| element.resolve(h))
}

fn link(href: String) -> FeedLink {
    FeedLink { rel: "alternate".into(), href, ..FeedLink::default() }
}

fn modified(element: &Element<'_>) -> Option<ParsedDate> {
    element.attribute("lastmod").map(|raw| ParsedDate { raw: raw.to_owned() })
}

fn summary(element: &Element<'_>) -> Option<crate::model::Text> {
    element.child("abstract").and_then(unknown)
}
