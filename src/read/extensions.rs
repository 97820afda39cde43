//! The vocabularies that stand beside RSS and Atom: Dublin Core, content, Media RSS, itunes, georss and others.
//! They fill what the document's own vocabulary left open.

use super::{
    fields::{self, Category, first, unknown},
    names::Ns,
    person,
    text::{self, Default::Html},
    tree::Element,
};
use crate::model::{
    ParsedDate, ParsedEnclosure, ParsedEntry, ParsedFeed, ParsedPerson, ParsedTombstone, Text,
};

/// People and files of one entry that are compared with each new one; more are not taken.
const COMPARED: usize = 256;

/// Puts a child of the feed where it belongs, if anybody knows it.
pub fn feed_field(element: &Element<'_>, feed: &mut ParsedFeed) {
    match element.ns {
        Ns::Dc | Ns::Dcterms => dublin_feed(element, feed),
        Ns::Itunes => itunes_feed(element, feed),
        Ns::Media if element.local == "thumbnail" => first(&mut feed.image, || url(element)),
        Ns::Tombstones => feed.tombstones.extend(tombstone(element)),
        _ => {}
    }
}

/// Puts a child of an entry where it belongs, if anybody knows it.
pub fn entry_field(element: &Element<'_>, entry: &mut ParsedEntry) {
    match element.ns {
        Ns::Dc | Ns::Dcterms => dublin_entry(element, entry),
        Ns::Content if element.local == "encoded" => {
            entry.content.extend(text::construct(element, Html));
        }
        Ns::Xhtml => entry.content.extend(xhtml(element)),
        Ns::Media => media(element, entry),
        Ns::Itunes => itunes_entry(element, entry),
        Ns::Georss | Ns::Gml | Ns::Geo => place(element, entry),
        Ns::Feedburner if element.local == "origlink" => {
            first(&mut entry.link, || fields::address(element));
        }
        _ => {}
    }
}

fn url(element: &Element<'_>) -> Option<String> {
    let url = element.attribute("url").or_else(|| element.attribute("href"));
    url.map(|u| element.resolve(u)).or_else(|| fields::address(element))
}

fn xhtml(element: &Element<'_>) -> Option<Text> {
    let value = text::markup(element);
    let kind = crate::model::TextKind::Xhtml;
    let media_type = Some("application/xhtml+xml".to_owned());
    let language = element.language.as_deref().map(str::to_owned);
    let base = element.base.as_deref().map(str::to_owned);
    let body = matches!(&*element.local, "body" | "div");
    (body && !value.is_empty()).then_some(Text {
        value,
        kind,
        language,
        base,
        src: None,
        media_type,
    })
}

/// Adds a person who is not named yet.
fn add_person(people: &mut Vec<ParsedPerson>, person: Option<ParsedPerson>) {
    let Some(person) = person.filter(|_| people.len() < COMPARED) else { return };
    let known = |p: &ParsedPerson| {
        (p.name.is_some() && p.name == person.name)
            || (p.email.is_some() && p.email == person.email)
    };
    if !people.iter().any(known) {
        people.push(person);
    }
}

fn dublin_feed(element: &Element<'_>, feed: &mut ParsedFeed) {
    match &*element.local {
        "title" => first(&mut feed.title, || unknown(element)),
        "description" | "abstract" => first(&mut feed.description, || unknown(element)),
        "creator" | "author" => add_person(&mut feed.authors, person::person(element)),
        "contributor" => add_person(&mut feed.contributors, person::person(element)),
        "publisher" => first(&mut feed.publisher, || person::person(element)),
        "subject" => feed.categories.extend(fields::category(element)),
        "date" | "modified" => first(&mut feed.updated, || fields::date(element)),
        "issued" | "created" | "available" => first(&mut feed.published, || fields::date(element)),
        "language" => first(&mut feed.language, || element.words()),
        "rights" => first(&mut feed.rights, || unknown(element)),
        _ => {}
    }
}

fn dublin_entry(element: &Element<'_>, entry: &mut ParsedEntry) {
    match &*element.local {
        "title" => first(&mut entry.title, || unknown(element)),
        "description" | "abstract" => first(&mut entry.dc_description, || unknown(element)),
        "creator" | "author" => add_person(&mut entry.authors, person::person(element)),
        "contributor" => add_person(&mut entry.contributors, person::person(element)),
        "publisher" => first(&mut entry.publisher, || person::person(element)),
        "subject" => entry.categories.extend(fields::category(element)),
        "date" | "modified" => first(&mut entry.updated, || fields::date(element)),
        "issued" | "available" => first(&mut entry.published, || fields::date(element)),
        "created" => first(&mut entry.created, || fields::date(element)),
        "valid" => first(&mut entry.expires, || end_of_period(&element.text())),
        "identifier" => first(&mut entry.dc_identifier, || element.words()),
        "language" => first(&mut entry.language, || element.words()),
        "rights" => first(&mut entry.rights, || unknown(element)),
        _ => {}
    }
}

