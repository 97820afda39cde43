use super::output;

/// How far into a body its lead may begin, after a dateline or a caption.
const BEFORE_LEAD: usize = 200;

/// The text of sanitized HTML: tags become spaces, entities are decoded.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (text, tag) = rest.split_at(open);
        out.push_str(text);
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        if !is_tag {
            out.push('<');
            rest = &tag[1..];
            continue;
        }
        out.push(' ');
        rest = tag.find('>').map_or("", |close| &tag[close + 1..]);
    }
    out.push_str(rest);
    html_escape::decode_html_entities(&out).into_owned()
}

/// The beginning of a text, cut between words; it ends in `…` if it was cut.
pub(super) fn excerpt(text: &str, chars: usize) -> String {
    let Some((cut, _)) = text.char_indices().nth(chars) else { return text.to_owned() };
    let head = &text[..cut];
    let head = head.rfind(char::is_whitespace).map_or(head, |space| &head[..space]);
    format!("{}…", head.trim_end())
}

/// An excerpt from the beginning of a body; reads only as much of it as it needs.
pub(super) fn beginning(body: &str, chars: usize) -> Option<String> {
    let head = plain(&body[..floor(body, 64 * chars)]);
    output::line(&head, chars * 2).map(|line| excerpt(&line, chars))
}

/// Letters and digits in lower case: what two texts must have in common to be the same.
fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric())
}

/// Whether a body begins with its lead, whatever the markup; a lead that was cut counts.
pub fn begins_with_lead(body: &str, lead: &str) -> bool {
    let lead: String = letters(lead.trim_end_matches(['.', '…', ' '])).collect();
    if lead.is_empty() {
        return true;
    }
    let wanted = lead.chars().count() + BEFORE_LEAD;
    let head = plain(&body[..floor(body, 16 * wanted + 16_384)]);
    let head: String = letters(&head).take(wanted).collect();
    head.contains(&lead)
}

/// The greatest char boundary that is not above `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text() {
        assert_eq!(plain("<p>A &amp; B</p>1 < 2<br>x").trim(), "A & B 1 < 2 x");
        assert_eq!(plain("<p>cut <a"), " cut  ");
    }

    #[test]
    fn excerpts_end_between_words() {
        assert_eq!(excerpt("một hai ba", 8), "một hai…");
        assert_eq!(excerpt("một", 8), "một");
    }

    #[test]
    fn a_lead_is_known_in_any_markup() {
        let body = "<p>(HBĐT) - <b>Sáng 12/6,</b> UBND&nbsp;tỉnh họp.</p><p>Thân bài.</p>";
        assert!(begins_with_lead(body, "Sáng 12/6, UBND tỉnh họp"));
        assert!(begins_with_lead(body, "sáng 12/6, UBND tỉnh…"));
        assert!(!begins_with_lead(body, "Chiều 12/6, UBND tỉnh họp"));
        assert!(begins_with_lead(body, " … "));
    }
}
