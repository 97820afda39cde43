use crate::model::Seq;
use std::fmt;
use std::str::FromStr;

/// The name of the selection of everything, where a name is needed.
const EVERYTHING: &str = "0";

/// Where a copy stands. Its text is opaque to partners: `812`, `812.SELECTION`, or `812.SELECTION.WALKED.OLD`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Every event up to this one has been read.
    pub seq: Seq,
    /// The fingerprint of the copy's selection; `None` if it is of everything.
    pub selection: Option<String>,
    /// The change from an earlier selection, if one is under way.
    pub walk: Option<Walk>,
}

/// The walk through the events up to a cursor that turns a copy of one selection into a copy of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Every event up to this one has been looked at again.
    pub at: Seq,
    /// The fingerprint of the earlier selection.
    pub from: Option<String>,
}

impl Cursor {
    /// Where a copy stands that began here and has applied every step up to the one of this number.
    pub fn at_step(&self, seq: Seq) -> Self {
        let walk = self.walk.clone().filter(|_| seq < self.seq);
        let walk = walk.map(|walk| Walk { at: seq, ..walk });
        Self { seq: self.seq.max(seq), selection: self.selection.clone(), walk }
    }
}

impl Cursor {
    /// The text with as many figures in front for every number, so that texts sort as their cursors do. It reads back.
    pub fn padded(&self) -> String {
        let text = self.to_string();
        let (seq, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        format!("{seq:0>19}{rest}")
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seq)?;
        let name =
            |selection: &Option<String>| selection.clone().unwrap_or_else(|| EVERYTHING.to_owned());
        match &self.walk {
            Some(walk) => {
                write!(f, ".{}.{}.{}", name(&self.selection), walk.at, name(&walk.from))
            }
            None => self.selection.iter().try_for_each(|selection| write!(f, ".{selection}")),
        }
    }
}

/// A text that no cursor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let parts: Vec<&str> = text.splitn(5, '.').collect();
        let (seq, selection, walk) = match parts.as_slice() {
            [seq] => (seq, None, None),
            [seq, selection] => (seq, Some(fingerprint(selection)?), None),
            [seq, selection, at, from] => {
                let walk = Walk { at: number(at)?, from: named(from)? };
                (seq, named(selection)?, Some(walk))
            }
            _ => return Err(NotACursor),
        };
        Ok(Self { seq: number(seq)?, selection, walk })
    }
}

/// A number of 19 figures at most; one that no journal can give is still a number.
fn number(text: &str) -> Result<Seq, NotACursor> {
    let figures = (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = figures.then(|| text.parse().ok()).flatten();
    number.map(Seq).ok_or(NotACursor)
}

fn fingerprint(text: &str) -> Result<String, NotACursor> {
    let is_one = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_one { Ok(text.to_owned()) } else { Err(NotACursor) }
}

fn named(text: &str) -> Result<Option<String>, NotACursor> {
    if text == EVERYTHING { Ok(None) } else { fingerprint(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_what_is_none_is_refused() {
        let print = "0123456789abcdef";
        let all = ["0", "812", "9223372036854775807"].map(str::to_owned);
        let of_one = [format!("812.{print}"), format!("812.0.7.{print}")];
        let walks = [format!("812.{print}.0.0"), format!("812.{print}.812.{print}")];
        for text in all.iter().chain(&of_one).chain(&walks) {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), *text);
        }
        let walking: Cursor = walks[0].parse().unwrap();
        assert_eq!(walking.at_step(Seq(7)).to_string(), format!("812.{print}.7.0"));
        assert_eq!(walking.at_step(Seq(812)).to_string(), format!("812.{print}"));
        assert_eq!(walking.at_step(Seq(813)).to_string(), format!("813.{print}"));
        let of = |text: &str| text.parse::<Cursor>().unwrap().padded();
        assert_eq!(of("812"), "0000000000000000812");
        assert!(of(&format!("9.{print}")) < of(&format!("10.{print}")));
        assert_eq!(of("812").parse::<Cursor>(), "812".parse());
        for bad in [
            "",
            "-1",
            "+1",
            " 1",
            "1.",
            ".",
            "1.0",
            "1.0123456789ABCDEF",
            "1.2.3",
            "1.0.x.0",
            "1.0.1.0.0",
            "99999999999999999999",
            "１",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(NotACursor), "{bad}");
        }
    }
}
