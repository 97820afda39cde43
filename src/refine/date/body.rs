//! Dates in an article's own text (`Ngày 11/6`): always day first, and near the day it came out.

use super::calendar::Day;
use super::scan::{Token, scan};

/// How much of a body is searched, in bytes; dates that matter stand early.
const SEARCHED: usize = 8_000;

/// A day that the body names. A day without a year is of the article's year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedDay {
    day: u32,
    month: u32,
    year: Option<i32>,
}

impl NamedDay {
    /// Returns true if an article of that day may speak of this day: it appeared from 2 days before to 7 days after it.
    pub fn near(self, published: Day) -> bool {
        let years = match self.year {
            Some(year) => year..=year,
            None => published.year - 1..=published.year + 1,
        };
        years.into_iter().any(|year| {
            let told = Day::new(year, self.month, self.day);
            told.and_then(|told| published.days_after(told)).is_some_and(|d| (-2..=7).contains(&d))
        })
    }
}

/// The days that a text names, first ones first, at most fifty.
pub fn find_days(text: &str) -> Vec<NamedDay> {
    let tokens = scan(text.get(..text.floor_char_boundary(SEARCHED)).unwrap_or_default());
    let found = (0..tokens.len()).filter_map(|at| read_day(&tokens, at));
    found.take(50).collect()
}

fn read_day(tokens: &[Token], at: usize) -> Option<NamedDay> {
    let number = |i: usize| tokens.get(at + i).and_then(Token::number);
    let mark = |i: usize, marks: &str| tokens.get(at + i).is_some_and(|t| t.is_mark(marks));
    let before = at.checked_sub(1).and_then(|i| tokens.get(i));
    let after_day = before.and_then(Token::word) == Some("ngay");
    let (day, 1..=2) = number(0)? else { return None };
    if before.is_some_and(|t| t.is_mark("/-.:")) && tokens.get(at).is_some_and(|t| !t.spaced) {
        return None;
    }
    let (month, year) = if tokens.get(at + 1).and_then(Token::word) == Some("thang") {
        let year = tokens.get(at + 3).and_then(Token::word) == Some("nam");
        (number(2)?, number(4).filter(|_| year))
    } else if mark(1, "/") || (after_day && mark(1, "-.")) {
        let month = number(2)?;
        let year = number(4).filter(|_| mark(3, "/-."));
        let document = mark(3, "/") && year.is_none_or(|_| mark(5, "/"));
        (month, if document { return None } else { year })
    } else {
        return None;
    };
    let year = year.filter(|(_, width)| *width == 4).and_then(|(year, _)| i32::try_from(year).ok());
    let (day, month) = (u32::try_from(day).ok()?, u32::try_from(month.0).ok()?);
    Day::new(2000, month, day).map(|_| NamedDay { day, month, year })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_days_and_no_document_numbers() {
        let told = find_days(
            "Ngày 11/6, tại hội nghị 12 tháng 7 năm 2009; Quyết định 05/12/QĐ, sáng 3/8/2009.",
        );
        assert_eq!(
            told,
            [
                NamedDay { day: 11, month: 6, year: None },
                NamedDay { day: 12, month: 7, year: Some(2009) },
                NamedDay { day: 3, month: 8, year: Some(2009) }
            ]
        );
        assert!(told[0].near(Day::new(2009, 6, 12).unwrap()));
        assert!(!told[0].near(Day::new(2009, 12, 6).unwrap()));
        assert!(NamedDay { day: 31, month: 12, year: None }.near(Day::new(2010, 1, 1).unwrap()));
    }
}
