//! From the file as written to a [`Config`]: every default filled in, every mistake named by line, key and remedy.

use super::raw::{RawConfig, RawFeed, RawSource};
use super::{
    Config, Error, FetchConfig, ServerConfig, SiteConfig, StoreConfig, UTC_OFFSET, WorkerConfig,
    mistake, units,
};
use crate::model::{Feed, FeedId, Filter, RepairMode, Source, SourceId, SourceKind, is_known};
use crate::text::slug;
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Reads a config; relative paths in it are taken from `folder`.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Config, Error> {
    let raw: RawConfig = toml::from_str(text).map_err(|e| mistake::told(text, &e))?;
    let top = Place { text, from: 0, table: "" };
    let site = site(&raw, &top.table("site"))?;
    let sources = sources(&raw, text, folder, &site)?;
    let automatic = automatic(&raw.automatic, &top.table("automatic"))?;
    let feeds = feeds(&raw, text, &automatic, &sources)?;
    Ok(Config {
        server: server(&raw, &top.table("server"))?,
        store: store(&raw, &top.table("store"), folder)?,
        fetch: fetch(&raw, &top.table("fetch"), folder, &site)?,
        worker: worker(&raw, &top.table("worker"))?,
        site,
        sources,
        feeds,
        automatic,
    })
}

impl Error {
    /// A mistake that shows only when a value is tried, at its key.
    pub fn at(text: &str, table: &str, key: &str, message: impl Into<String>) -> Error {
        Place { text, from: 0, table: "" }.table(table).error(key, message)
    }
}

/// Where in the file a mistake is looked for: a table's first byte and its name.
struct Place<'a> {
    text: &'a str,
    from: usize,
    table: &'a str,
}

impl<'a> Place<'a> {
    /// The place of a table such as `[site]`.
    fn table(&self, name: &'a str) -> Place<'a> {
        let is_named = |line: &str| {
            let inner = line.trim_start().strip_prefix('[').and_then(|line| line.split_once(']'));
            inner.is_some_and(|(inner, _)| inner.trim() == name)
        };
        let mut from = 0;
        for line in self.text.split_inclusive('\n') {
            if is_named(line) {
                return Place { text: self.text, from, table: name };
            }
            from += line.len();
        }
        Place { text: self.text, from: 0, table: name }
    }

    /// The place of one `[[source]]` or `[[feed]]`.
    fn block(text: &'a str, span: Range<usize>, table: &'a str) -> Place<'a> {
        Place { text, from: span.start, table }
    }

    /// A mistake at a key of this table.
    fn error(&self, key: &str, message: impl Into<String>) -> Error {
        Error { line: self.line_of(key), key: self.name_of(key), message: message.into() }
    }

    fn name_of(&self, key: &str) -> String {
        if self.table.is_empty() { key.to_owned() } else { format!("{}.{key}", self.table) }
    }

    /// The line of `key = …` at or after the table's start and before the next table, else the table's own line.
    fn line_of(&self, key: &str) -> usize {
        let start = line_at(self.text, self.from);
        let lines = self.text.lines().enumerate().skip(start - 1);
        for (number, line) in lines {
            let line = line.trim_start();
            if number + 1 > start && line.starts_with('[') {
                break;
            }
            let named = line.strip_prefix(key).map(str::trim_start);
            if named.is_some_and(|rest| rest.starts_with('=')) {
                return number + 1;
            }
        }
        start
    }

    /// Milliseconds of a time, or the default.
    fn millis(&self, key: &str, value: &Option<String>, default: i64) -> Result<i64, Error> {
        value.as_deref().map_or(Ok(default), units::millis).map_err(|m| self.error(key, m))
    }

    /// Bytes of a size, or the default; at least `least`.
    fn bytes(
        &self,
        key: &str,
        value: &Option<String>,
        default: i64,
        least: i64,
    ) -> Result<i64, Error> {
        let bytes =
            value.as_deref().map_or(Ok(default), units::bytes).map_err(|m| self.error(key, m))?;
        if bytes < least {
            return Err(self.error(key, format!("{bytes} bytes are too few: give {least} or more")));
        }
        Ok(bytes)
    }

