use super::SourceId;
use serde::{Deserialize, Serialize};

/// One source as the config names it, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    /// What people call it: `Báo Hòa Bình`.
    pub title: String,
    pub kind: SourceKind,
    /// Its home page; links without a host are resolved against `address`, then this.
    pub home: Option<String>,
    /// What articles without a language are in (BCP 47).
    pub language: String,
    /// The publisher that answers for it (`dc:publisher`).
    pub publisher: Option<String>,
    /// The rights that its articles carry where they name none.
    pub rights: Option<String>,
    /// Categories that every article of it gets besides its own.
    pub categories: Vec<String>,
    /// Overrides the reading of dates such as `6/12/2009`.
    pub date_order: DateOrder,
    /// Seconds east of UTC for dates that name no offset.
    pub utc_offset: i32,
    /// How far text is repaired.
    pub repair: RepairMode,
    /// Tokens that are always repaired, in their broken form.
    pub repair_allow: Vec<String>,
    /// Tokens that are never repaired.
    pub repair_deny: Vec<String>,
    /// Portal quirks that apply; empty: they are detected.
    pub quirks: Vec<Quirk>,
    /// Milliseconds that an article is held back after its published time.
    pub delay_ms: i64,
    /// At most this many new articles in one poll; the rest wait for the next one.
    pub quota: usize,
    /// CSS selectors, for `SourceKind::Page`.
    pub selectors: Option<Selectors>,
    pub full_text: bool,
    /// Whether its hub is subscribed to (WebSub).
    pub websub: WebSub,
    /// Exact `host:port` that its documents may lead us to although they are not public; its own address is allowed anyway.
    pub allow: Vec<String>,
    /// Whether the files that its articles show are copied.
    #[serde(default)]
    pub copies_media: bool,
    /// What a removed file means, for `SourceKind::Folder`.
    pub removed_withdraws: bool,
    /// How it is fetched, where that differs from `[fetch]`. Not for the workers: it may hold secrets.
    #[serde(skip)]
    pub fetch: SourceFetch,
}

/// What one source has of its own of `[fetch]`; `None` is what all have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFetch {
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// Further headers, for the origin of its own address only.
    pub headers: Vec<(String, HeaderText)>,
    /// Milliseconds between two polls, at least.
    pub min_interval_ms: Option<i64>,
    /// Milliseconds for a whole fetch.
    pub total_timeout_ms: Option<u64>,
    /// Bytes of a body, decompressed.
    pub body_bytes: Option<usize>,
    /// The proxy that it is reached through, http or https.
    pub proxy: Option<String>,
}

/// The value of a header, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum HeaderText {
    /// As the config has it.
    Plain(String),
    /// What stands in a file, read anew for each request.
    File(std::path::PathBuf),
    /// `Bearer` and the token that stands in a file.
    Token(std::path::PathBuf),
}

impl std::fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("***"),
            Self::File(path) | Self::Token(path) => path.fmt(f),
        }
    }
}

/// How a source's articles reach us, with its address where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SourceKind {
    Push,
    Folder {
        /// Absolute path.
        path: std::path::PathBuf,
    },
    Feed {
        address: String,
    },
    Page {
        address: String,
    },
    Sitemap {
        address: String,
    },
    /// Another dongtin, whose changes are copied.
    Mirror {
        /// The address of its site.
        address: String,
        selection: Selection,
    },
}

/// Which articles of another dongtin are copied: within a list one match is enough, and every list that is not empty must
/// match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Ids of the publisher's feeds.
    pub feeds: Vec<String>,
    /// Ids of the publisher's sources.
    pub sources: Vec<String>,
    pub categories: Vec<String>,
    /// `vi` also takes `vi-VN`.
    pub languages: Vec<String>,
    /// By slug, as feeds take them.
    pub provinces: Vec<String>,
}

impl SourceKind {
    /// The address that is polled, if any.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Feed { address }
            | Self::Page { address }
            | Self::Sitemap { address }
            | Self::Mirror { address, .. } => Some(address),
            Self::Push | Self::Folder { .. } => None,
        }
    }

    /// The name in the config.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Folder { .. } => "folder",
            Self::Feed { .. } => "feed",
            Self::Page { .. } => "page",
            Self::Sitemap { .. } => "sitemap",
            Self::Mirror { .. } => "mirror",
        }
    }
}

/// The order of day and month in dates of figures only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// Found out, strongest evidence first.
    #[default]
    Auto,
    /// 12/06 is 12 June.
    DayFirst,
    /// 12/06 is 6 December.
    MonthFirst,
}

/// How far legacy text is repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairMode {
    Off,
    /// Problems are found and logged; the text stays.
    Report,
    /// Only what is beyond doubt by itself.
    #[default]
    Safe,
    /// Also what only the neighboring words decide.
    Full,
}

/// Whether a source's hub is subscribed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebSub {
    /// If the site's address is one that a hub can reach.
    #[default]
    Auto,
    On,
    Off,
}

/// A known fault of a portal's software.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// NukeViet ≤ 4.5 prints the month where the minutes belong.
    NukevietMinute,
    /// Hòa Bình's Liferay: guid changes, leads accumulate, `author` is `null`.
    HoabinhVcms,
}

/// CSS selectors that make a list page a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selectors {
    /// Each match on the list page is one article.
    pub item: String,
    /// The link inside an item; empty: its first link.
    pub link: String,
    /// The title inside an item; empty: the link's text.
    pub title: String,
    pub date: String,
    pub lead: String,
    pub image: String,
    /// These are on the article's own page.
    pub detail_title: String,
    pub detail_date: String,
    pub detail_lead: String,
    pub detail_body: String,
    pub detail_author: String,
}

impl Selectors {
    /// The table as the config writes it, without empty keys.
    pub fn to_toml(&self) -> String {
        let mut out = String::from("[source.selectors]\n");
        let all = serde_json::to_value(self).unwrap_or_default();
        for (key, value) in all.as_object().into_iter().flatten() {
            if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
                out.push_str(&format!("{key} = {}\n", toml::Value::String(text.to_owned())));
            }
        }
        out
    }
}

/// The portal software that made a page, if known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HtmlProfile {
    Nukeviet,
    Liferay,
    Sharepoint,
    Wordpress,
    Dotnetnuke,
}

/// A body that publishes, with the time in which it existed (63 provinces became 34 on 1 July 2025).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// `Hòa Bình`.
    pub name: String,
    /// The publisher that followed it: `Phú Thọ`.
    pub successor: Option<String>,
    /// The first day on which it no longer existed, `2025-07-01`.
    pub until: Option<String>,
}
