//! Numbers that may be written as strings, and the other way round.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// The most values of one list.
pub(super) const MANY: usize = 256;

/// A string, or a whole number as its digits.
#[derive(Debug)]
pub struct Code(pub(super) String);

struct CodeVisitor;

impl Visitor<'_> for CodeVisitor {
    type Value = Code;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Code, E> {
        Ok(Code(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Code, E> {
        Ok(Code(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Code, E> {
        Ok(Code(number.to_string()))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CodeVisitor)
    }
}

/// A number from 0 on, rounded since JSON Feed's durations have fractions; or a string, which is read later.
#[derive(Debug)]
pub struct Amount(pub(super) String);

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 on")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
        Ok(Amount(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
        self.visit_f64(number as f64).map(|_| Amount(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
        // JSON's numbers are exact up to 2^53; no file is that large.
        if (0.0..=9e15).contains(&number) {
            return Ok(Amount((number.round() as u64).to_string()));
        }
        Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}
