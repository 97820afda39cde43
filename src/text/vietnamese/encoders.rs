use super::{tcvn3, vni};
use crate::text::codepages;
use std::collections::HashMap;

/// The bytes of a text in an encoding; `?` for what it cannot write.
pub fn encode(name: &str, text: &str) -> Vec<u8> {
    let latin_1 = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
    match name {
        "vni" => in_vni(text).chars().map(latin_1).collect(),
        "tcvn3" => text.chars().map(|c| latin_1(in_tcvn3(c).unwrap_or(c))).collect(),
        page => {
            let all: Vec<u8> = (0..=255).collect();
            let page: Vec<char> = codepages::find(page).unwrap().decode(&all).0.chars().collect();
            let high = |c: char| (128..=255).find(|byte| page[usize::from(*byte)] == c);
            let byte = |c: char| if c.is_ascii() { latin_1(c) } else { high(c).unwrap_or(b'?') };
            text.chars().map(byte).collect()
        }
    }
}

/// The character of Latin-1 that the fonts of TCVN3 draw as a letter.
pub fn in_tcvn3(letter: char) -> Option<char> {
    ('\u{A1}'..='\u{FE}').find(|surface| tcvn3::decode(*surface) == Some(letter))
}

/// A text in VNI as Latin-1 shows it: the pairs that the table reads, looked for by trying.
pub fn in_vni(text: &str) -> String {
    let marks = "ÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜËùøûõïâáàåãäêéèúüëÑñÍíÌìÆæÓóÒòÎîÔôÖö";
    let bases = ["", "a", "e", "o", "u", "y", "ô", "ö", "A", "E", "O", "U", "Y", "Ô", "Ö"];
    let mut pairs: HashMap<String, String> = HashMap::new();
    for pair in marks.chars().flat_map(|mark| bases.map(|base| format!("{base}{mark}"))) {
        let cases = |fits: fn(char) -> bool| pair.chars().all(fits);
        let one_case = cases(char::is_uppercase) || cases(char::is_lowercase);
        if let Some(reading) = vni::read(&pair).filter(|_| one_case) {
            pairs.entry(reading.text).or_insert(pair);
        }
    }
    text.chars().map(|c| pairs.get(&c.to_string()).cloned().unwrap_or_else(|| c.into())).collect()
}
