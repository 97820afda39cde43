use super::table::Table;
use crate::model::{Network, Source};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The offset of Vietnam, which has one zone and no summer time, in seconds east of UTC.
pub const UTC_OFFSET: i32 = 7 * 3600;
/// The longest time that HTTP caches may keep something.
const A_YEAR_S: i64 = 31_536_000;

/// `[site]`: who publishes, and under which address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteConfig {
    pub title: String,
    pub description: String,
    /// http or https, without a slash at its end; every address that we publish begins with it.
    pub base_url: String,
    /// `host,date` of RFC 4151 §2.1, the first part of every new article id.
    pub tag_authority: String,
    /// BCP 47; for the site and for feeds without a language.
    pub language: String,
    /// `dc:rights` of feeds.
    pub rights: Option<String>,
    /// `dc:publisher` of feeds.
    pub publisher: Option<String>,
    /// A picture for the site's feeds, http or https: RSS `image`, Atom `logo`.
    pub logo: Option<String>,
    /// A small square picture, http or https: Atom and JSON Feed `icon`.
    pub icon: Option<String>,
    /// Seconds east of UTC of all times that are shown.
    pub utc_offset: i32,
}

impl SiteConfig {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let base_url = base_url(&mut table).unwrap_or_default();
        let site = Self {
            title: table.text("title", "Dòng tin"),
            description: table.text("description", "Tin tức của cổng thông tin điện tử"),
            tag_authority: tag_authority(&mut table, &base_url),
            base_url,
            language: table.text("language", "vi"),
            rights: table.optional("rights"),
            publisher: table.optional("publisher"),
            logo: public_address(&mut table, "logo", None),
            icon: public_address(&mut table, "icon", None),
            utc_offset: table.offset("utc_offset", UTC_OFFSET),
        };
        table.finish();
        site
    }
}

/// `[server]`: the HTTP server and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// The address it listens on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Milliseconds for a request's headers, and for an idle connection.
    pub header_timeout_ms: u64,
    pub max_connections: usize,
    pub max_connections_per_address: usize,
    /// Bytes of one pushed article, after decompression.
    pub push_body_bytes: usize,
    /// Bytes of one NDJSON batch, after decompression.
    pub batch_body_bytes: usize,
    /// Seconds that caches may keep a feed (`Cache-Control: max-age`).
    pub feed_max_age_s: u32,
    /// Milliseconds for a graceful stop.
    pub stop_ms: u64,
    /// The networks of our proxies, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<Network>,
}

impl ServerConfig {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let server = Self {
            listen: listen(&mut table),
            header_timeout_ms: table.positive("header_timeout", "10s") as u64,
            max_connections: table.number("max_connections", 4096, 1),
            max_connections_per_address: table.number("max_connections_per_address", 64, 1),
            push_body_bytes: table.size("push_body", "1MiB", 1024) as usize,
            batch_body_bytes: table.size("batch_body", "32MiB", 1024) as usize,
            feed_max_age_s: (table.duration("feed_max_age", "60s") / 1000).min(A_YEAR_S) as u32,
            stop_ms: table.positive("stop_timeout", "8s") as u64,
            proxies: table.networks("proxies"),
        };
        table.finish();
        server
    }
}

/// `[store]`: where articles are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// The data directory: the store, tokens, the reserve file.
    pub directory: PathBuf,
    /// Bytes of sled's cache; the daemon takes more than this.
    pub cache_bytes: u64,
    /// The most events that are committed together.
    pub group: usize,
    /// Bytes set aside, freed to recover from a full disk.
    pub reserve_bytes: u64,
}

impl StoreConfig {
    pub(super) fn read(mut table: Table<'_>, folder: &Path) -> Self {
        let store = Self {
            directory: folder.join(table.text("directory", "data")),
            cache_bytes: table.size("cache", "24MiB", 1 << 20) as u64,
            group: table.number("group", 256, 1),
            reserve_bytes: table.size("reserve", "16MiB", 0) as u64,
        };
        table.finish();
        store
    }
}

