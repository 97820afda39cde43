//! Decides which words of a line are converted: first those that are sure by themselves, then their neighbors.

use super::detect::{self, COMMON, Class, Finding};
use super::token::Token;
use crate::model::RepairMode;
use crate::text::vietnamese::syllable;
use crate::text::vietnamese::vni;

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
    fn lists(list: &[String], word: &str) -> bool {
        !list.is_empty() && {
            let word = word.to_lowercase();
            list.iter().any(|listed| listed.to_lowercase() == word)
        }
    }
}

/// Decides on every word of a paragraph.
pub fn decide<'a>(tokens: Vec<Token<'a>>, mode: RepairMode, words: Words<'_>) -> Vec<Word<'a>> {
    let kept = tokens.iter().any(|t| t.text.contains(['\u{AD}', '\u{2212}']));
    let mut line: Vec<Word<'a>> = tokens
        .into_iter()
        .map(|token| {
            let finding = detect::classify(&token, kept);
            Word { token, finding, converted: false, reason: "nothing to convert" }
        })
        .collect();
    if as_vni(&mut line, words) {
        return line;
    }
    seed(&mut line, words);
    let reach = match mode {
        RepairMode::Safe if !legacy_throughout(&line) => Reach::Sure,
        _ => Reach::Far,
    };
    grow(&mut line, words, reach);
    if !kept {
        grow_plain(&mut line, words, reach);
    }
    draw_capitals(&mut line);
    line
}

fn convert(word: &mut Word<'_>, reason: &'static str) {
    (word.converted, word.reason) = (true, reason);
}

fn seed(line: &mut [Word<'_>], words: Words<'_>) {
    let foreign = looks_foreign(line);
    for word in line.iter_mut() {
        let Some(candidate) = &word.finding.candidate else { continue };
        let common = syllable::count(candidate) >= COMMON || word.finding.class == Class::LostHorn;
        let text = word.token.text;
        if Words::lists(words.deny, text) {
            word.reason = "denied by the source";
        } else if Words::lists(words.allow, text) {
            convert(word, "allowed by the source");
        } else {
            match word.finding.class {
                Class::Strong => convert(word, "a symbol inside and a syllable when decoded"),
                Class::Weak | Class::Invalid | Class::LostHorn => {
                    if foreign {
                        word.reason = "foreign words around it";
                    } else if text.chars().count() < 3 || !common {
                        word.reason = "too short or too rare to convert alone";
                    } else if detect::is_foreign_word(text) {
                        word.reason = "a known foreign word";
                    } else {
                        convert(word, "no syllable as it stands, a common one when decoded");
                    }
                }
                Class::Both => word.reason = "a syllable both ways, no converted neighbor",
                _ => word.reason = "rare or doubtful, no converted neighbor",
            }
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
    let unicode = line.iter().any(|w| w.finding.class == Class::Unicode);
    !unicode && (strong || seeds >= 2)
}

/// How much proof is needed to convert a word that is Vietnamese as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Converted words on both sides; where one is, two of them in a row or no Vietnamese beside it, and what it
    /// says as it stands is far rarer.
    Sure,
    /// One converted word beside it.
    Far,
}

/// Converts neighbors of converted words until nothing changes, forwards and backwards in turn.
fn grow(line: &mut [Word<'_>], words: Words<'_>, reach: Reach) {
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

/// Tries the paragraph as VNI; `true` where VNI explains more of it than TCVN3 does.
fn as_vni(line: &mut [Word<'_>], words: Words<'_>) -> bool {
    let readings: Vec<_> = line.iter().map(vni_reading).collect();
    if readings.iter().all(Option::is_none) {
        return false;
    }
    let vietnamese = line.iter().any(|w| syllable::has_vietnamese_letters(w.token.text));
    let sure = |reading: &&VniWord| reading.sure(vietnamese);
    let sure: Vec<bool> = readings.iter().map(|r| r.as_ref().filter(sure).is_some()).collect();
    let good = readings.iter().flatten().filter(|r| r.pairs > 0 && !r.stands).count();
    let tcvn3 = [Class::Strong, Class::Weak, Class::Invalid, Class::LostHorn];
    let rivals = line.iter().filter(|w| tcvn3.contains(&w.finding.class)).count();
    let beaten = good < rivals || (good == rivals && good < 2);
    if beaten || !sure.contains(&true) || looks_foreign_to_vni(line, &readings) {
        return false;
    }
    let near_sure = |at: usize| sure.iter().skip(at.saturating_sub(2)).take(5).any(|sure| *sure);
    for (at, reading) in readings.into_iter().enumerate() {
        let (Some(reading), Some(word)) = (reading, line.get_mut(at)) else { continue };
        let class = if reading.stands { Class::Both } else { Class::Vni };
        word.finding = Finding { class, candidate: Some(reading.text), horn: false };
        if Words::lists(words.deny, word.token.text) {
            word.reason = "denied by the source";
        } else if !reading.stands && (near_sure(at) || good >= 4) {
            convert(word, "vowel and mark pairs, a syllable when decoded as VNI");
        } else {
            word.reason = "too little VNI around it";
        }
    }
    grow(line, words, Reach::Far);
    for word in line.iter_mut().filter(|w| w.converted) {
        word.finding.class = Class::Vni;
    }
    true
}

/// A word as VNI.
struct VniWord {
    text: String,
    pairs: usize,
    strong: bool,
    stands: bool,
}

impl VniWord {
    /// Returns true if the word is VNI by itself. In a line with Vietnamese letters, marks that French has too are proof enough.
    fn sure(&self, vietnamese: bool) -> bool {
        let long = self.text.chars().count() >= if self.strong { 2 } else { 3 };
        let told = self.strong || (vietnamese && self.pairs > 0);
        told && long && !self.stands && syllable::count(&self.text) >= COMMON
    }
}

/// The word in VNI, if that is one syllable; a lone letter must not already stand as one.
fn vni_reading(word: &Word<'_>) -> Option<VniWord> {
    let text = word.token.text;
    let french = matches!(text.to_lowercase().as_str(), "loïc" | "laïc" | "thaï" | "taï");
    if text.is_ascii() || word.token.at_digit() || text.chars().count() > 12 || french {
        return None;
    }
    let reading = vni::read(text)?;
    let syllable = syllable::is_syllable(&reading.text) && syllable::is_well_cased(&reading.text);
    let stands = syllable::is_syllable(text);
    let vni::Reading { text, pairs, strong } = reading;
    syllable.then_some(VniWord { text, pairs, strong, stands })
}

/// More words beyond ASCII that VNI cannot explain than words that it can.
fn looks_foreign_to_vni(line: &[Word<'_>], readings: &[Option<VniWord>]) -> bool {
    let unexplained = line.iter().zip(readings).filter(|(word, reading)| {
        reading.is_none() && word.finding.class == Class::Foreign && !word.token.at_digit()
    });
    let explained = readings.iter().flatten().filter(|r| !r.stands).count();
    unexplained.count() > explained
}
