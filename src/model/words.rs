//! A text as a row of words for comparing: without markup, case, punctuation, and wherever its tones are placed.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// Words that one shingle holds: a phrase of three says more than its words.
const SHINGLE: usize = 3;
/// FNV-1a, 64 bits: the same on every machine and in every version, since views keep what follows from it.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// Characters of an entity at most, as in `&amp;`.
const ENTITY: usize = 10;

/// The words of a plain text, each as a number that is the same for `Hoà` and `hòa`.
pub fn words(text: &str) -> Vec<u64> {
    let mut row = Row::default();
    text.chars().for_each(|c| row.push(c));
    row.done()
}

/// The words of an HTML text that we cleaned ourselves: its tags and entities part words and are none.
pub fn words_of_html(html: &str) -> Vec<u64> {
    let mut row = Row::default();
    each_char(html, |c| row.push(c));
    row.done()
}

/// An HTML text that we cleaned ourselves, without its tags and entities.
pub fn text_of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    each_char(html, |c| text.push(c));
    text
}

/// The characters of an HTML text; a space for each tag and each entity.
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

/// The bytes of the entity at the start of a text; 1 where there is none.
fn entity(text: &str) -> usize {
    let end = text.bytes().take(ENTITY).position(|b| b == b';');
    end.map_or(1, |end| end + 1)
}

/// The row as one number; 0 stands for no words.
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

/// One more number in a hash.
fn mixed(hash: u64, number: u64) -> u64 {
    let hash = (hash ^ number).wrapping_mul(PRIME);
    hash ^ hash >> 29
}

/// Words as they are read, character by character.
#[derive(Default)]
struct Row {
    words: Vec<u64>,
    hash: u64,
    tone: u64,
    letters: usize,
}

impl Row {
    fn push(&mut self, c: char) {
        if c.is_ascii() {
            return self.plain(c.to_ascii_lowercase());
        }
        for lower in c.to_lowercase() {
            decompose_canonical(lower, |part| self.plain(part));
        }
    }

    /// One letter, figure or mark; anything else ends the word.
    fn plain(&mut self, c: char) {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => self.tone = c.into(),
            c if c.is_alphanumeric() || is_combining_mark(c) => {
                let before = if self.letters == 0 { BASIS } else { self.hash };
                self.hash = (before ^ u64::from(c)).wrapping_mul(PRIME);
                self.letters += 1;
            }
            _ => self.end(),
        }
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

    #[test]
    fn shingles_are_counted_once() {
        let a = shingles(&words("một hai ba bốn một hai ba"));
        assert_eq!(a.len(), 4);
        assert_eq!(common(&a, &shingles(&words("hai ba bốn năm"))), 1);
        assert_eq!(shingles(&words("một")).len(), 1);
        assert!(shingles(&[]).is_empty());
    }
}
