//! The config: one struct per room, parsed once from one TOML file. Imports no room but the nouns.

use crate::model::{Feed, Source};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be configured, checked and with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Who publishes, and under which address.
    pub site: SiteConfig,
    /// The HTTP server.
    pub server: ServerConfig,
    /// Where and how articles are kept.
    pub store: StoreConfig,
    /// The outgoing HTTP client and the polling of sources.
    pub fetch: FetchConfig,
    /// The processes that read and clean untrusted bytes.
    pub worker: WorkerConfig,
    /// What we read.
    pub sources: Vec<Source>,
    /// What we publish, besides the automatic feeds.
    pub feeds: Vec<Feed>,
    /// The shape of automatic feeds: everything, each source, each category.
    pub automatic: Feed,
}

/// Who publishes, and under which address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteConfig {
    /// The name of the site.
    pub title: String,
    /// One sentence about it.
    pub description: String,
    /// http or https, without a slash at its end; every address we publish begins with it.
    pub base_url: String,
    /// `host,date` of RFC 4151 §2.1, the first part of every article id made from now on.
    pub tag_authority: String,
    /// BCP 47 of the site and of feeds that name none.
    pub language: String,
    /// `dc:rights` of feeds.
    pub rights: Option<String>,
    /// `dc:publisher` of feeds.
    pub publisher: Option<String>,
    /// Seconds east of UTC in which times are shown.
    pub utc_offset: i32,
}

/// The HTTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Milliseconds for a request's headers, and for an idle connection.
    pub header_timeout_ms: u64,
    /// Open connections at once.
    pub max_connections: usize,
    /// Open connections at once from one address.
    pub max_connections_per_address: usize,
    /// Bytes of one pushed article, after decompression.
    pub push_body_bytes: usize,
    /// Bytes of one NDJSON batch, after decompression.
    pub batch_body_bytes: usize,
    /// Seconds that caches may keep a feed without asking (`Cache-Control: max-age`).
    pub feed_max_age_s: u32,
    /// Milliseconds for a graceful stop.
    pub stop_ms: u64,
}

/// Where and how articles are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// The data directory: sled's files, tokens, the reserve file.
    pub directory: PathBuf,
    /// Bytes of sled's cache; memory is about 2.3 times this.
    pub cache_bytes: u64,
    /// Events that are committed together at most.
    pub group: usize,
    /// Bytes set aside, freed to recover from a full disk.
    pub reserve_bytes: u64,
}

/// The outgoing HTTP client and the polling of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchConfig {
    /// `User-Agent`; names the software and, if configured, a contact.
    pub user_agent: String,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds until the headers are there.
    pub header_timeout_ms: u64,
    /// Milliseconds for the whole fetch, redirects included.
    pub total_timeout_ms: u64,
    /// Bytes of a body, decompressed.
    pub body_bytes: usize,
    /// Redirects followed.
    pub redirects: usize,
    /// Ports allowed besides 80 and 443.
    pub ports: Vec<u16>,
    /// Exact `host:port` of non-public addresses that are allowed (an intranet portal, a test).
    pub allow: Vec<String>,
    /// Milliseconds between two polls of a source, at least.
    pub min_interval_ms: i64,
    /// Milliseconds between two polls of a source, at most.
    pub max_interval_ms: i64,
    /// Milliseconds between two requests to one host, at least.
    pub host_interval_ms: i64,
    /// Polls under way at once.
    pub concurrency: usize,
    /// PEM files of further certificate authorities (an intranet's).
    pub extra_ca: Vec<PathBuf>,
}

/// The processes that read and clean untrusted bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How many at once.
    pub processes: usize,
    /// Bytes of address space each may use (`RLIMIT_AS`).
    pub memory_bytes: u64,
    /// Seconds of processor time for one job.
    pub cpu_s: u64,
    /// Milliseconds of wall-clock time for one job.
    pub job_ms: u64,
    /// Entries taken from one document.
    pub max_entries: usize,
}
