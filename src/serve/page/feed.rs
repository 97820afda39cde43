use super::layout::{Head, foreign, page};
use super::parts::{cards, in_query, pages};
use super::{Entry, Frame, Listing, Part};
use crate::feeds::Format;
use maud::{Markup, html};

/// Readers on the web that take a feed's address in a link.
const READERS: [(&str, &str); 4] = [
    ("Feedly", "https://feedly.com/i/subscription/feed%2F"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
];

/// The readable page of a feed; only the one with its newest articles says how to follow it.
pub fn feed(frame: &Frame<'_>, feed: &Listing, entries: &[Entry<'_>], part: Part) -> String {
    let words = frame.words();
    let path = format!("/feeds/{}", feed.id);
    let language = foreign(frame.lang, None, &frame.site.language);
    let head = Head {
        title: &feed.title,
        description: &feed.description,
        path: Some(part.from.map_or(path.clone(), |from| format!("{path}?page={from}"))),
        feeds: vec![&feed.id],
        ..Head::default()
    };
    let main = html! {
        div.intro {
            p.kicker { (words.feed_kicker) }
            h1 lang=[language] dir="auto" { (feed.title) }
            @if !feed.description.is_empty() { p lang=[language] dir="auto" { (feed.description) } }
        }
        @if part.from.is_none() {
            section.panel aria-labelledby="subscribe" {
                h2 #subscribe { (words.subscribe) }
                p { (words.feed_what) }
                (ways(frame, &format!("{}{path}", frame.site.base_url)))
            }
        }
        section aria-labelledby="entries" {
            h2 #entries { @if part.from.is_none() { (words.new_in_feed) } @else { (words.older) } }
            @if entries.is_empty() { p.empty { (words.feed_empty) } }
            (cards(frame, entries, 0))
            (pages(frame, &path, part))
        }
    };
    page(frame, head, &main)
}

/// The address to copy and the links that hand it to a reader.
fn ways(frame: &Frame<'_>, base: &str) -> Markup {
    let words = frame.words();
    let address = format!("{base}.atom");
    html! {
        label for="address" { (words.address) }
        input #address type="text" readonly value=(address) aria-describedby="address-help" spellcheck="false" autocomplete="off";
        p.help #address-help { (words.address_help) }
        h3 { (words.open_in) }
        ul.ways {
            li { a.button.strong href=(format!("feed:{address}")) { (words.app_on_device) } }
            @for (name, prefix) in READERS {
                li { a.button href=(format!("{prefix}{}", in_query(&address))) rel="noopener noreferrer" { (name) } }
            }
        }
        h3 { (words.formats) }
        ul.ways {
            @for format in Format::ALL {
                li { a.button href=(format!("{base}.{}", format.extension())) type=(format.media_type()) { (format.name()) } }
            }
        }
    }
}
