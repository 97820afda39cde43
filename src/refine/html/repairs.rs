//! Repairs the texts of a tree block by block, so that words see their neighbors across `<b>` and `<a>`.

use super::Mend;
use super::plain::escape_text;
use super::policy::is_inline;
use super::tree::{Kind, Tree};
use crate::model::{Flag, Repair};

/// What was repaired, by the number of the text, and what was left alone.
#[derive(Default)]
pub struct Log {
    /// Offsets are bytes of the text.
    pub repairs: Vec<(usize, Repair)>,
    /// What looked wrong.
    pub flags: Vec<Flag>,
}

/// Repairs every text of a tree.
pub fn repair(tree: &mut Tree, mend: &mut Mend<'_>) -> Log {
    let mut log = Log::default();
    let mut block = Vec::new();
    let mut last = 0;
    for number in 1..tree.nodes.len() {
        let is_text = tree.tag(number).is_none();
        if !is_text {
            continue;
        }
        let holder = block_of(tree, number);
        if holder != last {
            repair_block(tree, &std::mem::take(&mut block), mend, &mut log);
            last = holder;
        }
        block.push(number);
    }
    repair_block(tree, &block, mend, &mut log);
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

/// Repairs the texts of one block.
fn repair_block(tree: &mut Tree, block: &[usize], mend: &mut Mend<'_>, log: &mut Log) {
    let text = |number: &usize| match tree.nodes.get(*number).map(|node| &node.kind) {
        Some(Kind::Text(text)) => text.as_str(),
        _ => "",
    };
    let texts: Vec<&str> = block.iter().map(text).collect();
    if texts.is_empty() {
        return;
    }
    for (number, repaired) in block.iter().zip(mend(&texts)) {
        if let Some(node) = tree.nodes.get_mut(*number) {
            node.kind = Kind::Text(repaired.text);
        }
        log.repairs.extend(repaired.repairs.into_iter().map(|repair| (*number, repair)));
        log.flags.extend(repaired.flags);
    }
}

/// The repairs with their offsets in the written HTML; those of texts that were not written are left out.
pub fn placed(
    repairs: Vec<(usize, Repair)>,
    tree: &Tree,
    places: &[(usize, usize)],
    trimmed: usize,
) -> Vec<Repair> {
    let place = |(number, mut repair): (usize, Repair)| {
        let at = places.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        let Kind::Text(text) = &tree.nodes.get(number)?.kind else { return None };
        let mut before = String::new();
        escape_text(text.get(..repair.offset).unwrap_or(""), &mut before);
        repair.offset = (places.get(at)?.1 + before.len()).saturating_sub(trimmed);
        Some(repair)
    };
    repairs.into_iter().filter_map(place).collect()
}
