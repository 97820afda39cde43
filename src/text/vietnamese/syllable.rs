//! Which spellings are Vietnamese syllables: onset × rhyme × tone, and how common each one is.
//!
//! The grammar is derived from the standard orthography; it makes 17,114 spellings, old and new
//! tone placement both counted. A syllable is packed into one `u64` (seven bits a letter, case
//! folded), so a look-up is one probe of a flat table.

use std::sync::LazyLock;

/// Vowels with their six tones: level, grave, acute, hook, tilde, dot.
pub const VOWELS: [[char; 6]; 12] = [
    ['a', 'à', 'á', 'ả', 'ã', 'ạ'],
    ['ă', 'ằ', 'ắ', 'ẳ', 'ẵ', 'ặ'],
    ['â', 'ầ', 'ấ', 'ẩ', 'ẫ', 'ậ'],
    ['e', 'è', 'é', 'ẻ', 'ẽ', 'ẹ'],
    ['ê', 'ề', 'ế', 'ể', 'ễ', 'ệ'],
    ['i', 'ì', 'í', 'ỉ', 'ĩ', 'ị'],
    ['o', 'ò', 'ó', 'ỏ', 'õ', 'ọ'],
    ['ô', 'ồ', 'ố', 'ổ', 'ỗ', 'ộ'],
    ['ơ', 'ờ', 'ớ', 'ở', 'ỡ', 'ợ'],
    ['u', 'ù', 'ú', 'ủ', 'ũ', 'ụ'],
    ['ư', 'ừ', 'ứ', 'ử', 'ữ', 'ự'],
    ['y', 'ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ'],
];
const CONSONANTS: [char; 17] =
    ['b', 'c', 'd', 'đ', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'x'];

/// The code of the first vowel; consonants have lower codes, 0 is no Vietnamese letter.
const FIRST_VOWEL: u8 = 18;
const LOW: usize = 0x1B1;
const HIGH_START: u32 = 0x1EA0;
const HIGH: usize = 0x5A;

struct Codes {
    low: [u8; LOW],
    high: [u8; HIGH],
}

/// Notes the code of a letter and of its capital, which is 32 before it in ASCII and Latin-1, else 1.
const fn put(codes: &mut Codes, letter: char, code: u8) {
    let point = letter as u32;
    let capital = if point < 0x100 { point - 32 } else { point - 1 };
    if point < LOW as u32 {
        codes.low[point as usize] = code;
        codes.low[capital as usize] = code;
    } else {
        codes.high[(point - HIGH_START) as usize] = code;
        codes.high[(capital - HIGH_START) as usize] = code;
    }
}

static CODES: Codes = {
    let mut codes = Codes { low: [0; LOW], high: [0; HIGH] };
    let mut at = 0;
    while at < 72 {
        if at < CONSONANTS.len() {
            put(&mut codes, CONSONANTS[at], at as u8 + 1);
        }
        put(&mut codes, VOWELS[at / 6][at % 6], FIRST_VOWEL + at as u8);
        at += 1;
    }
    codes
};

/// The code of a Vietnamese letter, its case folded; 0 for anything else (`f`, `j`, `w`, `z` too).
#[inline]
pub fn code(letter: char) -> u8 {
    let point = letter as u32;
    if point < LOW as u32 {
        CODES.low[point as usize]
    } else {
        let high = point.wrapping_sub(HIGH_START) as usize;
        CODES.high.get(high).copied().unwrap_or(0)
    }
}

/// The vowel (row of [`VOWELS`]) and tone (0–5) of a letter, if it is a Vietnamese vowel.
pub fn vowel(letter: char) -> Option<(usize, usize)> {
    let code = code(letter).checked_sub(FIRST_VOWEL)? as usize;
    Some((code / 6, code % 6))
}

/// A word packed seven bits a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    pub const EMPTY: Self = Self(0);
    /// The key of a word that cannot be a syllable.
    pub const BROKEN: Self = Self(u64::MAX);

    /// The key with one more letter.
    #[inline]
    pub fn with(self, letter: char) -> Self {
        match code(letter) {
            0 => Self::BROKEN,
            _ if self.0 >> 49 != 0 => Self::BROKEN, // also what is broken already
            code => Self(self.0 << 7 | u64::from(code)),
        }
    }

    /// The key of a word.
    pub fn of(word: &str) -> Self {
        word.chars().fold(Self::EMPTY, Self::with)
    }
}

