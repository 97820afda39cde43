use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Lists and maps that may stand in one another.
const DEPTH: usize = 16;
/// Bytes of JSON that anchors and their aliases may add, so that a few lines cannot become gigabytes.
const REPEATED_BYTES: usize = 256 << 10;

/// Reads the YAML of front matter. Every scalar stays the text that is written, also a number or a date; only an empty
/// one, `~` and `null` are null.
///
/// # Errors
/// What the parser says, or which limit is exceeded.
pub(super) fn read(matter: &str) -> Result<Value, String> {
    let (parser, anchors) = (Parser::new_from_str(matter), HashMap::new());
    let mut reader = Reader { parser, anchors, left: REPEATED_BYTES };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd => return Ok(Value::Null),
            first => return reader.value(first, DEPTH),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Value>,
    left: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        let next = self.parser.next().unwrap_or(Ok((Event::StreamEnd, Default::default())));
        next.map(|(event, _)| event).map_err(|error| error.to_string())
    }

    /// The value that begins with an event.
    fn value(&mut self, first: Event<'a>, depth: usize) -> Result<Value, String> {
        let depth = depth.checked_sub(1).ok_or("lists and maps stand too deep in one another")?;
        let (anchor, value) = match first {
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(text.into_owned(), style)),
            Event::SequenceStart(anchor, _) => (anchor, self.sequence(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.mapping(depth)?),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().unwrap_or_default();
                self.pay(&value)?;
                return Ok(value);
            }
            _ => return Err("it ends too early".to_owned()),
        };
        if anchor > 0 {
            self.pay(&value)?;
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut values = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::Array(values)),
                first => values.push(self.value(first, depth)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut fields = Map::new();
        loop {
            let name = match self.next()? {
                Event::MappingEnd => return Ok(Value::Object(fields)),
                first => self.value(first, depth)?,
            };
            let first = self.next()?;
            let value = self.value(first, depth)?;
            if let Value::String(name) = name {
                fields.insert(name, value);
            }
        }
    }

    /// Takes what a value costs from what may be repeated.
    fn pay(&mut self, value: &Value) -> Result<(), String> {
        let left = self.left.checked_sub(value.to_string().len());
        self.left = left.ok_or("anchors repeat too much")?;
        Ok(())
    }
}

fn scalar(text: String, style: ScalarStyle) -> Value {
    let is_null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
    if is_null { Value::Null } else { Value::String(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_stay_as_they_are_written() {
        let text = "title: \"Hội nghị: \\\"tổng kết\\\"\"   # sửa lần hai\nid: 007\nso: 1.10\ndraft: no\ntrống:\n\
            date: 2026-11-20 08:00:00 +0700\nlead: >-\n  Một\n  hai\nfull: |\n  Một\n  hai\ntags: [ \"mua, bán\", 'hội' ]\n\
            authors:\n- name: Bùi Thị Mơ\n- {name: Hà Công Ín}\n";
        let expected = json!({
            "title": "Hội nghị: \"tổng kết\"", "id": "007", "so": "1.10", "draft": "no", "trống": null,
            "date": "2026-11-20 08:00:00 +0700", "lead": "Một hai", "full": "Một\nhai\n",
            "tags": ["mua, bán", "hội"], "authors": [{"name": "Bùi Thị Mơ"}, {"name": "Hà Công Ín"}],
        });
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(read("# chỉ có ghi chú\n").unwrap(), Value::Null);
    }

    #[test]
    fn anchors_are_followed_within_bounds() {
        let text = "a: &ten {name: Mơ}\nauthors: [*ten, *ten]\n";
        assert_eq!(read(text).unwrap()["authors"], json!([{"name": "Mơ"}, {"name": "Mơ"}]));
        let mut laughs = "a0: &a0 haha\n".to_owned();
        for n in 1..12 {
            let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
            laughs.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
        }
        assert!(read(&laughs).unwrap_err().contains("repeat"));
        for deep in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(1_000)] {
            assert!(read(&deep).is_err());
        }
    }
}
