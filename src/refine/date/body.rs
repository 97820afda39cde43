//! The dateline of an article's own text (`Sáng 11/6, tại hội nghị…`): day first, of an event just before the article.
//!
//! Other dates of a text prove nothing: fractions, deadlines, beginnings of periods, events to come.

use super::calendar::Day;
use super::scan::{Token, scan};

/// How much of a body is searched, in bytes; datelines stand early.
const SEARCHED: usize = 8_000;
/// Days from an event to the article about it, at most.
const LATE: i64 = 3;

/// The day of a dateline. A day without a year is of the article's year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedDay {
    day: u32,
    month: u32,
    year: Option<i32>,
}

impl NamedDay {
    /// Returns true if an article of that day may tell of an event of this day.
    pub fn just_before(self, published: Day) -> bool {
        let years = match self.year {
            Some(year) => year..=year,
            None => published.year - 1..=published.year,
        };
        years.into_iter().any(|year| {
            let told = Day::new(year, self.month, self.day);
            told.and_then(|told| published.days_after(told))
                .is_some_and(|d| (0..=LATE).contains(&d))
        })
    }
}

/// The days of a text's datelines, first ones first, at most ten.
pub fn find_datelines(text: &str) -> Vec<NamedDay> {
    let tokens = scan(text.get(..text.floor_char_boundary(SEARCHED)).unwrap_or_default());
    (0..tokens.len()).filter_map(|at| read_dateline(&tokens, at)).take(10).collect()
}

/// A sentence that begins with a day and tells of what has happened.
fn read_dateline(tokens: &[Token], at: usize) -> Option<NamedDay> {
    let begins = tokens.get(at).filter(|t| t.text.starts_with(char::is_uppercase))?;
    if !matches!(begins.word()?, "ngay" | "sang" | "trua" | "chieu" | "toi" | "dem") {
        return None;
    }
    let twice = tokens.get(at + 1).and_then(Token::word) == Some("ngay");
    let at = at + 1 + usize::from(twice);
    let number = |i: usize| tokens.get(at + i).and_then(Token::number);
    let mark = |i: usize, marks: &str| tokens.get(at + i).is_some_and(|t| t.is_mark(marks));
    let ((day, 1..=2), true, (month, 1..=2)) = (number(0)?, mark(1, "/-."), number(2)?) else {
        return None;
    };
    let year = number(4).filter(|(_, width)| *width == 4 && mark(3, "/-."));
    let end = if year.is_some() { 5 } else { 3 };
    let here = mark(end, ",") || tokens.get(at + end).and_then(Token::word) == Some("tai");
    if !here || is_to_come(tokens.get(at + end..)?) {
        return None;
    }
    let year = year.and_then(|(year, _)| i32::try_from(year).ok());
    let (day, month) = (u32::try_from(day).ok()?, u32::try_from(month).ok()?);
    Day::new(2000, month, day).map(|_| NamedDay { day, month, year })
}

/// Returns true if the rest of a sentence speaks of something that is still to come.
fn is_to_come(rest: &[Token]) -> bool {
    let sentence = rest.iter().take_while(|t| !t.is_mark(".!?;"));
    let mut words = sentence.take(60).map(|t| t.text.to_lowercase());
    words.any(|word| matches!(word.as_str(), "sẽ" | "tới" | "hạn" | "dự"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_datelines_and_no_other_dates() {
        let told = find_datelines(
            "Ngày 11/6, tại hội nghị 12/7/2009; Quyết định 05/12/QĐ. Sáng ngày 3/8/2009 tại xã. \
             Ngày 10/12, xã sẽ họp. Hạn nộp đến hết ngày 10/12, tỉ lệ 3/8. Từ ngày 10/5, đến nay. \
             Chiều 5/9 hằng năm.",
        );
        assert_eq!(
            told,
            [
                NamedDay { day: 11, month: 6, year: None },
                NamedDay { day: 3, month: 8, year: Some(2009) }
            ]
        );
        assert!(told[0].just_before(Day::new(2009, 6, 12).unwrap()));
        assert!(!told[0].just_before(Day::new(2009, 12, 6).unwrap()));
        assert!(!told[0].just_before(Day::new(2009, 6, 10).unwrap()));
        let last = NamedDay { day: 31, month: 12, year: None };
        assert!(last.just_before(Day::new(2010, 1, 1).unwrap()));
    }
}
