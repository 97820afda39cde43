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
    /// A word with a sign inside that only TCVN3 has there (`lµnh`).
    pub tcvn3: bool,
    /// A word with a pair of letters that only VNI has (`hoäi`).
    pub vni: bool,
}

impl Traces {
    /// The traces in lines of words.
    pub fn of(lines: &[Vec<Word<'_>>]) -> Self {
        let is_tcvn3 = |w: &Word<'_>| w.finding.class == Class::Strong;
        Self {
            tcvn3: lines.iter().flatten().any(is_tcvn3),
            vni: lines.iter().any(|line| vni_line::is_traced(line)),
        }
    }

    /// These traces and those.
    pub fn and(self, other: Self) -> Self {
        Self { tcvn3: self.tcvn3 || other.tcvn3, vni: self.vni || other.vni }
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
