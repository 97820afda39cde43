//! The VNI-Windows (`VNI-Times`) font encoding as it shows when its bytes are read as Latin-1:
//! a plain vowel followed by a letter that draws its mark (`oä` is ộ).
//!
//! The pairs are facts of the fonts. Whole documents are read with it here, single words by refine.

use crate::text::vietnamese::syllable::VOWELS;

/// Mark letters after a plain vowel that draw only a tone.
const TONES: [(char, char, usize); 5] =
    [('Ù', 'ù', 2), ('Ø', 'ø', 1), ('Û', 'û', 3), ('Õ', 'õ', 4), ('Ï', 'ï', 5)];
/// Mark letters that draw a circumflex with a tone.
const HATS: [(char, char, usize); 6] =
    [('Â', 'â', 0), ('Á', 'á', 2), ('À', 'à', 1), ('Å', 'å', 3), ('Ã', 'ã', 4), ('Ä', 'ä', 5)];
/// Mark letters that draw a breve with a tone, after `a` only.
const BREVES: [(char, char, usize); 6] =
    [('Ê', 'ê', 0), ('É', 'é', 2), ('È', 'è', 1), ('Ú', 'ú', 3), ('Ü', 'ü', 4), ('Ë', 'ë', 5)];
/// Letters that stand for one letter alone, and those letters.
const ALONE: [&str; 2] = ["ÑñÍíÌìÆæÓóÒòÎîÔôÖö", "ĐđÍíÌìỈỉĨĩỊịỴỵƠơƯư"];

/// A word read as VNI: what it says, and how sure its spelling makes that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The word in Unicode.
    pub text: String,
    /// How many vowel and mark pairs it has.
    pub pairs: usize,
    /// Whether one of them is a pair that French and its relatives do not write (`oä`, `aõ`, `uû`).
    pub strong: bool,
}

/// A word read as VNI, `None` if some letter of it has no place in that encoding.
pub fn read(word: &str) -> Option<Reading> {
    let mut reading = Reading { text: String::new(), pairs: 0, strong: false };
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let mark = letters.peek().and_then(|mark| marked(letter, *mark));
        if let (Some(whole), Some(mark)) = (mark, letters.next_if(|_| mark.is_some())) {
            reading.text.push(whole);
            reading.pairs += 1;
            reading.strong |= "ØøÛûÕõÄäÅåÃãÀà".contains(mark);
        } else {
            reading.text.push(alone(letter)?);
        }
    }
    (reading.text != word).then_some(reading)
}

fn alone(letter: char) -> Option<char> {
    if letter.is_ascii() {
        return Some(letter);
    }
    let [from, to] = ALONE.map(str::chars);
    from.zip(to).find(|(from, _)| *from == letter).map(|(_, to)| to)
}

/// The letter that a vowel and a mark draw together.
fn marked(vowel: char, mark: char) -> Option<char> {
    let row = match vowel.to_ascii_lowercase() {
        'a' => 0,
        'e' => 3,
        'o' => 6,
        'ô' | 'Ô' => 8,
        'u' => 9,
        'ö' | 'Ö' => 10,
        'y' => 11,
        _ => return None,
    };
    let find = |table: &[(char, char, usize)]| {
        table.iter().find(|m| m.0 == mark || m.1 == mark).map(|m| m.2)
    };
    let hat = matches!(row, 0 | 3 | 6);
    let lower = if let Some(tone) = find(&TONES) {
        VOWELS[row][tone]
    } else if let (true, Some(tone)) = (hat, find(&HATS)) {
        VOWELS[if row == 0 { 2 } else { row + 1 }][tone]
    } else if let (0, Some(tone)) = (row, find(&BREVES)) {
        VOWELS[1][tone]
    } else {
        return None;
    };
    Some(if vowel.is_uppercase() { capital(lower) } else { lower })
}

fn capital(letter: char) -> char {
    letter.to_uppercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_and_lone_letters() {
        for (from, to) in [
            ("Ñaûng", "Đảng"),
            ("nhaân", "nhân"),
            ("nöôùc", "nước"),
            ("VIEÄT", "VIỆT"),
            ("nghóa", "nghĩa"),
            ("ñaëc", "đặc"),
            ("tröôøng", "trường"),
            ("kyõ", "kỹ"),
            ("thò", "thị"),
        ] {
            assert_eq!(read(from).map(|r| r.text).as_deref(), Some(to), "{from}");
        }
        assert_eq!(read("plain"), None);
        assert_eq!(read("São"), None);
        assert!(!read("naïf").unwrap().strong);
    }
}
