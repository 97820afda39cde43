//! The config file as it is written, before it is checked: one struct per table, every key optional.

use crate::model::{DateOrder, Quirk, RepairMode, Selectors, WebSub};
use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawConfig {
    pub site: RawSite,
    pub server: RawServer,
    pub store: RawStore,
    pub fetch: RawFetch,
    pub worker: RawWorker,
    pub automatic: RawFeed,
    pub source: Vec<toml::Spanned<RawSource>>,
    pub feed: Vec<toml::Spanned<RawFeed>>,
}

/// `[site]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSite {
    pub title: Option<String>,
    pub description: Option<String>,
    pub base_url: Option<String>,
    pub tag_authority: Option<String>,
    pub language: Option<String>,
    pub rights: Option<String>,
    pub publisher: Option<String>,
    pub logo: Option<String>,
    pub icon: Option<String>,
    pub utc_offset: Option<String>,
}

/// `[server]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawServer {
    pub listen: Option<String>,
    pub header_timeout: Option<String>,
    pub max_connections: Option<usize>,
    pub max_connections_per_address: Option<usize>,
    pub push_body: Option<String>,
    pub batch_body: Option<String>,
    pub feed_max_age: Option<String>,
    pub stop_timeout: Option<String>,
}

/// `[store]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawStore {
    pub directory: Option<String>,
    pub cache: Option<String>,
    pub group: Option<usize>,
    pub reserve: Option<String>,
}

/// `[fetch]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFetch {
    pub user_agent: Option<String>,
    pub connect_timeout: Option<String>,
    pub header_timeout: Option<String>,
    pub total_timeout: Option<String>,
    pub body: Option<String>,
    pub redirects: Option<usize>,
    pub ports: Option<Vec<u16>>,
    pub allow: Option<Vec<String>>,
    pub min_interval: Option<String>,
    pub max_interval: Option<String>,
    pub host_interval: Option<String>,
    pub concurrency: Option<usize>,
    pub pages_per_poll: Option<usize>,
    pub robots: Option<bool>,
    pub extra_ca: Option<Vec<String>>,
}

/// `[worker]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawWorker {
    pub processes: Option<usize>,
    pub memory: Option<String>,
    pub cpu: Option<String>,
    pub job_timeout: Option<String>,
    pub max_entries: Option<usize>,
}

/// One `[[source]]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSource {
    pub id: Option<String>,
    pub title: Option<String>,
    pub kind: Option<String>,
    pub address: Option<String>,
    pub path: Option<String>,
    pub home: Option<String>,
    pub language: Option<String>,
    pub publisher: Option<String>,
    pub rights: Option<String>,
    pub categories: Option<Vec<String>>,
    pub date_order: Option<DateOrder>,
    pub utc_offset: Option<String>,
    pub repair: Option<RepairMode>,
    pub repair_allow: Option<Vec<String>>,
    pub repair_deny: Option<Vec<String>>,
    pub quirks: Option<Vec<Quirk>>,
    pub delay: Option<String>,
    pub quota: Option<usize>,
    pub selectors: Option<Selectors>,
    pub full_text: Option<bool>,
    pub removed: Option<String>,
    pub websub: Option<WebSub>,
    pub allow: Option<Vec<String>>,
}

/// One `[[feed]]`, or `[automatic]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFeed {
    pub id: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub language: Option<String>,
    pub sources: Option<Vec<String>>,
    pub categories: Option<Vec<String>>,
    pub authors: Option<Vec<String>>,
    pub languages: Option<Vec<String>>,
    pub title_words: Option<Vec<String>>,
    pub publishers: Option<Vec<String>>,
    pub provinces: Option<Vec<String>>,
    pub old_provinces: Option<Vec<String>>,
    pub min_entries: Option<usize>,
    pub max_age: Option<String>,
    pub max_entries: Option<usize>,
    pub content: Option<String>,
    pub collapse: Option<String>,
}
