//! Whether bytes without an honest label are Vietnamese in an encoding of before Unicode as a whole, and their text.
//!
//! TCVN3 has its own rules ([`tcvn3`]). VNI, VPS and VISCII share these: nearly every word with a byte beyond
//! ASCII is a Vietnamese syllable in that encoding, many of them common ones, and none of them one as windows-1252.
//! Short texts and fragments stay as they are: refine repairs those word by word.

use super::tcvn3::{self, COMMON, ENOUGH, WEIGHED, well_cased};
use crate::text::vietnamese::syllable;
use crate::text::{codepages, vietnamese::vni};
use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;
use std::collections::HashSet;

/// The text and the encoding's name, if the bytes are one of these encodings as a whole.
pub fn whole(bytes: &[u8]) -> Option<(String, &'static str)> {
    if bytes.is_ascii() {
        return None;
    }
    if let Some(text) = tcvn3::whole(bytes) {
        return Some((text, tcvn3::NAME));
    }
    let halves = 3 * tcvn3::entities_of_letters(bytes);
    let latin = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    let pages = ["vps", "viscii"].into_iter().filter_map(|name| Some((page(name, bytes)?, name)));
    let pages = pages.filter(|(text, _)| weigh(text, &latin, own).speaks(halves));
    let vni = weigh(&latin, &latin, in_vni).speaks(halves);
    let vni = vni.then(|| (spelled(&latin), "vni"));
    pages.chain(vni).next()
}

/// The bytes beyond ASCII in a code page; those of ASCII stay, for these pages have letters among the controls.
fn page(name: &str, bytes: &[u8]) -> Option<String> {
    let page = codepages::find(name)?;
    let all: Vec<u8> = (0..=255).collect();
    let table: Vec<char> = page.decode(&all).0.chars().collect();
    let letter =
        |b: &u8| if b.is_ascii() { Some(*b as char) } else { table.get(usize::from(*b)).copied() };
    bytes.iter().map(letter).collect()
}

/// A word of a code page is what it is.
fn own(word: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(word))
}

/// A word that was read as windows-1252, in VNI.
fn in_vni(word: &str) -> Option<Cow<'_, str>> {
    vni::read(word).map(|reading| Cow::Owned(reading.text))
}

/// A document in VNI; a word that is none in that encoding stays.
fn spelled(latin: &str) -> String {
    let mut text = String::with_capacity(latin.len());
    for piece in latin.split_inclusive(|c: char| !c.is_alphabetic()) {
        let end = piece.trim_end_matches(|c: char| !c.is_alphabetic()).len();
        let (word, rest) = piece.split_at_checked(end).unwrap_or((piece, ""));
        text.push_str(in_vni(word).as_deref().unwrap_or(word));
        text.push_str(rest);
    }
    text
}

/// What the words of a document say.
#[derive(Default)]
struct Weighed {
    /// Syllables, every occurrence.
    syllables: usize,
    /// Words that are none.
    foreign: usize,
    /// Different syllables that are none as windows-1252, and the common ones among them.
    telling: HashSet<String>,
    common: usize,
    /// Their letters beyond ASCII.
    letters: HashSet<char>,
}

/// Weighs the words of a text, each beside what windows-1252 makes of its bytes: one character a byte in both.
fn weigh(text: &str, latin: &str, read: fn(&str) -> Option<Cow<'_, str>>) -> Weighed {
    let mut weighed = Weighed::default();
    let mut pairs = text.chars().zip(latin.chars());
    let (mut word, mut beside, mut count) = (String::new(), String::new(), 0);
    loop {
        let next = pairs.next();
        if let Some((c, as_latin)) = next.filter(|(c, _)| c.is_alphabetic()) {
            word.push(c);
            beside.push(as_latin);
            continue;
        }
        if !word.is_ascii() && count < WEIGHED {
            count += 1;
            weighed.add(&word, read(&word), &beside);
        }
        (word, beside) = (String::new(), String::new());
        if next.is_none() {
            return weighed;
        }
    }
}

impl Weighed {
    fn add(&mut self, surface: &str, read: Option<Cow<'_, str>>, latin: &str) {
        let Some(text) = read.filter(|text| well_cased(text) && syllable::is_syllable(text)) else {
            // `QÑ` is QĐ: an abbreviation in capitals says nothing.
            let capitals = surface.chars().count() < 7 && !surface.chars().any(char::is_lowercase);
            self.foreign += usize::from(!capitals);
            return;
        };
        self.syllables += 1;
        if !syllable::is_syllable(latin) && !self.telling.contains(&*text) {
            self.common += usize::from(syllable::count(&text) >= COMMON);
            self.letters.extend(surface.chars().filter(|c| !c.is_ascii()));
            self.telling.insert(text.into_owned());
        }
    }

