//! The vocabulary of Atom 1.0 (RFC 4287) and 0.3, wherever it stands.

use super::{
    fields::{self, first, last},
    names::Ns,
    person,
    text::{self, Default::Plain, Default::Unknown},
    tree::Element,
};
use crate::model::{
    FeedKind, FeedLink, ParsedEnclosure, ParsedEntry, ParsedFeed, ParsedSource, Text,
};

/// Puts a child of the feed where it belongs; false if Atom does not know it.
pub fn feed_field(element: &Element<'_>, kind: FeedKind, feed: &mut ParsedFeed) -> bool {
    if leaves_to_rss(element, kind) {
        return false;
    }
    match &*element.local {
        "title" => first(&mut feed.title, || plain(element)),
        "subtitle" | "tagline" => last(&mut feed.description, plain(element)),
        "info" => first(&mut feed.description, || plain(element)),
        "link" => feed_link(element, feed),
        "id" => first(&mut feed.id, || element.words()),
        "rights" | "copyright" => first(&mut feed.rights, || plain(element)),
        "generator" => first(&mut feed.generator, || element.words()),
        "logo" => first(&mut feed.image, || fields::address(element)),
        "icon" => first(&mut feed.icon, || fields::address(element)),
        "author" => feed.authors.extend(person::person(element)),
        "contributor" => feed.contributors.extend(person::person(element)),
        "category" => feed.categories.extend(fields::category(element)),
        "updated" | "modified" => last(&mut feed.updated, fields::date(element)),
        "published" | "issued" | "created" => last(&mut feed.published, fields::date(element)),
        _ => return false,
    }
    true
}

/// Puts a child of an entry where it belongs; false if Atom does not know it.
pub fn entry_field(element: &Element<'_>, kind: FeedKind, entry: &mut ParsedEntry) -> bool {
    if leaves_to_rss(element, kind) {
        return false;
    }
    let default = if kind == FeedKind::Atom { Plain } else { Unknown };
    match &*element.local {
        "title" => first(&mut entry.title, || plain(element)),
        "summary" | "abstract" => fields::add_summary(text::construct(element, default), entry),
        "content" => entry.content.extend(text::construct(element, default)),
        "link" => entry_link(element, entry),
        "id" => first(&mut entry.id, || element.words()),
        "rights" | "copyright" => first(&mut entry.rights, || plain(element)),
        "author" => entry.authors.extend(person::person(element)),
        "contributor" => entry.contributors.extend(person::person(element)),
        "category" => entry.categories.extend(fields::category(element)),
        "updated" | "modified" => last(&mut entry.updated, fields::date(element)),
        "published" | "issued" => last(&mut entry.published, fields::date(element)),
        "created" => last(&mut entry.created, fields::date(element)),
        "source" => first(&mut entry.source, || source(element)),
        _ => return false,
    }
    true
}

/// Returns true for a name of both vocabularies that RSS must read: in RSS, unless it has what only Atom writes.
fn leaves_to_rss(element: &Element<'_>, kind: FeedKind) -> bool {
    let rss = kind != FeedKind::Atom && element.ns != Ns::Atom;
    match &*element.local {
        "link" => {
            ["href", "rel"].iter().all(|name| element.attribute(name).is_none())
                && resource(element).is_none()
        }
        "source" => element.elements().next().is_none(),
        "title" | "copyright" | "author" | "category" | "generator" => rss,
        _ => false,
    }
}

fn resource<'e>(element: &'e Element<'_>) -> Option<&'e str> {
    element.attribute_of(Ns::Rdf, "resource").or_else(|| element.attribute("resource"))
}

fn plain(element: &Element<'_>) -> Option<Text> {
    text::construct(element, Plain)
}

/// The link that an element is.
pub fn link(element: &Element<'_>) -> Option<FeedLink> {
    let of = |name| element.attribute(name).map(str::to_owned);
    let written = element.attribute("href").or_else(|| resource(element)).map(str::to_owned);
    let href = written.or_else(|| element.words())?;
    Some(FeedLink {
        rel: of("rel").unwrap_or_else(|| "alternate".into()),
        href: element.resolve(&href),
        media_type: of("type"),
        hreflang: of("hreflang"),
        title: of("title"),
        length: of("length"),
    })
}

/// Whether a link leads to the page that an entry or a feed is about.
fn is_page(link: &FeedLink) -> bool {
    let page = |t: &String| t.contains("html") || t.starts_with("text/plain");
    link.rel.eq_ignore_ascii_case("alternate") && link.media_type.as_ref().is_none_or(page)
}

fn feed_link(element: &Element<'_>, feed: &mut ParsedFeed) {
    let Some(link) = link(element) else { return };
    if is_page(&link) {
        feed.link.get_or_insert_with(|| link.href.clone());
    }
    feed.links.push(link);
}

fn entry_link(element: &Element<'_>, entry: &mut ParsedEntry) {
    let Some(link) = link(element) else { return };
    if is_page(&link) {
        entry.link.get_or_insert_with(|| link.href.clone());
    }
    if link.rel.eq_ignore_ascii_case("enclosure") {
        entry.enclosures.push(ParsedEnclosure {
            url: link.href.clone(),
            media_type: link.media_type.clone(),
            length: link.length.clone(),
            title: link.title.clone(),
            ..ParsedEnclosure::default()
        });
    }
    entry.links.push(link);
}

fn source(element: &Element<'_>) -> Option<ParsedSource> {
    let links: Vec<_> = element.elements().filter(|e| e.local == "link").filter_map(link).collect();
    let page = links.iter().find(|l| is_page(l)).or(links.first());
    let authors = element.elements().filter(|e| e.local == "author").filter_map(person::person);
    Some(ParsedSource {
        title: element.child("title").and_then(plain).map(|t| t.value),
        link: page.map(|l| l.href.clone()),
        id: element.child_text("id"),
        authors: authors.collect(),
        updated: element.child("updated").and_then(fields::date),
        rights: element.child("rights").and_then(plain),
    })
}
