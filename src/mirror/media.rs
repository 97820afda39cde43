use crate::model::{ending_of, is_html, media_type_of_bytes};
use crate::net::{self, Client, Purpose, Request, Trust};
use crate::text::hex;
use anyhow::Context;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use url::Url;

/// Bytes of one file at most.
const LARGEST: usize = 64 << 20;

/// Fetches pictures and files.
#[derive(Clone)]
pub struct MediaClient {
    client: Client,
    publisher: Url,
    token: Option<HeaderValue>,
}

/// Why a file was not copied.
#[derive(Debug, PartialEq, Eq)]
pub enum NotCopied {
    /// It may be there later.
    Yet(String),
    /// It is not there, or is not what it should be.
    Ever(String),
}

impl MediaClient {
    /// A client that shows the token to the publisher's own origin only.
    pub fn new(client: Client, publisher: Url, token: Option<HeaderValue>) -> Self {
        Self { client, publisher, token }
    }

    /// Fetches a file, and compares it with the hash that the publisher names.
    pub(super) async fn get(
        &self,
        address: &str,
        sha256: Option<&str>,
    ) -> Result<Bytes, NotCopied> {
        let url = Url::parse(address).map_err(|error| NotCopied::Ever(error.to_string()))?;
        let at_home = url.origin() == self.publisher.origin();
        let token = self.token.clone().filter(|_| at_home);
        let trust = Trust::address(&self.publisher);
        let request = Request {
            limit: Some(LARGEST),
            headers: token.into_iter().map(|token| (AUTHORIZATION, token)).collect(),
            ..Request::to(url, trust, Purpose::Crawl)
        };
        let response = self.client.get(request).await.map_err(|error| refused(&error))?;
        match response.status {
            StatusCode::OK if response.body.is_empty() => Err(NotCopied::Yet("it is empty".into())),
            StatusCode::OK if is_html(&response.body) => {
                Err(NotCopied::Ever("it is a web page".into()))
            }
            StatusCode::OK if sha256.is_some_and(|wanted| wanted != hash(&response.body)) => {
                Err(NotCopied::Yet("its bytes are not those that the publisher names".into()))
            }
            StatusCode::OK => Ok(response.body),
            status if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) => {
                Err(NotCopied::Yet(format!("HTTP status {}", status.as_u16())))
            }
            status => Err(NotCopied::Ever(format!("HTTP status {}", status.as_u16()))),
        }
    }
}

