//! Sure traces of a legacy encoding in the texts of an article. Where there is none, safe repair leaves doubtful words
//! alone: they are names and typing errors more often than legacy text.

use super::detect::Class;
use super::word::{Word, cut_lines};
use super::{normalize, screen, vni_line};
use crate::text::html_to_text;
use std::borrow::Cow;
use std::cell::OnceCell;

/// The encodings that left sure traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Words with a sign inside that only TCVN3 has there (`lµnh`).
    pub tcvn3: usize,
    /// Words that are Vietnamese as they stand and nothing else (`được`).
    pub unicode: usize,
    /// A word with a pair of letters that only VNI has (`hoäi`).
    pub vni: bool,
}

/// Sure words after which an article is taken for TCVN3 from its first line to its last.
const MANY: usize = 10;

impl Traces {
    /// The traces in lines of words.
    pub fn of(lines: &[Vec<Word<'_>>]) -> Self {
        let count = |class| lines.iter().flatten().filter(|w| w.finding.class == class).count();
        Self {
            tcvn3: count(Class::Strong),
            unicode: count(Class::Unicode),
            vni: lines.iter().any(|line| vni_line::is_traced(line)),
        }
    }

    /// These traces and those.
    pub fn and(self, other: Self) -> Self {
        Self {
            tcvn3: self.tcvn3 + other.tcvn3,
            unicode: self.unicode + other.unicode,
            vni: self.vni || other.vni,
        }
    }

    /// Returns true if the article is TCVN3 but for a line here and there, such as a title typed anew.
    pub fn is_tcvn3_throughout(self) -> bool {
        self.tcvn3 >= MANY && self.tcvn3 >= MANY * self.unicode
    }

    fn in_text(text: &str) -> Self {
        let plain = match text.contains(['<', '&']) {
            true => Cow::Owned(html_to_text(text)),
            false => Cow::Borrowed(text),
        };
        if !screen::needs_a_look(&plain) {
            return Self::default();
        }
        let composed = [normalize::compose(&plain).map_or(plain, Cow::Owned)];
        Self::of(&cut_lines(&composed, true))
    }
}

/// The texts of an article, and their traces once somebody has asked: most articles have no word to ask for.
#[derive(Debug, Default)]
pub struct Article<'a> {
    texts: Vec<&'a str>,
    found: OnceCell<Traces>,
}

impl<'a> Article<'a> {
    /// An article of these texts, plain or HTML.
    pub fn of(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self { texts: texts.into_iter().collect(), found: OnceCell::new() }
    }

    /// The traces in its texts.
    pub fn traces(&self) -> Traces {
        let join = |found: Traces, text: &&str| found.and(Traces::in_text(text));
        *self.found.get_or_init(|| self.texts.iter().fold(Traces::default(), join))
    }
}
