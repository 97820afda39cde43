//! Documents and answers that no source should send: one per member of a class, each from a host of its own, with what
//! must come of it. docs/bad-inputs.md names the classes.

use crate::documents::{self, answer};

pub mod bytes;
pub mod markup;

/// One thing that comes, after a good feed came from the same source.
pub struct Case {
    pub name: String,
    /// The whole answer, status line and all.
    pub answer: Vec<u8>,
    pub expected: Expected,
}

/// What must come of it.
pub enum Expected {
    /// The poll fails under this name.
    Failure(&'static str),
    /// It is read: the articles that it adds, by their titles, and a warning in the source's status.
    Titles(Vec<String>, Option<&'static str>),
}

/// Fails under a name.
pub fn fails(name: &'static str) -> Expected {
    Expected::Failure(name)
}

/// Is read, without more.
pub fn reads(titles: &[&str]) -> Expected {
    Expected::Titles(titles.iter().map(|title| (*title).to_owned()).collect(), None)
}

/// Is read with a warning.
pub fn warns(warning: &'static str, titles: &[&str]) -> Expected {
    let Expected::Titles(titles, _) = reads(titles) else { unreachable!() };
    Expected::Titles(titles, Some(warning))
}

/// A document that comes whole and is called `text/xml`.
pub fn document(name: impl Into<String>, body: impl AsRef<[u8]>, expected: Expected) -> Case {
    answered(name, "content-type: text/xml\r\n", body, expected)
}

/// A document with header lines of the case's own.
pub fn answered(
    name: impl Into<String>,
    lines: &str,
    body: impl AsRef<[u8]>,
    expected: Expected,
) -> Case {
    Case { name: name.into(), answer: answer("200 OK", lines, body), expected }
}

/// An item with a title and something more.
pub fn item(title: &str, inside: &str) -> String {
    documents::item("x", title, inside)
}

/// A JSON Feed of some items.
pub fn json(items: &str) -> String {
    format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"K\",\"items\":{items}")
}