    /// A time of at least one unit's length.
    fn positive(&self, key: &str, value: &Option<String>, default: i64) -> Result<i64, Error> {
        match self.millis(key, value, default)? {
            0 => Err(self.error(key, "may not be 0: give a time such as \"10s\"")),
            millis => Ok(millis),
        }
    }

    /// A number of at least one.
    fn count(&self, key: &str, value: Option<usize>, default: usize) -> Result<usize, Error> {
        match value.unwrap_or(default) {
            0 => Err(self.error(key, "may not be 0")),
            count => Ok(count),
        }
    }

    /// An http or https address, absolute, with a host.
    fn address(&self, key: &str, text: &str) -> Result<String, Error> {
        let url = url::Url::parse(text).map_err(|e| {
            self.error(key, format!("`{text}` is not an address: {e}; write it whole, as in \"https://example.vn/rss\""))
        })?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(text.trim().to_owned()),
            other => Err(self.error(key, format!("`{other}:` is not http or https"))),
        }
    }

    /// An address that everybody sees: without a password, in letters that feeds may hold.
    fn shown(&self, key: &str, text: &str) -> Result<String, Error> {
        let address = self.address(key, text)?;
        let url = url::Url::parse(&address).map_err(|e| self.error(key, e.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(self.error(
                key,
                "has a name or password, and everybody will see it: write scheme, host and path without the part before `@`",
            ));
        }
        let legal = |b: u8| (0x21..0x7f).contains(&b) && !b"\"<>\\^`{|}".contains(&b);
        if !address.bytes().all(legal) {
            return Err(self
                .error(key, format!("has characters that no address may have: write \"{url}\"")));
        }
        Ok(address)
    }

    /// Seconds east of UTC.
    fn offset(&self, key: &str, value: &Option<String>, default: i32) -> Result<i32, Error> {
        value.as_deref().map_or(Ok(default), units::offset).map_err(|m| self.error(key, m))
    }

    /// A text that may not be empty.
    fn needed<'v>(
        &self,
        key: &str,
        value: &'v Option<String>,
        example: &str,
    ) -> Result<&'v str, Error> {
        match value.as_deref().map(str::trim) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.error(key, format!("is missing: add {key} = \"{example}\""))),
        }
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset.min(text.len())).unwrap_or(text).matches('\n').count() + 1
}

fn non_empty(value: &Option<String>) -> Option<String> {
    value.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

fn or(value: &Option<String>, default: &str) -> String {
    non_empty(value).unwrap_or_else(|| default.to_owned())
}

fn site(raw: &RawConfig, at: &Place<'_>) -> Result<SiteConfig, Error> {
    let raw = &raw.site;
    let base_url = at.shown("base_url", &or(&raw.base_url, "http://127.0.0.1:8080"))?;
    let parsed = url::Url::parse(&base_url).map_err(|e| at.error("base_url", e.to_string()))?;
    if base_url.contains(['?', '#']) {
        return Err(at.error("base_url", "has a `?` or `#`: give only scheme, host and path"));
    }
    let host = parsed.host_str().unwrap_or_default().to_owned();
    Ok(SiteConfig {
        title: or(&raw.title, "Dòng tin"),
        description: or(&raw.description, "Tin tức của cổng thông tin điện tử"),
        base_url: base_url.trim_end_matches('/').to_owned(),
        tag_authority: tag_authority(&or(&raw.tag_authority, &format!("{host},2026")), at)?,
        language: or(&raw.language, "vi"),
        rights: non_empty(&raw.rights),
        publisher: non_empty(&raw.publisher),
        logo: non_empty(&raw.logo).map(|text| at.shown("logo", &text)).transpose()?,
        icon: non_empty(&raw.icon).map(|text| at.shown("icon", &text)).transpose()?,
        utc_offset: at.offset("utc_offset", &raw.utc_offset, UTC_OFFSET)?,
    })
}

/// `host,date` of RFC 4151 §2.1, or a mistake.
fn tag_authority(text: &str, at: &Place<'_>) -> Result<String, Error> {
    let good = text.split_once(',').is_some_and(|(host, date)| {
        let host_ok = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'@' | b'_'));
        let parts: Vec<&str> = date.split('-').collect();
        let figures =
            |part: &&str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        let date_ok = match parts.as_slice() {
            [y] => figures(y, 4),
            [y, m] => figures(y, 4) && figures(m, 2),
            [y, m, d] => figures(y, 4) && figures(m, 2) && figures(d, 2),
            _ => false,
        };
        host_ok && date_ok
    });
    if good {
        Ok(text.to_owned())
    } else {
        Err(at.error(
            "tag_authority",
            format!("`{text}` is not a host and a date: write it as in \"hoabinh.gov.vn,2026\""),
        ))
    }
}

