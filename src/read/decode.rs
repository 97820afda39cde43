//! Decodes bytes: finds the encoding that they really are in, and drops the characters that XML forbids.

use super::{limits::Error, twice};
use crate::model::Warning;
use crate::text::vietnamese::decode_document;
use crate::text::{codepages, is_allowed, windows_1252};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// A document as text.
pub struct Decoded<'a> {
    /// The text, without a byte order mark and without the characters XML forbids.
    pub text: Cow<'a, str>,
    /// The encoding it was read in.
    pub encoding: &'static str,
    /// What had to be repaired.
    pub warnings: Vec<Warning>,
}

/// Decodes bytes by their byte order mark, else by the first label that fits without error, else as UTF-8, else by detection.
///
/// # Errors
/// `Error::Encoding` for EBCDIC whose declaration names no code page that fits.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Result<Decoded<'a>, Error> {
    let mut warnings = Vec::new();
    let (text, encoding) = choose(bytes, content_type, &mut warnings)?;
    let mut text = allowed(text, &mut warnings);
    if let Some(undone) = twice::undone(&text) {
        Warning::add(&mut warnings, "encoded-twice", None);
        text = allowed(undone.into(), &mut warnings);
    }
    Ok(Decoded { text, encoding, warnings })
}

type Read<'a> = (Cow<'a, str>, &'static str);

fn choose<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> Result<Read<'a>, Error> {
    if let Some(wide) = utf32(bytes) {
        return Ok(wide);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return Ok(lossy(encoding, body, warnings));
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Ok(lossy(encoding, bytes, warnings));
    }
    let ebcdic = bytes.starts_with(&[0x4c, 0x6f, 0xa7, 0x94]);
    let declared = if ebcdic { declared_in_ebcdic(bytes) } else { declared(bytes) };
    let labels = [content_type.and_then(charset), declared];
    let mut refused = None;
    for label in labels.into_iter().flatten() {
        match by_label(&label, bytes, ebcdic) {
            Some(read) => {
                let (read, refused) = not_legacy(read, bytes, label, refused);
                return Ok(note_refused(read, refused, warnings));
            }
            None => refused = refused.or(Some(label)),
        }
    }
    if ebcdic {
        return Err(Error::Encoding { label: "ebcdic".into() });
    }
    let read = match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), UTF_8.name()),
        Err(_) => detected(bytes, warnings),
    };
    Ok(note_refused(read, refused, warnings))
}

/// Replaces what a label of Latin letters gave if the whole document is Vietnamese in an encoding of before Unicode.
fn not_legacy<'a>(
    read: Read<'a>,
    bytes: &[u8],
    label: String,
    refused: Option<String>,
) -> (Read<'a>, Option<String>) {
    let latin = ["windows-1252", "windows-1258", "ISO-8859-15"].contains(&read.1);
    match latin.then(|| decode_document(bytes)).flatten() {
        Some((text, name)) => ((Cow::Owned(text), name), refused.or(Some(label))),
        None => (read, refused),
    }
}

fn note_refused<'a>(
    read: Read<'a>,
    refused: Option<String>,
    warnings: &mut Vec<Warning>,
) -> Read<'a> {
    if let Some(label) = refused {
        let example = format!("{label} was {}", read.1);
        Warning::add(warnings, "encoding-label-wrong", Some(&example));
    }
    read
}

/// Decodes strictly by a label; returns `None` if the label is unknown or some byte does not fit it.
fn by_label<'a>(label: &str, bytes: &'a [u8], ebcdic: bool) -> Option<Read<'a>> {
    if let Some(page) = codepages::find(label) {
        let (text, whole) = page.decode(bytes);
        // EBCDIC makes signs of ASCII's letters: what it reads wrong begins with no tag, though there may be one in it.
        let fits = match page.decode(b"<").0.as_str() {
            "<" => text.contains('<'),
            _ => text.trim_start().starts_with(['<', '{', '[']),
        };
        return (whole && fits).then_some((Cow::Owned(text), page.name));
    }
    let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes())
        .or_else(|| Encoding::for_label_no_replacement(alias(label).as_bytes()))?;
    // A document that got as far as its label in ASCII is not in UTF-16, whatever the label says.
    if ebcdic || encoding == UTF_16BE || encoding == UTF_16LE {
        return None;
    }
    // Everything fits the single-byte encodings, UTF-8 among it, and UTF-8 fits by chance next to never.
    if encoding != UTF_8 && encoding.is_single_byte() && is_long_utf8(bytes) {
        return None;
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some((text, encoding.name()))
}

/// Whether the bytes are UTF-8 with at least one sequence of three bytes, or several of two; a character that was cut
/// in a long text of UTF-8 (`substr` in PHP) does not make it another encoding.
fn is_long_utf8(bytes: &[u8]) -> bool {
    if bytes.is_ascii() {
        return false;
    }
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, Cow::Owned(_)) && !mostly_utf8(&text) {
        return false;
    }
    let mut pairs = 0;
    text.chars().any(|c| {
        pairs += usize::from(c.len_utf8() == 2);
        c.len_utf8() > 2 || pairs > 2
    })
}

