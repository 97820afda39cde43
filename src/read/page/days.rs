use crate::text::unaccented;

/// Whether a short text is, or holds, a day with month and year: `12/06/2009`, `ngày 12 tháng Sáu năm 2009`, `Jun 12, 2009`.
pub fn has_day(text: &str) -> bool {
    count_days(text) > 0
}

/// How many days a short text holds.
pub fn count_days(text: &str) -> usize {
    let mut run: Vec<u32> = Vec::new();
    let mut found = 0;
    for piece in pieces(text) {
        match piece {
            Piece::Figure(value) => run.push(value),
            Piece::Joint => continue,
            Piece::Other => run.clear(),
        }
        if run.len() >= 3 && run.get(run.len() - 3..).is_some_and(is_day) {
            found += 1;
            run.clear();
        }
    }
    found
}

/// Whether a text counts back from now: `2 giờ trước`, `hôm qua`, `vừa xong`.
pub fn is_relative(text: &str) -> bool {
    let folded = unaccented(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
    let has = |pair: [&str; 2]| words.windows(2).any(|two| two == pair);
    let unit = |word: &str| {
        ["giay", "phut", "gio", "tieng", "ngay", "tuan", "thang", "nam"].contains(&word)
    };
    let back = words.windows(2).any(|two| unit(two[0]) && two[1] == "truoc")
        || words.last() == Some(&"ago");
    let near = [["hom", "qua"], ["hom", "nay"], ["hom", "kia"], ["vua", "xong"], ["moi", "day"]];
    folded.chars().count() < 40 && (back || near.into_iter().any(has))
}

/// Whether a value for machines is a date: a day, `20260612…`, or the seconds or milliseconds of a clock.
pub fn is_machine_date(value: &str) -> bool {
    let value = value.trim();
    let figures = value.bytes().take_while(u8::is_ascii_digit).count();
    let dense = matches!(figures, 8 | 12 | 14) && value.starts_with(['1', '2']);
    let clock = matches!(figures, 10 | 13) && figures == value.len() && value.starts_with('1');
    has_day(value) || dense || clock
}

/// Whether a date's text names its offset from UTC.
pub fn has_offset(date: &str) -> bool {
    let clock = date.find(':').and_then(|at| date.get(at..)).unwrap_or("");
    let named = ["Z", "z", "GMT", "UTC"].iter().any(|zone| clock.contains(zone));
    named || clock.contains('+') || clock.contains('-')
}

/// Whether a text says a time of day: `20:30`, `20h30`, `8 giờ 05`.
pub fn has_clock(text: &str) -> bool {
    let folded = unaccented(text).replace("gio", "h");
    folded.match_indices([':', 'h']).any(|(at, _)| {
        let before = folded.get(..at).unwrap_or("").trim_end();
        let after = folded.get(at + 1..).unwrap_or("").trim_start();
        before.ends_with(|c: char| c.is_ascii_digit())
            && after.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// A piece of a text, as far as it matters for days.
enum Piece {
    /// A number, or a month's name as its number.
    Figure(u32),
    /// What stands between the figures of one day.
    Joint,
    /// Anything else.
    Other,
}

fn pieces(text: &str) -> Vec<Piece> {
    let text = text.get(..text.floor_char_boundary(400)).unwrap_or(text);
    let mut pieces = Vec::new();
    let mut before = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same: fn(char) -> bool = match first {
            '0'..='9' => |c| c.is_ascii_digit(),
            c if is_letter(c) => is_letter,
            _ => |_| false,
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        if !first.is_whitespace() {
            let word = unaccented(piece);
            let piece = piece_of(&word, &before, &mut pieces);
            pieces.push(piece);
            before = word;
        }
    }
    pieces
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36F}')
}

/// What a word, a number or a mark is after another one.
fn piece_of(word: &str, before: &str, earlier: &mut [Piece]) -> Piece {
    if let Ok(value) = word.parse() {
        return Piece::Figure(value);
    }
    // `Tháng Mười Một`: the month is ten before it is eleven.
    if let (Some(more), "muoi", Some(Piece::Figure(ten))) =
        (vietnamese_month(word).filter(|more| *more <= 2), before, earlier.last_mut())
    {
        *ten += more;
        return Piece::Joint;
    }
    let month = if before == "thang" { vietnamese_month(word) } else { english_month(word) };
    match (month, word) {
        (Some(month), _) => Piece::Figure(month),
        (_, "/" | "-" | "." | "," | "thang" | "nam" | "thg" | "–" | "of" | "de" | "th" | "st") => {
            Piece::Joint
        }
        _ => Piece::Other,
    }
}

fn vietnamese_month(word: &str) -> Option<u32> {
    let names = [
        "mot gieng", "hai", "ba", "tu bon", "nam", "sau", "bay", "tam", "chin", "muoi", "", "chap",
    ];
    number_among(&names, |names| names.split(' ').any(|name| name == word))
}

fn english_month(word: &str) -> Option<u32> {
    let names = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december",
    ];
    number_among(&names, |name| {
        word == name || (word.len() >= 3 && word.len() <= 4 && name.starts_with(word))
    })
}

fn number_among(names: &[&str; 12], is: impl Fn(&str) -> bool) -> Option<u32> {
    (1..).zip(names).find(|(_, name)| is(name)).map(|(number, _)| number)
}

fn is_day(figures: &[u32]) -> bool {
    let year = |n: u32| (1990..2100).contains(&n);
    match *figures {
        [a, b, c] if year(c) => (1..=31).contains(&a) && (1..=31).contains(&b) && a.min(b) <= 12,
        [a, b, c] if year(a) => (1..=12).contains(&b) && (1..=31).contains(&c),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_seen_in_short_texts() {
        for day in [
            "12/06/2009 20:30",
            "(20:30 12/6/2009)",
            "Thứ sáu, ngày 12 tháng 06 năm 2009",
            "2009-06-12T20:30:00",
            "Thứ Sáu, 12.06.2009",
            "12 Tháng Sáu 2009",
            "ngày 20 tháng Mười Một năm 2026",
            "5 tháng năm, 2024",
            "Tháng Mười Hai 5, 2024",
            "Jun 12, 2009",
            "Fri, 12 June 2009 20:30:00 +0700",
            "12 thg 6, 2009",
        ] {
            assert_eq!(count_days(day), 1, "{day}");
        }
        for other in [
            "",
            "20:30",
            "Quyết định số 12/QĐ-UBND",
            "1/2/3",
            "45/2009/NĐ-CP",
            "12/06",
            "Năm 2026",
            "tháng 6 năm 2009",
            "15 tháng qua, 2026 người",
        ] {
            assert!(!has_day(other), "{other}");
        }
        assert_eq!(count_days("Từ 12/06/2009 đến 15/06/2009"), 2);
    }

    #[test]
    fn what_counts_back_from_now_is_seen() {
        for text in ["2 giờ trước", "Hôm qua, 08:05", "vừa xong", "3 hours ago", "15 phút trước"]
        {
            assert!(is_relative(text), "{text}");
        }
        for text in ["trước 2 giờ", "Hôm ấy", "Hai tuần qua", "12/06/2026"] {
            assert!(!is_relative(text), "{text}");
        }
    }

    #[test]
    fn clocks_and_offsets_are_seen() {
        assert!(
            has_clock("20:30")
                && has_clock("8h05")
                && has_clock("08 giờ 05")
                && !has_clock("12/06")
        );
        assert!(has_offset("2026-06-12T20:30:00+07:00") && has_offset("2026-06-12T20:30:00Z"));
        assert!(has_offset("Fri, 12 Jun 2026 20:30:00 GMT") && !has_offset("2026-06-12T20:30:00"));
        assert!(!has_offset("2026-06-12"));
        for date in ["20260612", "20260612203000", "1781270000", "1781270000000", "2026-06-12"] {
            assert!(is_machine_date(date), "{date}");
        }
        assert!(
            !is_machine_date("12345") && !is_machine_date("abc") && !is_machine_date("0001-01-01")
        );
    }
}
