//! Rows as versions before the typed ones wrote them, each a sealed value.
//!
//! A source's id → `1 1` and the state as JSON; `websub/SOURCE` → `1` and the subscription as JSON; `form/FEED` → `1`,
//! the form's hash and since when it holds; `alias/SOURCE/ID` → the article, `alias/SOURCE=ARTICLE` → the id.

use super::super::{Error, Kind, Progress};
use crate::journal::seal::{catch_sled_panic, unseal};
use crate::model::{ArticleKey, Fingerprint, Timestamp};
use serde::Serialize;

/// The first byte of such keys: all are text, and no kind has so high a number.
const FIRST: &[u8] = b" ";
/// The version of such a value.
const VERSION: u8 = 1;
/// Rows that are taken over together.
const TOGETHER: usize = 1_000;

impl Progress {
    /// Takes over the rows, a group and its removal at once.
    pub(super) fn take_rows(&self) -> Result<(), Error> {
        loop {
            let rows = catch_sled_panic(|| self.tree.range(FIRST..).take(TOGETHER).collect())?;
            let rows: Vec<_> = rows;
            if rows.is_empty() {
                return Ok(());
            }
            let mut changes = self.changes();
            for (key, value) in rows {
                match converted(&key, &value) {
                    Some((kind, name, json)) => changes.put_json(kind, &name, &json)?,
                    None => {
                        let row = key.escape_ascii();
                        tracing::warn!(%row, "a row of an earlier version cannot be read: what it kept is lost");
                    }
                }
                changes.remove_key(&key);
            }
            changes.apply()?;
        }
    }
}

/// The kind, the name and the JSON of a row as it is now.
fn converted(key: &[u8], value: &[u8]) -> Option<(Kind, String, Vec<u8>)> {
    let bytes = unseal(key, value)?;
    let name = |name: &[u8]| String::from_utf8(name.to_vec()).ok();
    if let Some(rest) = key.strip_prefix(b"alias/") {
        let (source, from) = rest.split_last_chunk::<16>()?;
        let to = ArticleKey(bytes.try_into().ok()?);
        let name = format!("{}{}", name(source)?, ArticleKey(*from));
        return Some((Kind::FormerId, name, serde_json::to_vec(&to).ok()?));
    }
    let bytes = bytes.strip_prefix(&[VERSION])?;
    if let Some(source) = key.strip_prefix(b"websub/") {
        return Some((Kind::HubSubscription, name(source)?, bytes.to_vec()));
    }
    if let Some(feed) = key.strip_prefix(b"form/") {
        return Some((Kind::FeedForm, name(feed)?, form(bytes)?));
    }
    Some((Kind::Source, name(key)?, bytes.strip_prefix(&[VERSION])?.to_vec()))
}

fn form(bytes: &[u8]) -> Option<Vec<u8>> {
    #[derive(Serialize)]
    struct Form {
        form: Fingerprint,
        since: Timestamp,
    }
    let (form, since) = bytes.split_first_chunk()?;
    let since = Timestamp(i64::from_be_bytes(since.try_into().ok()?));
    serde_json::to_vec(&Form { form: Fingerprint(*form), since }).ok()
}
