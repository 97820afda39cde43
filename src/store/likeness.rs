//! Finding an article again that comes under a new id: by where its link leads, by what it says.

use super::overlay::scan;
use super::{Error, Store, keys};
use crate::model::{ArticleKey, SourceId};
use crate::text::{canonical, hash_of, place_of, words, words_of_html};
use url::Url;

/// Articles looked at under one link or one text; where there are more, neither says which article it is.
const CANDIDATES: usize = 32;

/// The part of an address that stays when its portal moves; `None` where it has none, or is a home page.
pub fn place(url: &str) -> Option<String> {
    let canonical = canonical(&Url::parse(url).ok()?);
    place_of(&canonical).map(str::to_owned)
}

/// What an article says, as one number: its title and the words of its lead and body.
pub fn text(title: &str, summary: Option<&str>, content: Option<&str>) -> u64 {
    let body = body(summary, content);
    hash_of(&[hash_of(&words(title)), hash_of(&body)])
}

/// The words of the body, or of the lead where there is no body.
pub fn body(summary: Option<&str>, content: Option<&str>) -> Vec<u64> {
    let body = content.map(words_of_html).unwrap_or_default();
    if body.is_empty() { words(summary.unwrap_or_default()) } else { body }
}

impl Store {
    /// The articles of a source whose links had this place, withdrawn ones too, in the order of keys; none where there are very many.
    pub fn under_link(&self, source: &SourceId, place: &str) -> Result<Vec<ArticleKey>, Error> {
        let found = self.candidates(keys::links(source, place))?;
        Ok(if found.len() < CANDIDATES { found } else { Vec::new() })
    }

    /// The articles of a source that said this, withdrawn ones too, in the order of keys; at most so many.
    pub fn saying(&self, source: &SourceId, text: u64) -> Result<Vec<ArticleKey>, Error> {
        self.candidates(keys::texts(source, text))
    }

    fn candidates(&self, prefix: Vec<u8>) -> Result<Vec<ArticleKey>, Error> {
        let found = scan(&self.views().tree, prefix).take(CANDIDATES);
        found.filter_map(|item| item.map(|(key, _)| keys::of_hashed(&key)).transpose()).collect()
    }
}