/// The `end` of a DCMI period: `start=2009-06-12; end=2009-07-12; scheme=W3C-DTF`.
fn end_of_period(period: &str) -> Option<ParsedDate> {
    let end = period.split(';').find_map(|part| part.trim().strip_prefix("end="))?;
    Some(ParsedDate { raw: end.trim().to_owned() }).filter(|d| !d.raw.is_empty())
}

fn media(element: &Element<'_>, entry: &mut ParsedEntry) {
    match &*element.local {
        "group" => media_group(element, entry),
        "content" => {
            media_content(element, entry);
            media_group(element, entry);
        }
        "thumbnail" => first(&mut entry.image, || url(element)),
        "title" => first(&mut entry.title, || unknown(element)),
        "description" => first(&mut entry.summary, || unknown(element)),
        _ => media_words(element, entry),
    }
}

/// What Media RSS says of an entry wherever it stands: its subjects and people.
fn media_words(element: &Element<'_>, entry: &mut ParsedEntry) {
    match &*element.local {
        "keywords" => entry.categories.extend(fields::listed(&element.text())),
        "category" => entry.categories.extend(media_category(element)),
        "credit" => add_person(&mut entry.contributors, person::person(element)),
        _ => {}
    }
}

/// What stands in a group, or in one of its files, is said of the entry where nothing else says it.
fn media_group(element: &Element<'_>, entry: &mut ParsedEntry) {
    for child in element.elements().filter(|e| e.ns == Ns::Media) {
        match &*child.local {
            "content" => {
                media_content(child, entry);
                media_group(child, entry);
            }
            "thumbnail" => first(&mut entry.image, || url(child)),
            "title" => first(&mut entry.title, || unknown(child)),
            "description" => first(&mut entry.summary, || unknown(child)),
            _ => media_words(child, entry),
        }
    }
}

fn media_content(element: &Element<'_>, entry: &mut ParsedEntry) {
    let of = |name| element.attribute(name).map(str::to_owned);
    let Some(url) = of("url").map(|u| element.resolve(&u)) else { return };
    if entry.enclosures.len() >= COMPARED || entry.enclosures.iter().any(|e| e.url == url) {
        return;
    }
    let title = element.elements().find(|e| e.ns == Ns::Media && e.local == "title");
    entry.enclosures.push(ParsedEnclosure {
        url,
        media_type: of("type"),
        length: of("filesize").or_else(|| of("length")),
        title: title.and_then(Element::words),
        width: of("width"),
        height: of("height"),
        duration: of("duration"),
        medium: of("medium"),
    });
}

/// A Media RSS category; its scheme has a default.
fn media_category(element: &Element<'_>) -> Option<Category> {
    let (term, scheme, label) = fields::category(element)?;
    let usual = || "http://search.yahoo.com/mrss/category_schema".to_owned();
    Some((term, Some(scheme.unwrap_or_else(usual)), label))
}

const ITUNES: &str = "http://www.itunes.com/";

/// An itunes category with those inside it.
fn itunes_categories(element: &Element<'_>) -> Vec<Category> {
    let term = |e: &Element<'_>| e.attribute("text").map(str::to_owned);
    let inner = element.elements().filter_map(term);
    let all = term(element).into_iter().chain(inner);
    all.map(|t| (t, Some(ITUNES.to_owned()), None)).collect()
}

fn itunes_keywords(element: &Element<'_>) -> Vec<Category> {
    let words = fields::listed(&element.text());
    words.into_iter().map(|(word, _, label)| (word, Some(ITUNES.to_owned()), label)).collect()
}

/// The itunes subtitle of an element, which is its summary where there is no other.
fn subtitle(element: &Element<'_>) -> Option<Text> {
    let named = |e: &&Element<'_>| e.ns == Ns::Itunes && e.local == "subtitle";
    element.elements().find(named).and_then(unknown)
}

