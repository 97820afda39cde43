use super::Frame;
use super::layout::{Head, link, page};
use super::text::Words;
use maud::html;

/// The page of an HTTP status; `detail` is in the reader's language.
pub fn error(frame: &Frame<'_>, status: u16, detail: Option<&str>) -> String {
    let words = frame.words();
    let (title, text) = said(words, status);
    let main = html! {
        div.notice {
            p.kicker { (words.code) " " (status) }
            h1 { (title) }
            p { (text) }
            @if let Some(detail) = detail { p.help dir="auto" { (detail) } }
            p { a.button.strong href=(link(frame, "/")) { (words.go_home) } }
        }
    };
    page(frame, Head { title, ..Head::default() }, &main)
}

fn said(words: &Words, status: u16) -> (&'static str, &'static str) {
    match status {
        404 => (words.error_404, words.error_404_text),
        410 => (words.error_410, words.error_410_text),
        429 => (words.error_429, words.error_429_text),
        503 => (words.error_503, words.error_503_text),
        400..=499 => (words.error_4xx, words.error_4xx_text),
        _ => (words.error_5xx, words.error_5xx_text),
    }
}
