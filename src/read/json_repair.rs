//! Repairs JSON that does not parse, so that one wrong place costs only that place.

/// Escapes line breaks in strings, drops commas before a bracket, replaces escapes and numbers that mean nothing, and ends
/// what breaks off after its last complete item.
pub fn repair(text: &str) -> Option<String> {
    let mut repair = Repair { rest: text, out: String::with_capacity(text.len() + 2) };
    let (mut open, mut complete) = (Vec::new(), None);
    while let Some(c) = repair.rest.chars().next() {
        match c {
            '"' => {
                if !repair.string() {
                    open.push('"');
                }
                continue;
            }
            '-' | '+' | '.' | '0'..='9' => {
                repair.number();
                continue;
            }
            '[' | '{' => open.push(c),
            ']' | '}' => {
                open.pop();
                let kept = repair.out.trim_end().trim_end_matches(',').len();
                repair.out.truncate(kept);
            }
            _ => {}
        }
        repair.keep(c.len_utf8());
        if c == '}' && open == ['{', '['] {
            complete = Some(repair.out.len());
        }
    }
    let mut out = repair.out;
    if !open.is_empty() {
        out.truncate(complete?);
        out.push_str("]}");
    }
    Some(out)
}

/// What is still to be read, and what was written.
struct Repair<'a> {
    rest: &'a str,
    out: String,
}

impl<'a> Repair<'a> {
    /// Takes some bytes of the rest.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Keeps some bytes as they are.
    fn keep(&mut self, bytes: usize) {
        let taken = self.take(bytes);
        self.out.push_str(taken);
    }

    /// A string from its quote on; whether it ends.
    fn string(&mut self) -> bool {
        self.keep(1);
        loop {
            let plain = self.rest.find(['"', '\\', '\n', '\r', '\t']);
            self.keep(plain.unwrap_or(self.rest.len()));
            match self.rest.chars().next() {
                None => return false,
                Some('"') => {
                    self.keep(1);
                    return true;
                }
                Some('\\') => self.escape(),
                Some(c) => {
                    self.take(1);
                    self.out.push_str(if c == '\t' { "\\t" } else { "\\n" });
                }
            }
        }
    }

    /// A backslash and what it escapes; half of a surrogate pair becomes U+FFFD, an escape that does not exist its letter.
    fn escape(&mut self) {
        let next = self.rest.get(1..).and_then(|after| after.chars().next());
        match (next, unit(self.rest)) {
            (Some('u'), Some(0xd800..=0xdbff)) => {
                let low = self.rest.get(6..).and_then(unit);
                let paired = low.is_some_and(|low| (0xdc00..=0xdfff).contains(&low));
                if paired { self.keep(12) } else { self.replace(6) }
            }
            (Some('u'), Some(0xdc00..=0xdfff)) => self.replace(6),
            (Some('u'), Some(_)) => self.keep(6),
            (Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't'), _) => self.keep(2),
            _ => {
                self.take(1);
            }
        }
    }

    /// Puts U+FFFD in place of some bytes.
    fn replace(&mut self, bytes: usize) {
        self.take(bytes);
        self.out.push_str("\\ufffd");
    }

    /// A number; one that no program can hold, or that is not written as JSON writes numbers, becomes a string.
    fn number(&mut self) {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let written = self.take(self.rest.find(|c| !part(c)).unwrap_or(self.rest.len()));
        match serde_json::from_str::<serde_json::Number>(written) {
            Ok(_) => self.out.push_str(written),
            Err(_) => {
                self.out.push('"');
                self.out.push_str(written);
                self.out.push('"');
            }
        }
    }
}

/// The code unit of the escape (`\u` and four hexadecimal digits) that a text begins with.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_place_is_repaired_and_the_rest_stays() {
        for (broken, repaired) in [
            (r#"{"a":1e999,"b":-2.5e3}"#, r#"{"a":"1e999","b":-2.5e3}"#),
            (r#"[007,1.,+1,.5,0x1f]"#, r#"["007","1.","+1",".5","0x1f"]"#),
            (
                r#"["\ud800","\udc00\ud83d\ude00","\ud83dx"]"#,
                r#"["\ufffd","\ufffd\ud83d\ude00","\ufffdx"]"#,
            ),
            (r#"["it\'s \x \u12"]"#, r#"["it's x u12"]"#),
            ("[\"a\nb\",]", "[\"a\\nb\"]"),
            (r#"["a\"b\\"]"#, r#"["a\"b\\"]"#),
        ] {
            let found = repair(broken);
            assert_eq!(found.as_deref(), Some(repaired), "{broken}");
            assert!(serde_json::from_str::<serde_json::Value>(repaired).is_ok(), "{repaired}");
        }
    }
}
