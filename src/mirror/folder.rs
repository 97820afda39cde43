use super::article::Page;
use super::held::Entry;
use super::media::{MediaClient, MediaFiles, NotCopied};
use super::page;
use super::position::Whose;
use super::state::State;
use crate::journal::durable;
use crate::model::{CopiedArticle, Step, Timestamp};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// How long to wait before files that could not be fetched are tried again, in milliseconds.
const RETRY_MS: i64 = 10 * 60_000;
/// Articles whose files are tried again at once.
const RETRIED: usize = 50;

/// A copy in a folder: `articles/KEY.json` and `articles/KEY.html` for each article, `media/ab/HASH.ENDING` for its files,
/// and `.dongtin/` for what dongtin itself needs to know.
pub struct Folder {
    root: PathBuf,
    pub(super) state: State,
    media: MediaFiles,
    /// `None` leaves pictures and files where they are.
    client: Option<MediaClient>,
    retry_at: Timestamp,
}

/// An article as it is in its file.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    article: CopiedArticle,
    /// The copies of its pictures and files: by address, the path in the folder.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Addresses of files that could not be fetched yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

impl Stored {
    /// The paths of its files, each once.
    fn paths(&self) -> Vec<String> {
        self.files.values().collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }
}

impl Folder {
    /// Opens a copy, or begins one in an empty folder.
    ///
    /// # Errors
    /// The folder holds something else, another process works on it, or it cannot be written.
    pub fn open(root: &Path, whose: &Whose, client: Option<MediaClient>) -> anyhow::Result<Self> {
        let own = root.join(".dongtin");
        let taken =
            !own.exists() && root.read_dir().is_ok_and(|mut inside| inside.next().is_some());
        anyhow::ensure!(
            !taken,
            "{}: is not empty and holds no copy; name an empty folder (hãy chọn một thư mục trống)",
            root.display()
        );
        for folder in [&own, &root.join("articles")] {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let state = State::open(&own.join("position"), whose)?;
        let media = MediaFiles::open(root)?;
        Ok(Self { root: root.to_owned(), state, media, client, retry_at: Timestamp(0) })
    }

    /// Applies a page. Returns what could not be fetched, in words.
    ///
    /// # Errors
    /// The disk does not take it; the page comes again then.
    pub async fn apply(&mut self, page: &Page) -> anyhow::Result<Vec<String>> {
        let mut notes = Vec::new();
        for (step, files) in &page.steps {
            match &step.article {
                Some(article) => notes.extend(self.put(step, article, files).await?),
                None => self.remove(&step.key)?,
            }
        }
        if self.state.ends_copy(page) {
            for (key, _) in self.state.held.unnamed() {
                self.remove(&key)?;
            }
        }
        if !page.steps.is_empty() {
            self.sync()?;
        }
        self.state.finish(page)?;
        Ok(notes)
    }

    /// Fetches files that could not be fetched before, now and then.
    ///
    /// # Errors
    /// The disk does not take them.
    pub async fn fetch_missing(&mut self, now: Timestamp) -> anyhow::Result<Vec<String>> {
        let missing = self.state.held.missing();
        if self.client.is_none() || missing.is_empty() || now < self.retry_at {
            return Ok(Vec::new());
        }
        self.retry_at = now.plus_millis(RETRY_MS);
        let mut notes = Vec::new();
        for (key, entry) in missing.into_iter().take(RETRIED) {
            let Some(stored) = self.read(&key)? else { continue };
            let files: Vec<String> = stored.files.into_keys().chain(stored.missing).collect();
            notes.extend(self.write(&stored.article, &files, &entry).await?);
        }
        self.sync()?;
        self.state.held.sync()?;
        Ok(notes)
    }

    async fn put(
        &mut self,
        step: &Step,
        article: &CopiedArticle,
        files: &[String],
    ) -> anyhow::Result<Vec<String>> {
        let entry = Entry { id: step.id.clone(), source: step.source.clone(), ..Entry::default() };
        // Noted before it is written: what is written is known to be held, whenever the process ends.
        self.state.held.put(&step.key, entry.clone())?;
        self.write(article, files, &entry).await
    }

    /// Writes an article with its files. Those that could not be fetched are named in the result.
    async fn write(
        &mut self,
        article: &CopiedArticle,
        files: &[String],
        entry: &Entry,
    ) -> anyhow::Result<Vec<String>> {
        let old = self.read(&article.key)?;
        let mut stored =
            Stored { article: article.clone(), files: BTreeMap::new(), missing: Vec::new() };
        let mut notes = Vec::new();
        let files = if self.client.is_some() { files } else { &[] };
        for address in files {
            let known = old.as_ref().and_then(|old| old.files.get(address));
            match self.copy(article, address, known).await? {
                Ok(path) => {
                    stored.files.insert(address.clone(), path);
                }
                Err(NotCopied::Yet(why)) => {
                    notes.push(format!("{address}: {why}"));
                    stored.missing.push(address.clone());
                }
                Err(NotCopied::Ever(why)) => notes.push(format!("{address}: {why}")),
            }
        }
        self.place("json", &article.key, &serde_json::to_vec_pretty(&stored)?)?;
        let html = page::write(&stored.article, &stored.files);
        self.place("html", &article.key, html.as_bytes())?;
        let missing = !stored.missing.is_empty();
        self.state.held.put(&article.key, Entry { missing, ..entry.clone() })?;
        let before = old.map(|old| old.paths()).unwrap_or_default();
        let root = &self.root;
        self.media.replace(&before, &stored.paths(), || count(root))?;
        Ok(notes)
    }

    /// The path of a file of an article, which is fetched unless it is there.
    async fn copy(
        &mut self,
        article: &CopiedArticle,
        address: &str,
        known: Option<&String>,
    ) -> anyhow::Result<Result<String, NotCopied>> {
        let sha256 = named_hash(article, address);
        if let Some(path) = sha256.and_then(|hash| self.media.find(hash)) {
            return Ok(Ok(path.to_owned()));
        }
        if let Some(path) = known.filter(|path| sha256.is_none() && self.media.has(path)) {
            return Ok(Ok(path.clone()));
        }
        let Some(client) = &self.client else { return Ok(Err(NotCopied::Ever(String::new()))) };
        match client.get(address, sha256).await {
            Ok(bytes) => Ok(Ok(self.media.save(&bytes, &self.new_file())?)),
            Err(why) => Ok(Err(why)),
        }
    }

    fn remove(&mut self, key: &str) -> anyhow::Result<()> {
        let before = self.read(key)?.map(|stored| stored.paths()).unwrap_or_default();
        for ending in ["html", "json"] {
            let path = self.path(ending, key);
            durable::remove_if_there(&path).with_context(|| path.display().to_string())?;
        }
        let root = &self.root;
        self.media.replace(&before, &[], || count(root))?;
        self.state.held.remove(key)
    }

    /// An article as its file has it; a file that cannot be read counts as none and is replaced.
    fn read(&self, key: &str) -> anyhow::Result<Option<Stored>> {
        let path = self.path("json", key);
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            read => {
                Ok(serde_json::from_slice(&read.with_context(|| path.display().to_string())?).ok())
            }
        }
    }

