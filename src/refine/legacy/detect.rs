use super::token::Token;
use crate::text::vietnamese::syllable;
use crate::text::vietnamese::tcvn3;

/// What a word looks like by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Letters that only Unicode has, or a syllable as it stands: never touched.
    Unicode,
    /// ASCII letters only: says nothing.
    Plain,
    /// Neither Vietnamese nor legacy: never touched.
    Foreign,
    /// TCVN3 with a symbol inside, or a capital after a small letter (`phÝ`).
    Strong,
    /// TCVN3 with letters that Vietnamese does not have (`ñ`, `ß`, `Ø`).
    Weak,
    /// Vietnamese letters that are no syllable as they stand, and one when decoded (`víi`).
    Invalid,
    /// One when the lost ư is put back (`thíc`).
    LostHorn,
    /// A syllable both ways (`phóc`): only beside converted words.
    Both,
    /// Decodes to a rare syllable, or could be something else: only near converted words.
    Rare,
    /// ASCII that is one when a lost ư is put back (`trng`): only beside converted words.
    PlainLostHorn,
    /// VNI.
    Vni,
}

/// A word's class and what it would become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it looks like.
    pub class: Class,
    /// What it would become, if anything.
    pub candidate: Option<String>,
    /// Whether the candidate needed a lost ư.
    pub horn: bool,
}

impl Finding {
    fn none(class: Class) -> Self {
        Self { class, candidate: None, horn: false }
    }
}

/// How often a syllable must occur before a weak word is converted alone.
pub const COMMON: u32 = 20;

/// Foreign words that decode to a common syllable (Swedish, Norwegian, French, Hungarian).
const FOREIGN: &str = " bång cíp dån háa häng håi hån høa høng lät lång løa män mät mång nåi nøt \
    råi søt trä trän träng trång tréi tån vît ";

/// Whether a word is a foreign one that must not be converted alone.
pub fn is_foreign_word(word: &str) -> bool {
    FOREIGN.contains(&format!(" {} ", word.to_lowercase()))
}

/// The class of one word; `kept` says that its line kept its ư somewhere, so none was lost.
pub fn classify(token: &Token<'_>, kept: bool) -> Finding {
    let word = token.text;
    if word.is_ascii() {
        return Finding::none(Class::Plain);
    }
    if token.at_digit() {
        return Finding::none(Class::Foreign);
    }
    if word.chars().any(only_unicode) {
        return Finding::none(Class::Unicode);
    }
    if !word.chars().all(|c| c.is_ascii() || tcvn3::decode(c).is_some()) {
        return Finding::none(Class::Foreign);
    }
    let as_it_stands = syllable::is_syllable(word) && !capital_after_small(word);
    match best_candidate(word, kept) {
        Some(best) => weigh(token, best, as_it_stands),
        None if as_it_stands => Finding::none(Class::Unicode),
        None => Finding::none(Class::Foreign),
    }
}

/// A letter that is Vietnamese in Unicode and that TCVN3 text never shows.
fn only_unicode(c: char) -> bool {
    let mark = matches!(c, '\u{300}'..='\u{323}');
    mark || (!c.is_ascii() && syllable::code(c) != 0 && tcvn3::decode(c).is_none())
}

/// Small ASCII letter then a capital beyond ASCII: nobody writes `phÝ`.
fn capital_after_small(word: &str) -> bool {
    let small = word.chars().map(|c| c.is_ascii_lowercase());
    let capital = word.chars().skip(1).map(|c| matches!(c, 'À'..='Þ') && c != '×');
    small.zip(capital).any(|(small, capital)| small && capital)
}

struct Candidate {
    text: String,
    count: u32,
    horn: bool,
}

