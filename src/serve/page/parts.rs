use super::dates::time;
use super::layout::{foreign, link, local, picture};
use super::{Entry, Frame, Listing, Part};
use crate::feeds::Format;
use crate::model::{Article, Precision};
use maud::{Markup, html};

pub(super) fn article_path(article: &Article) -> String {
    format!("/a/{}", article.key)
}

/// The title, or a stand-in that can be clicked on.
pub(super) fn title<'a>(frame: &Frame<'_>, article: &'a Article) -> &'a str {
    if article.title.trim().is_empty() { frame.words().no_title } else { &article.title }
}

/// When an article was published, as exactly as its source said.
pub(super) fn published(frame: &Frame<'_>, article: &Article) -> Markup {
    let precision = article.published.as_ref().map_or(Precision::Minute, |d| d.precision);
    time(frame.lang, article.shown_published(), frame.site.utc_offset, precision)
}

/// Articles as cards; the first `large` of them large.
pub(super) fn cards(frame: &Frame<'_>, entries: &[Entry<'_>], large: usize) -> Markup {
    html! {
        div.cards {
            @for (index, entry) in entries.iter().enumerate() { (card(frame, entry, index < large)) }
        }
    }
}

fn card(frame: &Frame<'_>, entry: &Entry<'_>, large: bool) -> Markup {
    let article = entry.article;
    let language = foreign(frame.lang, article.language.as_deref(), &frame.site.language);
    let image = article.image.as_ref().and_then(|image| picture(frame, &image.url));
    let class = match (large, &image) {
        (true, Some(_)) => "card lead pic",
        (true, None) => "card lead",
        (false, Some(_)) => "card pic",
        (false, None) => "card",
    };
    html! {
        article class=(class) {
            @if let Some(url) = image {
                img src=(url) alt="" loading=[(!large).then_some("lazy")] decoding="async" width="640" height="360";
            }
            div.words {
                h3 lang=[language] dir="auto" { a href=(link(frame, &article_path(article))) { (title(frame, article)) } }
                p.meta { span.from lang=(frame.site.language) dir="auto" { (entry.source_title) } " " (published(frame, article)) }
                @if let Some(summary) = &article.summary { p.summary lang=[language] dir="auto" { (summary) } }
                (others(frame, entry))
                (categories(frame, entry))
            }
        }
    }
}

/// The same story at other portals.
fn others(frame: &Frame<'_>, entry: &Entry<'_>) -> Markup {
    html! {
        @if !entry.others.is_empty() {
            p.meta { (frame.words().also_told) }
            ul.others {
                @for (source, article) in &entry.others {
                    li {
                        span.from lang=(frame.site.language) dir="auto" { (source) } ": "
                        a href=(link(frame, &article_path(article))) lang=[foreign(frame.lang, article.language.as_deref(), &frame.site.language)] dir="auto" { (title(frame, article)) }
                    }
                }
            }
        }
    }
}

/// The categories, linked to their feeds.
pub(super) fn categories(frame: &Frame<'_>, entry: &Entry<'_>) -> Markup {
    let language = foreign(frame.lang, entry.article.language.as_deref(), &frame.site.language);
    let feeds = entry.category_feeds.iter().map(Option::as_deref).chain(std::iter::repeat(None));
    html! {
        @if !entry.article.categories.is_empty() {
            ul.tags aria-label=(frame.words().categories) {
                @for (category, feed) in entry.article.categories.iter().zip(feeds) {
                    @let name = category.label.as_ref().unwrap_or(&category.term);
                    li lang=[language] dir="auto" {
                        @match feed {
                            Some(id) => a href=(link(frame, &format!("/feeds/{id}"))) { (name) },
                            None => span { (name) },
                        }
                    }
                }
            }
        }
    }
}

/// Links to the three formats of a feed, each labelled with the feed's title.
pub(super) fn formats(frame: &Frame<'_>, feed: &Listing) -> Markup {
    html! {
        span.formats {
            @for format in Format::ALL {
                a href=(local(frame, &format!("/feeds/{}.{}", feed.id, format.extension()))) type=(format.media_type())
                    aria-label=(format!("{}: {}", format.name(), feed.title)) { (format.name()) }
            }
        }
    }
}

/// Links to the older articles of a feed, and back to its newest.
pub(super) fn pages(frame: &Frame<'_>, path: &str, part: Part) -> Markup {
    let words = frame.words();
    html! {
        @if part != Part::default() {
            ul.ways {
                @if part.from.is_some() { li { a.button href=(link(frame, path)) { (words.newest) } } }
                @if let Some(older) = part.older {
                    li { a.button.strong href=(link(frame, &format!("{path}?page={older}"))) rel="next" { (words.older) } }
                }
            }
        }
    }
}

/// A text encoded as one value of a query.
pub(super) fn in_query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
