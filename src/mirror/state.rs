use super::article::Page;
use super::held::Held;
use super::position::{Position, Whose};
use anyhow::Context;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// What a destination without a database keeps: its position and what it holds, in files that one process has.
pub struct State {
    path: PathBuf,
    pub position: Position,
    pub held: Held,
    _lock: File,
}

impl State {
    /// Opens the state, whose files begin with a path, or begins a copy anew if there is none or that is wanted.
    ///
    /// # Errors
    /// Another process has it, it is of another publisher, or it cannot be read or written.
    pub fn open(path: &Path, whose: &Whose) -> anyhow::Result<Self> {
        let lock = lock(&path.with_added_extension("lock"))?;
        let known = Position::load(path)?;
        let held = Held::open(&path.with_added_extension("held"))?;
        let position = known.clone().unwrap_or_else(|| Position::start(&whose.publisher));
        position.ensure_of(whose, path)?;
        let mut state = Self { path: path.to_owned(), position, held, _lock: lock };
        if known.is_none() || whose.full {
            state.begin_anew(&whose.publisher)?;
        }
        Ok(state)
    }

    /// Begins a copy from the start.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn begin_anew(&mut self, publisher: &str) -> anyhow::Result<()> {
        self.held.begin_anew()?;
        self.position = Position::start(publisher);
        self.position.save(&self.path)
    }

    /// Whether this page ends a copy from the start, so that what the copy has not named goes.
    pub fn ends_copy(&self, page: &Page) -> bool {
        self.position.copying && !page.more
    }

    /// Moves the position behind a page that was applied.
    ///
    /// # Errors
    /// The disk does not take it; the page comes again then.
    pub fn finish(&mut self, page: &Page) -> anyhow::Result<()> {
        self.held.sync()?;
        let after = self.position.after(&page.next, page.journal.as_deref(), page.more);
        if after != self.position {
            after.save(&self.path)?;
            self.position = after;
        }
        Ok(())
    }
}

fn lock(path: &Path) -> anyhow::Result<File> {
    let named = || path.display().to_string();
    let file = File::create(path).with_context(named)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "{}: another dongtin mirror works here already (đã có một lệnh khác đang chạy)",
            path.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(named),
    }
}
