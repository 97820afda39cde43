use super::abbreviation::expand_abbreviations;
use super::detect::{self, COMMON, Class};
use super::neighbors::{Reach, draw_capitals, grow, grow_plain};
use super::traces::Traces;
use super::vni_line;
use super::word::{Word, Words};
use crate::model::RepairMode;
use crate::text::vietnamese::syllable;

/// Decides on every word of a line. `traces` are those of the whole article.
pub fn decide(line: &mut [Word<'_>], mode: RepairMode, words: Words<'_>, traces: Traces) {
    if vni_line::convert(line, mode, words, traces.vni) {
        return;
    }
    seed(line, words, mode, traces);
    let reach = match mode {
        RepairMode::Safe if !legacy_throughout(line) => Reach::Sure,
        _ => Reach::Far,
    };
    grow(line, words, reach);
    if !line.iter().any(|w| w.token.text.contains(['\u{AD}', '\u{2212}'])) {
        grow_plain(line, words, reach);
    }
    draw_capitals(line);
    if traces.tcvn3 > 0 {
        expand_abbreviations(line, words, ['§', '®'], Class::Strong);
    }
}

/// Converts the words that need no neighbor.
fn seed(line: &mut [Word<'_>], words: Words<'_>, mode: RepairMode, traces: Traces) {
    let foreign = looks_foreign(line);
    let proof = Proof::of(line, foreign, mode, traces.tcvn3 > 0);
    let throughout = traces.is_tcvn3_throughout() && !foreign && !has_unicode(line);
    for word in line.iter_mut().filter(|word| word.finding.candidate.is_some()) {
        let text = word.token.text;
        if Words::lists(words.deny, text) {
            word.reason = "denied by the source";
        } else if Words::lists(words.allow, text) {
            word.convert("allowed by the source");
        } else if throughout && word.finding.class != Class::Rare {
            word.convert("its article is TCVN3 throughout");
        } else {
            match stands_out(word, foreign) {
                Ok(reason) if proof.covers(word) => word.convert(reason),
                Ok(_) => word.reason = "no sure trace of TCVN3 around it",
                Err(reason) => word.reason = reason,
            }
        }
    }
}

/// Why a word is TCVN3 by itself, or why it is not.
fn stands_out(word: &Word<'_>, foreign: bool) -> Result<&'static str, &'static str> {
    let Some(candidate) = &word.finding.candidate else { return Err("nothing to convert") };
    let common = syllable::count(candidate) >= COMMON || word.finding.class == Class::LostHorn;
    match word.finding.class {
        Class::Strong => Ok("a symbol inside and a syllable when decoded"),
        Class::Weak | Class::Invalid | Class::LostHorn => {
            if foreign {
                Err("foreign words around it")
            } else if word.token.text.chars().count() < 3 || !common {
                Err("too short or too rare to convert alone")
            } else if detect::is_foreign_word(word.token.text) {
                Err("a known foreign word")
            } else {
                Ok("no syllable as it stands, a common one when decoded")
            }
        }
        Class::Both => Err("a syllable both ways, no converted neighbor"),
        _ => Err("rare or doubtful, no converted neighbor"),
    }
}

/// Which words without a symbol are believed to be TCVN3. `Níc` and `thíc` are names and typing errors as often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// None: nothing around them is surely TCVN3.
    Nothing,
    /// Those that are no names, since there is TCVN3 elsewhere in the line or article.
    SmallWords,
    /// All: the line is TCVN3 throughout, or the source wants it so.
    Everything,
}

impl Proof {
    fn of(line: &[Word<'_>], foreign: bool, mode: RepairMode, traced: bool) -> Self {
        let is_strong = |w: &Word<'_>| w.finding.class == Class::Strong;
        let small = |w: &&Word<'_>| stands_out(w, foreign).is_ok() && !w.is_title_case();
        let many = line.iter().filter(small).count();
        let weak = line.iter().filter(small).any(|w| w.finding.class == Class::Weak);
        let unicode = has_unicode(line);
        let strong = line.iter().any(is_strong);
        let enough = strong || many >= 3 || many == 2 && (weak || traced);
        match (mode, !unicode && enough) {
            (RepairMode::Safe, true) => Self::Everything,
            (RepairMode::Safe, false) if strong || traced => Self::SmallWords,
            (RepairMode::Safe, false) => Self::Nothing,
            _ => Self::Everything,
        }
    }

    fn covers(self, word: &Word<'_>) -> bool {
        match self {
            _ if word.finding.class == Class::Strong => true,
            Self::Nothing => false,
            Self::SmallWords => !word.is_title_case(),
            Self::Everything => true,
        }
    }
}

/// Returns true if a line has more foreign words than legacy ones, as a line in another language has.
fn looks_foreign(line: &[Word<'_>]) -> bool {
    let legacy = [Class::Strong, Class::Weak, Class::Invalid, Class::LostHorn];
    let is_foreign = |w: &&Word<'_>| {
        let letters = w.token.text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        w.finding.class == Class::Foreign && letters && !w.token.at_digit()
    };
    let foreign = line.iter().filter(is_foreign).count();
    let unicode = line.iter().filter(|w| w.finding.class == Class::Unicode).count();
    let own = line.iter().filter(|w| legacy.contains(&w.finding.class)).count();
    foreign > unicode && foreign >= own
}

/// Returns true for a line without Unicode words and with words that are surely legacy: there a doubtful word is legacy too.
fn legacy_throughout(line: &[Word<'_>]) -> bool {
    let strong = line.iter().any(|w| w.converted && w.finding.class == Class::Strong);
    let seeds = line.iter().filter(|w| w.converted).count();
    !has_unicode(line) && (strong || seeds >= 2)
}

/// Returns true if a line has a word that is Vietnamese as it stands and nothing else.
fn has_unicode(line: &[Word<'_>]) -> bool {
    line.iter().any(|w| w.finding.class == Class::Unicode)
}
