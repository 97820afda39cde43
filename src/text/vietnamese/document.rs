//! Whether the bytes of a whole document are Vietnamese in an encoding of before Unicode, and their text.
//!
//! The test is strict: nearly every word with a byte beyond ASCII must be a Vietnamese syllable in that encoding,
//! many of them common ones, and none of them a syllable as windows-1252. Short texts, fragments in a document of
//! another encoding, and TCVN3 that lost its ư stay as they are: `refine` repairs those word by word.

use super::syllable::{self, is_well_cased};
use super::vni;
use crate::text::codepages;
use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;
use std::collections::HashSet;

/// How many different words must support an encoding, and how many different letters beyond ASCII in them.
const ENOUGH: usize = 6;
/// The most syllables that a TCVN3 text without ư may have.
const WITHOUT_HORN: usize = 40;
/// The most words that are weighed; more would not change the answer.
const WEIGHED: usize = 20_000;
/// How often a common syllable occurs.
const COMMON: u32 = 20;

struct Encoding {
    /// The name that is reported, and the label of its code page; without a page it shows as windows-1252.
    name: &'static str,
    /// Whether a byte beyond ASCII is read with the code page.
    is_letter: fn(u8) -> bool,
    /// Reads a word that has a letter beyond ASCII; the second argument is the same bytes in windows-1252.
    read: for<'w> fn(&'w str, &'w str) -> Option<Cow<'w, str>>,
    /// A further condition.
    fits: fn(&Weight) -> bool,
}

const ENCODINGS: [Encoding; 4] = [
    Encoding { name: "tcvn3", is_letter: is_tcvn3_letter, read: read_tcvn3, fits: fits_tcvn3 },
    Encoding {
        name: "vps",
        is_letter: |_| true,
        read: |word, _| Some(word.into()),
        fits: |_| true,
    },
    Encoding {
        name: "viscii",
        is_letter: |_| true,
        read: |word, _| Some(word.into()),
        fits: |_| true,
    },
    Encoding { name: "vni", is_letter: |_| true, read: read_vni, fits: |_| true },
];

/// The text and the encoding's name, if the whole document is in one of these encodings.
pub fn decode_document(bytes: &[u8]) -> Option<(String, &'static str)> {
    if bytes.is_ascii() {
        return None;
    }
    // A word that is split by an entity is not weighed whole, so each counts more than a foreign word.
    let halves = 3 * count_entities_of_letters(bytes);
    let latin = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    ENCODINGS.iter().find_map(|encoding| {
        let text = encoding.characters(bytes, &latin);
        let weight = encoding.weigh(&text, &latin, halves);
        encoding.is_spoken(&weight).then(|| (encoding.spell(&text, &latin), encoding.name))
    })
}

impl Encoding {
    fn characters<'t>(&self, bytes: &[u8], latin: &'t str) -> Cow<'t, str> {
        let Some(page) = codepages::find(self.name) else { return Cow::Borrowed(latin) };
        let all: Vec<u8> = (0..=255).collect();
        let table: Vec<char> = page.decode(&all).0.chars().collect();
        let own = |byte: u8| {
            let letter = !byte.is_ascii() && (self.is_letter)(byte);
            table.get(usize::from(byte)).copied().filter(|_| letter)
        };
        bytes.iter().zip(latin.chars()).map(|(&byte, latin)| own(byte).unwrap_or(latin)).collect()
    }

    /// Weighs the words that have a letter beyond ASCII and at least two letters.
    fn weigh(&self, text: &str, latin: &str, halves: usize) -> Weight {
        let mut weight = Weight { foreign: halves, ..Weight::default() };
        let words = runs(text, latin).filter(|(word, _)| is_word(word));
        for (word, latin) in words.filter(|(word, _)| word.chars().nth(1).is_some()).take(WEIGHED) {
            weight.add(word, (self.read)(word, latin), latin);
        }
        weight
    }

    fn is_spoken(&self, weight: &Weight) -> bool {
        let telling = weight.telling.len();
        let nearly_all = weight.foreign * 10 <= weight.syllables;
        let many = telling >= ENOUGH && weight.letters.len() >= ENOUGH;
        many && nearly_all && weight.common * 2 >= telling && (self.fits)(weight)
    }

    /// Reads the whole document; a word that is none in this encoding stays.
    fn spell(&self, text: &str, latin: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (run, latin) in runs(text, latin) {
            let word = Some(run).filter(|run| is_word(run)).and_then(|run| (self.read)(run, latin));
            out.push_str(word.as_deref().unwrap_or(run));
        }
        out
    }
}