/// The web's name of labels that are written otherwise.
fn alias(label: &str) -> String {
    let label = label.trim().to_ascii_lowercase().replace('_', "-");
    match label.as_str() {
        "u8" | "utf" | "utf8mb4" | "utf-8-sig" | "unicode" => "utf-8".into(),
        "ms-ansi" => "windows-1252".into(),
        "ms-ee" => "windows-1250".into(),
        "ms-cyrl" => "windows-1251".into(),
        "ms-greek" => "windows-1253".into(),
        "ms-turk" => "windows-1254".into(),
        "ms-hebr" => "windows-1255".into(),
        "ms-arab" => "windows-1256".into(),
        "winbaltrim" => "windows-1257".into(),
        "cp936" | "ms936" => "gbk".into(),
        "cp949" | "ms949" => "euc-kr".into(),
        "cp932" | "ms932" => "shift_jis".into(),
        "cp950" | "ms950" => "big5".into(),
        "cp874" => "windows-874".into(),
        "mac" | "macroman" | "mac-roman" => "macintosh".into(),
        "maccyrillic" | "mac-cyrillic" => "x-mac-cyrillic".into(),
        other => match other.strip_prefix("cp125").or_else(|| other.strip_prefix("windows125")) {
            Some(digit) => format!("windows-125{digit}"),
            None => other.to_owned(),
        },
    }
}

fn detected<'a>(bytes: &'a [u8], warnings: &mut Vec<Warning>) -> Read<'a> {
    let damaged = String::from_utf8_lossy(bytes);
    if mostly_utf8(&damaged) {
        Warning::add(warnings, "invalid-bytes", None);
        return (damaged, UTF_8.name());
    }
    if let Some((text, name)) = decode_document(bytes) {
        Warning::add(warnings, "encoding-guessed", Some(name));
        return (Cow::Owned(text), name);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    Warning::add(warnings, "encoding-guessed", Some(guess.name()));
    lossy(guess, bytes, warnings)
}

/// Returns true if a text that was decoded as UTF-8 has more than four real characters beyond ASCII for each replaced one.
fn mostly_utf8(text: &str) -> bool {
    let (mut bad, mut good) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if c == '\u{fffd}' { bad += 1 } else { good += 1 }
    }
    good > 4 * bad
}

fn lossy<'a>(
    encoding: &'static Encoding,
    bytes: &'a [u8],
    warnings: &mut Vec<Warning>,
) -> Read<'a> {
    let (text, bad) = encoding.decode_without_bom_handling(bytes);
    if bad {
        Warning::add(warnings, "invalid-bytes", None);
    }
    (text, encoding.name())
}

fn utf32(bytes: &[u8]) -> Option<Read<'_>> {
    let (big, skip, name) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => (false, 4, "UTF-32LE"),
        [0, 0, 0xfe, 0xff, ..] => (true, 4, "UTF-32BE"),
        [b'<' | b'{', 0, 0, 0, ..] => (false, 0, "UTF-32LE"),
        [0, 0, 0, b'<' | b'{', ..] => (true, 0, "UTF-32BE"),
        _ => return None,
    };
    let text = bytes.get(skip..)?.as_chunks::<4>().0.iter().map(|&unit| {
        let code = if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) };
        char::from_u32(code).unwrap_or('\u{fffd}')
    });
    Some((Cow::Owned(text.collect()), name))
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<' | b'{' | b' ' | b'\n' | b'\r', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        [0, b'<' | b'{' | b' ' | b'\n' | b'\r', 0, second, ..] if *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The `charset` of a media type.
fn charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        let wanted = name.trim().eq_ignore_ascii_case("charset");
        (wanted && !value.is_empty() && value.len() <= 40).then(|| value.to_owned())
    })
}

/// The `encoding` of the XML declaration, wherever it stands in the first kilobyte.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(1024))?;
    declared_in(&WINDOWS_1252.decode_without_bom_handling(head).0)
}

fn declared_in_ebcdic(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(1024))?;
    declared_in(&codepages::find("cp037")?.decode(head).0)
}

fn declared_in(head: &str) -> Option<String> {
    let start = head.find("<?xml")?;
    let declaration = head.get(start..)?;
    let declaration = declaration.get(..declaration.find("?>").or(declaration.find('>'))?)?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let label: String =
        value.trim_matches(['"', '\'']).chars().take_while(|c| !"\"' ".contains(*c)).collect();
    (!label.is_empty() && label.len() <= 40).then_some(label)
}