/// A feed's itunes subtitle, after all that says more.
pub fn feed_subtitle(element: &Element<'_>, feed: &mut ParsedFeed) {
    first(&mut feed.description, || subtitle(element));
}

/// An entry's itunes subtitle, after all that says more.
pub fn entry_subtitle(element: &Element<'_>, entry: &mut ParsedEntry) {
    first(&mut entry.summary, || subtitle(element));
}

fn itunes_feed(element: &Element<'_>, feed: &mut ParsedFeed) {
    match &*element.local {
        "author" => add_person(&mut feed.authors, person::person(element)),
        "owner" => first(&mut feed.publisher, || person::person(element)),
        "summary" => first(&mut feed.description, || unknown(element)),
        "image" | "link" => first(&mut feed.image, || url(element)),
        "category" => feed.categories.extend(itunes_categories(element)),
        "keywords" => feed.categories.extend(itunes_keywords(element)),
        _ => {}
    }
}

fn itunes_entry(element: &Element<'_>, entry: &mut ParsedEntry) {
    match &*element.local {
        "author" => add_person(&mut entry.authors, person::person(element)),
        "title" => first(&mut entry.title, || unknown(element)),
        "summary" => first(&mut entry.summary, || unknown(element)),
        "image" | "link" => first(&mut entry.image, || url(element)),
        "category" => entry.categories.extend(itunes_categories(element)),
        "keywords" => entry.categories.extend(itunes_keywords(element)),
        "duration" => {
            if let Some(enclosure) = entry.enclosures.first_mut() {
                first(&mut enclosure.duration, || element.words());
            }
        }
        _ => {}
    }
}

/// Reads the minutes between two changes from `sy:updatePeriod` and `sy:updateFrequency`; the longer of these and `ttl` is kept.
pub fn syndication(head: &Element<'_>, feed: &mut ParsedFeed) {
    let said = |local: &str| {
        let named = |e: &&Element<'_>| e.ns == Ns::Syndication && e.local == local;
        head.elements().find(named).map(|e| e.text().to_ascii_lowercase())
    };
    let minutes = match said("updateperiod").as_deref() {
        Some("hourly") => 60,
        Some("daily") => 24 * 60,
        Some("weekly") => 7 * 24 * 60,
        Some("monthly") => 30 * 24 * 60,
        Some("yearly") => 365 * 24 * 60,
        _ => return,
    };
    let times = said("updatefrequency").and_then(|times| times.parse().ok()).unwrap_or(1).max(1);
    feed.ttl = feed.ttl.max(Some((minutes / times).max(1)));
}

fn tombstone(element: &Element<'_>) -> Option<ParsedTombstone> {
    let id = element.attribute("ref").filter(|_| element.local == "deleted-entry")?.to_owned();
    let when = element.attribute("when").map(|w| ParsedDate { raw: w.to_owned() });
    let comment = element.elements().find(|e| e.local == "comment").and_then(Element::words);
    Some(ParsedTombstone { id, when, comment })
}

/// A point of georss, gml or geo, however deep gml wraps it.
fn place(element: &Element<'_>, entry: &mut ParsedEntry) {
    match (element.ns, &*element.local) {
        (Ns::Georss, "point") | (Ns::Gml, "pos") => {
            first(&mut entry.point, || pair(&element.text()))
        }
        (Ns::Gml, "point") | (Ns::Georss, "where") => {
            element.elements().for_each(|child| place(child, entry));
        }
        (Ns::Geo, "point") => {
            let of = |name| element.elements().find(|e| e.local == name).and_then(Element::words);
            let (latitude, longitude) = (of("lat"), of("long"));
            first(&mut entry.point, || within(latitude?.parse().ok()?, longitude?.parse().ok()?));
        }
        (Ns::Geo, "lat") => coordinate(element, entry, |point, value| point.0 = value),
        (Ns::Geo, "long" | "lon") => coordinate(element, entry, |point, value| point.1 = value),
        _ => {}
    }
}

fn coordinate(element: &Element<'_>, entry: &mut ParsedEntry, set: fn(&mut (f64, f64), f64)) {
    if let Some(value) = element.text().parse().ok().filter(|v: &f64| v.abs() <= 180.0) {
        set(entry.point.get_or_insert((0.0, 0.0)), value);
    }
}

fn pair(text: &str) -> Option<(f64, f64)> {
    let mut numbers = text.split([' ', ',', '\n', '\t']).filter(|t| !t.is_empty());
    within(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?)
}

fn within(latitude: f64, longitude: f64) -> Option<(f64, f64)> {
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}