/// Whether a text has letters that only Vietnamese is written with.
pub fn has_vietnamese_letters(text: &str) -> bool {
    text.chars().any(|c| c > 'ÿ' && code(c) != 0)
}

/// Whether a word (any case, NFC) is spelled as a Vietnamese syllable.
pub fn is_syllable(word: &str) -> bool {
    lookup(Key::of(word)).is_some()
}

/// Whether a word is in lower case, Capitalized or ALL CAPITALS.
pub fn is_well_cased(word: &str) -> bool {
    let small = |c: char| !c.is_uppercase();
    let rest_small = word.chars().skip(1).all(small);
    rest_small || !word.chars().any(char::is_lowercase)
}

/// How often a syllable occurs in 435,000 tokens of state documents; 0 if it is rare or no syllable.
pub fn count(word: &str) -> u32 {
    lookup(Key::of(word)).unwrap_or(0)
}

/// The count of a packed syllable, if the grammar makes it.
#[inline]
pub fn lookup(key: Key) -> Option<u32> {
    INVENTORY.get(key)
}

/// Every syllable that Vietnamese has.
pub fn inventory() -> &'static Inventory {
    &INVENTORY
}

/// Every spelling of the grammar with its count.
static INVENTORY: LazyLock<Inventory> = LazyLock::new(Inventory::build);

/// Syllable, tab, count, from 96 Vietnamese state documents of 2002–2007 (only the counts, no text).
const COUNTS: &str = include_str!("syllable.tsv");

/// The table: keys and their counts. A quarter of a megabyte, so that it stays in the cache.
pub struct Inventory {
    keys: Vec<u64>,
    counts: Vec<u32>,
    len: usize,
}

const SLOTS: usize = 1 << 15;

impl Inventory {
    fn build() -> Self {
        let mut inventory = Self { keys: vec![0; SLOTS], counts: vec![0; SLOTS], len: 0 };
        generate(&mut |word| inventory.insert(Key::of(word)));
        for line in COUNTS.lines().filter(|l| !l.starts_with('#')) {
            let Some((word, count)) = line.split_once('\t') else { continue };
            let slot = inventory.slot(Key::of(word));
            if inventory.keys[slot] != 0 {
                inventory.counts[slot] = count.trim().parse().unwrap_or(0);
            }
        }
        inventory
    }

    fn insert(&mut self, key: Key) {
        let slot = self.slot(key);
        if self.keys[slot] == 0 && key != Key::BROKEN {
            self.keys[slot] = key.0;
            self.len += 1;
        }
    }

    /// The count of a packed syllable, if the grammar makes it.
    #[inline]
    pub fn get(&self, key: Key) -> Option<u32> {
        if key == Key::EMPTY || key == Key::BROKEN {
            return None;
        }
        let slot = self.slot(key);
        (self.keys[slot] == key.0).then(|| self.counts[slot])
    }

    /// The slot of the key, or the empty one where it would go; the table is never full.
    #[inline]
    fn slot(&self, key: Key) -> usize {
        let mut at = (key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 49) as usize;
        while self.keys[at] != 0 && self.keys[at] != key.0 {
            at = (at + 1) % SLOTS;
        }
        at
    }
}

const ONSETS: &str = "b ch c d đ g gh gi h k kh l m n ng ngh nh p ph r s t th tr v x";
const PLAIN: &str = "a ac ach ai am an ang anh ao ap at au ay \
    ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu \
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu \
    o oc oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt \
    u ua uc ui um un ung uôc uôi uôm uôn uông uôt up ut \
    ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu ưm ưn";
const GLIDED: &str = "oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt \
    oe oen oeo oet uân uâng uât uây uê uêch uên uênh uêt uơ uơt \
    uy uya uych uyên uyêt uyn uynh uyp uyt uyu";
const GLIDED_AFTER_LIPS: &str = "oa oai oan uy oay oăn oang uyn uya oe uây uân uê oanh oăng oach \
    oăt uênh oat oac uyt uyên uyêt oăc";
const AFTER_QU: &str = "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt \
    âc âm ân âng ât âu ây e ec em en eng eo et ê êch ên ênh êt êu i ich in inh it iu \
    ơ ơn ơt ôc ôn y ych yên yêt yn ynh yt yu";
const Y_ALONE: &str = "y yêm yên yêng yêt yêu";
const BEFORE_Y: &str = "h k l m s t th v d n x b r đ g nh ch kh tr";