    /// Puts a file in its place whole; it is durable after [`Folder::sync`].
    fn place(&self, ending: &str, key: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (new, path) = (self.new_file(), self.path(ending, key));
        let placed = fs::write(&new, bytes).and_then(|()| fs::rename(&new, &path));
        placed.with_context(|| path.display().to_string())
    }

    /// Makes every file of the folder durable, in one go.
    fn sync(&self) -> anyhow::Result<()> {
        let synced = File::open(&self.root).and_then(|root| Ok(rustix::fs::syncfs(root)?));
        synced.with_context(|| self.root.display().to_string())
    }

    fn path(&self, ending: &str, key: &str) -> PathBuf {
        self.root.join("articles").join(key).with_added_extension(ending)
    }

    /// Where a file is written before it gets its name.
    fn new_file(&self) -> PathBuf {
        self.root.join(".dongtin/new")
    }
}

/// The hash that the publisher names for the file at an address.
fn named_hash<'a>(article: &'a CopiedArticle, address: &str) -> Option<&'a str> {
    let image = article.image.iter().map(|image| (&image.url, &image.sha256));
    let media = article.media.iter().map(|media| (&media.url, &media.sha256));
    image.chain(media).find(|(url, _)| *url == address)?.1.as_deref()
}

/// How many articles show each file.
fn count(root: &Path) -> anyhow::Result<HashMap<String, usize>> {
    #[derive(Deserialize)]
    struct Files {
        #[serde(default)]
        files: BTreeMap<String, String>,
    }
    let mut uses = HashMap::new();
    for file in fs::read_dir(root.join("articles"))? {
        let path = file?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let Ok(stored) = serde_json::from_slice::<Files>(&fs::read(&path)?) else { continue };
        let paths: BTreeSet<String> = stored.files.into_values().collect();
        paths.into_iter().for_each(|path| *uses.entry(path).or_default() += 1);
    }
    Ok(uses)
}