fn refused(error: &net::Error) -> NotCopied {
    use net::Error::{BodyTooLarge, Forbidden, Port, Scheme};
    let why = error.to_string();
    match error {
        BodyTooLarge { .. } | Forbidden { .. } | Port { .. } | Scheme { .. } => {
            NotCopied::Ever(why)
        }
        _ => NotCopied::Yet(why),
    }
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The files of a folder, each as `media/ab/HASH.ENDING`.
pub struct MediaFiles {
    root: PathBuf,
    /// The path of each file, by its hash.
    files: HashMap<String, String>,
    /// How many articles show each file; counted when it is first needed.
    uses: Option<HashMap<String, usize>>,
}

impl MediaFiles {
    /// Finds the files that are there.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let mut files = HashMap::new();
        let folder = root.join("media");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        for inner in fs::read_dir(&folder)? {
            let inner = inner?.path();
            if !inner.is_dir() {
                continue;
            }
            for file in fs::read_dir(&inner)? {
                let path = file?.path();
                let relative = path.strip_prefix(root).ok().and_then(Path::to_str);
                if let Some((hash, path)) = relative.and_then(|path| Some((hash_in(path)?, path))) {
                    files.insert(hash.to_owned(), path.to_owned());
                }
            }
        }
        Ok(Self { root: root.to_owned(), files, uses: None })
    }

    /// The path of the file with a hash, if it is there.
    pub fn find(&self, hash: &str) -> Option<&str> {
        self.files.get(hash).map(String::as_str)
    }

    /// Whether a path is that of a file which is there.
    pub fn has(&self, path: &str) -> bool {
        hash_in(path).is_some_and(|hash| self.find(hash) == Some(path))
    }

    /// Writes a file, durably, unless it is there. Returns its path in the folder.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn save(&mut self, bytes: &[u8], new: &Path) -> anyhow::Result<String> {
        let hash = hash(bytes);
        if let Some(path) = self.find(&hash) {
            return Ok(path.to_owned());
        }
        let ending = media_type_of_bytes(bytes).map_or("bin", ending_of);
        let path = format!("media/{}/{hash}.{ending}", hash.get(..2).unwrap_or("00"));
        let place = self.root.join(&path);
        let written = (|| {
            fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
            let mut file = File::create(new)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            fs::rename(new, &place)
        })();
        written.with_context(|| place.display().to_string())?;
        self.files.insert(hash, path.clone());
        Ok(path)
    }

    /// Takes note that an article shows other files than before, and deletes those that nothing shows any more. `count`
    /// counts how many articles show each file, as it is now.
    ///
    /// # Errors
    /// The articles cannot be read, or a file cannot be deleted.
    pub fn replace(
        &mut self,
        before: &[String],
        after: &[String],
        count: impl FnOnce() -> anyhow::Result<HashMap<String, usize>>,
    ) -> anyhow::Result<()> {
        let gone: Vec<&String> = before.iter().filter(|file| !after.contains(file)).collect();
        match &mut self.uses {
            None if gone.is_empty() => return Ok(()),
            None => self.uses = Some(count()?),
            Some(uses) => {
                after.iter().for_each(|file| *uses.entry(file.clone()).or_default() += 1);
                for file in before {
                    let uses = uses.entry(file.clone()).or_default();
                    *uses = uses.saturating_sub(1);
                }
            }
        }
        for file in gone {
            if self.uses.as_ref().is_some_and(|uses| uses.get(file).is_none_or(|uses| *uses == 0)) {
                self.delete(file)?;
            }
        }
        Ok(())
    }

    fn delete(&mut self, path: &str) -> anyhow::Result<()> {
        let Some(hash) = hash_in(path) else { return Ok(()) };
        crate::journal::durable::remove_if_there(&self.root.join(path)).context(path.to_owned())?;
        self.files.remove(hash);
        Ok(())
    }
}

/// The hash in a path such as `media/ab/HASH.jpg`; `None` for every other path.
fn hash_in(path: &str) -> Option<&str> {
    let (folder, name) = path.strip_prefix("media/")?.split_once('/')?;
    let (hash, ending) = name.split_once('.')?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_plain = ending.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_hash && is_plain && hash.starts_with(folder) && folder.len() == 2).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_once_and_goes_with_the_last_article() {
        let root = tempfile::tempdir().unwrap();
        let new = root.path().join("new");
        let mut files = MediaFiles::open(root.path()).unwrap();
        let path = files.save(b"GIF89a...", &new).unwrap();
        assert_eq!(files.save(b"GIF89a...", &new).unwrap(), path);
        assert!(path.ends_with(".gif") && files.has(&path), "{path}");
        let mut files = MediaFiles::open(root.path()).unwrap();
        assert!(files.has(&path));
        let one = || std::slice::from_ref(&path);
        files.replace(&[], one(), || unreachable!()).unwrap();
        let others = HashMap::from([(path.clone(), 1)]);
        files.replace(one(), &[], || Ok(others)).unwrap();
        assert!(root.path().join(&path).exists(), "another article shows it");
        files.replace(one(), one(), || unreachable!()).unwrap();
        files.replace(one(), &[], || unreachable!()).unwrap();
        assert!(!root.path().join(&path).exists() && !files.has(&path));
    }

    #[test]
    fn only_paths_of_ours_are_deleted() {
        let hash = "ab".repeat(32);
        assert_eq!(hash_in(&format!("media/ab/{hash}.jpg")), Some(hash.as_str()));
        for bad in [
            "../x",
            "media/ab/x.jpg",
            &format!("media/cd/{hash}.jpg"),
            &format!("media/ab/{hash}./../x"),
        ] {
            assert_eq!(hash_in(bad), None, "{bad}");
        }
    }
}
