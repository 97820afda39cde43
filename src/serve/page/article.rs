use super::dates::time;
use super::jsonld;
use super::layout::{Head, foreign, link, outside, page, picture};
use super::parts::{article_path, categories, published, title};
use super::text::{field_name, rule_name};
use super::{ArticleView, Frame, RevisionView, WithdrawnView};
use crate::feeds::begins_with_lead;
use crate::model::{Article, Author, Enclosure, Precision};
use crate::text::escape_attribute;
use maud::{Markup, PreEscaped, html};
use std::borrow::Cow;
use std::collections::HashSet;

/// The page of an article.
pub fn article(frame: &Frame<'_>, view: &ArticleView<'_>) -> String {
    let article = view.entry.article;
    let path = article_path(article);
    let head = Head {
        title: title(frame, article),
        description: article.summary.as_deref().unwrap_or_default(),
        extra: Some(jsonld::meta(frame, &view.entry, &path)),
        path: Some(path),
        feeds: view
            .entry
            .source_feed
            .iter()
            .chain(view.entry.category_feeds.iter().flatten())
            .map(String::as_str)
            .collect(),
        ..Head::default()
    };
    let main = html! {
        article.reading {
            (opening(frame, view))
            (body(frame, article))
            (files(frame, article))
            (about(frame, view))
            (repairs(frame, article))
            (flags(frame, article))
            (revisions(frame, view))
        }
    };
    page(frame, head, &main)
}

fn opening(frame: &Frame<'_>, view: &ArticleView<'_>) -> Markup {
    let article = view.entry.article;
    let language = news_language(frame, article);
    html! {
        header {
            (categories(frame, &view.entry))
            h1 lang=[language] dir="auto" { (title(frame, article)) }
            p.meta { (source(frame, view)) " " (published(frame, article)) }
            @if let Some(summary) = article.summary.as_ref().filter(|_| !is_led(article)) { p.standfirst lang=[language] dir="auto" { (summary) } }
        }
        @if let Some((url, alt)) = own_picture(frame, article) {
            figure {
                img src=(url) alt=(alt) lang=[language] width="960" height="540" decoding="async";
            }
        }
    }
}

/// Whether the body begins with the lead, which is then not shown again.
fn is_led(article: &Article) -> bool {
    let lead = article.summary.as_deref().filter(|lead| !lead.trim().is_empty());
    let body = article.content.as_deref().unwrap_or_default();
    lead.is_some_and(|lead| begins_with_lead(body, lead))
}

/// The picture, unless the text itself shows it.
fn own_picture<'a>(frame: &Frame<'_>, article: &'a Article) -> Option<(Cow<'a, str>, &'a str)> {
    let image = article.image.as_ref()?;
    let url = picture(frame, &image.url)?;
    let shown = article.content.as_ref().is_some_and(|content| content.contains(&image.url));
    (!shown).then(|| (url, image.alt.as_deref().unwrap_or_default()))
}

fn news_language<'a>(frame: &Frame<'a>, article: &'a Article) -> Option<&'a str> {
    foreign(frame.lang, article.language.as_deref(), &frame.site.language)
}

fn source(frame: &Frame<'_>, view: &ArticleView<'_>) -> Markup {
    let entry = &view.entry;
    let name = html! { span lang=(frame.site.language) dir="auto" { (entry.source_title) } };
    html! {
        span.from {
            @match &entry.source_feed {
                Some(id) => a href=(link(frame, &format!("/feeds/{id}"))) { (name) },
                None => (name),
            }
        }
    }
}

/// The body: HTML that was sanitized when the article came in.
fn body(frame: &Frame<'_>, article: &Article) -> Markup {
    let language = news_language(frame, article);
    html! {
        @if let Some(content) = &article.content {
            div.body.led[is_led(article)] lang=[language] dir="auto" { (PreEscaped(within(article, content))) }
        }
        @if let Some(url) = article.url.as_deref().and_then(outside) {
            p.original { a.button.strong href=(url) rel="noopener noreferrer external" { (frame.words().read_original) } }
        }
    }
}

