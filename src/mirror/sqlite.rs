use super::article::Page;
use super::position::{Position, Whose};
use crate::text::hex;
use anyhow::Context;
use serde::Deserialize;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Makes the tables: `articles`, a row for each article, and `position` with the cursor.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS articles (
  key TEXT PRIMARY KEY, id TEXT NOT NULL, revision INTEGER NOT NULL, source TEXT NOT NULL, source_title TEXT,
  url TEXT, page TEXT, title TEXT NOT NULL, summary TEXT, content_html TEXT, language TEXT,
  published TEXT NOT NULL, updated TEXT NOT NULL, image TEXT, article TEXT NOT NULL, named INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS position (publisher TEXT, next TEXT, journal TEXT, copying INTEGER);
";

/// Applies the steps in the table `page`.
const APPLY: &str = "
DELETE FROM articles WHERE key IN
  (SELECT json_extract(step, '$.key') FROM page WHERE json_extract(step, '$.type') <> 'put');
INSERT OR REPLACE INTO articles
  SELECT json_extract(a, '$.key'), json_extract(a, '$.id'), json_extract(a, '$.revision'),
    json_extract(a, '$.source.id'), json_extract(a, '$.source.title'), json_extract(a, '$.url'),
    json_extract(a, '$.page'), json_extract(a, '$.title'), json_extract(a, '$.summary'),
    json_extract(a, '$.content_html'), json_extract(a, '$.language'), json_extract(a, '$.published'),
    json_extract(a, '$.updated'), json_extract(a, '$.image.url'), a, 1
  FROM (SELECT json_extract(step, '$.article') AS a FROM page WHERE json_extract(step, '$.type') = 'put');
";

/// A copy in a SQLite database, written by the program `sqlite3`: a page and its cursor in one transaction.
pub struct Sqlite {
    file: PathBuf,
    pub(super) position: Position,
}

/// The row of the table `position`.
#[derive(Deserialize)]
struct Row {
    publisher: String,
    next: String,
    journal: Option<String>,
    copying: i64,
}

impl Sqlite {
    /// Opens a database, or makes it.
    ///
    /// # Errors
    /// There is no `sqlite3`, the file is no database of ours or of another publisher, or it cannot be written.
    pub fn open(file: &Path, whose: &Whose) -> anyhow::Result<Self> {
        // An absolute path is never taken for an option.
        let file = std::path::absolute(file).with_context(|| file.display().to_string())?;
        let text = format!("{TABLES}SELECT publisher, next, journal, copying FROM position;");
        let said = run(&file, &text)?;
        let rows: Vec<Row> = match said.trim_ascii() {
            b"" => Vec::new(),
            said => serde_json::from_slice(said).with_context(|| file.display().to_string())?,
        };
        let known = rows.into_iter().next().map(|row| Position {
            publisher: row.publisher,
            next: row.next,
            journal: row.journal,
            copying: row.copying != 0,
        });
        let position = known.clone().unwrap_or_else(|| Position::start(&whose.publisher));
        position.ensure_of(whose, &file)?;
        let mut sqlite = Self { file, position };
        if known.is_none() || whose.full {
            sqlite.begin_anew(&whose.publisher)?;
        }
        Ok(sqlite)
    }

    /// Begins a copy from the start.
    ///
    /// # Errors
    /// The database does not take it.
    pub fn begin_anew(&mut self, publisher: &str) -> anyhow::Result<()> {
        let start = Position::start(publisher);
        let text = format!("UPDATE articles SET named = 0;\n{}", written(&start));
        self.commit(&text)?;
        self.position = start;
        Ok(())
    }

    /// Applies a page.
    ///
    /// # Errors
    /// The database does not take it; the page comes again then.
    pub fn apply(&mut self, page: &Page) -> anyhow::Result<()> {
        let after = self.position.after(&page.next, page.journal.as_deref(), page.more);
        if page.steps.is_empty() && after == self.position {
            return Ok(());
        }
        let steps: Vec<_> = page.steps.iter().map(|(step, _)| step).collect();
        let steps = quoted(&serde_json::to_string(&steps)?);
        let unnamed = match self.position.copying && !after.copying {
            true => "DELETE FROM articles WHERE NOT named;\n",
            false => "",
        };
        self.commit(&format!(
            "CREATE TEMP TABLE page AS SELECT value AS step FROM json_each({steps});\n{APPLY}{unnamed}{}",
            written(&after)
        ))?;
        self.position = after;
        Ok(())
    }

    fn commit(&self, text: &str) -> anyhow::Result<()> {
        run(&self.file, &format!("BEGIN IMMEDIATE;\n{text}COMMIT;\n"))?;
        Ok(())
    }
}

/// The statements that store a position.
fn written(position: &Position) -> String {
    let Position { publisher, next, journal, copying } = position;
    let journal = journal.as_deref().map_or("NULL".to_owned(), quoted);
    format!(
        "DELETE FROM position;\nINSERT INTO position VALUES ({}, {}, {journal}, {});\n",
        quoted(publisher),
        quoted(next),
        i32::from(*copying)
    )
}

/// A text as SQL, whatever is in it.
fn quoted(text: &str) -> String {
    format!("CAST(X'{}' AS TEXT)", hex(text.as_bytes()))
}

/// Has `sqlite3` run statements on a database; what it printed, as JSON.
fn run(file: &Path, text: &str) -> anyhow::Result<Vec<u8>> {
    let child = Command::new("sqlite3")
        // Not the settings of the user's own.
        .args(["-batch", "-bail", "-json", "-init", "/dev/null", "-cmd", ".timeout 10000"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Err(error) if error.kind() == ErrorKind::NotFound => anyhow::bail!(
            "--sqlite needs the program sqlite3, as of `apt install sqlite3` (hãy cài chương trình sqlite3)"
        ),
        child => child.context("sqlite3")?,
    };
    // It prints little until it has read everything, so its output cannot fill up meanwhile.
    let fed = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    let out = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&out.stderr);
    anyhow::ensure!(
        out.status.success() && matches!(fed, Some(Ok(()))),
        "{}: sqlite3: {}",
        file.display(),
        said.trim().lines().next().unwrap_or("it ended early")
    );
    Ok(out.stdout)
}
