//! Repairs Vietnamese text that went through legacy fonts (TCVN3, VNI), and tidies all text.
//!
//! In: text as it was read, U+00AD, U+2212 and U+2219 still in it (they are letters in TCVN3).
//! Out: NFC text without invisible characters, each repair (which can be undone) and each doubt.
//!
//! The order: NFC; words found (`token`), weighed alone (`detect`, `word`) and with their
//! neighbors (`context`, `vni_line`, `neighbors`); Đ look-alikes; invisible characters out. Misplaced tone marks are never rewritten.

/// Cutting text into words as the repair sees them: letters, marks, and the symbols TCVN3 uses as letters.
mod token;
/// Looks whether a text needs any of this.
mod screen;
/// Classifies one word without its neighbors.
mod detect;
/// A word of a line with its class and the decision on it; the source's own words.
mod word;
/// Abbreviations in legacy text (`17/2001/NÑ-CP`, `H§ND`, `ñ/c`): no syllables, but their Đ is told by its letter.
mod abbreviation;
/// Converts the neighbors of converted words.
mod neighbors;
/// Reads a line as VNI, where its words or its article say that it is.
mod vni_line;
/// Whether an article has sure traces of a legacy encoding.
mod traces;
/// Decides which words of a line are converted: as VNI, else those that are sure by themselves, then their neighbors.
mod context;
/// Words that lost the space between them (`hiệuquả`): found, never changed.
mod glued;
/// What is done to every text: composed letters (NFC), the right Đ, no invisible characters.
mod normalize;
/// One paragraph, cut into runs (text nodes) or lines: decides on its words and writes it anew.
mod run;
/// Why each doubtful word of a text was converted or left alone.
mod explain;

pub use explain::explain;
pub use traces::{Article, Traces};
pub use word::Words;

use crate::model::{Flag, Repair, RepairMode};

/// How a text is repaired.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The article's field, for the log.
    pub field: &'a str,
    /// How far.
    pub mode: RepairMode,
    /// The source's own words.
    pub words: Words<'a>,
    /// The article whose text it is: its traces prove what the text alone does not.
    pub article: Option<&'a Article<'a>>,
}

impl<'a> Settings<'a> {
    /// A text that stands alone, of a source without words of its own.
    pub fn new(field: &'a str, mode: RepairMode) -> Self {
        Self { field, mode, words: Words::default(), article: None }
    }

    fn traces(&self) -> Traces {
        self.article.map(Article::traces).unwrap_or_default()
    }
}

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

/// Repairs one text; a line is the context of its words, and the whole text proves which encoding it is.
pub fn repair(text: &str, settings: Settings<'_>) -> Repaired {
    if settings.words.allow.is_empty() && !screen::needs_a_look(text) {
        return Repaired { text: text.to_owned(), ..Repaired::default() };
    }
    run::repair(&[text], settings, true).pop().unwrap_or_default()
}

/// Repairs the texts of one paragraph (the text nodes of an HTML block), each word seeing its
/// neighbors in the nodes before and after; line breaks do not separate. One result per text.
pub fn repair_runs(texts: &[&str], settings: Settings<'_>) -> Vec<Repaired> {
    run::repair(texts, settings, false)
}

#[cfg(test)]
mod quality;
#[cfg(test)]
mod tests;