/// The text with the links to places in it: in feeds they lead to the article's own page, here they stay on this one.
fn within<'a>(article: &Article, content: &'a str) -> Cow<'a, str> {
    let mut page = String::new();
    escape_attribute(article.url.as_deref().unwrap_or_default(), &mut page);
    let outside = format!(" href=\"{page}#");
    if page.is_empty() || !content.contains(&outside) {
        return Cow::Borrowed(content);
    }
    let until_quote = |rest: &'a str| rest.split('"').next().unwrap_or_default();
    let names: HashSet<&str> = content.split(" id=\"").skip(1).map(until_quote).collect();
    let mut pieces = content.split(outside.as_str());
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_here = names.contains(piece.split('"').next().unwrap_or_default());
        out.push_str(if is_here { " href=\"#" } else { &outside });
        out.push_str(piece);
    }
    Cow::Owned(out)
}

fn files(frame: &Frame<'_>, article: &Article) -> Markup {
    let image = article.image.as_ref().map(|image| image.url.as_str());
    let files = article.enclosures.iter().filter(|file| Some(file.url.as_str()) != image);
    let files = files.filter_map(|file| Some((outside(&file.url)?, file)));
    let files: Vec<_> = files.collect();
    html! {
        @if !files.is_empty() {
            section aria-labelledby="files" {
                h2 #files { (frame.words().files) }
                ul {
                    @for (url, file) in files {
                        li { a href=(url) type=(file.media_type) { (file_name(file)) } " " span.help { (file_facts(frame, file)) } }
                    }
                }
            }
        }
    }
}

fn file_name(file: &Enclosure) -> &str {
    let path = file.url.split(['?', '#']).next().unwrap_or(&file.url);
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path);
    file.title.as_deref().unwrap_or(last)
}

fn file_facts(frame: &Frame<'_>, file: &Enclosure) -> String {
    let words = frame.words();
    let size = match file.length {
        Some(bytes) if bytes >= 1_000_000 => {
            format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
        }
        Some(bytes) => format!("{} kB", bytes.div_ceil(1000)),
        None => words.unknown_size.to_owned(),
    };
    let length = file
        .duration
        .map(|s| format!(", {}: {} {}", words.audio_video, s.div_ceil(60), words.minutes));
    format!("({}, {size}{})", file.media_type, length.unwrap_or_default())
}

fn about(frame: &Frame<'_>, view: &ArticleView<'_>) -> Markup {
    let (words, article) = (frame.words(), view.entry.article);
    let offset = frame.site.utc_offset;
    let language = news_language(frame, article);
    let clock = |at| time(frame.lang, at, offset, Precision::Minute);
    html! {
        section.panel aria-labelledby="about" {
            h2 #about { (words.about_article) }
            dl {
                div { dt { (words.source) } dd { (home(frame, view)) } }
                @if !article.authors.is_empty() {
                    div { dt { (words.author) } dd { @for author in &article.authors { (person(author)) } } }
                }
                @if let Some(publisher) = &article.publisher {
                    div { dt { (words.publisher) } dd lang=[language] dir="auto" { (publisher) } }
                }
                @if let Some(origin) = article.origin.as_ref().filter(|o| o.title.as_deref() != Some(view.entry.source_title)) {
                    div { dt { (words.via) } dd lang=[language] dir="auto" {
                        (maybe_link(origin.url.as_deref(), origin.title.as_deref().or(origin.url.as_deref()).unwrap_or_default()))
                    } }
                }
                div { dt { (words.published) } dd {
                    (published(frame, article))
                    @if let Some(dated) = &article.published { " " span.help dir="auto" { "(" bdi { (dated.raw) } ")" } }
                } }
                div { dt { (words.received_at) } dd { (clock(article.received)) } }
                @if article.revision > 1 { div { dt { (words.updated) } dd { (clock(article.changed)) } } }
                @if let Some(rights) = &article.rights {
                    div { dt { (words.rights) } dd lang=[language] dir="auto" { (rights) } }
                }
            }
        }
    }
}

fn home(frame: &Frame<'_>, view: &ArticleView<'_>) -> Markup {
    html! { span lang=(frame.site.language) dir="auto" { (maybe_link(view.entry.source_home, view.entry.source_title)) } }
}

fn maybe_link(url: Option<&str>, text: &str) -> Markup {
    html! {
        @match url.and_then(outside) {
            Some(url) => a href=(url) rel="noopener noreferrer external" { (text) },
            None => (text),
        }
    }
}

