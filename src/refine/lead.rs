//! The lead: where it comes from when a document names none.

use crate::text::{html_to_text, one_line};
use std::borrow::Cow;

/// The longest lead that is taken from a body, in characters.
const TAKEN: usize = 600;

/// A lead for an article that names none: the first paragraph of its body that says something.
pub fn lead_from_body(content: &str) -> Option<String> {
    let blocks = ["</p>", "</h2>", "</h3>", "</li>", "</div>", "</td>", "<br>"];
    let mut rest = content;
    for _ in 0..50 {
        let (block, after) = first_block(rest, &blocks)?;
        let text = one_line(&html_to_text(block));
        if text.chars().filter(|c| c.is_alphabetic()).count() >= 3 {
            return Some(cut_at_word(&text, TAKEN).into_owned());
        }
        rest = after;
    }
    None
}

/// The text up to the first end of a block, and what follows it.
fn first_block<'a>(text: &'a str, ends: &[&str]) -> Option<(&'a str, &'a str)> {
    if text.is_empty() {
        return None;
    }
    let head = text.get(..text.floor_char_boundary(64 * 1024))?;
    let found = ends.iter().filter_map(|end| head.find(end).map(|at| at + end.len())).min();
    text.split_at_checked(found.unwrap_or(head.len()))
}

/// At most `limit` characters, ending with a whole word and `…` where some were left out.
pub fn cut_at_word(text: &str, limit: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(limit) else { return Cow::Borrowed(text) };
    let head = text.get(..end).unwrap_or("");
    let whole = head.rfind(' ').and_then(|at| head.get(..at)).unwrap_or(head);
    Cow::Owned(format!("{}…", whole.trim_end_matches([' ', ',', ';', ':'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_is_the_lead() {
        let body = "<p><img src=\"a\"></p><p>***</p><h2>Mục</h2><p>Một</p>";
        assert_eq!(lead_from_body(body).as_deref(), Some("Mục"));
        assert_eq!(lead_from_body("chỉ có chữ").as_deref(), Some("chỉ có chữ"));
        assert_eq!(lead_from_body(""), None);
        assert_eq!(cut_at_word("một hai ba", 9), "một hai…");
    }
}
