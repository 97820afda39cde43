use super::overlay::scan;
use super::{Error, Store, keys};
use crate::model::{ArticleKey, SourceId};
use crate::text::{canonical, hash_of, place_of, words, words_of_html};
use url::Url;

/// A link that this many articles have identifies none of them.
const CANDIDATES: usize = 32;

/// The part of an address that stays when its portal moves; `None` for a home page and for what is no address.
pub fn url_key(url: &str) -> Option<String> {
    let canonical = canonical(&Url::parse(url).ok()?);
    place_of(&canonical).map(str::to_owned)
}

/// An article's title and body as one number.
pub fn text_key(title: &str, summary: Option<&str>, content: Option<&str>) -> u64 {
    let body = body_words(summary, content);
    hash_of(&[hash_of(&words(title)), hash_of(&body)])
}

/// The words of an article's content, or of its summary if the content has none.
pub fn body_words(summary: Option<&str>, content: Option<&str>) -> Vec<u64> {
    let body = content.map(words_of_html).unwrap_or_default();
    if body.is_empty() { words(summary.unwrap_or_default()) } else { body }
}

impl Store {
    /// The articles of a source that have or had a link of this key, withdrawn ones too; none if there are very many.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn articles_with_url(
        &self,
        source: &SourceId,
        url_key: &str,
    ) -> Result<Vec<ArticleKey>, Error> {
        let found = self.candidates(keys::links(source, url_key))?;
        Ok(if found.len() < CANDIDATES { found } else { Vec::new() })
    }

    /// The articles of a source that have or had the text of this key, withdrawn ones too; at most 32.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn articles_with_text(
        &self,
        source: &SourceId,
        text_key: u64,
    ) -> Result<Vec<ArticleKey>, Error> {
        self.candidates(keys::texts(source, text_key))
    }

    fn candidates(&self, prefix: Vec<u8>) -> Result<Vec<ArticleKey>, Error> {
        let found = scan(&self.views().tree, prefix).take(CANDIDATES);
        found.filter_map(|item| item.map(|(key, _)| keys::of_hashed(&key)).transpose()).collect()
    }
}