/// `[fetch]`: the outgoing HTTP client and the polling of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchConfig {
    /// `User-Agent`; names the software and, if configured, a contact.
    pub user_agent: String,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the headers.
    pub header_timeout_ms: u64,
    /// Milliseconds for the whole fetch, redirects included.
    pub total_timeout_ms: u64,
    /// Bytes of a body, decompressed.
    pub body_bytes: usize,
    pub redirects: usize,
    /// Ports allowed besides 80 and 443.
    pub ports: Vec<u16>,
    /// Exact `host:port` of non-public addresses that are allowed (an intranet portal, a test).
    pub allow: Vec<String>,
    /// The shortest time between two polls of a source, in milliseconds.
    pub min_interval_ms: i64,
    /// The longest time between two polls of a source, in milliseconds.
    pub max_interval_ms: i64,
    /// The shortest time between two requests to a host, in milliseconds.
    pub host_interval_ms: i64,
    /// Polls at the same time.
    pub concurrency: usize,
    /// The most pages of articles that one poll reads.
    pub pages_per_poll: usize,
    /// Whether `robots.txt` is obeyed for pages of articles.
    pub robots: bool,
    /// PEM files of further certificate authorities.
    pub extra_ca: Vec<PathBuf>,
}

impl FetchConfig {
    pub(super) fn read(mut table: Table<'_>, folder: &Path, site: &SiteConfig) -> Self {
        let (min_interval_ms, max_interval_ms) = intervals(&mut table);
        let fetch = Self {
            user_agent: user_agent(&mut table, site),
            connect_timeout_ms: table.positive("connect_timeout", "10s") as u64,
            header_timeout_ms: table.positive("header_timeout", "10s") as u64,
            total_timeout_ms: table.positive("total_timeout", "30s") as u64,
            body_bytes: table.size("body", "10MiB", 1024) as usize,
            redirects: table.number("redirects", 5, 0),
            ports: table.ports("ports"),
            allow: table.hosts("allow"),
            min_interval_ms,
            max_interval_ms,
            host_interval_ms: table.duration("host_interval", "1s"),
            concurrency: table.number("concurrency", 16, 1),
            pages_per_poll: table.number("pages_per_poll", 20, 1),
            robots: table.flag("robots", true),
            extra_ca: table.texts("extra_ca").iter().map(|path| folder.join(path)).collect(),
        };
        table.finish();
        fetch
    }
}

impl FetchConfig {
    /// These settings with what a source has of its own.
    pub fn of(&self, source: &Source) -> Cow<'_, Self> {
        match source.fetch.min_interval_ms {
            None => Cow::Borrowed(self),
            Some(min_interval_ms) => Cow::Owned(Self { min_interval_ms, ..self.clone() }),
        }
    }
}

/// `[changes]`: who may copy everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesConfig {
    /// Whether everybody may; otherwise only partners.
    pub public: bool,
    /// For each address without a partner's token.
    pub requests_per_minute: usize,
}

impl ChangesConfig {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let changes = Self {
            public: table.flag("public", true),
            requests_per_minute: table.number("requests_per_minute", 600, 1),
        };
        table.finish();
        changes
    }
}

/// `[media]`: copies of pictures and other files of articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaConfig {
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Bytes of all files.
    pub total_bytes: u64,
}

impl MediaConfig {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let media = Self {
            file_bytes: table.size("file", "20MiB", 1024) as usize,
            total_bytes: table.size("total", "10GiB", 1024) as u64,
        };
        table.finish();
        media
    }
}

/// `[worker]`: the processes that read foreign documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    pub processes: usize,
    /// Bytes of address space for each (`RLIMIT_AS`).
    pub memory_bytes: u64,
    /// Seconds of processor time for one job.
    pub cpu_s: u64,
    /// Milliseconds of wall-clock time for one job.
    pub job_ms: u64,
    /// The most entries that are taken from one document.
    pub max_entries: usize,
}

impl WorkerConfig {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let worker = Self {
            processes: table.number("processes", 2, 1),
            memory_bytes: table.size("memory", "512MiB", 64 << 20) as u64,
            cpu_s: (table.positive("cpu", "10s") as u64).div_ceil(1000),
            job_ms: table.positive("job_timeout", "20s") as u64,
            max_entries: table.number("max_entries", 2000, 1),
        };
        table.finish();
        worker
    }
}

