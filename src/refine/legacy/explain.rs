use super::detect::Class;
use super::word::Word;
use super::{Settings, glued, normalize, run};
use crate::model::RepairMode;
use crate::text::vietnamese::syllable;
use std::borrow::Cow;
use std::fmt;

/// What was decided on one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The word as it stands.
    pub token: String,
    /// Where in the (composed) text, in bytes.
    pub offset: usize,
    /// What it looks like: `strong`, `weak`, `invalid`, `lost-horn`, `both`, `rare`, `vni`, `glued` and so on.
    pub class: &'static str,
    /// What it would become.
    pub candidate: Option<String>,
    /// `convert`, `leave` or `flag`.
    pub decision: &'static str,
    /// Why.
    pub reason: &'static str,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6}  {:<7} {}", self.offset, self.decision, self.token)?;
        if let Some(candidate) = &self.candidate {
            write!(f, " -> {candidate}")?;
        }
        write!(f, "  [{}] {}", self.class, self.reason)
    }
}

/// Every decision on a text's words, save on those that are plainly Unicode or ASCII.
pub fn explain(text: &str, settings: Settings<'_>) -> Vec<Decision> {
    let composed = [normalize::compose(text).map_or(Cow::Borrowed(text), Cow::Owned)];
    let vietnamese = syllable::has_vietnamese_letters(text);
    let words = run::weigh(&composed, settings, true);
    words.iter().filter_map(|word| decision(word, settings.mode, vietnamese)).collect()
}

fn decision(word: &Word<'_>, mode: RepairMode, vietnamese: bool) -> Option<Decision> {
    let text = word.token.text;
    let made = |class, candidate, decision, reason| {
        let (token, offset) = (text.to_owned(), word.token.start);
        Some(Decision { token, offset, class, candidate, decision, reason })
    };
    let change = if mode == RepairMode::Report { "flag" } else { "convert" };
    let candidate = word.finding.candidate.clone();
    if candidate.is_some() {
        let decision = if word.converted { change } else { "leave" };
        return made(name(word.finding.class), candidate, decision, word.reason);
    }
    if let Some(right) = normalize::right_d(text, vietnamese) {
        return made("look-alike", Some(right), change, "not the Vietnamese Đ");
    }
    if let Some(suggestion) = glued::suggestion(text) {
        return made("glued", Some(suggestion), "flag", "common syllables without a space");
    }
    let foreign = word.finding.class == Class::Foreign;
    let reason = if word.token.at_digit() { "beside a figure" } else { "decodes to no syllable" };
    if foreign { made("foreign", None, "leave", reason) } else { None }
}

fn name(class: Class) -> &'static str {
    match class {
        Class::Unicode => "unicode",
        Class::Plain => "plain",
        Class::Foreign => "foreign",
        Class::Strong => "strong",
        Class::Weak => "weak",
        Class::Invalid => "invalid",
        Class::LostHorn => "lost-horn",
        Class::Both => "both",
        Class::Rare => "rare",
        Class::PlainLostHorn => "plain-lost-horn",
        Class::Vni => "vni",
    }
}
