//! Where in a JSON text something is: the pointer (RFC 6901) of a line and column. Pure.

/// The JSON pointer of the value or key at a line and column (from 1); as far as the text can be followed.
pub fn pointer(text: &str, line: usize, column: usize) -> String {
    let mut path = Path::default();
    let end = offset(text, line, column);
    let mut rest = text.get(..end).unwrap_or(text);
    while let Some(byte) = rest.bytes().next() {
        rest = match byte {
            b'"' => {
                let (string, after) = string(rest);
                path.string(string);
                after
            }
            _ => {
                path.mark(byte);
                rest.get(1..).unwrap_or_else(|| skip_char(rest))
            }
        };
    }
    path.pointer()
}

fn skip_char(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut end = (before + column).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// A string's inside as written, and what follows it.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (text.get(1..index).unwrap_or(""), text.get(index + 1..).unwrap_or("")),
            _ => {}
        }
    }
    (text.get(1..).unwrap_or(""), "")
}

/// One open object or array.
enum Level {
    Object { key: Option<String>, in_value: bool },
    Array { index: usize },
}

#[derive(Default)]
struct Path(Vec<Level>);

impl Path {
    fn string(&mut self, text: &str) {
        if let Some(Level::Object { key, in_value: false }) = self.0.last_mut() {
            *key = Some(text.chars().take(100).collect());
        }
    }

    fn mark(&mut self, byte: u8) {
        match (byte, self.0.last_mut()) {
            (b'{', _) => self.0.push(Level::Object { key: None, in_value: false }),
            (b'[', _) => self.0.push(Level::Array { index: 0 }),
            (b'}' | b']', _) => {
                self.0.pop();
            }
            (b':', Some(Level::Object { in_value, .. })) => *in_value = true,
            (b',', Some(Level::Object { in_value, .. })) => *in_value = false,
            (b',', Some(Level::Array { index })) => *index += 1,
            _ => {}
        }
    }

    fn pointer(&self) -> String {
        let part = |level: &Level| match level {
            Level::Object { key, .. } => {
                key.as_ref().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")))
            }
            Level::Array { index } => Some(format!("/{index}")),
        };
        self.0.iter().take(64).filter_map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_follow_objects_and_arrays() {
        let text = "{\"a\": [1, {\"b/c\": \"é\\\"}\"}],\n \"d\": 5}";
        assert_eq!(pointer(text, 1, 6), "/a");
        assert_eq!(pointer(text, 1, 11), "/a/1");
        assert_eq!(pointer(text, 1, 18), "/a/1/b~1c");
        assert_eq!(pointer(text, 2, 6), "/d");
        assert_eq!(pointer("", 9, 9), "");
        assert_eq!(pointer("{\"é", 1, 3), "/é");
        assert_eq!(pointer("é\u{1f600}x", 1, 2), "");
    }
}
