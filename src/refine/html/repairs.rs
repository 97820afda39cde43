use super::RepairTexts;
use super::policy::is_inline;
use super::tree::{Kind, Tree};
use crate::model::{Flag, Repair};
use crate::text::escape_text;

/// What was repaired, by the number of the text, and what was left alone.
#[derive(Default)]
pub struct Log {
    /// Offsets are bytes of the text.
    pub repairs: Vec<(usize, Repair)>,
    /// What looked wrong.
    pub flags: Vec<Flag>,
}

/// Repairs every text of a tree.
pub fn repair(tree: &mut Tree, repair_texts: &mut RepairTexts<'_>) -> Log {
    let mut log = Log::default();
    let mut block = Vec::new();
    let mut last = 0;
    for number in 1..tree.nodes.len() {
        if tree.tag(number).is_some() || is_verbatim(tree, number) {
            continue;
        }
        let holder = block_of(tree, number);
        if holder != last {
            repair_block(tree, &std::mem::take(&mut block), repair_texts, &mut log);
            last = holder;
        }
        block.push(number);
    }
    repair_block(tree, &block, repair_texts, &mut log);
    log
}

/// The innermost block that a node stands in.
fn block_of(tree: &Tree, number: usize) -> usize {
    let mut at = number;
    loop {
        at = tree.nodes.get(at).map_or(0, |node| node.parent);
        if at == 0 || !tree.tag(at).is_some_and(is_inline) {
            return at;
        }
    }
}

/// Returns true for a text that is shown as it was written, as code is.
fn is_verbatim(tree: &Tree, number: usize) -> bool {
    let parent = |at: &usize| tree.nodes.get(*at).map(|node| node.parent).filter(|at| *at != 0);
    let mut around = std::iter::successors(parent(&number), parent);
    around.any(|at| matches!(tree.tag(at), Some("pre" | "code" | "samp" | "kbd")))
}

/// Repairs the texts of one block.
fn repair_block(
    tree: &mut Tree,
    block: &[usize],
    repair_texts: &mut RepairTexts<'_>,
    log: &mut Log,
) {
    let text = |number: &usize| match tree.nodes.get(*number).map(|node| &node.kind) {
        Some(Kind::Text(text)) => text.as_str(),
        _ => "",
    };
    let texts: Vec<&str> = block.iter().map(text).collect();
    if texts.is_empty() {
        return;
    }
    for (number, repaired) in block.iter().zip(repair_texts(&texts)) {
        if let Some(node) = tree.nodes.get_mut(*number) {
            node.kind = Kind::Text(repaired.text);
        }
        log.repairs.extend(repaired.repairs.into_iter().map(|repair| (*number, repair)));
        log.flags.extend(repaired.flags);
    }
}

/// The repairs with their offsets in the written HTML; those of texts that were not written are left out.
pub fn place_repairs(
    repairs: Vec<(usize, Repair)>,
    tree: &Tree,
    places: &[(usize, usize)],
    trimmed: usize,
) -> Vec<Repair> {
    let mut passed = Passed::default();
    let place = |(number, mut repair): (usize, Repair)| {
        let at = places.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        let Kind::Text(text) = &tree.nodes.get(number)?.kind else { return None };
        let before = passed.to(number, text, repair.offset);
        repair.offset = (places.get(at)?.1 + before).saturating_sub(trimmed);
        Some(repair)
    };
    repairs.into_iter().filter_map(place).collect()
}

/// How much of a text was escaped already: repairs come in order, so that each byte is looked at once.
#[derive(Default)]
struct Passed {
    number: usize,
    offset: usize,
    escaped: usize,
    piece: String,
}

impl Passed {
    /// Bytes that a text takes in HTML up to an offset.
    fn to(&mut self, number: usize, text: &str, offset: usize) -> usize {
        if (self.number, true) != (number, self.offset <= offset) {
            (self.number, self.offset, self.escaped) = (number, 0, 0);
        }
        self.piece.clear();
        if let Some(piece) = text.get(self.offset..offset) {
            escape_text(piece, &mut self.piece);
            self.escaped += self.piece.len();
            self.offset = offset;
        }
        self.escaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_length_of_what_stands_before_it_in_whatever_order() {
        let text = "a & b < ờ > \u{a0}\"c\" &amp; đ".repeat(3);
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut passed = Passed::default();
        let backwards = ends.iter().rev().step_by(7);
        for (number, at) in ends.iter().map(|at| (3, at)).chain(backwards.map(|at| (4, at))) {
            let mut before = String::new();
            escape_text(&text[..*at], &mut before);
            assert_eq!(passed.to(number, &text, *at), before.len(), "{at}");
        }
    }
}
