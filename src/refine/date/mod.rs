//! Reads dates as Vietnamese portals and the world's feeds write them.
//!
//! In: a date's text and what is known around it. Out: the instant with the text, its offset, its
//! precision and the rule that told day from month; or an error that keeps the text. What cannot be read is never "now".
//!
//! The order: pieces (`scan`), those that count (`labels`), what each says (`parse`, `words`), what is left
//! by elimination (`eliminate`), day and month told apart (`order`, [`body`]), the instant (`calendar`, `relative`).

/// Cutting a date's text into figures, words and marks.
mod scan;
/// Names in dates: months, weekdays, halves of the day, zones. All folded (lower case, no accents).
mod words;
/// What a date's text says, before day and month are told apart.
mod parts;
/// Reads a date's pieces from left to right, each by itself and its next neighbors.
mod parse;
/// Decides what the remaining figures mean once everything else is read.
mod eliminate;
/// Texts that tell two dates, each with its label: `Cập nhật 07/11/2025, đăng lúc 06/11/2025`.
mod labels;
/// Dates that are told from the time of reading: `2 giờ trước`, `hôm qua, 08:30`, `vừa xong`.
mod relative;
/// Datelines in the article's own text.
mod body;
/// Telling day from month where both could be either, strongest evidence first.
mod order;
/// From figures to an instant, and what the figures can be at all.
mod calendar;
/// From text to `Dated`, with or without the trace of how.
mod read;
/// The steps that led to a date, for people.
mod explain;

pub use explain::Decision;
pub use read::{explain, read_date};

use crate::model::{DateOrder, Timestamp};

/// What is known around a date.
#[derive(Clone, Copy, Debug)]
pub struct DateContext<'a> {
    /// The order that the source's config names.
    pub order: DateOrder,
    /// Seconds east of UTC for a text that names no offset.
    pub utc_offset: i32,
    /// The time of reading: no date is later, if it can be read otherwise.
    pub now: Timestamp,
    /// The article's own text, as far as it is there.
    pub body: Option<&'a str>,
    /// The instants of its neighbors in the list (before and after it), where they are known.
    pub neighbors: &'a [Option<Timestamp>],
    /// What was settled before for this source.
    pub settled: Option<DateOrder>,
}

impl DateContext<'_> {
    /// A context that knows nothing but the time and the offset of a text that names none.
    pub fn plain(now: Timestamp, utc_offset: i32) -> Self {
        Self { order: DateOrder::Auto, utc_offset, now, body: None, neighbors: &[], settled: None }
    }
}

/// Why a text is no date; each keeps the text, cut at 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// There is nothing to read.
    #[error("the date is empty")]
    Empty,
    /// It names no day (`20:30`).
    #[error("no day can be read from `{0}`")]
    NoDay(String),
    /// It names a day that no calendar has (`13/25/2009`, year 0).
    #[error("no calendar has the day `{0}`")]
    NoSuchDay(String),
    /// It is the zero of some software's clock (1601, 1899, year 1).
    #[error("`{0}` stands for no date")]
    Placeholder(String),
}

impl DateError {
    /// The text as it stood.
    pub fn raw(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::NoDay(raw) | Self::NoSuchDay(raw) | Self::Placeholder(raw) => raw,
        }
    }
}

#[cfg(test)]
mod tests;
