use super::abbreviation::expand_abbreviations;
use super::detect::{self, COMMON, Class, Finding};
use super::token::Token;
use super::traces::Traces;
use super::vni_line;
use crate::model::RepairMode;
use crate::text::vietnamese::syllable;

/// One word with what was found and what was decided.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    /// The word.
    pub token: Token<'a>,
    /// What it looks like, and what it would become.
    pub finding: Finding,
    /// Whether it is converted.
    pub converted: bool,
    /// Why it is, or why not.
    pub reason: &'static str,
}

/// Words that are always or never converted, in their broken form and lower case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    /// Always, where they decode to a syllable at all.
    pub allow: &'a [String],
    /// Never.
    pub deny: &'a [String],
}

impl Words<'_> {
    /// Returns true if a word is one of a list.
    pub fn lists(list: &[String], word: &str) -> bool {
        !list.is_empty() && {
            let word = word.to_lowercase();
            list.iter().any(|listed| listed.to_lowercase() == word)
        }
    }
}

/// The words of a line, each weighed alone.
pub fn classify(tokens: Vec<Token<'_>>) -> Vec<Word<'_>> {
    let kept = tokens.iter().any(|t| t.text.contains(['\u{AD}', '\u{2212}']));
    let word = |token| {
        let finding = detect::classify(&token, kept);
        Word { token, finding, converted: false, reason: "nothing to convert" }
    };
    tokens.into_iter().map(word).collect()
}

/// Decides on every word of a line. `traces` are those of the whole article.
pub fn decide(line: &mut [Word<'_>], mode: RepairMode, words: Words<'_>, traces: Traces) {
    if vni_line::convert(line, mode, words, traces.vni) {
        return;
    }
    seed(line, words, mode, traces.tcvn3);
    let reach = match mode {
        RepairMode::Safe if !legacy_throughout(line) => Reach::Sure,
        _ => Reach::Far,
    };
    grow(line, words, reach);
    if !line.iter().any(|w| w.token.text.contains(['\u{AD}', '\u{2212}'])) {
        grow_plain(line, words, reach);
    }
    draw_capitals(line);
    if traces.tcvn3 {
        expand_abbreviations(line, words, ['§', '®'], Class::Strong);
    }
}

/// Marks a word as one that is converted.
pub fn convert(word: &mut Word<'_>, reason: &'static str) {
    (word.converted, word.reason) = (true, reason);
}

/// Converts the words that need no neighbor.
fn seed(line: &mut [Word<'_>], words: Words<'_>, mode: RepairMode, traced: bool) {
    let foreign = looks_foreign(line);
    let proof = Proof::of(line, foreign, mode, traced);
    for word in line.iter_mut().filter(|word| word.finding.candidate.is_some()) {
        let text = word.token.text;
        if Words::lists(words.deny, text) {
            word.reason = "denied by the source";
        } else if Words::lists(words.allow, text) {
            convert(word, "allowed by the source");
        } else {
            match stands_out(word, foreign) {
                Ok(reason) if proof.covers(word) => convert(word, reason),
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
        let small = |w: &&Word<'_>| stands_out(w, foreign).is_ok() && !is_title_case(w.token.text);
        let many = line.iter().filter(small).count();
        let weak = line.iter().filter(small).any(|w| w.finding.class == Class::Weak);
        let unicode = line.iter().any(|w| w.finding.class == Class::Unicode);
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
            Self::SmallWords => !is_title_case(word.token.text),
            Self::Everything => true,
        }
    }
}

/// Returns true for a word that is written as names are.
fn is_title_case(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase)
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
    let unicode = line.iter().any(|w| w.finding.class == Class::Unicode);
    !unicode && (strong || seeds >= 2)
}

/// How much proof is needed to convert a word that is Vietnamese as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Converted words on both sides; where one is, two of them in a row or no Vietnamese beside it, and what it
    /// says as it stands is far rarer.
    Sure,
    /// One converted word beside it.
    Far,
}

/// Converts neighbors of converted words until nothing changes, forwards and backwards in turn.
pub fn grow(line: &mut [Word<'_>], words: Words<'_>, reach: Reach) {
    for pass in 0..8 {
        let mut changed = false;
        for step in 0..line.len() {
            let at = if pass % 2 == 0 { step } else { line.len() - 1 - step };
            let reason = grows(line, at, words, reach);
            if let (Some(reason), Some(word)) = (reason, line.get_mut(at)) {
                convert(word, reason);
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

fn grows(line: &[Word<'_>], at: usize, words: Words<'_>, reach: Reach) -> Option<&'static str> {
    let word = line.get(at).filter(|w| !w.converted)?;
    let candidate = word.finding.candidate.as_deref()?;
    if Words::lists(words.deny, word.token.text) {
        return None;
    }
    match word.finding.class {
        // `anh Níc` two words from legacy text is a name still.
        Class::LostHorn if reach == Reach::Sure && is_title_case(word.token.text) => {
            let touches = beside(line, at).into_iter().flatten().any(|w| w.converted);
            touches.then_some("beside a converted word")
        }
        Class::Weak | Class::Invalid | Class::LostHorn | Class::Rare => {
            near(line, at).then_some("near a converted word")
        }
        Class::Both => both_ways(line, at, candidate, reach).then_some("beside a converted word"),
        _ => None,
    }
}

/// A converted word within two words on the same line, no Unicode word between.
fn near(line: &[Word<'_>], at: usize) -> bool {
    let forward = line.iter().skip(at + 1).take(2);
    let backward = line.iter().take(at).rev().take(2);
    let mut broken = false;
    let ahead = forward
        .take_while(|w| !w.token.new_line)
        .take_while(|w| w.finding.class != Class::Unicode)
        .any(|w| w.converted);
    let behind = !line.get(at).is_some_and(|w| w.token.new_line)
        && backward
            .take_while(|w| !std::mem::replace(&mut broken, w.token.new_line))
            .take_while(|w| w.finding.class != Class::Unicode)
            .any(|w| w.converted);
    ahead || behind
}

/// The word before and the word after, on the same line.
fn beside<'l, 'a>(line: &'l [Word<'a>], at: usize) -> [Option<&'l Word<'a>>; 2] {
    let here = line.get(at);
    let left = at.checked_sub(1).and_then(|i| line.get(i));
    let right = line.get(at + 1).filter(|w| !w.token.new_line);
    [left.filter(|_| here.is_some_and(|w| !w.token.new_line)), right]
}

/// Two converted words in a row, before or after.
fn beside_two(line: &[Word<'_>], at: usize) -> bool {
    let told = |at: usize| line.get(at).is_some_and(|w| w.converted);
    let same_line = |at: usize| line.get(at).is_some_and(|w| !w.token.new_line);
    let after = told(at + 1) && told(at + 2) && same_line(at + 1) && same_line(at + 2);
    let before = at >= 2 && told(at - 1) && told(at - 2) && same_line(at) && same_line(at - 1);
    after || before
}

fn both_ways(line: &[Word<'_>], at: usize, candidate: &str, reach: Reach) -> bool {
    let sides = beside(line, at);
    let converted = sides.iter().flatten().filter(|w| w.converted).count();
    let unicode = sides.iter().flatten().any(|w| w.finding.class == Class::Unicode);
    let decoded = syllable::count(candidate);
    let as_is = line.get(at).map_or(0, |w| syllable::count(w.token.text));
    match (converted, reach) {
        (0, _) => false,
        (2, _) => decoded >= as_is,
        (_, Reach::Far) => (!unicode && decoded >= as_is) || decoded >= 5 * as_is + 5,
        (_, Reach::Sure) => {
            let told = !unicode || beside_two(line, at);
            told && as_is < COMMON && decoded >= COMMON + 20 * as_is
        }
    }
}

/// ASCII words that lost their ư, between converted words or without any vowel beside one.
fn grow_plain(line: &mut [Word<'_>], words: Words<'_>, reach: Reach) {
    for at in 0..line.len() {
        let Some(word) = line.get(at).filter(|w| w.finding.class == Class::Plain) else { continue };
        let text = word.token.text;
        let converted = beside(line, at).into_iter().flatten().filter(|w| w.converted).count();
        let vowel = text.contains(['a', 'e', 'i', 'o', 'u', 'y']);
        let alone = !vowel && (reach == Reach::Far || beside_two(line, at));
        let sure = converted == 2 || (converted == 1 && alone);
        if !sure || word.token.at_digit() || Words::lists(words.deny, text) {
            continue;
        }
        let candidate = detect::put_horn_into_plain(text);
        if let (Some(candidate), Some(word)) = (candidate, line.get_mut(at)) {
            word.finding.class = Class::PlainLostHorn;
            (word.finding.candidate, word.finding.horn) = (Some(candidate), true);
            convert(word, "no syllable without ư, between converted words");
        }
    }
}

/// `X·` between words in capitals is a capital too.
fn draw_capitals(line: &mut [Word<'_>]) {
    for at in 0..line.len() {
        let Some(word) = line.get(at).filter(|w| w.converted) else { continue };
        let Some(candidate) = word.finding.candidate.as_deref() else { continue };
        let mut ascii = word.token.text.chars().filter(char::is_ascii_alphabetic);
        let one_capital = ascii.next().is_some_and(|c| c.is_ascii_uppercase());
        let title = candidate.chars().any(char::is_lowercase);
        let sides = beside(line, at).map(|side| side.is_none_or(in_capitals));
        let some = beside(line, at).into_iter().flatten().any(in_capitals);
        if one_capital && ascii.next().is_none() && title && some && sides == [true, true] {
            let upper = candidate.to_uppercase();
            if let Some(word) = line.get_mut(at) {
                word.finding.candidate = Some(upper);
            }
        }
    }
}

fn in_capitals(word: &Word<'_>) -> bool {
    let shown = word.finding.candidate.as_deref().filter(|_| word.converted);
    let shown = shown.unwrap_or(word.token.text);
    shown.chars().count() > 1 && !shown.chars().any(char::is_lowercase)
}
