//! One table of the config file. The rooms take its keys out one by one; each mistake is noted with its line, and a
//! default stands in, so that one reading finds every mistake.

use super::mistake::{File, nearest};
use super::units;
use crate::model::Network;
use crate::text::is_forbidden;
use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of [`Table::pairs`].
pub(super) enum Pair<'a> {
    /// `"…"`
    Text(&'a str),
    /// `{ file = "…" }`
    File(&'a str),
}

/// A table whose keys have not all been taken.
pub(super) struct Table<'a> {
    file: &'a File<'a>,
    /// `source`, `source.selectors`; empty for the file itself.
    name: String,
    /// The place of its name in the file.
    span: Range<usize>,
    left: DeTable<'a>,
    /// The keys that were asked for, with their lines if the file has them.
    asked: Vec<(&'static str, Option<usize>)>,
}

impl<'a> Table<'a> {
    /// The whole file as a table of tables.
    pub(super) fn root(file: &'a File<'a>, left: DeTable<'a>) -> Self {
        Self { file, name: String::new(), span: 0..0, left, asked: Vec::new() }
    }

    /// The table `[name]`, empty if the file has none.
    pub(super) fn table(&mut self, name: &'static str) -> Self {
        match self.remove(name).map(|(span, value)| (span, value.into_inner())) {
            Some((span, DeValue::Table(left))) => self.inner(name, span, left),
            Some((span, other)) => {
                let message = format!(
                    "is {}, not a table: write [{}] on a line of its own",
                    article(&other),
                    self.name_of(name)
                );
                self.refuse(name, message);
                self.inner(name, span, DeTable::new())
            }
            None => self.inner(name, self.span.clone(), DeTable::new()),
        }
    }

    /// Every `[[name]]` of the file.
    pub(super) fn tables(&mut self, name: &'static str) -> Vec<Self> {
        let Some((_, value)) = self.remove(name) else { return Vec::new() };
        let mut tables = Vec::new();
        let DeValue::Array(items) = value.into_inner() else {
            self.refuse(name, format!("is one table: write [[{name}]], each in double brackets"));
            return tables;
        };
        for item in items {
            let span = item.span();
            match item.into_inner() {
                DeValue::Table(left) => tables.push(self.inner(name, span, left)),
                _ => self.refuse(name, format!("is not a list of tables: write [[{name}]]")),
            }
        }
        tables
    }

    fn inner(&self, name: &'static str, span: Range<usize>, left: DeTable<'a>) -> Self {
        Self { file: self.file, name: self.name_of(name), span, left, asked: Vec::new() }
    }

    /// A text; the default if it is absent or empty.
    pub(super) fn text(&mut self, key: &'static str, default: &str) -> String {
        self.optional(key).unwrap_or_else(|| default.to_owned())
    }

    /// A text; `None` if it is absent or empty.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<String> {
        let text = self.take(key, |value| text_of(value, &in_quotes(key, "…")))?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A text that may not be absent or empty.
    pub(super) fn needed(&mut self, key: &'static str, example: &str) -> Option<String> {
        let text = self.optional(key);
        if text.is_none() && self.is_right(key) {
            self.refuse(key, format!("is missing: add {key} = \"{example}\""));
        }
        text
    }

    /// A list of texts; empty if it is absent.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        self.list(key, "…", |value| text_of(value, "").ok())
    }

    /// A list of `host:port`.
    pub(super) fn hosts(&mut self, key: &'static str) -> Vec<String> {
        let hosts = self.list(key, "10.1.2.3:80", |value| text_of(value, "").ok());
        for entry in &hosts {
            let port = entry.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            if port.is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
                let message = format!("`{entry}` is not host:port: write it as in \"10.1.2.3:80\"");
                self.refuse(key, message);
            }
        }
        hosts
    }

    /// A list of networks.
    pub(super) fn networks(&mut self, key: &'static str) -> Vec<Network> {
        let texts = self.list(key, "10.1.0.0/16", |value| value.as_str().map(str::to_owned));
        let mut networks = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(network) => networks.push(network),
                Err(error) => self.refuse(key, format!("{error}")),
            }
        }
        networks
    }

    /// A table of texts, each with its key; what is no text is read by `other`.
    pub(super) fn pairs<T>(
        &mut self,
        key: &'static str,
        example: &str,
        read: impl Fn(&str, Pair<'_>) -> Result<T, String>,
    ) -> Vec<(String, T)> {
        let wrong = || format!("is not what is wanted: write it as in {key} = {example}");
        let all = |value: &DeValue<'_>| {
            let mut found = Vec::new();
            for (name, value) in value.as_table().ok_or_else(wrong)?.iter() {
                let name: &str = name.get_ref();
                let table = value.get_ref().as_table().filter(|table| table.len() == 1);
                let file = table.and_then(|table| table.get("file")?.get_ref().as_str());
                let pair = match (value.get_ref().as_str(), file) {
                    (Some(text), _) => Pair::Text(text),
                    (None, Some(path)) => Pair::File(path),
                    (None, None) => return Err(wrong()),
                };
                found.push((name.to_owned(), read(name, pair)?));
            }
            Ok(found)
        };
        self.take(key, all).unwrap_or_default()
    }

    /// A list of ports.
    pub(super) fn ports(&mut self, key: &'static str) -> Vec<u16> {
        let port = |value: &DeValue<'_>| u16::try_from(number_of(value)?).ok();
        self.take(key, |value| list_of(value, port, "a list of ports", &format!("{key} = [8080]")))
            .unwrap_or_default()
    }

    fn list<T>(
        &mut self,
        key: &'static str,
        example: &str,
        item: impl Fn(&DeValue<'_>) -> Option<T>,
    ) -> Vec<T> {
        let example = format!("{key} = [\"{example}\"]");
        self.take(key, |value| {
            list_of(value, item, "a list of texts without control characters", &example)
        })
        .unwrap_or_default()
    }

    /// A duration in milliseconds.
    pub(super) fn duration(&mut self, key: &'static str, default: &str) -> i64 {
        self.duration_or(key, units::millis(default).unwrap_or(0), default)
    }

    /// A duration whose default is in milliseconds.
    pub(super) fn duration_or(&mut self, key: &'static str, default: i64, example: &str) -> i64 {
        let remedy = format!("write a duration such as \"{example}\"");
        self.take(key, |value| units::millis(&text_of(value, &remedy)?)).unwrap_or(default)
    }

    /// A duration in milliseconds that may not be 0.
    pub(super) fn positive(&mut self, key: &'static str, default: &str) -> i64 {
        let millis = self.duration(key, default);
        if millis == 0 {
            self.refuse(key, format!("may not be 0: give a time such as \"{default}\""));
        }
        millis
    }

    /// A size in bytes, at least `least`.
    pub(super) fn size(&mut self, key: &'static str, default: &str, least: i64) -> i64 {
        let remedy = format!("write a size such as \"{default}\"");
        let read = |value: &DeValue<'_>| match units::bytes(&text_of(value, &remedy)?)? {
            few if few < least => Err(format!("{few} bytes are too few: give {least} or more")),
            bytes => Ok(bytes),
        };
        self.take(key, read).or_else(|| units::bytes(default).ok()).unwrap_or(0)
    }

    /// An offset in seconds east of UTC.
    pub(super) fn offset(&mut self, key: &'static str, default: i32) -> i32 {
        let remedy = in_quotes(key, "+07:00");
        self.take(key, |value| units::offset(&text_of(value, &remedy)?)).unwrap_or(default)
    }

    /// A whole number, at least `least`.
    pub(super) fn number(&mut self, key: &'static str, default: usize, least: usize) -> usize {
        let read = |value: &DeValue<'_>| match number_of(value) {
            Some(number) if number >= least => Ok(number),
            Some(_) => Err(format!("may not be less than {least}")),
            None => {
                Err(format!("is not a whole number of 0 or more: write it as in {key} = {default}"))
            }
        };
        self.take(key, read).unwrap_or(default)
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        let read = |value: &DeValue<'_>| {
            value.as_bool().ok_or_else(|| {
                format!(
                    "is {}, not true or false: write it as in {key} = {default}",
                    article(value)
                )
            })
        };
        self.take(key, read).unwrap_or(default)
    }

    /// One of the words that a type has for its values.
    pub(super) fn word<T: DeserializeOwned + Default>(&mut self, key: &'static str) -> T {
        let remedy = in_quotes(key, "…");
        self.take(key, |value| word_of(&text_of(value, &remedy)?)).unwrap_or_default()
    }

    /// A list of such words.
    pub(super) fn words<T: DeserializeOwned>(&mut self, key: &'static str) -> Vec<T> {
        let words: Vec<Result<T, String>> =
            self.texts(key).iter().map(|text| word_of(text)).collect();
        let mut read = Vec::new();
        for word in words {
            match word {
                Ok(word) => read.push(word),
                Err(message) => self.refuse(key, message),
            }
        }
        read
    }

    /// Whether a key has the first of two words; the default if it is absent.
    pub(super) fn either(
        &mut self,
        key: &'static str,
        [yes, no]: [&str; 2],
        default: bool,
    ) -> bool {
        let remedy = in_quotes(key, if default { yes } else { no });
        let read = |value: &DeValue<'_>| match text_of(value, &remedy)? {
            text if text == yes => Ok(true),
            text if text == no => Ok(false),
            other => Err(format!("`{other}` is neither \"{yes}\" nor \"{no}\"")),
        };
        self.take(key, read).unwrap_or(default)
    }

    /// Takes a key's value out; `None` where it is absent or wrong, which is noted.
    fn take<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let (_, value) = self.remove(key)?;
        if !self.is_right(key) {
            return None;
        }
        match read(value.get_ref()) {
            Ok(read) => Some(read),
            Err(message) => {
                self.refuse(key, message);
                None
            }
        }
    }

    fn remove(&mut self, key: &'static str) -> Option<(Range<usize>, Spanned<DeValue<'a>>)> {
        let entry = self.left.remove_entry(key).map(|(key, value)| (key.span(), value));
        let line = entry.as_ref().map(|(span, _)| self.file.line_at(span.start));
        self.asked.push((key, line));
        entry
    }

    /// Whether the table has a key that has not been taken.
    pub(super) fn has(&self, key: &str) -> bool {
        self.left.contains_key(key)
    }

    /// Whether nothing is wrong with a key; what only follows from a mistake is no mistake of its own.
    pub(super) fn is_right(&self, key: &str) -> bool {
        !self.file.is_wrong(self.line_of(key), &self.name_of(key))
    }

    /// Notes a mistake at a key, unless one is noted there already.
    pub(super) fn refuse(&self, key: &str, message: impl Into<String>) {
        if self.is_right(key) {
            self.file.add(self.line_of(key), self.name_of(key), message.into());
        }
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        for key in self.left.keys() {
            let (line, name) = (self.file.line_at(key.span().start), self.name_of(key.get_ref()));
            if !self.file.is_wrong(line, &name) {
                let known = self.asked.iter().map(|(key, _)| *key);
                self.file.add(line, name, nearest(key.get_ref(), known));
            }
        }
        #[cfg(test)]
        self.file.note_keys(&self.name, self.asked.iter().map(|(key, _)| *key));
    }

    fn name_of(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The line of a key that was taken, else the table's own.
    fn line_of(&self, key: &str) -> usize {
        let asked = self.asked.iter().rev().find(|(asked, _)| *asked == key);
        let line = asked.and_then(|(_, line)| *line);
        line.unwrap_or_else(|| self.file.line_at(self.span.start))
    }
}

