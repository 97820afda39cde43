//! `[[source]]`: what we read.

use super::settings::{SiteConfig, address, own_user_agent};
use super::table::{Pair, Table};
use crate::model::{HeaderText, Selection, Selectors, Source, SourceFetch, SourceId, SourceKind};
use std::collections::HashSet;
use std::path::Path;

/// Settings outside a source that apply to it.
pub(super) struct Around<'a> {
    /// Where relative paths start.
    pub(super) folder: &'a Path,
    /// Gives the language and the offset of sources that have none.
    pub(super) site: &'a SiteConfig,
    /// `fetch.allow`, which a source's own `allow` must be part of.
    pub(super) allow: &'a [String],
    /// `fetch.max_interval`, in milliseconds.
    pub(super) longest_ms: i64,
}

/// Every source, and the ids as written. Whatever is wrong and noted has a default in its place.
pub(super) fn read(tables: Vec<Table<'_>>, around: &Around<'_>) -> (Vec<Source>, HashSet<String>) {
    let (mut sources, mut ids) = (Vec::new(), HashSet::new());
    for mut table in tables {
        sources.extend(source(&mut table, around, &mut ids));
        table.finish();
    }
    (sources, ids)
}

fn source(table: &mut Table<'_>, around: &Around<'_>, ids: &mut HashSet<String>) -> Option<Source> {
    let id = id(table, ids).or_else(|| SourceId::new("unnamed").ok())?;
    let kind = kind(table, around.folder);
    Some(Source {
        title: table.text("title", id.as_str()),
        id,
        home: table.optional("home").and_then(|home| address(table, "home", &home)),
        language: table.text("language", &around.site.language),
        publisher: table.optional("publisher"),
        rights: table.optional("rights"),
        categories: table.texts("categories"),
        date_order: table.word("date_order"),
        utc_offset: table.offset("utc_offset", around.site.utc_offset),
        repair: table.word("repair"),
        repair_allow: table.texts("repair_allow"),
        repair_deny: table.texts("repair_deny"),
        quirks: table.words("quirks"),
        delay_ms: delay(table, &kind),
        quota: table.number("quota", 500, 1),
        selectors: selectors(table, &kind),
        full_text: full_text(table, &kind),
        websub: table.word("websub"),
        allow: allow(table, around.allow),
        copies_media: table.either(
            "media",
            ["copy", "link"],
            matches!(kind, SourceKind::Mirror { .. }),
        ),
        removed_withdraws: table.either("removed", ["withdraw", "keep"], true),
        fetch: own_fetch(table, &kind, around),
        kind,
    })
}

fn id(table: &mut Table<'_>, ids: &mut HashSet<String>) -> Option<SourceId> {
    let text = table.needed("id", "cong-tin")?;
    if !ids.insert(text.clone()) {
        let message = format!("`{text}` is the id of another source too: give each its own");
        table.refuse("id", message);
    }
    SourceId::new(&text).map_err(|error| table.refuse("id", error.to_string())).ok()
}

fn kind(table: &mut Table<'_>, folder: &Path) -> SourceKind {
    let kind = table.needed("kind", "feed");
    let polled = matches!(kind.as_deref(), Some("feed" | "page" | "sitemap" | "mirror"));
    let address = match polled {
        true => table
            .needed("address", "https://example.vn/rss")
            .and_then(|text| address(table, "address", &text)),
        false => table.optional("address"),
    };
    let address = address.unwrap_or_default();
    let selection = selection(table);
    let path = match kind.as_deref() {
        Some("folder") => table.needed("path", "incoming"),
        _ => table.optional("path"),
    };
    match kind.as_deref() {
        Some("folder") => SourceKind::Folder { path: folder.join(path.unwrap_or_default()) },
        Some("feed") => SourceKind::Feed { address },
        Some("page") => SourceKind::Page { address },
        Some("sitemap") => SourceKind::Sitemap { address },
        Some("mirror") => SourceKind::Mirror { address, selection },
        Some("push") | None => SourceKind::Push,
        Some(other) => {
            table.refuse(
                "kind",
                format!(
                    "`{other}` is not a kind of source: use push, folder, feed, page, sitemap or mirror"
                ),
            );
            SourceKind::Push
        }
    }
}

/// How long an article is held back; a copy holds nothing back, since it must be what its publisher shows.
fn delay(table: &mut Table<'_>, kind: &SourceKind) -> i64 {
    let delay_ms = table.duration("delay", "0s");
    if delay_ms > 0 && matches!(kind, SourceKind::Mirror { .. }) {
        table.refuse("delay", "is not for sources of kind mirror: remove it");
    }
    delay_ms
}

/// What is copied of another dongtin; everything if nothing is said.
fn selection(table: &mut Table<'_>) -> Selection {
    if !table.has("selection") {
        return Selection::default();
    }
    let mut own = table.table("selection");
    let selection = Selection {
        feeds: own.texts("feeds"),
        sources: own.texts("sources"),
        categories: own.texts("categories"),
        languages: own.texts("languages"),
        provinces: own.texts("provinces"),
    };
    own.finish();
    selection
}

