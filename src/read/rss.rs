//! The vocabulary of RSS 0.9x to 2.0, wherever it stands.

use super::{
    fields::{add_summary, address, categories, category, date, last, unknown},
    person, text,
    tree::Element,
};
use crate::model::{FeedLink, ParsedEnclosure, ParsedEntry, ParsedFeed, ParsedSource};
use url::Url;

/// Puts a child of the channel where it belongs; false if RSS does not know it.
pub fn feed_field(element: &Element<'_>, feed: &mut ParsedFeed) -> bool {
    match &*element.local {
        "title" => feed.title = feed.title.take().or_else(|| unknown(element)),
        "description" => feed.description = feed.description.take().or_else(|| unknown(element)),
        "link" => feed_link(element, feed),
        "language" => feed.language = element.words().or(feed.language.take()),
        "copyright" => feed.rights = feed.rights.take().or_else(|| unknown(element)),
        "generator" => feed.generator = feed.generator.take().or_else(|| element.words()),
        "image" => feed.image = feed.image.take().or_else(|| image(element)),
        "managingeditor" | "author" => feed.authors.extend(person::person(element)),
        "webmaster" => feed.publisher = feed.publisher.take().or_else(|| person::person(element)),
        "category" => feed.categories.extend(category(element)),
        "categories" => feed.categories.extend(categories(element)),
        "pubdate" => last(&mut feed.published, date(element)),
        "lastbuilddate" => last(&mut feed.updated, date(element)),
        "ttl" => feed.ttl = feed.ttl.or_else(|| element.text().parse().ok()),
        "channel" => {}
        _ => return false,
    }
    true
}

/// Puts a child of an item where it belongs; false if RSS does not know it.
pub fn entry_field(element: &Element<'_>, entry: &mut ParsedEntry) -> bool {
    match &*element.local {
        "title" => entry.title = entry.title.take().or_else(|| unknown(element)),
        "description" => add_summary(unknown(element), entry),
        "fullitem" | "encoded" | "body" => {
            entry.content.extend(text::construct(element, text::Default::Html));
        }
        "link" => entry_link(element, entry),
        "guid" => guid(element, entry),
        "author" | "managingeditor" | "creator" => entry.authors.extend(person::person(element)),
        "webmaster" => entry.publisher = entry.publisher.take().or_else(|| person::person(element)),
        "category" => entry.categories.extend(category(element)),
        "tags" | "categories" | "keywords" => entry.categories.extend(categories(element)),
        "enclosure" => enclosure(element, entry),
        "pubdate" => last(&mut entry.published, date(element)),
        "lastbuilddate" | "date" => last(&mut entry.updated, date(element)),
        "expirationdate" => last(&mut entry.expires, date(element)),
        "comments" => entry.comments = entry.comments.take().or_else(|| address(element)),
        "source" => source(element, entry),
        "image" => entry.image = entry.image.take().or_else(|| image(element)),
        "language" => entry.language = element.words().or(entry.language.take()),
        "copyright" => entry.rights = entry.rights.take().or_else(|| unknown(element)),
        _ => return false,
    }
    true
}

/// Fills in a missing link with another alternate link, else with a guid or id that is an address.
pub fn link_from_guid(entry: &mut ParsedEntry, id_may_be_link: bool) {
    if entry.link.is_some() {
        return;
    }
    let web = |id: &String| Url::parse(id).is_ok_and(|u| matches!(u.scheme(), "http" | "https"));
    let other = entry.links.iter().find(|l| l.rel.eq_ignore_ascii_case("alternate"));
    let id = entry.id.clone().filter(|_| entry.id_is_permalink || id_may_be_link).filter(web);
    entry.link = other.map(|l| l.href.clone()).or(id);
}

fn plain_link(href: String) -> FeedLink {
    let media_type = Some("text/html".to_owned());
    FeedLink { rel: "alternate".into(), href, media_type, ..FeedLink::default() }
}

fn feed_link(element: &Element<'_>, feed: &mut ParsedFeed) {
    let Some(href) = address(element) else { return };
    feed.link.get_or_insert_with(|| href.clone());
    feed.links.push(plain_link(href));
}

fn entry_link(element: &Element<'_>, entry: &mut ParsedEntry) {
    let Some(href) = address(element) else { return };
    // The first counts, unless it is no address and this one is.
    let is_whole = |link: &str| link.contains("://");
    if entry.link.as_deref().is_none_or(|first| !is_whole(first) && is_whole(&href)) {
        entry.link = Some(href.clone());
    }
    entry.links.push(plain_link(href));
}

fn guid(element: &Element<'_>, entry: &mut ParsedEntry) {
    let Some(id) = element.words() else { return };
    let denied = element.attribute("ispermalink").is_some_and(|v| !v.eq_ignore_ascii_case("true"));
    if entry.id.is_none() {
        entry.id_is_permalink = !denied;
        entry.id = Some(id);
    }
}

fn enclosure(element: &Element<'_>, entry: &mut ParsedEntry) {
    let of = |name| element.attribute(name).map(str::to_owned);
    let Some(url) = of("url").or_else(|| of("href")).or_else(|| element.words()) else { return };
    let url = element.resolve(&url);
    let (media_type, length) = (of("type"), of("length"));
    entry.enclosures.push(ParsedEnclosure { url, media_type, length, ..Default::default() });
}

fn image(element: &Element<'_>) -> Option<String> {
    let url = element.child_text("url").or_else(|| element.attribute("href").map(str::to_owned));
    let own = || element.words().filter(|_| element.elements().next().is_none());
    url.or_else(own).map(|u| element.resolve(&u))
}

fn source(element: &Element<'_>, entry: &mut ParsedEntry) {
    let link = element.attribute("url").or_else(|| element.attribute("href"));
    let link = link.map(|l| element.resolve(l));
    let title = element.words();
    if entry.source.is_none() && (title.is_some() || link.is_some()) {
        entry.source = Some(ParsedSource { title, link, ..ParsedSource::default() });
    }
}