/// The most frequent syllable that the word may be in TCVN3.
fn best_candidate(word: &str, kept: bool) -> Option<Candidate> {
    let direct = read(word, false);
    if (kept && direct.is_some()) || word.contains(tcvn3::LOST) {
        return direct;
    }
    let horns = word.char_indices().filter(|(_, c)| "êëìíî¬".contains(*c));
    let with_horn = horns.filter_map(|(at, _)| {
        let (head, tail) = word.split_at_checked(at)?;
        read(&format!("{head}{}{tail}", tcvn3::LOST), true)
    });
    with_horn.chain(direct).max_by_key(|c| (c.count, !c.horn))
}

/// The word decoded, if that is one plausibly cased syllable.
fn read(word: &str, horn: bool) -> Option<Candidate> {
    let text: String = word.chars().map(|c| tcvn3::decode(c).unwrap_or(c)).collect();
    let count = syllable::lookup(syllable::Key::of(&text))?;
    let text = match (syllable::is_well_cased(&text), drawn_in_capitals(word)) {
        (true, _) => text,
        (false, true) => text.to_uppercase(),
        (false, false) => return None,
    };
    Some(Candidate { text, count, horn })
}

/// The fonts whose names end in H draw small letters as capitals: the word's ASCII letters tell.
fn drawn_in_capitals(word: &str) -> bool {
    let mut ascii = word.chars().filter(char::is_ascii_alphabetic);
    let count = ascii.clone().count();
    let all = ascii.all(|c| c.is_ascii_uppercase());
    all && (count >= 2 || (count == 1 && word.chars().count() == 2))
}

fn weigh(token: &Token<'_>, best: Candidate, as_it_stands: bool) -> Finding {
    let class = class_of(token, &best, as_it_stands);
    let candidate = (!matches!(class, Class::Unicode | Class::Foreign)).then_some(best.text);
    Finding { class, candidate, horn: best.horn }
}

fn class_of(token: &Token<'_>, best: &Candidate, as_it_stands: bool) -> Class {
    let word = token.text;
    let letters: Vec<char> = word.chars().collect();
    let symbols = letters.iter().filter(|c| tcvn3::is_symbol(**c)).count();
    let alien = letters.iter().any(|c| !tcvn3::is_symbol(*c) && syllable::code(*c) == 0);
    let vietnamese = symbols == 0 && !alien;
    if letters.len() >= 2 && best.count > 0 && starts_like_d(&letters) {
        return Class::Strong;
    }
    if !letters.iter().any(char::is_ascii) {
        return if letters.len() <= 2 { Class::Both } else { Class::Foreign };
    }
    if unit_or_note(&letters) {
        return Class::Rare;
    }
    if symbol_within(&letters)
        || ((best.count > 0 || letters.len() > 2) && capital_after_small(word))
    {
        return Class::Strong;
    }
    let lost_alone = best.horn && !as_it_stands && vietnamese;
    if best.count == 0 && !lost_alone {
        return if as_it_stands { Class::Unicode } else { Class::Rare };
    }
    if symbols > 0 {
        return if doubtful_symbols(&letters) && !alien { Class::Rare } else { Class::Strong };
    }
    match (alien, as_it_stands) {
        (true, _) => joined(token, Class::Weak),
        (false, true) => Class::Both,
        (false, false) if best.horn => joined(token, Class::LostHorn),
        (false, false) => joined(token, Class::Invalid),
    }
}

/// `píc-níc`, `l’été`: a word joined to another is not converted alone.
fn joined(token: &Token<'_>, class: Class) -> Class {
    if token.joined() { Class::Rare } else { class }
}

/// `®` begins no word in clean text, `§` none that goes on with a symbol's neighbor.
fn starts_like_d(letters: &[char]) -> bool {
    match letters {
        ['®', ..] => true,
        ['§', next, ..] => !tcvn3::is_symbol(*next),
        _ => false,
    }
}

