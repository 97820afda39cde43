use std::sync::LazyLock;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// Words in one shingle.
const SHINGLE: usize = 3;
/// FNV-1a, 64 bits. It must never change, because the views store the hashes.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// The longest entity, as in `&amp;`.
const ENTITY: usize = 10;

/// The words of a plain text as numbers, the same for `Hoà` and `hòa`.
pub fn words(text: &str) -> Vec<u64> {
    let mut row = Row::default();
    text.chars().for_each(|c| row.push(c));
    row.done()
}

/// The words of HTML that we cleaned; tags and entities separate words.
pub fn words_of_html(html: &str) -> Vec<u64> {
    let mut row = Row::default();
    each_char(html, |c| row.push(c));
    row.done()
}

/// The text of HTML that we cleaned, with a space for each tag and entity.
pub fn text_of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    each_char(html, |c| text.push(c));
    text
}

fn each_char(html: &str, mut each: impl FnMut(char)) {
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '<' => rest.find('>').map_or(rest.len(), |end| end + 1),
            '&' => entity(rest),
            c => c.len_utf8(),
        };
        each(if matches!(c, '<' | '&') { ' ' } else { c });
        rest = rest.get(skipped..).unwrap_or_default();
    }
}

/// The length of the entity at the start of a text; 1 if there is none.
fn entity(text: &str) -> usize {
    let end = text.bytes().take(ENTITY).position(|b| b == b';');
    end.map_or(1, |end| end + 1)
}

/// A row of words as one number; 0 stands for no words.
pub fn hash_of(words: &[u64]) -> u64 {
    let hash = words.iter().fold(BASIS, |hash, word| mixed(hash, *word));
    if words.is_empty() { 0 } else { hash.max(1) }
}

/// The phrases of three words, sorted, each once; a shorter text is one phrase.
pub fn shingles(words: &[u64]) -> Vec<u64> {
    let mut all: Vec<u64> = match words.len() {
        0 => Vec::new(),
        1..SHINGLE => vec![hash_of(words)],
        _ => words.windows(SHINGLE).map(hash_of).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all
}

/// How many phrases two sorted lists have in common.
pub fn common(a: &[u64], b: &[u64]) -> usize {
    let (mut a, mut b, mut count) = (a.iter().peekable(), b.iter().peekable(), 0);
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => _ = a.next(),
            std::cmp::Ordering::Greater => _ = b.next(),
            std::cmp::Ordering::Equal => {
                count += 1;
                a.next();
                b.next();
            }
        }
    }
    count
}

fn mixed(hash: u64, number: u64) -> u64 {
    let hash = (hash ^ number).wrapping_mul(PRIME);
    hash ^ hash >> 29
}

/// Calls `each` with the parts of a character: in lower case and decomposed.
fn each_part(c: char, mut each: impl FnMut(char)) {
    c.to_lowercase().for_each(|lower| decompose_canonical(lower, &mut each));
}

/// The role of a part in a word.
enum Part {
    Tone,
    Letter,
    End,
}

impl Part {
    fn of(c: char) -> Self {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => Self::Tone,
            c if c.is_alphanumeric() || is_combining_mark(c) => Self::Letter,
            _ => Self::End,
        }
    }
}

/// A Latin letter decomposed: the letter, its mark, its tone; 0 for none.
#[derive(Clone, Copy, Default)]
struct Folded([u32; 3]);

/// The Latin letters beyond ASCII that Vietnamese and its neighbors are written with.
const LATIN: [std::ops::Range<u32>; 2] = [0xc0..0x250, 0x1e00..0x1f00];
const SECOND: u32 = LATIN[0].end - LATIN[0].start;

impl Folded {
    /// The table's entry of a letter; `None` for other characters, and for letters of more parts.
    #[inline]
    fn of(c: char) -> Option<&'static Self> {
        static TABLE: LazyLock<Vec<Folded>> = LazyLock::new(|| {
            LATIN
                .into_iter()
                .flatten()
                .map(|c| Folded::taken_apart(c).unwrap_or_default())
                .collect()
        });
        let code = u32::from(c);
        let [first, second] = LATIN;
        let at = match code {
            _ if first.contains(&code) => code - first.start,
            _ if second.contains(&code) => code - second.start + SECOND,
            _ => return None,
        };
        TABLE.get(at as usize).filter(|folded| folded.0[0] != 0)
    }

    fn taken_apart(code: u32) -> Option<Self> {
        let mut folded = Self::default();
        let mut fits = true;
        each_part(char::from_u32(code)?, |part| {
            let place = match Part::of(part) {
                Part::Tone => 2,
                Part::Letter if folded.0[0] == 0 => 0,
                Part::Letter => 1,
                Part::End => return fits = false,
            };
            fits &= folded.0[place] == 0;
            folded.0[place] = part.into();
        });
        fits.then_some(folded)
    }
}