fn text_of(value: &DeValue<'_>, remedy: &str) -> Result<String, String> {
    let text = value.as_str();
    let text = text.ok_or_else(|| format!("is {}, not a text: {remedy}", article(value)))?;
    match text.chars().find(|c| is_forbidden(*c)) {
        Some(c) => Err(format!("has a control character (U+{:04X}): take it out", u32::from(c))),
        None => Ok(text.to_owned()),
    }
}

fn number_of(value: &DeValue<'_>) -> Option<usize> {
    let number = value.as_integer()?;
    usize::from_str_radix(number.as_str(), number.radix()).ok()
}

fn list_of<T>(
    value: &DeValue<'_>,
    item: impl Fn(&DeValue<'_>) -> Option<T>,
    wanted: &str,
    example: &str,
) -> Result<Vec<T>, String> {
    let items = value.as_array().map(|items| items.iter().map(|value| item(value.get_ref())));
    items
        .and_then(Iterator::collect)
        .ok_or_else(|| format!("is not {wanted}: write it as in {example}"))
}

fn word_of<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    T::deserialize(text).map_err(|error| error.to_string())
}

fn in_quotes(key: &str, example: &str) -> String {
    format!("write it in quotes, as in {key} = \"{example}\"")
}

/// What a value is, with its article. The value itself may be a secret.
fn article(value: &DeValue<'_>) -> String {
    match value.type_str() {
        kind if kind.starts_with(['a', 'i']) => format!("an {kind}"),
        kind => format!("a {kind}"),
    }
}
