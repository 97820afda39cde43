use super::{FileError, Found, text};
use crate::model::{ParsedDate, ParsedEntry};

/// Words that stand in date lines besides figures, in lower case.
const DATE_WORDS: [&str; 34] = [
    "ngày", "tháng", "năm", "thứ", "hai", "ba", "tư", "sáu", "bảy", "chủ", "nhật", "cn", "giờ",
    "lúc", "sa", "ch", "am", "pm", "gmt", "utc", "ict", "h", "t", "z", "cập", "đăng", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "phút",
];

/// Reads a text file.
///
/// # Errors
/// The field that is missing or wrong.
pub fn read(document: &str) -> Result<Found, FileError> {
    let mut paragraphs = paragraphs(document);
    let Some(first) = paragraphs.first().cloned() else {
        return Err(FileError::field(
            "title",
            "the file is empty",
            "write the title in the first line",
        ));
    };
    let (title, rest) = first.split_once('\n').unwrap_or((&first, ""));
    paragraphs.remove(0);
    if !rest.trim().is_empty() {
        paragraphs.insert(0, rest.trim().to_owned());
    }
    let published = take_date(&mut paragraphs);
    let Some(lead) = paragraphs.first().cloned() else {
        let remedy = "write the text after a blank line";
        return Err(FileError::field("content", "there is nothing below the title", remedy));
    };
    let repeated = paragraphs.get(1).is_some_and(|second| repeats(second, &lead));
    let body = if repeated { paragraphs.get(1..) } else { paragraphs.get(..) };
    let body = text(&body.unwrap_or_default().join("\n\n"));
    Ok(Found::one(ParsedEntry {
        title: text(title),
        published,
        summary: text(&lead),
        content: body.into_iter().collect(),
        ..ParsedEntry::default()
    }))
}

/// The paragraphs of a text: what blank lines separate.
fn paragraphs(document: &str) -> Vec<String> {
    let unix = document.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let mut found = vec![String::new()];
    for line in unix.lines().map(str::trim) {
        match found.last_mut() {
            Some(last) if !line.is_empty() => {
                if !last.is_empty() {
                    last.push('\n');
                }
                last.push_str(line);
            }
            Some(last) if !last.is_empty() => found.push(String::new()),
            _ => {}
        }
    }
    found.retain(|paragraph| !paragraph.is_empty());
    found
}

/// Takes the date line off the front of what follows the title.
fn take_date(paragraphs: &mut Vec<String>) -> Option<ParsedDate> {
    let first = paragraphs.first_mut()?;
    let (line, rest) = first.split_once('\n').unwrap_or((first, ""));
    if !is_date(line) {
        return None;
    }
    let (raw, rest) = (line.trim().to_owned(), rest.to_owned());
    if rest.is_empty() {
        paragraphs.remove(0);
    } else {
        *first = rest;
    }
    Some(ParsedDate { raw })
}

/// Whether a line is a date and nothing else.
fn is_date(line: &str) -> bool {
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let mut words = line.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let known = |word: &str| {
        let lower = word.to_lowercase();
        let month =
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        DATE_WORDS.contains(&lower.as_str())
            || month.iter().any(|m| lower.starts_with(m))
            || lower.ends_with("day")
    };
    line.chars().count() <= 80 && (5..=24).contains(&digits) && words.all(known)
}

/// Whether a paragraph is the lead once more, white space aside.
fn repeats(paragraph: &str, lead: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    words(paragraph).starts_with(&words(lead))
}