/// Collects words character by character.
#[derive(Default)]
struct Row {
    words: Vec<u64>,
    hash: u64,
    tone: u64,
    letters: usize,
}

impl Row {
    fn push(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            return self.letter(c.to_ascii_lowercase().into());
        }
        if c.is_ascii() {
            return self.end();
        }
        match Folded::of(c) {
            Some(folded) => self.folded(folded),
            None => each_part(c, |part| self.plain(part)),
        }
    }

    fn folded(&mut self, folded: &Folded) {
        let [letter, mark, tone] = folded.0;
        if letter != 0 {
            self.letter(letter);
        }
        if mark != 0 {
            self.letter(mark);
        }
        if tone != 0 {
            self.tone = tone.into();
        }
    }

    /// Takes one letter, figure or mark; anything else ends the word.
    fn plain(&mut self, c: char) {
        match Part::of(c) {
            Part::Tone => self.tone = c.into(),
            Part::Letter => self.letter(c.into()),
            Part::End => self.end(),
        }
    }

    fn letter(&mut self, c: u32) {
        let before = if self.letters == 0 { BASIS } else { self.hash };
        self.hash = (before ^ u64::from(c)).wrapping_mul(PRIME);
        self.letters += 1;
    }

    fn end(&mut self) {
        if self.letters > 0 {
            self.words.push(mixed(self.hash, self.tone));
        }
        (self.letters, self.tone) = (0, 0);
    }

    fn done(mut self) -> Vec<u64> {
        self.end();
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_written_in_many_ways_is_one_row() {
        let row = words("Tỉnh Hòa Bình: thủy điện, 12 hồ");
        for other in [
            "TỈNH HOÀ BÌNH – thuỷ điện (12) hồ",
            "Ti\u{309}nh Ho\u{300}a Bi\u{300}nh thu\u{309}y đie\u{323}\u{302}n 12 ho\u{302}\u{300}",
            "tỉnh\u{a0}hòa\nbình “thủy” điện… 12 hồ.",
        ] {
            assert_eq!(words(other), row, "{other}");
        }
        let html = "<p class=\"a\">Tỉnh <b>Hòa</b>&nbsp;Bình:</p><p>thủy điện, 12&amp;hồ</p>";
        assert_eq!(words_of_html(html), row);
    }

    #[test]
    fn other_words_are_others() {
        for (a, b) in
            [("ma", "má"), ("má", "mà"), ("hoa", "hòa"), ("dê", "de"), ("đa", "da"), ("12", "21")]
        {
            assert_ne!(words(a), words(b), "{a} {b}");
        }
        assert_ne!(hash_of(&words("a b")), hash_of(&words("b a")));
        assert_eq!(hash_of(&[]), 0);
        assert_eq!(words_of_html("<p>&#1234567890123"), words("1234567890123"));
        assert!(words_of_html("<p").is_empty());
    }

    /// Views keep these numbers, so the table must give the same as decomposing each character.
    #[test]
    fn the_table_says_what_taking_apart_says() {
        let mut beyond_ascii = 0;
        for c in (0..0x3000).chain(0xfe00..0x10000).filter_map(char::from_u32) {
            let (mut fast, mut slow) = (Row::default(), Row::default());
            for row in [&mut fast, &mut slow] {
                row.plain('x');
            }
            fast.push(c);
            each_part(c, |part| slow.plain(part));
            assert_eq!(fast.done(), slow.done(), "{c:?}");
            beyond_ascii += usize::from(Folded::of(c).is_some());
        }
        assert!(beyond_ascii > 500, "{beyond_ascii}");
    }

    #[test]
    fn shingles_are_counted_once() {
        let a = shingles(&words("một hai ba bốn một hai ba"));
        assert_eq!(a.len(), 4);
        assert_eq!(common(&a, &shingles(&words("hai ba bốn năm"))), 1);
        assert_eq!(shingles(&words("một")).len(), 1);
        assert!(shingles(&[]).is_empty());
    }
}
