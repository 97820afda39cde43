//! Whether bytes without an honest label are TCVN3 (ABC, the `.VnTime` fonts) as a whole, and their text.
//!
//! Strict: nearly every word with a byte beyond ASCII must be a Vietnamese syllable in TCVN3, many of them
//! common ones and none of them one as Latin-1. Short texts, fragments in a document of another encoding,
//! and texts that lost their ư on the way stay as they are: refine repairs those word by word.

use crate::text::codepages;
use crate::text::vietnamese::syllable;
use encoding_rs::WINDOWS_1252;
use std::collections::HashSet;
use std::ops::Range;

/// The encoding's name in `ParsedFeed` and in warnings.
pub const NAME: &str = "tcvn3";

/// How many different words must speak for an encoding, and how many different letters beyond ASCII in them.
pub(super) const ENOUGH: usize = 6;
/// How many words a text may have that has no ư.
const WITHOUT_HORN: usize = 40;
/// How many words are weighed at most: more would not change the answer.
pub(super) const WEIGHED: usize = 20_000;
/// How often a syllable occurs that counts as common.
pub(super) const COMMON: u32 = 20;

/// The text, if the bytes are TCVN3 as a whole.
pub fn whole(bytes: &[u8]) -> Option<String> {
    if bytes.is_ascii() {
        return None;
    }
    let table = Table::new();
    let mut weighed = Weighed::default();
    for range in words(bytes).take(WEIGHED) {
        weighed.add(bytes.get(range).unwrap_or_default(), &table);
    }
    // A word that is half entity is not weighed whole, so each counts more than a foreign word.
    weighed.foreign += 3 * entities_of_letters(bytes);
    weighed.speaks_for_tcvn3().then(|| table.text(bytes))
}

/// What each byte is as a letter of TCVN3 and as windows-1252.
struct Table {
    tcvn3: Vec<char>,
    latin: Vec<char>,
}

impl Table {
    fn new() -> Self {
        let all: Vec<u8> = (0..=255).collect();
        let latin: Vec<char> = all.iter().map(|&byte| latin(byte)).collect();
        let page = codepages::find(NAME).map(|page| page.decode(&all).0).unwrap_or_default();
        let pairs = page.chars().zip(&latin).zip(all);
        let tcvn3 = pairs.map(|((own, &latin), byte)| if is_high(byte) { own } else { latin });
        let tcvn3 = tcvn3.collect();
        Self { tcvn3, latin }
    }

    /// A word in TCVN3, in capitals if its font draws it in capitals.
    fn word(&self, word: &[u8]) -> String {
        let text = spell(&self.tcvn3, word);
        let ascii = || word.iter().filter(|b| b.is_ascii());
        let capitals = ascii().next().is_some() && ascii().all(u8::is_ascii_uppercase);
        if capitals && !well_cased(&text) { text.to_uppercase() } else { text }
    }

    /// A whole document; signs that stand alone are no letters.
    fn text(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len() * 3 / 2);
        let mut done = 0;
        for range in words(bytes) {
            text.push_str(&spell(&self.latin, bytes.get(done..range.start).unwrap_or_default()));
            done = range.end;
            let word = bytes.get(range).unwrap_or_default();
            let sign = matches!(word, [0x80 | 0xa9 | 0xb7 | 0xbb]);
            text.push_str(&if sign { spell(&self.latin, word) } else { self.word(word) });
        }
        text.push_str(&spell(&self.latin, bytes.get(done..).unwrap_or_default()));
        text
    }
}

fn latin(byte: u8) -> char {
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{fffd}')
}

fn spell(table: &[char], word: &[u8]) -> String {
    word.iter().map(|&b| table.get(usize::from(b)).copied().unwrap_or('\u{fffd}')).collect()
}

/// Small, Capitalized or ALL CAPITALS.
pub(super) fn well_cased(word: &str) -> bool {
    let rest_small = word.chars().skip(1).all(|c| !c.is_uppercase());
    rest_small || !word.chars().any(char::is_lowercase)
}