fn person(author: &Author) -> Markup {
    let name = author.name.as_deref().or(author.uri.as_deref()).unwrap_or_default();
    html! { @if !name.is_empty() { span.person dir="auto" { (maybe_link(author.uri.as_deref(), name)) } } }
}

fn repairs(frame: &Frame<'_>, article: &Article) -> Markup {
    let words = frame.words();
    let language = news_language(frame, article);
    html! {
        @if !article.repairs.is_empty() {
            section.panel aria-labelledby="repairs" {
                h2 #repairs { (words.repairs) }
                p { (words.repairs_why) }
                div.scroll tabindex="0" role="group" aria-labelledby="repairs" {
                    table {
                        thead { tr {
                            th scope="col" { (words.was) } th scope="col" { (words.now) }
                            th scope="col" { (words.field) } th scope="col" { (words.rule) }
                        } }
                        tbody {
                            @for repair in &article.repairs {
                                tr {
                                    td lang=[language] { del dir="auto" { (repair.from) } }
                                    td lang=[language] { ins dir="auto" { (repair.to) } }
                                    td { (field_name(frame.lang, &repair.field)) }
                                    td { (rule_name(frame.lang, &repair.rule)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn flags(frame: &Frame<'_>, article: &Article) -> Markup {
    let words = frame.words();
    let language = news_language(frame, article);
    html! {
        @if !article.flags.is_empty() {
            section.panel aria-labelledby="flags" {
                h2 #flags { (words.flags) }
                ul {
                    @for flag in &article.flags {
                        li {
                            q lang=[language] dir="auto" { (flag.text) }
                            @if let Some(better) = &flag.suggestion { ", " (words.may_be) " " q lang=[language] dir="auto" { (better) } }
                            " " span.help { "(" (field_name(frame.lang, &flag.field)) ", " (rule_name(frame.lang, &flag.rule)) ")" }
                        }
                    }
                }
            }
        }
    }
}

fn revisions(frame: &Frame<'_>, view: &ArticleView<'_>) -> Markup {
    let words = frame.words();
    html! {
        @if view.revisions.len() > 1 {
            section.panel aria-labelledby="revisions" {
                h2 #revisions { (words.revisions) }
                ol.revisions reversed { @for revision in view.revisions.iter().rev() { (one_revision(frame, view, revision)) } }
            }
        }
    }
}

fn one_revision(frame: &Frame<'_>, view: &ArticleView<'_>, revision: &RevisionView) -> Markup {
    let (words, article) = (frame.words(), view.entry.article);
    let at = time(frame.lang, revision.at, frame.site.utc_offset, Precision::Minute);
    html! {
        li value=(revision.number) {
            (at)
            @if revision.withdrawn { " " b { (words.withdrawn_once) } }
            @if revision.number == article.revision { " " span.help { "(" (words.this_revision) ")" } }
            @if !revision.changed.is_empty() {
                " " span.help { (words.changed) ": " (fields(frame, &revision.changed)) }
            }
            @if let Some(reason) = &revision.reason { br; span lang=[news_language(frame, article)] dir="auto" { (reason) } }
        }
    }
}

fn fields(frame: &Frame<'_>, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| field_name(frame.lang, name)).collect();
    names.join(", ")
}

/// The page of a withdrawn article, to be answered with 410.
pub fn withdrawn(frame: &Frame<'_>, view: &WithdrawnView<'_>) -> String {
    let words = frame.words();
    let main = html! {
        div.notice {
            p.kicker { (words.code) " 410" }
            h1 { (words.withdrawn) }
            p { (words.withdrawn_text) }
            p.meta {
                span.from lang=(frame.site.language) dir="auto" { (view.source_title) } " "
                (words.withdrawn_at) " " (time(frame.lang, view.at, frame.site.utc_offset, Precision::Minute))
            }
            p {
                @if let Some(id) = &view.source_feed {
                    a.button.strong href=(link(frame, &format!("/feeds/{id}"))) { (words.more_of_source) } " "
                }
                a.button href=(link(frame, "/")) { (words.go_home) }
            }
        }
    };
    page(frame, Head { title: words.withdrawn, ..Head::default() }, &main)
}
