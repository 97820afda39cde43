//! Repairs Vietnamese text that went through legacy fonts (TCVN3, VNI), and tidies all text.
//!
//! In: text as it was read, U+00AD, U+2212 and U+2219 still in it (they are letters in TCVN3).
//! Out: NFC text without invisible characters, each repair (which can be undone) and each doubt.
//!
//! The order: NFC; words found (`token`), weighed alone (`detect`) and with their neighbors
//! (`context`); Đ look-alikes; invisible characters out. Misplaced tone marks are never rewritten.

/// Cuts text into words.
mod token;
/// Looks whether a text needs any of this.
mod screen;
/// Weighs one word by itself.
mod detect;
/// Decides on the words of a line by their neighbors.
mod context;
/// Finds words that lost the space between them.
mod glued;
/// Composes letters, puts Đ right, drops invisible characters.
mod normalize;
/// Repairs the texts of one paragraph.
mod run;
/// Says why each word was converted or left alone.
mod explain;

pub use explain::explain;

use crate::model::{Flag, Repair, RepairMode};

/// A text as it should be, with what was changed and what looked wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// NFC, without invisible characters.
    pub text: String,
    /// What was changed, in order; offsets are bytes of `text`.
    pub repairs: Vec<Repair>,
    /// What was left alone: `glued` words, and in report mode every repair not made.
    pub flags: Vec<Flag>,
}

/// Repairs one text; a line is the context of its words.
///
/// `allow` and `deny` are words in their broken form, their case ignored.
pub fn repair(
    text: &str,
    field: &str,
    mode: RepairMode,
    allow: &[String],
    deny: &[String],
) -> Repaired {
    if allow.is_empty() && !screen::needs_a_look(text) {
        return Repaired { text: text.to_owned(), ..Repaired::default() };
    }
    let settings =
        run::Settings { field, mode, words: context::Words { allow, deny }, lines: true };
    run::repair(&[text], settings).pop().unwrap_or_default()
}

/// Repairs the texts of one paragraph (the text nodes of an HTML block), each word seeing its
/// neighbors in the nodes before and after; line breaks do not separate. One result per text.
pub fn repair_runs(
    texts: &[&str],
    field: &str,
    mode: RepairMode,
    allow: &[String],
    deny: &[String],
) -> Vec<Repaired> {
    let settings =
        run::Settings { field, mode, words: context::Words { allow, deny }, lines: false };
    run::repair(texts, settings)
}

#[cfg(test)]
mod quality;
#[cfg(test)]
mod tests;