/// The runs of letters and of other characters, each with the same bytes in windows-1252.
fn runs<'t>(text: &'t str, latin: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let (mut text, mut latin) = (text, latin);
    std::iter::from_fn(move || {
        let letters = text.chars().next()?.is_alphabetic();
        let end = text.find(|c: char| c.is_alphabetic() != letters).unwrap_or(text.len());
        let (run, rest) = text.split_at_checked(end)?;
        let end = latin.char_indices().nth(run.chars().count()).map_or(latin.len(), |(at, _)| at);
        let (beside, after) = latin.split_at_checked(end)?;
        (text, latin) = (rest, after);
        Some((run, beside))
    })
}

/// Whether a run is a word with a letter beyond ASCII.
fn is_word(run: &str) -> bool {
    !run.is_ascii() && run.starts_with(char::is_alphabetic)
}

/// Reads a VNI word that was decoded as windows-1252.
fn read_vni<'w>(word: &'w str, _: &'w str) -> Option<Cow<'w, str>> {
    vni::read(word).map(|reading| Cow::Owned(reading.text))
}

/// Reads a TCVN3 word: in capitals where its font draws them; a sign that stands alone is no letter.
fn read_tcvn3<'w>(word: &'w str, latin: &'w str) -> Option<Cow<'w, str>> {
    if matches!(latin, "€" | "©" | "·" | "»") {
        return Some(latin.into());
    }
    let mut ascii = word.chars().filter(char::is_ascii).peekable();
    let capitals = ascii.peek().is_some() && ascii.all(|c| c.is_ascii_uppercase());
    let drawn = capitals && !is_well_cased(word);
    Some(if drawn { word.to_uppercase().into() } else { word.into() })
}

/// Whether a byte beyond ASCII may be a letter of TCVN3: typographic signs, no-break space and `°±²³´` are none.
fn is_tcvn3_letter(byte: u8) -> bool {
    let typographic = matches!(byte, 0x82 | 0x84 | 0x85 | 0x8b | 0x91..=0x97 | 0x99 | 0x9b);
    !typographic && !matches!(byte, 0xa0 | 0xb0..=0xb4)
}

/// TCVN3 has signs amid the letters of its words, and an ư unless it is short.
fn fits_tcvn3(weight: &Weight) -> bool {
    let lost = !weight.horn && (weight.foreign > 0 || weight.syllables > WITHOUT_HORN);
    !lost && weight.signs * 4 >= weight.telling.len()
}

/// How many entities stand for letters or signs that TCVN3 has bytes for: `b&igrave;nh` is no TCVN3 document.
fn count_entities_of_letters(bytes: &[u8]) -> usize {
    const HARMLESS: &[&str] = &[
        "amp", "apos", "bull", "copy", "gt", "hellip", "laquo", "ldquo", "lsquo", "lt", "mdash",
        "nbsp", "ndash", "quot", "raquo", "rdquo", "rsquo",
    ];
    let names = bytes.split(|b| *b == b'&').skip(1).filter_map(|after| {
        let after = after.strip_prefix(b"amp;").unwrap_or(after);
        let end = after.iter().take(8).position(|b| *b == b';')?;
        std::str::from_utf8(after.get(..end)?).ok()
    });
    let letter = |name: &&str| match name.strip_prefix('#') {
        Some(digits) => digits.parse().is_ok_and(|point: u32| (0xa1..=0xff).contains(&point)),
        None => name.bytes().all(|b| b.is_ascii_alphanumeric()) && !HARMLESS.contains(name),
    };
    names.filter(letter).count()
}

/// What the words of a document show.
#[derive(Default)]
struct Weight {
    syllables: usize,
    /// Words that are no syllables.
    foreign: usize,
    /// Whether one of the syllables has an ư.
    horn: bool,
    /// Different syllables that are no syllables in windows-1252, and how many of them are common.
    telling: HashSet<String>,
    common: usize,
    /// Those with a sign amid the letters in windows-1252: `lµnh`, `m¹nh`.
    signs: usize,
    /// Their letters beyond ASCII.
    letters: HashSet<char>,
}

impl Weight {
    fn add(&mut self, word: &str, read: Option<Cow<'_, str>>, latin: &str) {
        let is_syllable = |text: &Cow<'_, str>| is_well_cased(text) && syllable::is_syllable(text);
        let Some(text) = read.filter(is_syllable) else {
            // An abbreviation in capitals, as `QĐ`, shows nothing.
            let short = word.chars().count() < 7 && !word.chars().any(char::is_lowercase);
            self.foreign += usize::from(!short);
            return;
        };
        self.syllables += 1;
        self.horn |= word.contains('ư');
        if !syllable::is_syllable(latin) && !self.telling.contains(&*text) {
            self.common += usize::from(syllable::count(&text) >= COMMON);
            let sign = |c: char| matches!(c, '§'..='¾' | '×' | '÷');
            self.signs += usize::from(latin.contains(sign));
            self.letters.extend(word.chars().filter(|c| !c.is_ascii()));
            self.telling.insert(text.into_owned());
        }
    }
}