fn server(raw: &RawConfig, at: &Place<'_>) -> Result<ServerConfig, Error> {
    let raw = &raw.server;
    let listen = or(&raw.listen, "127.0.0.1:8080");
    Ok(ServerConfig {
        listen: listen.parse().map_err(|_| {
            at.error(
                "listen",
                format!("`{listen}` is not an address and port: write it as in \"127.0.0.1:8080\""),
            )
        })?,
        header_timeout_ms: at.positive("header_timeout", &raw.header_timeout, 10_000)? as u64,
        max_connections: at.count("max_connections", raw.max_connections, 4096)?,
        max_connections_per_address: at.count(
            "max_connections_per_address",
            raw.max_connections_per_address,
            64,
        )?,
        push_body_bytes: at.bytes("push_body", &raw.push_body, 1 << 20, 1024)? as usize,
        batch_body_bytes: at.bytes("batch_body", &raw.batch_body, 32 << 20, 1024)? as usize,
        feed_max_age_s: (at.millis("feed_max_age", &raw.feed_max_age, 60_000)? / 1000)
            .min(31_536_000) as u32,
        stop_ms: at.positive("stop_timeout", &raw.stop_timeout, 8_000)? as u64,
    })
}

fn store(raw: &RawConfig, at: &Place<'_>, folder: &Path) -> Result<StoreConfig, Error> {
    let raw = &raw.store;
    Ok(StoreConfig {
        directory: folder.join(or(&raw.directory, "data")),
        cache_bytes: at.bytes("cache", &raw.cache, 24 << 20, 1 << 20)? as u64,
        group: at.count("group", raw.group, 256)?,
        reserve_bytes: at.bytes("reserve", &raw.reserve, 16 << 20, 0)? as u64,
    })
}

fn fetch(
    raw: &RawConfig,
    at: &Place<'_>,
    folder: &Path,
    site: &SiteConfig,
) -> Result<FetchConfig, Error> {
    let raw = &raw.fetch;
    let agent = format!("dongtin/{} (+{})", env!("CARGO_PKG_VERSION"), site.base_url);
    let user_agent = or(&raw.user_agent, &agent);
    if !user_agent.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(at.error("user_agent", "may hold printable ASCII only"));
    }
    let min_interval_ms = at.positive("min_interval", &raw.min_interval, 300_000)?;
    let max_interval_ms = at.positive("max_interval", &raw.max_interval, 86_400_000)?;
    if max_interval_ms < min_interval_ms {
        return Err(at.error("max_interval", "is shorter than min_interval: make it longer"));
    }
    Ok(FetchConfig {
        user_agent,
        connect_timeout_ms: at.positive("connect_timeout", &raw.connect_timeout, 10_000)? as u64,
        header_timeout_ms: at.positive("header_timeout", &raw.header_timeout, 10_000)? as u64,
        total_timeout_ms: at.positive("total_timeout", &raw.total_timeout, 30_000)? as u64,
        body_bytes: at.bytes("body", &raw.body, 10 << 20, 1024)? as usize,
        redirects: raw.redirects.unwrap_or(5),
        ports: raw.ports.clone().unwrap_or_default(),
        allow: allow(&raw.allow.clone().unwrap_or_default(), at)?,
        min_interval_ms,
        max_interval_ms,
        host_interval_ms: at.millis("host_interval", &raw.host_interval, 1_000)?,
        concurrency: at.count("concurrency", raw.concurrency, 16)?,
        pages_per_poll: at.count("pages_per_poll", raw.pages_per_poll, 20)?,
        robots: raw.robots.unwrap_or(true),
        extra_ca: raw.extra_ca.iter().flatten().map(|p| folder.join(p)).collect(),
    })
}

