use super::scan::Token;

/// What a label says of the date behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Published,
    Changed,
}

/// The pieces that tell when an article was published, where others tell when it was changed.
pub fn find_published(tokens: &[Token]) -> Option<&[Token]> {
    let labels: Vec<(usize, Label)> =
        (0..tokens.len()).filter_map(|at| Some((at, label(tokens, at)?))).collect();
    let changed = labels.iter().find(|(_, label)| *label == Label::Changed)?.0;
    let Some((begin, _)) = labels.iter().find(|(_, label)| *label == Label::Published) else {
        return tokens.get(..changed).filter(|before| before.iter().any(|t| t.number().is_some()));
    };
    let end = if changed > *begin { changed } else { tokens.len() };
    tokens.get(*begin..end)
}

fn label(tokens: &[Token], at: usize) -> Option<Label> {
    let word = |ahead: usize| tokens.get(at + ahead).and_then(Token::word);
    match (word(0)?, word(1)) {
        ("cap", Some("nhat" | "nhap")) | ("chinh", Some("sua")) => Some(Label::Changed),
        ("updated" | "modified" | "sua", _) => Some(Label::Changed),
        ("xuat", Some("ban")) | ("phat", Some("hanh")) => Some(Label::Published),
        ("dang" | "published" | "posted" | "created", _) => Some(Label::Published),
        ("ngay", Some("tao")) => Some(Label::Published),
        _ => None,
    }
}
