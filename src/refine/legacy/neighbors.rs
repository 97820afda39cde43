use super::detect::{self, COMMON, Class};
use super::word::{Word, Words};
use crate::text::vietnamese::syllable;

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
                word.convert(reason);
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
        Class::LostHorn if reach == Reach::Sure && word.is_title_case() => {
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
pub fn grow_plain(line: &mut [Word<'_>], words: Words<'_>, reach: Reach) {
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
            word.convert("no syllable without ư, between converted words");
        }
    }
}

/// `X·` between words in capitals is a capital too.
pub fn draw_capitals(line: &mut [Word<'_>]) {
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
