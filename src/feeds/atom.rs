//! Atom 1.0 (RFC 4287), written by `atom_syndication`. Tombstones (RFC 6721) are written here, because the crate puts
//! foreign elements after the entries, which the RFC's schema does not allow, and does not escape them.

use super::entry::{Credit, FeedEntry, Person, Subject};
use super::{FeedView, Format, output};
use crate::store::Gone;
use atom_syndication as atom;
use atom_syndication::{Content, Entry, Feed, Generator, Link, Text};
use std::fmt::Write as _;

const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
/// RFC 5005 section 4.
const ARCHIVE_MARK: &str = "<fh:archive xmlns:fh=\"http://purl.org/syndication/history/1.0\"/>";

pub(super) fn write(view: &FeedView<'_>, entries: &[FeedEntry]) -> Vec<u8> {
    let mut feed = Feed {
        title: Text::plain(view.title()),
        id: view.id(),
        updated: view.updated().at(view.site.utc_offset),
        authors: vec![atom::Person { name: view.author(), ..atom::Person::default() }],
        generator: Some(generator()),
        links: links(view),
        icon: view.icon(),
        logo: view.logo(),
        rights: view.rights().map(Text::plain),
        subtitle: Some(Text::plain(view.description())),
        entries: entries.iter().map(|entry| self::entry(view, entry)).collect(),
        lang: view.language(),
        ..Feed::default()
    };
    if !view.gone.is_empty() {
        feed.namespaces.insert("at".to_owned(), TOMBSTONES.to_owned());
    }
    let bytes = feed.write_to(Vec::new()).unwrap_or_default();
    output::with_newline(with_tombstones(view, bytes))
}

fn generator() -> Generator {
    Generator {
        value: output::NAME.to_owned(),
        uri: None,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    }
}

/// The page and the feed itself; readers take any other `alternate` for the web site, so other formats are in the `Link` header.
fn links(view: &FeedView<'_>) -> Vec<Link> {
    let atom = |rel: &str, address: &str| link(rel, address, Some(Format::Atom.media_type()));
    let mut links = vec![
        link("alternate", &view.page(), Some("text/html")),
        atom("self", &view.address(Format::Atom)),
    ];
    let others = view.others(Format::Atom);
    links.extend(others.iter().map(|(rel, address)| atom(rel, address)));
    links
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> Link {
    Link {
        href: href.to_owned(),
        rel: rel.to_owned(),
        mime_type: media_type.map(str::to_owned),
        ..Link::default()
    }
}

fn entry(view: &FeedView<'_>, entry: &FeedEntry) -> Entry {
    let offset = view.site.utc_offset;
    let language = entry.language.clone().filter(|l| Some(l) != view.language().as_ref());
    let text = |text: Text| Text { lang: language.clone(), ..text };
    let summary = match (&entry.content, &entry.credit) {
        (None, credit) if credit.is_some() || entry.is_shortened => {
            Text::html(entry.summary_html.clone())
        }
        _ => Text::plain(entry.summary.clone()),
    };
    Entry {
        title: text(Text::plain(entry.title.clone())),
        id: entry.id.clone(),
        updated: entry.updated.at(offset),
        authors: authors(view, entry),
        categories: entry.categories.iter().map(category).collect(),
        links: entry_links(view, entry),
        published: Some(entry.published.at(offset)),
        rights: entry.rights.clone().map(Text::plain),
        source: entry.credit.as_ref().map(|credit| source(view, entry, credit)),
        summary: Some(text(summary)),
        content: entry.content.clone().map(|value| Content {
            value: Some(value),
            content_type: Some("html".to_owned()),
            lang: language.clone(),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

/// Atom wants an author: the credited source or the publisher if nobody is named.
fn authors(view: &FeedView<'_>, entry: &FeedEntry) -> Vec<atom::Person> {
    if entry.authors.is_empty() {
        let name = entry.credit.as_ref().map(|credit| credit.name.clone());
        let name = name.or_else(|| entry.publisher.clone()).unwrap_or_else(|| view.author());
        return vec![atom::Person { name, ..atom::Person::default() }];
    }
    entry.authors.iter().map(person).collect()
}

fn person(person: &Person) -> atom::Person {
    atom::Person {
        name: person.name.clone(),
        email: person.email.clone(),
        uri: person.uri.clone(),
        ..atom::Person::default()
    }
}

fn category(subject: &Subject) -> atom::Category {
    atom::Category {
        term: subject.term.clone(),
        scheme: subject.scheme.clone(),
        label: Some(subject.name().to_owned()),
    }
}

fn entry_links(view: &FeedView<'_>, entry: &FeedEntry) -> Vec<Link> {
    let mut links = vec![link("alternate", &entry.link, Some("text/html"))];
    if entry.page != entry.link {
        let copy = link("related", &entry.page, Some("text/html"));
        let title = output::line(&view.site.title, output::TITLE_CHARS);
        links.push(Link { title, ..copy });
    }
    links.extend(entry.related.iter().map(|other| Link {
        title: Some(other.line()),
        ..link("related", &other.link, Some("text/html"))
    }));
    links.extend(entry.enclosures.iter().map(|file| Link {
        length: file.length.map(|length| length.to_string()),
        title: file.title.clone(),
        ..link("enclosure", &file.url, Some(&file.media_type))
    }));
    let image = entry.image.iter().filter(|i| entry.enclosures.iter().all(|f| f.url != i.url));
    links.extend(image.map(|image| Link {
        title: image.alt.clone(),
        ..link("enclosure", &image.url, output::picture_type(&image.url))
    }));
    links
}

fn source(view: &FeedView<'_>, entry: &FeedEntry, credit: &Credit) -> atom::Source {
    let mut links: Vec<Link> = Vec::new();
    let page = credit.home.as_ref().or(credit.address.as_ref());
    links.extend(page.map(|page| link("alternate", page, Some("text/html"))));
    links.extend(credit.feed.iter().map(|feed| link("self", feed, None)));
    atom::Source {
        title: Text::plain(credit.name.clone()),
        id: credit.id.clone(),
        updated: entry.updated.at(view.site.utc_offset),
        links,
        ..atom::Source::default()
    }
}

/// Inserts the mark of an archive and the tombstones before the first entry.
fn with_tombstones(view: &FeedView<'_>, document: Vec<u8>) -> Vec<u8> {
    let find = |tag: &[u8]| document.windows(tag.len()).position(|window| window == tag);
    let Some(at) = find(b"<entry>").or_else(|| find(b"</feed>")) else { return document };
    let mut out = document;
    let mark = if view.is_archive() { ARCHIVE_MARK } else { "" };
    let tombstones = view.gone.iter().map(|gone| tombstone(view, gone));
    let elements = mark.to_owned() + &tombstones.collect::<String>();
    out.splice(at..at, elements.into_bytes());
    out
}

fn tombstone(view: &FeedView<'_>, gone: &Gone) -> String {
    let Some(id) = output::uri(gone.id.as_str()) else { return String::new() };
    let when = gone.when().rfc3339_at(view.site.utc_offset);
    let mut out = String::new();
    let _ = write!(out, "<at:deleted-entry ref=\"{}\" when=\"{when}\"/>", output::escape(&id));
    out
}
