use super::layout::{Head, foreign, link, local, page};
use super::parts::{cards, formats, pages};
use super::{Entry, Frame, Group, Listing, Part};
use maud::{Markup, html};

/// The front page; what is older stands in the feed of everything.
pub fn front(frame: &Frame<'_>, latest: &[Entry<'_>], part: Part) -> String {
    let words = frame.words();
    let head = Head {
        title: &frame.site.title,
        description: &frame.site.description,
        path: Some("/".to_owned()),
        menu: "/",
        ..Head::default()
    };
    let main = html! {
        div.intro lang=[foreign(frame.lang, None, &frame.site.language)] {
            h1 dir="auto" { (frame.site.title) }
            @if !frame.site.description.is_empty() { p dir="auto" { (frame.site.description) } }
        }
        div.columns {
            section aria-labelledby="latest" {
                h2 #latest { (words.latest) }
                @if latest.is_empty() { p.empty { (words.nothing_yet) } }
                (cards(frame, latest, 1))
                (pages(frame, "/feeds/all", part))
            }
            section.side aria-labelledby="feeds" { (directory(frame)) }
        }
    };
    page(frame, head, &main)
}

fn directory(frame: &Frame<'_>) -> Markup {
    let words = frame.words();
    let groups = [
        (Group::All, words.kind_all),
        (Group::Own, words.kind_own),
        (Group::Category, words.kind_category),
        (Group::Source, words.kind_source),
    ];
    html! {
        h2 #feeds { (words.all_feeds) }
        p { (words.feeds_what) }
        @for (group, name) in groups {
            @let feeds: Vec<&Listing> = frame.feeds.iter().filter(|f| f.group == group).collect();
            @if !feeds.is_empty() {
                h3 { (name) }
                ul.feeds { @for feed in feeds { (line(frame, feed)) } }
            }
        }
        p { a.button href=(local(frame, "/feeds.opml")) { (words.opml) } }
    }
}

fn line(frame: &Frame<'_>, feed: &Listing) -> Markup {
    let words = frame.words();
    let path = link(frame, &format!("/feeds/{}", feed.id));
    let name = feed.title.strip_suffix(&format!(" – {}", frame.site.title)).unwrap_or(&feed.title);
    html! {
        li {
            a.name href=(path) lang=[foreign(frame.lang, None, &frame.site.language)] dir="auto"
                title=(format!("{}: {}", words.subscribe, feed.title)) { (name) }
            (formats(frame, feed))
        }
    }
}