    /// `halves` is what words that are half entity weigh, which were not seen whole.
    fn speaks(&self, halves: usize) -> bool {
        let telling = self.telling.len();
        let nearly_all = (self.foreign + halves) * 10 <= self.syllables;
        let many = telling >= ENOUGH && self.letters.len() >= ENOUGH;
        many && nearly_all && self.common * 2 >= telling
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::*;

    const PARAGRAPHS: &[&str] = &[
        "Sáng nay, nước sông Bôi rút dần, bà con vùng thấp trở về dọn bùn, phơi thóc, dựng lại \
         hàng rào; bộ đội giúp trường học rửa bàn ghế.",
        "Hội làm vườn xã Tân Lạc mở lớp ghép bưởi, chọn giống, tưới nhỏ giọt; ai cũng ghi chép \
         cẩn thận, rồi về thử ngay trên đồi nhà mình.",
        "Đường liên xã dài bốn cây số vừa thông xe. Lễ khánh thành diễn ra gọn nhẹ, tiết kiệm, \
         các cụ già đi thử một vòng, ai nấy đều vui.",
    ];

    /// The bytes of a text in VNI: the pairs that the table reads, looked for by trying.
    fn vni_bytes(text: &str) -> Vec<u8> {
        let marks = "ÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜËùøûõïâáàåãäêéèúüëÑñÍíÌìÆæÓóÒòÎîÔôÖö";
        let bases = ["", "a", "e", "o", "u", "y", "ô", "ö", "A", "E", "O", "U", "Y", "Ô", "Ö"];
        let pairs = bases.iter().flat_map(|base| marks.chars().map(move |m| format!("{base}{m}")));
        let pairs: Vec<(String, String)> =
            pairs.filter_map(|pair| Some((vni::read(&pair)?.text, pair))).collect();
        let small = |pair: &str| !pair.contains(char::is_uppercase);
        let find = |c: char| {
            let fits =
                |p: &&(String, String)| p.0 == c.to_string() && small(&p.1) == c.is_lowercase();
            pairs.iter().find(fits).map(|p| p.1.clone())
        };
        let surface: String =
            text.chars().map(|c| find(c).unwrap_or_else(|| c.to_string())).collect();
        WINDOWS_1252.encode(&surface).0.into_owned()
    }

    fn page_bytes(name: &str, text: &str) -> Vec<u8> {
        let all: Vec<u8> = (0..=255).collect();
        let page: Vec<char> = codepages::find(name).unwrap().decode(&all).0.chars().collect();
        let high = |c: char| (128..256).find(|at| page.get(*at) == Some(&c));
        let byte = |c: char| if c.is_ascii() { Some(c as usize) } else { high(c) };
        text.chars().map(|c| byte(c).map_or(b'?', |b| b as u8)).collect()
    }

    fn encodings(text: &str) -> [(&'static str, Vec<u8>); 3] {
        let page = |name| (name, page_bytes(name, text));
        [("vni", vni_bytes(text)), page("vps"), page("viscii")]
    }

    #[test]
    fn whole_documents_come_out_exactly_whatever_their_label_says() {
        let all = PARAGRAPHS.join("</p>\n<p>");
        for text in PARAGRAPHS.iter().copied().chain([&all[..]]) {
            for label in [
                "",
                " encoding='windows-1252'",
                " encoding='iso-8859-1'",
                " encoding='utf-8'",
                " encoding='windows-1258'",
            ] {
                let document = format!(
                    "<?xml version='1.0'{label}?><rss><title>UBND</title><p>{text}</p></rss>"
                );
                for (name, bytes) in encodings(&document) {
                    let read = decode(&bytes, None).unwrap();
                    assert_eq!(
                        (read.text.as_str(), read.encoding),
                        (document.as_str(), name),
                        "{label}"
                    );
                    assert!(!read.warnings.is_empty());
                }
            }
        }
    }

    #[test]
    fn other_languages_and_short_texts_stay() {
        let french = "Le préfet a visité l’hôpital où les blessés étaient soignés ; « très ému », il a salué \
            la sœur aînée, près de la forêt brûlée, et promis des crédits à l’école voisine, déjà fermée à Noël.";
        let german = "Größere Straßen führen über die Brücke; früher wären dort Fußgänger fröhlich \
            gewandert, heute hört man nur Lärm, klagt die ältere Bäuerin, müde, höflich, natürlich.";
        let spanish = "El niño llegó mañana y tarde al jardín; allí cantó una canción más rápida, según \
            contó su mamá, quien también vivió aquí, en el último piso, cerca del árbol más añoso.";
        let portuguese = "São José não é longe; amanhã haverá sessões, canções, pão e maçãs. Avó e avô \
            também irão às três, à tardinha, até o salão do município, onde há decorações.";
        let swedish = "Många åkte över bron för att få höra sången på ön; där är våren skön, när \
            gräset växer, fåglar flyger åter hem och sjön blänker så blå.";
        for text in [french, german, spanish, portuguese, swedish] {
            for label in ["windows-1252", "windows-1258"] {
                let bytes = WINDOWS_1252.encode(text).0.into_owned();
                assert_eq!(whole(&bytes), None, "{text}");
                let content_type = format!("text/html; charset={label}");
                let read = decode(&bytes, Some(&content_type)).unwrap();
                assert_eq!(read.encoding, label, "{text}");
            }
        }
        for text in ["Hội nghị", "nước lũ rút", "Ủy ban nhân dân tỉnh Hòa Bình"] {
            for (name, bytes) in encodings(text) {
                assert_eq!(whole(&bytes), None, "{name}: {text}");
            }
        }
    }

    #[test]
    fn windows_1258_and_utf_8_stay() {
        let text = PARAGRAPHS.join("\n");
        assert_eq!(decode(text.as_bytes(), None).unwrap().encoding, "UTF-8");
        let tones = [
            None,
            Some('\u{300}'),
            Some('\u{301}'),
            Some('\u{309}'),
            Some('\u{303}'),
            Some('\u{323}'),
        ];
        let split = |c: char| {
            let lower = c.to_lowercase().next().unwrap_or(c);
            let row = syllable::VOWELS.iter().find(|row| row.contains(&lower) && c.is_lowercase());
            let tone = row.and_then(|row| row.iter().position(|v| *v == c)).unwrap_or(0);
            [Some(row.map_or(c, |row| row[0])), tones.get(tone).copied().flatten()]
        };
        let apart: String = text.chars().flat_map(split).flatten().collect();
        let (bytes, _, lost) = encoding_rs::WINDOWS_1258.encode(&apart);
        assert!(!lost, "{apart}");
        assert_eq!(whole(&bytes), None);
        for label in ["windows-1258", "windows-1252"] {
            let read = decode(&bytes, Some(&format!("text/xml; charset={label}"))).unwrap();
            assert_eq!(read.encoding, label);
        }
    }

    #[test]
    fn fragments_in_other_languages_stay() {
        let mut mixed = WINDOWS_1252.encode("Le député a déclaré, très ému : « ").0.into_owned();
        mixed.extend(vni_bytes("nước lũ rút dần, bà con trở về dựng lại nhà cửa"));
        mixed.extend(WINDOWS_1252.encode(" » à l’école, fière de ses élèves étrangers").0.iter());
        assert_eq!(whole(&mixed), None);
    }

    /// Documents of about `size` bytes of a file of text.
    fn documents(text: &str, size: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        for line in text.lines() {
            if all.last().is_some_and(|last| last.len() > size) {
                all.push(String::new());
            }
            if let Some(last) = all.last_mut() {
                *last += line;
                last.push('\n');
            }
        }
        all
    }

    /// Whole documents of other languages must stay, those in old encodings must be told: `benches/text-quality`.
    #[test]
    #[ignore = "needs text: run benches/text-quality"]
    fn text_quality_of_documents() {
        let Some(folder) = std::env::var_os("DONGTIN_TEXT_QUALITY") else { return };
        for file in std::fs::read_dir(folder).unwrap().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".txt") {
                continue;
            }
            let text = std::fs::read_to_string(file.path()).unwrap();
            let all = documents(&text, 2_000);
            let high = |text: &String| text.chars().filter(|c| !c.is_ascii()).count() > 20;
            let all: Vec<&String> = all.iter().filter(|text| high(text)).collect();
            if name.starts_with("x_") {
                let told = all.iter().filter(|text| whole(&WINDOWS_1252.encode(text).0).is_some());
                println!("{name}: {} documents, {} taken for Vietnamese", all.len(), told.count());
                continue;
            }
            for page in ["vni", "vps", "viscii"] {
                let told = |text: &&&String| {
                    let bytes =
                        if page == "vni" { vni_bytes(text) } else { page_bytes(page, text) };
                    whole(&bytes).map(|(_, name)| name) == Some(page)
                };
                let told = all.iter().step_by(20).filter(told).count();
                println!("{name}: {} in {page}, {told} told", all.len().div_ceil(20));
            }
        }
    }
}
