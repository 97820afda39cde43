//! Parses JSON within limits: what is beyond them is skipped and takes no memory.

use super::limits::Limits;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::VecDeque;

/// Things in one list, and names in one object, that are kept.
const MOST: usize = 256;

/// Parses a document; also returns how many of its texts were cut. Of its items the first and the last are kept, each as many
/// as the limit says: the newest stand at one of the ends.
///
/// # Errors
/// The parser's, where the text is not JSON.
pub fn parse(text: &str, limits: &Limits) -> Result<(Value, u32), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let (items, cut) = (Some(limits.entries), Cell::new(0));
    let seed = Bounded { list: MOST, last: 0, items, text: limits.text, cut: &cut };
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, cut.get()))
}

/// How much of the next value is kept.
#[derive(Clone, Copy)]
struct Bounded<'c> {
    /// Elements, if it is a list.
    list: usize,
    /// Elements at its end that are kept besides.
    last: usize,
    /// Elements of its `items`, if it is the whole document.
    items: Option<usize>,
    /// Bytes of a text.
    text: usize,
    /// Texts that were longer.
    cut: &'c Cell<u32>,
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        let end = value.floor_char_boundary(self.text);
        self.cut.set(self.cut.get().saturating_add(u32::from(end < value.len())));
        Ok(value.get(..end).unwrap_or_default().into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = Bounded { list: MOST, last: 0, items: None, ..self };
        let mut kept = Vec::new();
        while kept.len() < self.list {
            match list.next_element_seed(inner)? {
                Some(value) => kept.push(value),
                None => return Ok(Value::Array(kept)),
            }
        }
        if self.last == 0 {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        let mut last = VecDeque::new();
        while let Some(value) = list.next_element_seed(inner)? {
            last.push_back(value);
            if last.len() > self.last {
                last.pop_front();
            }
        }
        kept.extend(last);
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if kept.len() >= MOST {
                object.next_value::<IgnoredAny>()?;
                continue;
            }
            let items = self.items.filter(|_| name == "items");
            let (list, last) = (items.unwrap_or(MOST), items.unwrap_or(0));
            let inner = Bounded { list, last, items: None, ..self };
            kept.insert(name, object.next_value_seed(inner)?);
        }
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_stands_there_up_to_the_limits() {
        let text =
            r#"{"version":"1","items":[{"id":1,"a":[null,true,-1,1.5,"x"]},{}],"n":{"items":[]}}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text, &Limits::default()).unwrap(), (plain, 0));
        let long = format!("{{\"items\":[{}0],\"x\":[{0}0]}}", "0,".repeat(5_000));
        let (kept, _) = parse(&long, &Limits { entries: 1_000, ..Limits::default() }).unwrap();
        let count = |name: &str| kept[name].as_array().map(Vec::len);
        assert_eq!((count("items"), count("x")), (Some(2_000), Some(MOST)));
        assert!(parse("{} x", &Limits::default()).is_err());
        let cut = parse("[\"ếế\", \"ế\"]", &Limits { text: 5, ..Limits::default() }).unwrap();
        assert_eq!(cut, (serde_json::json!(["ế", "ế"]), 1));
    }
}