/// Whether a byte beyond ASCII may be a letter: typographic signs, no-break space and `°±²³´` are none.
fn is_high(byte: u8) -> bool {
    let typographic = matches!(byte, 0x82 | 0x84 | 0x85 | 0x8b | 0x91..=0x97 | 0x99 | 0x9b);
    byte >= 0x80 && !typographic && !matches!(byte, 0xa0 | 0xb0..=0xb4)
}

/// Where the words with a letter beyond ASCII stand.
fn words(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let letter = |b: &u8| b.is_ascii_alphabetic() || is_high(*b);
            let start = at + bytes.get(at..)?.iter().position(letter)?;
            let rest = bytes.get(start..)?;
            let end = start + rest.iter().position(|b| !letter(b)).unwrap_or(rest.len());
            at = end;
            if !bytes.get(start..end)?.is_ascii() {
                return Some(start..end);
            }
        }
    })
}

/// How many entities stand for letters or signs that TCVN3 has bytes for: `b&igrave;nh` is no TCVN3 document.
pub(super) fn entities_of_letters(bytes: &[u8]) -> usize {
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

/// What the words of a document say.
#[derive(Default)]
struct Weighed {
    /// Syllables in TCVN3, every occurrence.
    syllables: usize,
    /// Words that are none.
    foreign: usize,
    /// Whether there is an ư.
    horn: bool,
    /// Different syllables that are no syllables as Latin-1, and the common ones among them.
    telling: HashSet<String>,
    common: usize,
    /// Those with a sign amid the letters, as Latin-1 sees them: `lµnh`, `m¹nh`.
    signs: usize,
    /// Their bytes.
    bytes: HashSet<u8>,
}

impl Weighed {
    fn add(&mut self, word: &[u8], table: &Table) {
        let text = table.word(word);
        if !text.chars().any(char::is_lowercase) && text.chars().count() < 7 && word.contains(&0xa7)
            || matches!(word, [_])
        {
            return; // `Q§` is QĐ, and a sign alone says nothing
        }
        if !well_cased(&text) || !syllable::is_syllable(&text) {
            self.foreign += 1;
            return;
        }
        self.syllables += 1;
        self.horn |= word.contains(&0xad);
        let latin = spell(&table.latin, word);
        if !syllable::is_syllable(&latin) && !self.telling.contains(&text) {
            self.common += usize::from(syllable::count(&text) >= COMMON);
            self.signs += usize::from(word.iter().any(|b| matches!(b, 0xa7..=0xbe | 0xd7 | 0xf7)));
            self.bytes.extend(word.iter().filter(|b| !b.is_ascii()));
            self.telling.insert(text);
        }
    }

    fn speaks_for_tcvn3(&self) -> bool {
        let telling = self.telling.len();
        let nearly_all = self.foreign * 10 <= self.syllables;
        let lost = !self.horn && (self.foreign > 0 || self.syllables > WITHOUT_HORN);
        let many = telling >= ENOUGH && self.bytes.len() >= ENOUGH;
        many && nearly_all && !lost && self.common * 2 >= telling && self.signs * 4 >= telling
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::*;

    const LETTERS: &str =
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂĐÊÔƠƯ";
    #[rustfmt::skip]
    const BYTES: [u8; 74] = [
        0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xa8, 0xbb, 0xbc, 0xbd, 0xbe, 0xc6, 0xa9, 0xc7, 0xc8, 0xc9, 0xca, 0xcb,
        0xae, 0xcc, 0xce, 0xcf, 0xd0, 0xd1, 0xaa, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xdc, 0xdd, 0xde,
        0xdf, 0xe1, 0xe2, 0xe3, 0xe4, 0xab, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xac, 0xea, 0xeb, 0xec, 0xed, 0xee,
        0xef, 0xf1, 0xf2, 0xf3, 0xf4, 0xad, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xa1,
        0xa2, 0xa7, 0xa3, 0xa4, 0xa5, 0xa6,
    ];

    const PARAGRAPHS: &[&str] = &[
        "Mưa lớn kéo dài khiến nước sông dâng nhanh, nhiều hộ ven bờ phải dời đồ đạc lên gác; \
         dân quân giúp từng nhà chằng buộc mái tôn, mở rộng lối đi.",
        "Bà con vui mừng đón điện về bản. Từng xóm nhỏ sáng đèn, trẻ em học bài đến khuya, người \
         già nghe đài; cán bộ QĐ-UB và NĐ-CP được phổ biến tận nơi.",
        "Trường tiểu học xã Phú Thịnh vừa khánh thành ba phòng học mới. Thầy cô mong các cháu đủ \
         sách vở, ấm áp qua mùa rét đậm ở 8°C.",
        "Nơi nào có đường, ở đó có chợ: nông sản được giá, người trồng bưởi bỏ hẳn lối bán non, \
         mỗi vụ lãi gấp rưỡi những năm trước.",
    ];

    fn tcvn3(text: &str) -> Vec<u8> {
        let byte = |c| LETTERS.chars().position(|l| l == c).and_then(|at| BYTES.get(at).copied());
        let other = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
        text.chars().map(|c| byte(c).unwrap_or_else(|| other(c))).collect()
    }

    fn in_encoding(label: &str, text: &str) -> Vec<u8> {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        encoding.encode(text).0.into_owned()
    }

    fn warned(bytes: &[u8]) -> (String, &'static str, Vec<String>) {
        let d = decode(bytes, None).unwrap();
        let names = d.warnings.iter().map(|w| format!("{} {:?}", w.name, w.example)).collect();
        (d.text, d.encoding, names)
    }

    #[test]
    fn whole_texts_come_out_exactly() {
        for text in PARAGRAPHS.iter().copied().chain([&PARAGRAPHS.join("\n\n")[..]]) {
            let text = text.to_owned();
            let (read, encoding, warnings) = warned(&tcvn3(&text));
            assert_eq!((read, encoding), (text, NAME));
            assert_eq!(warnings, ["encoding-guessed Some(\"tcvn3\")"]);
        }
    }

    #[test]
    fn labels_of_latin_letters_are_not_believed() {
        for label in ["windows-1252", "iso-8859-1", "utf-8", "windows-1258", "us-ascii"] {
            let text = PARAGRAPHS[0];
            let document =
                format!("<?xml version='1.0' encoding='{label}'?><rss><p>{text}</p></rss>");
            let (read, encoding, warnings) = warned(&tcvn3(&document));
            assert_eq!((read, encoding), (document, NAME), "{label}");
            assert!(warnings.iter().any(|w| w.contains("encoding-label-wrong")), "{warnings:?}");
        }
    }

    #[test]
    fn fonts_that_draw_capitals_and_signs_that_stand_alone() {
        let text = format!("TỉNH PHú Thọ: HộI NGHị\n{}\n© 2006 · «", PARAGRAPHS[0]);
        let mut bytes = tcvn3(text.trim_end_matches("© 2006 · «"));
        bytes.extend(b"\xa9 2006 \xb7");
        let wanted = format!("TỈNH PHÚ Thọ: HỘI NGHỊ\n{}\n© 2006 ·", PARAGRAPHS[0]);
        assert_eq!(warned(&bytes).0, wanted);
    }

    #[test]
    fn short_texts_and_other_encodings_stay() {
        for text in ["Hội nghị", "vui mừng", "Tỉnh Hòa Bình", "từng xóm nhỏ"] {
            assert_eq!(whole(&tcvn3(text)), None, "{text}");
        }
        let french = "L’été dernier, où la forêt brûlait à côté du château, les élèves étaient déjà \
            très fatigués ; « c’est ça », répétait l’infirmière, gênée, près de l’hôpital. À bientôt.";
        let german = "Über die schöne Straße führte früher ein größerer Weg für Fußgänger; später \
            wären dort Bäume gewünscht, meint die Bürgermeisterin, müde und ärgerlich. § 5 gilt.";
        let portuguese = "A eleição não é já amanhã: há opções, informações, coração e emoção. São \
            Paulo e Brasília terão sessões às três, também à noite; é só começar, avó e avô.";
        let danish = "På gården så vi få små køer, må man også gå på åen? Nå, så står båden på \
            den grå strand, før året går på hæld og blå øer når os.";
        for text in [french, german, portuguese, danish] {
            let bytes = in_encoding("windows-1252", text);
            assert_eq!(whole(&bytes), None, "{text}");
            assert_eq!(decode(&bytes, Some("a/b; charset=windows-1252")).unwrap().text, text);
        }
        let czech = "Příliš žluťoučký kůň úpěl ďábelské ódy, děti běžely přes řeku k domů.";
        let russian = "Сегодня утром жители села встретили новых врачей и учителей школы.";
        let turkish = "Güneşli bir günde çocuklar köyün dışındaki ağaçların altında çalışıyordu.";
        for (label, text) in [
            ("windows-1250", czech),
            ("iso-8859-2", czech),
            ("windows-1251", russian),
            ("koi8-r", russian),
            ("iso-8859-5", russian),
            ("windows-1254", turkish),
            ("gbk", "今天上午，学校举行了盛大的开学典礼，学生们非常高兴。"),
            ("shift_jis", "今日の朝、学校で新しい先生の歓迎会がありました。"),
            ("euc-kr", "오늘 아침 학교에서 새로운 선생님을 환영하는 모임이 있었다."),
        ] {
            assert_eq!(whole(&in_encoding(label, text)), None, "{label}");
        }
    }

    #[test]
    fn other_vietnamese_encodings_stay() {
        let text = PARAGRAPHS.join("\n");
        assert_eq!(whole(text.as_bytes()), None);
        let viscii = codepages::find("viscii").map(|p| p.decode(&(0..=255).collect::<Vec<_>>()).0);
        let viscii: Vec<char> = viscii.unwrap_or_default().chars().collect();
        let byte = |c| viscii.iter().position(|v| *v == c).and_then(|at| u8::try_from(at).ok());
        let bytes: Vec<u8> = text.chars().map(|c| byte(c).unwrap_or(b'?')).collect();
        assert_eq!(whole(&bytes), None);
        // windows-1258 writes the tone as a character of its own after the vowel.
        let tones = [
            None,
            Some('\u{300}'),
            Some('\u{301}'),
            Some('\u{309}'),
            Some('\u{303}'),
            Some('\u{323}'),
        ];
        let split = |c: char| {
            let row = syllable::VOWELS.iter().find(|row| row.contains(&c));
            let tone = row.and_then(|row| row.iter().position(|v| *v == c)).unwrap_or(0);
            let mark = tones.get(tone).copied().flatten();
            [Some(row.map_or(c, |row| row[0])), mark]
        };
        let apart: String = text.chars().flat_map(split).flatten().collect();
        let bytes = in_encoding("windows-1258", &apart);
        assert_eq!(whole(&bytes), None);
        assert_eq!(decode(&bytes, Some("a/b; charset=windows-1258")).unwrap().text, apart);
    }

    #[test]
    fn fragments_and_lost_horns_stay() {
        let mut mixed = in_encoding("windows-1252", "Le député a déclaré : « ");
        mixed.extend(tcvn3("nhân dân phấn khởi, đường mới mở rộng, xã có điện"));
        mixed.extend(in_encoding("windows-1252", " » à l’école, fière de ses élèves étrangers"));
        assert_eq!(whole(&mixed), None);
        let mut lost = tcvn3(&PARAGRAPHS.join("\n"));
        lost.retain(|byte| *byte != 0xad);
        assert_eq!(whole(&lost), None);
        let entities = PARAGRAPHS.join("\n").replace('ì', "&times;").replace('à', "&micro;");
        assert_eq!(whole(&tcvn3(&entities)), None);
    }
}