fn allow(list: &[String], at: &Place<'_>) -> Result<Vec<String>, Error> {
    for entry in list {
        let port =
            entry.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
        if port.and_then(|p| p.parse::<u16>().ok()).is_none() {
            return Err(at.error(
                "allow",
                format!("`{entry}` is not host:port: write it as in \"10.1.2.3:80\""),
            ));
        }
    }
    Ok(list.to_vec())
}

/// A source opens nothing that `fetch.allow` does not.
fn listed(own: &[String], all: &[String], at: &Place<'_>) -> Result<(), Error> {
    match own.iter().find(|entry| !all.contains(entry)) {
        Some(entry) => {
            Err(at.error("allow", format!("`{entry}` is not in fetch.allow: add it there too")))
        }
        None => Ok(()),
    }
}

fn worker(raw: &RawConfig, at: &Place<'_>) -> Result<WorkerConfig, Error> {
    let raw = &raw.worker;
    Ok(WorkerConfig {
        processes: at.count("processes", raw.processes, 2)?,
        memory_bytes: at.bytes("memory", &raw.memory, 512 << 20, 64 << 20)? as u64,
        cpu_s: (at.positive("cpu", &raw.cpu, 10_000)? as u64).div_ceil(1000),
        job_ms: at.positive("job_timeout", &raw.job_timeout, 20_000)? as u64,
        max_entries: at.count("max_entries", raw.max_entries, 2000)?,
    })
}

fn sources(
    raw: &RawConfig,
    text: &str,
    folder: &Path,
    site: &SiteConfig,
) -> Result<Vec<Source>, Error> {
    let mut seen = HashSet::new();
    let mut sources = Vec::new();
    for spanned in &raw.source {
        let at = Place::block(text, spanned.span(), "source");
        let source = source(spanned.get_ref(), &at, folder, site)?;
        listed(&source.allow, raw.fetch.allow.as_deref().unwrap_or_default(), &at)?;
        if !seen.insert(source.id.clone()) {
            return Err(at.error(
                "id",
                format!("`{}` is the id of another source too: give each its own", source.id),
            ));
        }
        sources.push(source);
    }
    Ok(sources)
}

