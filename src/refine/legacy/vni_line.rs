use super::abbreviation::expand_abbreviations;
use super::detect::{COMMON, Class, Finding};
use super::neighbors::{Reach, grow};
use super::word::{Word, Words};
use crate::model::RepairMode;
use crate::text::vietnamese::{syllable, vni};

/// Tries a line as VNI. Returns true where VNI explains more of it than TCVN3 does. `traced` says that the article has
/// sure traces of VNI.
pub fn convert(line: &mut [Word<'_>], mode: RepairMode, words: Words<'_>, traced: bool) -> bool {
    let readings: Vec<_> = line.iter().map(reading_of).collect();
    if !traced && readings.iter().all(Option::is_none) {
        return false;
    }
    let sure = sure_words(line, &readings, mode, traced);
    let good = readings.iter().flatten().filter(|r| r.pairs > 0 && !r.stands).count();
    // `Soá` is a syllable, but one that nobody writes.
    let rare =
        |word: &str, r: &Reading| syllable::count(word) == 0 && syllable::count(&r.text) >= COMMON;
    let is_own = |(w, r): (&Word<'_>, &Option<Reading>)| {
        r.as_ref().is_some_and(|r| !r.stands || rare(w.token.text, r))
    };
    let own = line.iter().zip(&readings).any(is_own);
    let is_vni = traced && own || sure.contains(&true) && !is_rivaled(line, good);
    if !is_vni || looks_foreign(line, &readings) {
        if traced {
            expand_abbreviations(line, words, ['Ñ', 'ñ'], Class::Vni);
        }
        return false;
    }
    let throughout = is_throughout(line, &readings);
    let near_sure = |at: usize| sure.iter().skip(at.saturating_sub(2)).take(5).any(|sure| *sure);
    for (at, reading) in readings.into_iter().enumerate() {
        let Some(word) = line.get_mut(at) else { continue };
        // What VNI cannot read is not TCVN3 either in such a line.
        let Some(reading) = reading else {
            word.finding.candidate = None;
            continue;
        };
        let class = if reading.stands { Class::Both } else { Class::Vni };
        word.finding = Finding { class, candidate: Some(reading.text), horn: false };
        if Words::lists(words.deny, word.token.text) {
            word.reason = "denied by the source";
        } else if throughout {
            word.convert("VNI throughout the line");
        } else if !reading.stands && (near_sure(at) || good >= 4) {
            word.convert("vowel and mark pairs, a syllable when decoded as VNI");
        } else {
            word.reason = "too little VNI around it";
        }
    }
    grow(line, words, Reach::Far);
    for word in line.iter_mut().filter(|w| w.converted) {
        word.finding.class = Class::Vni;
    }
    expand_abbreviations(line, words, ['Ñ', 'ñ'], Class::Vni);
    true
}

/// Returns true if a line has a word that is surely VNI.
pub fn is_traced(line: &[Word<'_>]) -> bool {
    let readings: Vec<_> = line.iter().map(reading_of).collect();
    let sure = sure_words(line, &readings, RepairMode::Safe, false);
    let good = readings.iter().flatten().filter(|r| r.pairs > 0 && !r.stands).count();
    sure.contains(&true) && !is_rivaled(line, good) && !looks_foreign(line, &readings)
}

/// A word as VNI.
struct Reading {
    text: String,
    pairs: usize,
    /// One of its pairs is none of French and its relatives.
    strong: bool,
    /// One of its letters is none of Vietnamese either.
    alien: bool,
    /// The word is a syllable as it stands.
    stands: bool,
}

/// The word in VNI, if that is one syllable.
fn reading_of(word: &Word<'_>) -> Option<Reading> {
    let text = word.token.text;
    let french = matches!(text.to_lowercase().as_str(), "loïc" | "laïc" | "thaï" | "taï");
    if text.is_ascii() || word.token.at_digit() || text.chars().count() > 12 || french {
        return None;
    }
    let vni::Reading { text: read, pairs, strong } = vni::read(text)?;
    let syllable = syllable::is_syllable(&read) && syllable::is_well_cased(&read);
    let alien = text.contains(['ä', 'å', 'ø', 'û', 'Ä', 'Å', 'Ø', 'Û']);
    let stands = syllable::is_syllable(text);
    syllable.then_some(Reading { text: read, pairs, strong, alien, stands })
}

/// Which words are VNI by themselves. `à`, `ã` and `õ` are typing errors as often, so that in a safe repair one of them
/// proves nothing alone; in a full one, and where the article has traces, pairs that French has too are proof enough
/// beside Vietnamese letters.
fn sure_words(
    line: &[Word<'_>],
    readings: &[Option<Reading>],
    mode: RepairMode,
    traced: bool,
) -> Vec<bool> {
    let vietnamese = line.iter().any(|w| syllable::has_vietnamese_letters(w.token.text));
    let is_safe = mode == RepairMode::Safe && !traced;
    let strong = readings.iter().flatten().filter(|r| r.strong && !r.stands).count();
    let told = |r: &Reading| match is_safe {
        true => r.strong && (r.alien || strong >= 2),
        false => r.strong || (vietnamese || traced) && r.pairs > 0,
    };
    let long = |r: &Reading| r.text.chars().count() >= if r.strong { 2 } else { 3 };
    let common = |r: &Reading| syllable::count(&r.text) >= COMMON;
    let is_sure = |r: &Reading| told(r) && long(r) && common(r) && !r.stands;
    readings.iter().map(|reading| reading.as_ref().is_some_and(is_sure)).collect()
}

/// Returns true if TCVN3 explains as many words as VNI.
fn is_rivaled(line: &[Word<'_>], good: usize) -> bool {
    let tcvn3 = [Class::Strong, Class::Weak, Class::Invalid, Class::LostHorn];
    let rivals = line.iter().filter(|w| tcvn3.contains(&w.finding.class)).count();
    good < rivals || (good == rivals && good < 2)
}

/// Returns true if no word of a line is Vietnamese in Unicode only: then a word that reads both ways is VNI too.
fn is_throughout(line: &[Word<'_>], readings: &[Option<Reading>]) -> bool {
    let is_unicode = |word: &Word<'_>| {
        !word.token.text.is_ascii()
            && (word.finding.class == Class::Unicode || syllable::is_syllable(word.token.text))
    };
    // `trình` is written alike in both.
    let same =
        |word: &Word<'_>| !word.token.text.contains(|c: char| !c.is_ascii() && !"ÍíÌì".contains(c));
    !line.iter().zip(readings).any(|(w, reading)| reading.is_none() && is_unicode(w) && !same(w))
}

/// More words beyond ASCII that VNI cannot explain than words that it can.
fn looks_foreign(line: &[Word<'_>], readings: &[Option<Reading>]) -> bool {
    let unexplained = line.iter().zip(readings).filter(|(word, reading)| {
        // `HÑND` is none that counts.
        let small = word.token.text.contains(char::is_lowercase);
        let foreign = word.finding.class == Class::Foreign && !word.token.at_digit();
        reading.is_none() && foreign && small
    });
    let explained = readings.iter().flatten().filter(|r| !r.stands).count();
    unexplained.count() > explained
}
