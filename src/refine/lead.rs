use crate::text::{html_to_text, one_line};
use std::borrow::Cow;

/// The longest lead that is taken from a body, in characters.
const TAKEN: usize = 600;
/// A line of bold letters that is no longer, in characters, and no sentence, is a heading.
const HEADING: usize = 100;
/// Ends of blocks that say something.
const ENDS: [&str; 6] = ["</p>", "</li>", "</div>", "</td>", "<br>", "</blockquote>"];
/// Ends of blocks that name what follows, or what stands beside them.
const HEADINGS: [&str; 9] = [
    "</h1>", "</h2>", "</h3>", "</h4>", "</h5>", "</h6>", "</figcaption>", "</caption>",
    "</summary>",
];

/// A lead for an article that names none: the first paragraph of its body that says something, else its first heading.
pub fn lead_from_body(content: &str) -> Option<String> {
    let mut rest = content;
    let mut heading = None;
    for _ in 0..50 {
        let Some((block, after)) = first_block(rest) else { break };
        let text = one_line(&html_to_text(block));
        if text.chars().filter(|c| c.is_alphabetic()).count() >= 3 {
            if !is_heading(block, &text) {
                return Some(cut_at_word(&text, TAKEN).into_owned());
            }
            heading = heading.or(Some(text));
        }
        rest = after;
    }
    heading
}

/// Whether a block only names what follows: a heading, or a short line of bold letters that is no sentence.
fn is_heading(block: &str, text: &str) -> bool {
    if HEADINGS.iter().any(|end| block.ends_with(end)) {
        return true;
    }
    is_bold(block)
        && text.chars().count() <= HEADING
        && !text.ends_with(['.', '!', '?', '…', '”', '"'])
}

/// Whether a block is one run of bold letters.
fn is_bold(block: &str) -> bool {
    let line = block.trim();
    let line = ["<p>", "<div>"].iter().find_map(|start| line.strip_prefix(start)).unwrap_or(line);
    let line = ENDS.iter().find_map(|end| line.strip_suffix(end)).unwrap_or(line).trim();
    let inside = |start, end| line.strip_prefix(start).and_then(|line| line.strip_suffix(end));
    let bold = inside("<strong>", "</strong>").or_else(|| inside("<b>", "</b>"));
    bold.is_some_and(|inside| !inside.contains("<strong>") && !inside.contains("<b>"))
}

/// The text up to the first end of a block, and what follows it.
fn first_block(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let head = text.get(..text.floor_char_boundary(64 * 1024))?;
    let ends = ENDS.iter().chain(&HEADINGS);
    let found = ends.filter_map(|end| head.find(end).map(|at| at + end.len())).min();
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
        let lead = |body: &str| lead_from_body(body);
        let body = "<p><img src=\"a\"></p><p>***</p><h2>Mục</h2><p>Một</p>";
        assert_eq!(lead(body).as_deref(), Some("Một"));
        assert_eq!(lead("chỉ có chữ").as_deref(), Some("chỉ có chữ"));
        assert_eq!(lead("<h2>Chỉ có mục</h2>").as_deref(), Some("Chỉ có mục"));
        assert_eq!(
            lead("<p><strong>1. MỞ ĐẦU</strong></p><p>Bản mở hội.</p>").as_deref(),
            Some("Bản mở hội.")
        );
        let bold = "<p><strong>Bản mở hội từ sáng sớm nay.</strong></p><p>Đông người.</p>";
        assert_eq!(lead(bold).as_deref(), Some("Bản mở hội từ sáng sớm nay."));
        let figure = "<figure><img src=\"a\"><figcaption>Ảnh: Lò Sáu</figcaption></figure><p>Bản mở hội.</p>";
        assert_eq!(lead(figure).as_deref(), Some("Bản mở hội."));
        assert_eq!(lead(""), None);
        assert_eq!(cut_at_word("một hai ba", 9), "một hai…");
    }
}