fn source(
    raw: &RawSource,
    at: &Place<'_>,
    folder: &Path,
    site: &SiteConfig,
) -> Result<Source, Error> {
    let id = at.needed("id", &raw.id, "cong-tin")?;
    let id = SourceId::new(id).map_err(|e| at.error("id", e.to_string()))?;
    let kind = source_kind(raw, at, folder)?;
    if matches!(kind, SourceKind::Page { .. })
        && raw.selectors.as_ref().is_none_or(|s| s.item.is_empty())
    {
        return Err(at.error("selectors", "is missing: a page source needs [source.selectors] with item = \"ul.news li\" or the like"));
    }
    selectors(raw, at)?;
    let home = non_empty(&raw.home).map(|home| at.address("home", &home)).transpose()?;
    Ok(Source {
        full_text: full_text(raw, &kind, at)?,
        title: or(&raw.title, id.as_str()),
        id,
        kind,
        home,
        language: or(&raw.language, &site.language),
        publisher: non_empty(&raw.publisher),
        rights: non_empty(&raw.rights),
        categories: raw.categories.clone().unwrap_or_default(),
        date_order: raw.date_order.unwrap_or_default(),
        utc_offset: at.offset("utc_offset", &raw.utc_offset, site.utc_offset)?,
        repair: raw.repair.unwrap_or(RepairMode::Safe),
        repair_allow: raw.repair_allow.clone().unwrap_or_default(),
        repair_deny: raw.repair_deny.clone().unwrap_or_default(),
        quirks: raw.quirks.clone().unwrap_or_default(),
        delay_ms: at.millis("delay", &raw.delay, 0)?,
        quota: at.count("quota", raw.quota, 500)?,
        selectors: raw.selectors.clone(),
        websub: raw.websub.unwrap_or_default(),
        allow: allow(&raw.allow.clone().unwrap_or_default(), at)?,
        removed_withdraws: match raw.removed.as_deref().unwrap_or("withdraw") {
            "withdraw" => true,
            "keep" => false,
            other => {
                return Err(
                    at.error("removed", format!("`{other}` is neither \"withdraw\" nor \"keep\""))
                );
            }
        },
    })
}

/// Refuses what is no CSS selector: the poll would only fail by it.
fn selectors(raw: &RawSource, at: &Place<'_>) -> Result<(), Error> {
    let all = serde_json::to_value(&raw.selectors).unwrap_or_default();
    for (name, value) in all.as_object().into_iter().flatten() {
        let written = value.as_str().unwrap_or_default();
        if !written.trim().is_empty() && scraper::Selector::parse(written).is_err() {
            return Err(at.error(
                "selectors",
                format!(
                    "{name} = \"{written}\" is not a CSS selector: write it as in \"ul.news li\""
                ),
            ));
        }
    }
    Ok(())
}

/// Whether full texts are wanted; only of sources that are polled.
fn full_text(raw: &RawSource, kind: &SourceKind, at: &Place<'_>) -> Result<bool, Error> {
    let wanted = raw.full_text.unwrap_or(false);
    if wanted && kind.address().is_none() {
        return Err(at.error(
            "full_text",
            "is for sources of kind feed, page and sitemap: remove it".to_owned(),
        ));
    }
    Ok(wanted)
}

fn source_kind(raw: &RawSource, at: &Place<'_>, folder: &Path) -> Result<SourceKind, Error> {
    let kind = at.needed("kind", &raw.kind, "feed")?;
    let address = || {
        let text = at.needed("address", &raw.address, "https://example.vn/rss")?;
        at.address("address", text)
    };
    match kind {
        "push" => Ok(SourceKind::Push),
        "folder" => {
            let path: PathBuf = at.needed("path", &raw.path, "incoming")?.into();
            Ok(SourceKind::Folder { path: folder.join(path) })
        }
        "feed" => Ok(SourceKind::Feed { address: address()? }),
        "page" => Ok(SourceKind::Page { address: address()? }),
        "sitemap" => Ok(SourceKind::Sitemap { address: address()? }),
        other => Err(at.error(
            "kind",
            format!("`{other}` is not a kind of source: use push, folder, feed, page or sitemap"),
        )),
    }
}

fn automatic(raw: &RawFeed, at: &Place<'_>) -> Result<Feed, Error> {
    let id = FeedId::new("all").map_err(|e| at.error("id", e.to_string()))?;
    feed(raw, id, at, None)
}