/// Drops characters that XML forbids and byte order marks inside the text, and reads C1 controls as windows-1252.
fn allowed<'a>(text: Cow<'a, str>, warnings: &mut Vec<Warning>) -> Cow<'a, str> {
    if !may_hold_forbidden(text.as_bytes()) {
        return text;
    }
    let mut dropped = 0u32;
    let kept = text.chars().filter(|&c| {
        let fine = is_allowed(c);
        dropped = dropped.saturating_add(u32::from(!fine));
        fine
    });
    let kept: String = kept.map(|c| windows_1252(c).unwrap_or(c)).collect();
    if dropped > 0 {
        warnings.push(Warning {
            name: "forbidden-character".into(),
            count: dropped,
            example: None,
        });
    }
    Cow::Owned(kept)
}

/// Returns true if the bytes may hold a control character, U+FEFF, U+FFFE or U+FFFF. This quick test spares most texts the slow way.
fn may_hold_forbidden(bytes: &[u8]) -> bool {
    let control = |b: u8| (b < 0x20) & (b != b'\t') & (b != b'\n') & (b != b'\r');
    let pair = |b: u8, next: u8| {
        ((b == 0xc2) & (next < 0xa0)) | ((b == 0xef) & ((next == 0xbb) | (next == 0xbf)))
    };
    // Block by block without leaving early: the compiler makes vector instructions of it.
    let blocks = bytes.chunks(4096).zip(bytes.get(1..).unwrap_or_default().chunks(4096));
    let found = |(block, after): (&[u8], &[u8])| {
        let pairs = block.iter().zip(after);
        pairs.fold(false, |found, (&b, &next)| found | control(b) | pair(b, next))
    };
    bytes.last().is_some_and(|last| control(*last)) || blocks.into_iter().any(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: Option<&str>) -> (String, &'static str) {
        let d = decode(bytes, content_type).map_err(|e| e.to_string());
        d.map(|d| (d.text.into_owned(), d.encoding)).unwrap_or_else(|e| (e, "error"))
    }

    #[test]
    fn marks_and_wide_encodings() {
        assert_eq!(read(b"\xef\xbb\xbf<a/>", None), ("<a/>".into(), "UTF-8"));
        assert_eq!(read(b"<\0a\0/\0>\0", None), ("<a/>".into(), "UTF-16LE"));
        assert_eq!(read(b"\0\0\0<\0\0\0a", None), ("<a".into(), "UTF-32BE"));
    }

    #[test]
    fn labels_that_lie_are_not_believed() {
        let lying = "<?xml version='1.0' encoding='iso-8859-1'?><a>tiếng Việt</a>";
        assert_eq!(read(lying.as_bytes(), None), (lying.into(), "UTF-8"));
        let d = decode(lying.as_bytes(), None).map(|d| d.warnings);
        assert_eq!(
            d.ok().and_then(|w| w.first().map(|w| w.name.clone())).as_deref(),
            Some("encoding-label-wrong")
        );
        let odd = ["text/xml; charset=utf-7", "text/xml; charset=\"; DROP\"", "text/xml; charset="];
        assert!(odd.iter().all(|t| read(b"<a/>", Some(t)).0 == "<a/>"));
    }

    #[test]
    fn a_character_cut_in_the_middle_leaves_the_rest_utf8() {
        let lead = "Hội đồng nhân dân tỉnh họp phiên thường kỳ, thông qua nhiều nghị quyết. ";
        for label in ["windows-1258", "windows-1252", "iso-8859-1", "utf-8"] {
            let mut bytes =
                format!("<?xml version=\"1.0\" encoding=\"{label}\"?><t>{lead}").into_bytes();
            bytes.extend(b"\xe1\xbb</t>");
            let (text, _) = read(&bytes, None);
            assert!(text.contains(lead), "{label}: {text}");
            assert!(text.contains('\u{fffd}'), "{label}: {text}");
        }
    }

    #[test]
    fn legacy_labels() {
        assert_eq!(read(b"<a>\xe9</a>", Some("text/xml; charset=windows-1252")).0, "<a>é</a>");
        assert_eq!(
            read(b"<?xml encoding='gbk'?>\xc4\xe3", None),
            ("<?xml encoding='gbk'?>你".into(), "GBK")
        );
        assert_eq!(read(b"<?xml encoding='cp437'?>\x80", None).0, "<?xml encoding='cp437'?>Ç");
        assert_eq!(
            read(b"<?xml encoding='TCVN-5712'?>Vi\xd6t", None).0,
            "<?xml encoding='TCVN-5712'?>Việt"
        );
    }

    #[test]
    fn bytes_that_mean_nothing_become_replacement_characters() {
        let (text, _) = read("ế ồ ữ ặ ẩ ấ ầ ẫ ậ ề ễ \u{1}".as_bytes(), None);
        assert!(!text.contains('\u{1}'));
        let mut overlong = "ế ồ ữ ặ ẩ ấ ầ ẫ ậ ề ễ ế ồ ữ ặ ẩ ấ".repeat(4).into_bytes();
        overlong.extend(b"\xc0\x80 \xed\xa0\x80");
        let (text, encoding) = read(&overlong, None);
        assert!(encoding == "UTF-8" && text.contains('\u{fffd}') && !text.contains('\0'));
    }
}