/// Calls `found` with every spelling, some of them twice.
fn generate(found: &mut impl FnMut(&str)) {
    for onset in ONSETS.split(' ').chain([""]) {
        let fits = |rhyme: &&str| plain_fits(onset, rhyme);
        PLAIN.split_whitespace().filter(fits).for_each(|rhyme| spell(onset, rhyme, found));
        let fits = |rhyme: &&str| glided_fits(onset, rhyme);
        GLIDED.split_whitespace().filter(fits).for_each(|rhyme| spell(onset, rhyme, found));
    }
    Y_ALONE.split(' ').for_each(|rhyme| spell("", rhyme, found));
    BEFORE_Y.split(' ').for_each(|onset| spell(onset, "y", found));
    AFTER_QU.split_whitespace().for_each(|rhyme| spell("qu", rhyme, found));
    for rhyme in ["i", "in", "iêng", "iêt", "iêc", "iên", "iêm"] {
        spell("g", rhyme, found);
    }
    for toned in VOWELS[5] {
        found(&format!("g{toned}a"));
    }
}

fn plain_fits(onset: &str, rhyme: &str) -> bool {
    let front = rhyme.starts_with(['e', 'ê', 'i', 'y']);
    match onset {
        "c" | "g" | "ng" => !front,
        "k" | "gh" | "ngh" => front,
        "gi" => !rhyme.starts_with('i'),
        "" => !rhyme.starts_with("iê"),
        _ => true,
    }
}

fn glided_fits(onset: &str, rhyme: &str) -> bool {
    match onset {
        "c" | "k" | "gh" | "ngh" => false,
        "b" | "đ" | "r" | "m" | "v" | "p" | "gi" | "ph" => {
            GLIDED_AFTER_LIPS.split_whitespace().any(|rare| rare == rhyme)
        }
        _ => true,
    }
}

/// Calls `found` with onset and rhyme in every tone that the rhyme takes, placed the new way and the old.
fn spell(onset: &str, rhyme: &str, found: &mut impl FnMut(&str)) {
    let stopped = rhyme.ends_with(['p', 't', 'c']) || rhyme.ends_with("ch");
    let tones: &[usize] = if stopped { &[2, 5] } else { &[0, 1, 2, 3, 4, 5] };
    for &tone in tones {
        for old in [false, true] {
            let at = tone_place(rhyme, old);
            let toned = rhyme.chars().enumerate().map(|(i, letter)| match vowel(letter) {
                Some((row, _)) if i == at => VOWELS[row][tone],
                _ => letter,
            });
            found(&onset.chars().chain(toned).collect::<String>());
        }
    }
}

/// Which letter of a rhyme carries the tone mark.
fn tone_place(rhyme: &str, old: bool) -> usize {
    let letters: Vec<char> = rhyme.chars().collect();
    let vowels: Vec<usize> = (0..letters.len()).filter(|&i| vowel(letters[i]).is_some()).collect();
    let marked = vowels.iter().rev().find(|&&i| !letters[i].is_ascii());
    let closed = vowels.last().is_some_and(|&last| last + 1 < letters.len());
    match (marked, vowels.as_slice()) {
        (Some(&i), _) => i,
        (None, [_, middle, _]) => *middle,
        (None, [.., last]) if closed => *last,
        (None, [_, second]) if !old && matches!(rhyme, "oa" | "oe" | "uy") => *second,
        (None, [first, ..]) => *first,
        (None, []) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_makes_17114_spellings() {
        assert_eq!(INVENTORY.len, 17_114);
    }

    #[test]
    fn knows_syllables_in_both_tone_placements_and_any_case() {
        for word in ["nghiêng", "HOÀ", "hòa", "Thủy", "thuỷ", "quý", "giếng", "gì", "khuỷu", "yêu"]
        {
            assert!(is_syllable(word), "{word}");
        }
        for word in ["phóng", "thước", "uỷ", "lành", "được", "Đắng", "oan", "quốc", "ươm"]
        {
            assert!(is_syllable(word), "{word}");
        }
        for word in ["", "thíc", "víi", "cấpp", "nghúa", "xin chào", "jazz", "Lắk", "hiệuquả"]
        {
            assert!(!is_syllable(word), "{word}");
        }
    }

    #[test]
    fn counts_are_there() {
        assert!(count("Của") > 6_000);
        assert_eq!(count("phớt"), 0);
        assert_eq!(count("wifi"), 0);
    }
}