fn feeds(
    raw: &RawConfig,
    text: &str,
    automatic: &Feed,
    sources: &[Source],
) -> Result<Vec<Feed>, Error> {
    let mut seen = HashSet::new();
    let mut feeds = Vec::new();
    for spanned in &raw.feed {
        let at = Place::block(text, spanned.span(), "feed");
        let raw = spanned.get_ref();
        let id = FeedId::new(at.needed("id", &raw.id, "kinh-te")?)
            .map_err(|e| at.error("id", e.to_string()))?;
        let reserved = id.as_str() == "all"
            || ["source-", "category-"].iter().any(|p| id.as_str().starts_with(p));
        if reserved {
            return Err(
                at.error("id", format!("`{id}` belongs to an automatic feed: choose another"))
            );
        }
        if !seen.insert(id.clone()) {
            return Err(
                at.error("id", format!("`{id}` is the id of another feed too: give each its own"))
            );
        }
        if let Some(unknown) = raw
            .sources
            .iter()
            .flatten()
            .find(|s| !sources.iter().any(|known| known.id.as_str() == s.as_str()))
        {
            return Err(at.error(
                "sources",
                format!("`{unknown}` is not the id of a [[source]]: add one or correct the name"),
            ));
        }
        feeds.push(feed(raw, id, &at, Some(automatic))?);
    }
    Ok(feeds)
}

fn feed(raw: &RawFeed, id: FeedId, at: &Place<'_>, defaults: Option<&Feed>) -> Result<Feed, Error> {
    let (min, age, max) =
        defaults.map_or((50, 172_800_000, 200), |d| (d.min_entries, d.max_age_ms, d.max_entries));
    let max_entries = at.count("max_entries", raw.max_entries, max)?;
    if max_entries > 1000 {
        return Err(at.error("max_entries", "is above 1000: readers choke on such feeds; archives and /api/v1/changes hold the rest"));
    }
    let min_entries = at.count("min_entries", raw.min_entries, min.min(max_entries))?;
    if min_entries > max_entries {
        return Err(at.error("min_entries", "is above max_entries: lower one or raise the other"));
    }
    Ok(Feed {
        title: or(&raw.title, id.as_str()),
        description: or(&raw.description, &or(&raw.title, id.as_str())),
        id,
        language: non_empty(&raw.language),
        filter: Filter {
            sources: raw.sources.clone().unwrap_or_default(),
            categories: raw.categories.clone().unwrap_or_default(),
            authors: raw.authors.clone().unwrap_or_default(),
            languages: raw.languages.clone().unwrap_or_default(),
            title_words: raw.title_words.clone().unwrap_or_default(),
            publishers: raw.publishers.clone().unwrap_or_default(),
            provinces: provinces(&raw.provinces, "provinces", true, at)?,
            old_provinces: provinces(&raw.old_provinces, "old_provinces", false, at)?,
        },
        min_entries,
        max_age_ms: at.millis("max_age", &raw.max_age, age)?,
        max_entries,
        full_content: choice(&raw.content, "content", "full", "summary", at)?
            .unwrap_or_else(|| defaults.is_none_or(|d| d.full_content)),
        collapse_stories: choice(&raw.collapse, "collapse", "story", "none", at)?
            .unwrap_or_else(|| defaults.is_some_and(|d| d.collapse_stories)),
    })
}

/// Names of provinces as slugs: `Phú Thọ` and `phu-tho` are one.
fn provinces(
    names: &Option<Vec<String>>,
    key: &str,
    today: bool,
    at: &Place<'_>,
) -> Result<Vec<String>, Error> {
    let known = |name: &String| {
        let slug = slug(name);
        let known = is_known(&slug, today);
        known.then_some(slug).ok_or_else(|| {
            at.error(
                key,
                format!("`{name}` is no province: write it as in \"Phú Thọ\" or \"phu-tho\""),
            )
        })
    };
    names.iter().flatten().map(known).collect()
}

/// Whether a value is the first of two words; `None` where it was not given.
fn choice(
    value: &Option<String>,
    key: &str,
    yes: &str,
    no: &str,
    at: &Place<'_>,
) -> Result<Option<bool>, Error> {
    match value.as_deref() {
        None => Ok(None),
        Some(text) if text == yes => Ok(Some(true)),
        Some(text) if text == no => Ok(Some(false)),
        Some(other) => Err(at.error(key, format!("`{other}` is neither \"{yes}\" nor \"{no}\""))),
    }
}