/// `b¹n`: a symbol that never stands between letters in clean text.
fn symbol_within(letters: &[char]) -> bool {
    letters.windows(3).any(|three| match three {
        [before, symbol, after] => {
            let hard =
                tcvn3::is_symbol(*symbol) && !"«»·\u{AD}\u{2212}\u{2219}¬ª".contains(*symbol);
            hard && before.is_ascii() && after.is_ascii()
        }
        _ => false,
    })
}

/// `µm`, `¥n`, `Mª`, `H¹`, `L·`: a unit, a price, an ordinal, a footnote or a separator as soon as a legacy word.
fn unit_or_note(letters: &[char]) -> bool {
    match letters {
        ['µ', ..] => letters.len() <= 3,
        ['¢' | '£' | '¤' | '¥', _] => true,
        [first, 'ª' | '¹' | '·' | '∙' | '®' | '©'] => first.is_ascii_uppercase(),
        _ => false,
    }
}

/// Quotation marks, dashes and soft hyphens at an edge, or a minus sign anywhere in a short word.
fn doubtful_symbols(letters: &[char]) -> bool {
    let symbols: Vec<char> = letters.iter().copied().filter(|c| tcvn3::is_symbol(*c)).collect();
    let edge = |set: &str| {
        let all = symbols.iter().all(|c| set.contains(*c));
        let at = |c: Option<&char>| c.is_some_and(|c| set.contains(*c));
        all && (at(letters.first()) || at(letters.last()))
    };
    let dot_first = matches!(letters.first(), Some('·' | '\u{2219}'));
    dot_first || edge("«»") || edge("\u{AD}\u{2212}")
}

/// An ASCII word with its lost ư put back, if that makes a common syllable (`trng` is `trưng`).
pub fn put_horn_into_plain(word: &str) -> Option<String> {
    let small = word.len() >= 2 && word.len() <= 6 && word.chars().all(|c| c.is_ascii_lowercase());
    if !small || syllable::is_syllable(word) {
        return None;
    }
    let tries = (1..=word.len()).filter_map(|at| {
        let (head, tail) = word.split_at_checked(at)?;
        let text = format!("{head}ư{tail}");
        Some((syllable::count(&text), text)).filter(|(count, _)| *count >= COMMON)
    });
    tries.max().map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::super::token;
    use super::*;

    fn class(text: &str) -> (Class, Option<String>) {
        let mut tokens = Vec::new();
        token::cut(text, 0, true, &mut tokens);
        let found = classify(&tokens[0], false);
        (found.class, found.candidate)
    }

    #[test]
    fn each_kind_of_word_has_its_class() {
        for (text, expected, becomes) in [
            ("lµnh", Class::Strong, "lành"),
            ("§Ò", Class::Strong, "Đề"),
            ("CHÝNH", Class::Invalid, "CHÍNH"),
            ("chñ", Class::Weak, "chủ"),
            ("tØnh", Class::Strong, "tỉnh"),
            ("víi", Class::Invalid, "với"),
            ("héi", Class::Invalid, "hội"),
            ("cÊp", Class::Strong, "cấp"),
            ("thíc", Class::LostHorn, "thước"),
            ("phóc", Class::Both, "phúc"),
            ("NGHÜA", Class::Weak, "NGHĨA"),
        ] {
            let (class, candidate) = class(text);
            assert_eq!((class, candidate.as_deref()), (expected, Some(becomes)), "{text}");
        }
    }

    #[test]
    fn what_is_none_stays() {
        for text in ["ông", "São", "Müller", "café", "Windows®", "Straße", "Niño", "m³", "a·b"]
        {
            assert_eq!(class(text).1, None, "{text}");
        }
        for text in ["µm", "Mª", "H¹", "níc-níc"] {
            assert_eq!(class(text).0, Class::Rare, "{text}");
        }
    }

    #[test]
    fn plain_words_get_their_horn_back() {
        assert_eq!(put_horn_into_plain("trng").as_deref(), Some("trưng"));
        assert_eq!(put_horn_into_plain("thanh"), None);
    }
}
