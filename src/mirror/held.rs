use crate::journal::durable;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Lines beyond two for each article with which the file is written anew.
const SPARE_LINES: usize = 10_000;

/// Which articles a destination holds. Each change is a line at the end of a file: it survives a kill at once, and a
/// power cut once [`Held::sync`] has returned.
pub struct Held {
    path: PathBuf,
    file: File,
    articles: HashMap<String, Entry>,
}

/// What is remembered of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    pub id: String,
    pub source: String,
    /// Whether a file of it is still to be fetched.
    pub missing: bool,
    /// Whether the copy that is under way has not named it yet.
    pub unnamed: bool,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// The article is held.
    Put(String, Entry),
    /// The article is not held any more.
    Gone(String),
    /// A copy from the start begins.
    Anew,
}

impl Held {
    /// Reads the file, or makes it. A line that a power cut left half is skipped, since its step comes again.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let named = || path.display().to_string();
        let text = match std::fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read.with_context(named)?,
        };
        let mut articles = HashMap::new();
        let (mut lines, mut broken) = (0, text.last().is_some_and(|last| *last != b'\n'));
        for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            lines += 1;
            match serde_json::from_slice(line) {
                Ok(line) => replay(line, &mut articles),
                Err(_) => broken = true,
            }
        }
        if broken || lines > 2 * articles.len() + SPARE_LINES {
            rewrite(path, &articles).with_context(named)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path).with_context(named)?;
        Ok(Self { path: path.to_owned(), file, articles })
    }

    /// Whether an article is held.
    pub fn has(&self, key: &str) -> bool {
        self.articles.contains_key(key)
    }

    /// Notes that an article is held.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&mut self, key: &str, entry: Entry) -> anyhow::Result<()> {
        if self.articles.get(key) == Some(&entry) {
            return Ok(());
        }
        self.note(Line::Put(key.to_owned(), entry))
    }

    /// Notes that an article is not held.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remove(&mut self, key: &str) -> anyhow::Result<()> {
        if !self.has(key) {
            return Ok(());
        }
        self.note(Line::Gone(key.to_owned()))
    }

    /// Begins a copy from the start: no article is named yet.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin_anew(&mut self) -> anyhow::Result<()> {
        self.note(Line::Anew)?;
        self.sync()
    }

    /// The articles that the copy from the start has not named, in the order of their keys.
    pub fn unnamed(&self) -> Vec<(String, Entry)> {
        self.matching(|entry| entry.unnamed)
    }

    /// The articles of which a file is still to be fetched, in the order of their keys.
    pub fn missing(&self) -> Vec<(String, Entry)> {
        self.matching(|entry| entry.missing)
    }

    fn matching(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<(String, Entry)> {
        let found = self.articles.iter().filter(|(_, entry)| wanted(entry));
        let mut found: Vec<_> = found.map(|(key, entry)| (key.clone(), entry.clone())).collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }

    /// Makes what was noted durable.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn sync(&self) -> anyhow::Result<()> {
        self.file.sync_data().with_context(|| self.path.display().to_string())
    }

    fn note(&mut self, line: Line) -> anyhow::Result<()> {
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).with_context(|| self.path.display().to_string())?;
        replay(line, &mut self.articles);
        Ok(())
    }
}

fn replay(line: Line, articles: &mut HashMap<String, Entry>) {
    match line {
        Line::Put(key, entry) => {
            articles.insert(key, entry);
        }
        Line::Gone(key) => {
            articles.remove(&key);
        }
        Line::Anew => articles.values_mut().for_each(|entry| entry.unnamed = true),
    }
}

fn rewrite(path: &Path, articles: &HashMap<String, Entry>) -> std::io::Result<()> {
    durable::replace(path, 0o644, |file| {
        let mut out = BufWriter::new(file);
        for (key, entry) in articles {
            serde_json::to_writer(&mut out, &Line::Put(key.clone(), entry.clone()))?;
            out.write_all(b"\n")?;
        }
        out.flush()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(found: Vec<(String, Entry)>) -> Vec<String> {
        found.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_new_copy_knows_what_it_has_not_named_also_after_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        let mut held = Held::open(&path).unwrap();
        for key in ["a", "b", "c"] {
            held.put(key, Entry { missing: key == "c", ..Entry::default() }).unwrap();
        }
        held.remove("b").unwrap();
        held.begin_anew().unwrap();
        held.put("a", Entry::default()).unwrap();
        drop(held);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"put").unwrap();
        let mut held = Held::open(&path).unwrap();
        assert_eq!(keys(held.unnamed()), ["c"]);
        assert_eq!(keys(held.missing()), ["c"]);
        assert!(held.has("a") && !held.has("b"));
        held.put("d", Entry::default()).unwrap();
        let held = Held::open(&path).unwrap();
        assert_eq!((keys(held.unnamed()), held.articles.len()), (vec!["c".to_owned()], 3));
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        let mut held = Held::open(&path).unwrap();
        for round in 0..=SPARE_LINES {
            held.put("a", Entry { missing: round % 2 == 0, ..Entry::default() }).unwrap();
        }
        drop(held);
        let long = std::fs::metadata(&path).unwrap().len();
        held = Held::open(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 0 && long > 100_000);
        for round in 0..3 {
            held.put("a", Entry { missing: round % 2 == 0, ..Entry::default() }).unwrap();
        }
        drop(held);
        Held::open(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 1_000);
    }
}
