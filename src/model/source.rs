//! What we read: a source and how it wants to be read.

use super::SourceId;
use serde::{Deserialize, Serialize};

/// One source as the config names it, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name in the config.
    pub id: SourceId,
    /// What people call it: `Báo Hòa Bình`.
    pub title: String,
    /// How its articles reach us.
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
    /// Which portal quirks apply; empty means: found out by looking.
    pub quirks: Vec<Quirk>,
    /// Milliseconds that an article is held back after its published time (60 min for press, 0 for state portals).
    pub delay_ms: i64,
    /// At most this many new articles in one poll; the rest wait for the next one.
    pub quota: usize,
    /// CSS selectors, for `SourceKind::Page`.
    pub selectors: Option<Selectors>,
    /// Fetch each new article's page and take its full text, where the feed has only leads.
    pub full_text: bool,
    /// Whether its hub may tell us of its changes (WebSub).
    pub websub: WebSub,
    /// Exact `host:port` that its documents may lead us to although they are not public, as `fetch.allow` has them; its own
    /// address is meant anyway.
    pub allow: Vec<String>,
    /// What a removed file means, for `SourceKind::Folder`.
    pub removed_withdraws: bool,
}

/// How a source's articles reach us, with its address where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SourceKind {
    /// Its CMS pushes to our API.
    Push,
    /// Files appear in a folder.
    Folder {
        /// Absolute path.
        path: std::path::PathBuf,
    },
    /// We poll a feed.
    Feed {
        /// http or https.
        address: String,
    },
    /// We read a list page and its articles' pages.
    Page {
        /// http or https.
        address: String,
    },
    /// We read a sitemap.
    Sitemap {
        /// http or https.
        address: String,
    },
}

impl SourceKind {
    /// The address that is polled, if this kind has one.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Feed { address } | Self::Page { address } | Self::Sitemap { address } => {
                Some(address)
            }
            Self::Push | Self::Folder { .. } => None,
        }
    }

    /// `push`, `folder`, `feed`, `page` or `sitemap`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Folder { .. } => "folder",
            Self::Feed { .. } => "feed",
            Self::Page { .. } => "page",
            Self::Sitemap { .. } => "sitemap",
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
    /// Not looked at.
    Off,
    /// Found and logged, the text left alone.
    Report,
    /// Only what stands alone beyond doubt.
    #[default]
    Safe,
    /// Also what only its neighbors decide.
    Full,
}

/// Whether a source's hub is subscribed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebSub {
    /// If the site's address is one that a hub can reach.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never: only polled.
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
    /// The date inside an item.
    pub date: String,
    /// The lead inside an item.
    pub lead: String,
    /// The picture inside an item.
    pub image: String,
    /// On the article's own page.
    pub detail_title: String,
    /// On the article's own page.
    pub detail_date: String,
    /// On the article's own page.
    pub detail_lead: String,
    /// On the article's own page.
    pub detail_body: String,
    /// On the article's own page.
    pub detail_author: String,
}

impl Selectors {
    /// As the config writes them, what is empty left out.
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

/// Which portal software a page was made by, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HtmlProfile {
    /// NukeViet.
    Nukeviet,
    /// Liferay.
    Liferay,
    /// Microsoft SharePoint.
    Sharepoint,
    /// WordPress.
    Wordpress,
    /// DotNetNuke.
    Dotnetnuke,
}

/// A body that publishes, with the time in which it existed (63 provinces became 34 on 1 July 2025).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// `Hòa Bình`.
    pub name: String,
    /// The publisher that followed it: `Phú Thọ`.
    pub successor: Option<String>,
    /// The first day that it no longer was, `2025-07-01`.
    pub until: Option<String>,
}