/// CSS selectors; one that does not parse is refused, since every poll would fail.
fn selectors(table: &mut Table<'_>, kind: &SourceKind) -> Option<Selectors> {
    let selectors = table.has("selectors").then(|| own_selectors(table.table("selectors")));
    let has_item = selectors.as_ref().is_some_and(|selectors| !selectors.item.is_empty());
    if matches!(kind, SourceKind::Page { .. }) && !has_item {
        table.refuse("selectors", "is missing: a page source needs [source.selectors] with item = \"ul.news li\" or the like");
    }
    selectors
}

fn own_selectors(mut table: Table<'_>) -> Selectors {
    let mut selector = |key: &'static str| {
        let text = table.text(key, "");
        if !text.is_empty() && scraper::Selector::parse(&text).is_err() {
            let message =
                format!("{key} = \"{text}\" is not a CSS selector: write it as in \"ul.news li\"");
            table.refuse(key, message);
        }
        text
    };
    let selectors = Selectors {
        item: selector("item"),
        link: selector("link"),
        title: selector("title"),
        date: selector("date"),
        lead: selector("lead"),
        image: selector("image"),
        detail_title: selector("detail_title"),
        detail_date: selector("detail_date"),
        detail_lead: selector("detail_lead"),
        detail_body: selector("detail_body"),
        detail_author: selector("detail_author"),
    };
    table.finish();
    selectors
}

/// Milliseconds between two polls of a mirror, if it has no interval of its own: an outage is short, most often.
const MIRROR_MS: i64 = 5_000;

/// What the source has of its own of `[fetch]`; only of sources that are polled.
fn own_fetch(table: &mut Table<'_>, kind: &SourceKind, around: &Around<'_>) -> SourceFetch {
    let keys =
        ["user_agent", "headers", "min_interval", "total_timeout", "body", "proxy", "token_file"];
    if kind.address().is_none() && table.is_right("kind") {
        for key in keys.into_iter().filter(|key| table.has(key)) {
            table.refuse(key, "is for sources of kind feed, page, sitemap and mirror: remove it");
        }
    }
    let is_mirror = matches!(kind, SourceKind::Mirror { .. });
    let token =
        table.optional("token_file").map(|path| HeaderText::Token(around.folder.join(path)));
    let token = token.map(|token| ("authorization".to_owned(), token));
    let has = keys.map(|key| table.has(key));
    let min_interval_ms = table.positive("min_interval", "30m");
    if has[2] && min_interval_ms > around.longest_ms {
        table.refuse("min_interval", "is longer than fetch.max_interval: make that longer too");
    }
    let total_timeout_ms = table.positive("total_timeout", "30s") as u64;
    let body_bytes = table.size("body", "10MiB", 1024) as usize;
    SourceFetch {
        user_agent: own_user_agent(table),
        headers: own_headers(table, around.folder).into_iter().chain(token).collect(),
        min_interval_ms: has[2].then_some(min_interval_ms).or(is_mirror.then_some(MIRROR_MS)),
        total_timeout_ms: has[3].then_some(total_timeout_ms),
        body_bytes: has[4].then_some(body_bytes),
        proxy: table.optional("proxy").and_then(|proxy| address(table, "proxy", &proxy)),
    }
}

/// Headers that the client writes itself.
const CLIENTS_OWN: [&str; 12] = [
    "accept-encoding", "connection", "content-length", "content-type", "cookie", "host",
    "if-modified-since", "if-none-match", "te", "transfer-encoding", "upgrade", "user-agent",
];

fn own_headers(table: &mut Table<'_>, folder: &Path) -> Vec<(String, HeaderText)> {
    let example = "{ \"X-Api-Key\" = { file = \"secrets/key\" }, \"Accept-Language\" = \"vi\" }";
    table.pairs("headers", example, |name, pair| {
        let own = CLIENTS_OWN.iter().any(|own| own.eq_ignore_ascii_case(name));
        if own || http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(format!("`{name}` is no header that can be set: remove it"));
        }
        match pair {
            Pair::File(path) => Ok(HeaderText::File(folder.join(path))),
            Pair::Text(text) if http::HeaderValue::from_str(text).is_ok() => {
                Ok(HeaderText::Plain(text.to_owned()))
            }
            Pair::Text(_) => Err(format!("{name} has characters that no header may have")),
        }
    })
}

/// Whether full texts are wanted; only of sources that are polled.
fn full_text(table: &mut Table<'_>, kind: &SourceKind) -> bool {
    let wanted = table.flag("full_text", false);
    if wanted && kind.address().is_none() && table.is_right("kind") {
        table.refuse("full_text", "is for sources of kind feed, page and sitemap: remove it");
    }
    wanted
}

/// The source's own `allow`, a part of `fetch.allow`.
fn allow(table: &mut Table<'_>, all: &[String]) -> Vec<String> {
    let own = table.hosts("allow");
    if let Some(entry) = own.iter().find(|entry| !all.contains(entry)) {
        table.refuse("allow", format!("`{entry}` is not in fetch.allow: add it there too"));
    }
    own
}