/// The site's own address: public, and with nothing after its path.
fn base_url(table: &mut Table<'_>) -> Option<String> {
    let address = public_address(table, "base_url", Some("http://127.0.0.1:8080"))?;
    if address.contains(['?', '#']) {
        table.refuse("base_url", "has a `?` or `#`: give only scheme, host and path");
    }
    Some(address.trim_end_matches('/').to_owned())
}

/// `host,date` of RFC 4151 §2.1; by default the site's host and the year in which dongtin appeared.
fn tag_authority(table: &mut Table<'_>, base_url: &str) -> String {
    let url = url::Url::parse(base_url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let text = table.text("tag_authority", &format!("{host},2026"));
    if table.is_right("base_url") && !is_tag_authority(&text) {
        let message =
            format!("`{text}` is not a host and a date: write it as in \"hoabinh.gov.vn,2026\"");
        table.refuse("tag_authority", message);
    }
    text
}

fn is_tag_authority(text: &str) -> bool {
    let Some((host, date)) = text.split_once(',') else { return false };
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'@' | b'_');
    let figures = |part: &&str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
    let is_date = match date.split('-').collect::<Vec<&str>>().as_slice() {
        [y] => figures(y, 4),
        [y, m] => figures(y, 4) && figures(m, 2),
        [y, m, d] => figures(y, 4) && figures(m, 2) && figures(d, 2),
        _ => false,
    };
    is_date && !host.is_empty() && host.bytes().all(legal)
}

fn listen(table: &mut Table<'_>) -> SocketAddr {
    const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
    let Some(text) = table.optional("listen") else { return DEFAULT };
    text.parse().unwrap_or_else(|_| {
        let message = format!("`{text}` is not an address and port: write it as in \"{DEFAULT}\"");
        table.refuse("listen", message);
        DEFAULT
    })
}

fn user_agent(table: &mut Table<'_>, site: &SiteConfig) -> String {
    let default = || format!("dongtin/{} (+{})", env!("CARGO_PKG_VERSION"), site.base_url);
    own_user_agent(table).unwrap_or_else(default)
}

/// The `User-Agent` that a table names.
pub(super) fn own_user_agent(table: &mut Table<'_>) -> Option<String> {
    let text = table.optional("user_agent")?;
    if !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        table.refuse("user_agent", "may hold printable ASCII only");
    }
    Some(text)
}

/// The shortest and the longest time between two polls of a source.
fn intervals(table: &mut Table<'_>) -> (i64, i64) {
    let (min, max) = (table.positive("min_interval", "5m"), table.positive("max_interval", "24h"));
    if max < min && table.is_right("min_interval") {
        table.refuse("max_interval", "is shorter than min_interval: make it longer");
    }
    (min, max)
}

/// An http or https address, absolute, with a host.
pub(super) fn address(table: &Table<'_>, key: &str, text: &str) -> Option<String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            return Some(text.to_owned());
        }
        Ok(url) => table.refuse(key, format!(
            "`{}:` is not http or https: give the address over https; for files that come by FTP write a source with kind = \"folder\"",
            url.scheme()
        )),
        Err(error) => table.refuse(key, format!("`{text}` is not an address: {error}; write it whole, as in \"https://example.vn/rss\"")),
    }
    None
}

/// An address that everybody sees: without a password, and in characters that feeds may have.
fn public_address(
    table: &mut Table<'_>,
    key: &'static str,
    default: Option<&str>,
) -> Option<String> {
    let text = table.optional(key).or(default.map(str::to_owned))?;
    let address = address(table, key, &text)?;
    let url = url::Url::parse(&address).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        table.refuse(key, "has a name or password, and everybody will see it: write scheme, host and path without the part before `@`");
    }
    let legal = |b: u8| (0x21..0x7f).contains(&b) && !b"\"<>\\^`{|}".contains(&b);
    if !address.bytes().all(legal) {
        table.refuse(key, format!("has characters that no address may have: write \"{url}\""));
    }
    Some(address)
}
