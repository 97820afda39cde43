//! The config: one struct per room, parsed once from one TOML file. Imports no room but the nouns.

mod every;
mod mistake;
mod parse;
mod raw;
mod units;

use crate::model::{Feed, Source};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A mistake in the config, where it is and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {message}")]
pub struct Error {
    /// The line in the file, from 1.
    pub line: usize,
    /// `table.key`.
    pub key: String,
    /// What is wrong, and the remedy.
    pub message: String,
}

/// The config file that documents every option with its default.
pub const DOCUMENTED: &str = include_str!("../../config/dongtin.toml");

/// Seconds east of UTC where the config names no offset: Vietnam's, which has one zone and no summer time.
pub const UTC_OFFSET: i32 = 7 * 3600;

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
    /// A picture for the site's feeds, http or https: RSS `image`, Atom `logo`.
    pub logo: Option<String>,
    /// A small square picture, http or https: Atom and JSON Feed `icon`.
    pub icon: Option<String>,
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
    /// Articles' own pages that one poll reads at most.
    pub pages_per_poll: usize,
    /// Whether `robots.txt` keeps us from articles' own pages.
    pub robots: bool,
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

impl Config {
    /// Reads a config file's text; relative paths in it are taken from `folder`, the file's own.
    pub fn parse(text: &str, folder: &Path) -> Result<Config, Error> {
        parse::parse(text, folder)
    }

    /// Every mistake that can be found in a config file's text, by line; none if it is right.
    pub fn mistakes(text: &str, folder: &Path) -> Vec<Error> {
        every::mistakes(text, folder)
    }

    /// Where a config that is not right keeps its data, as far as that can be told: for asking the daemon that runs.
    pub fn data_of_broken(text: &str, folder: &Path) -> PathBuf {
        every::data_directory(text, folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Error {
        Config::parse(text, Path::new("/etc/dongtin")).unwrap_err()
    }

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        let folder = Path::new("/etc/dongtin");
        assert_eq!(Config::parse(DOCUMENTED, folder).unwrap(), Config::parse("", folder).unwrap());
    }

    #[test]
    fn every_option_is_documented() {
        let raw = serde_json::to_value(raw::RawConfig::default()).unwrap();
        for (table, keys) in raw.as_object().unwrap() {
            let Some(keys) = keys.as_object() else { continue };
            let text = DOCUMENTED.split(&format!("[{table}]")).nth(1).unwrap();
            let text = text.split("\n[").next().unwrap();
            for key in keys.keys() {
                let filter = [
                    "id",
                    "title",
                    "description",
                    "language",
                    "sources",
                    "categories",
                    "authors",
                    "languages",
                    "title_words",
                    "publishers",
                    "provinces",
                    "old_provinces",
                ];
                if table == "automatic" && filter.contains(&key.as_str()) {
                    continue;
                }
                assert!(text.contains(&format!("\n{key} = ")), "[{table}] {key}");
            }
        }
        for (table, value) in [
            ("source", serde_json::to_value(raw::RawSource::default())),
            ("feed", serde_json::to_value(raw::RawFeed::default())),
        ] {
            let text = DOCUMENTED.split(&format!("# [[{table}]]")).nth(1).unwrap();
            let text = text.split("# [[").next().unwrap();
            for key in value.unwrap().as_object().unwrap().keys() {
                assert!(
                    text.contains(&format!("\n# {key} = "))
                        || text.contains(&format!("[{table}.{key}]")),
                    "[[{table}]] {key}"
                );
            }
        }
    }

    #[test]
    fn the_documented_examples_are_a_config() {
        let mut uncommented = String::new();
        for line in DOCUMENTED.lines() {
            let code = line.strip_prefix("# ").filter(|l| l.contains(" = ") || l.starts_with('['));
            uncommented.push_str(code.unwrap_or(line));
            uncommented.push('\n');
        }
        let config = Config::parse(&uncommented, Path::new("/")).unwrap();
        assert_eq!((config.sources.len(), config.feeds.len()), (1, 1));
    }

    #[test]
    fn mistakes_name_line_key_and_remedy() {
        let e = error("[server]\nlisten = \"8080\"\n");
        assert_eq!((e.line, e.key.as_str()), (2, "server.listen"));
        assert!(e.message.contains("127.0.0.1:8080"), "{e}");
        let e = error("[server]\n\nlistne = \"127.0.0.1:1\"\n");
        assert_eq!(e.line, 3);
        assert!(e.message.contains("listen"), "{e}");
        let e = error(
            "[[source]]\nid = \"a\"\nkind = \"push\"\n\n[[source]]\ntitle = \"B\"\nid = \"a\"\nkind = \"push\"\n",
        );
        assert_eq!((e.line, e.key.as_str()), (7, "source.id"));
        let e = error("[[source]]\nid = \"../etc\"\nkind = \"push\"\n");
        assert_eq!((e.line, e.key.as_str()), (2, "source.id"));
        let e = error("[[source]]\nid = \"a\"\nkind = \"feed\"\n");
        assert!(e.to_string().contains("address = "), "{e}");
        let e = error("[server]\n# [site] is below\n\n[ site ] # here\nbase_url = \"ftp://x\"\n");
        assert_eq!((e.line, e.key.as_str()), (5, "site.base_url"));
        let e = error("[site]\nbase_url = \"ftp://x\"\n");
        assert_eq!((e.line, e.key.as_str()), (2, "site.base_url"));
        for (key, address, part) in [
            ("base_url", "https://ai:mat-khau@bao.vn", "password"),
            ("base_url", "https://ai@bao.vn/tin", "password"),
            ("base_url", "https://:x@bao.vn", "password"),
            ("base_url", "https://bao.vn/?x=1", "`?` or `#`"),
            ("base_url", "https://bao.vn?", "`?` or `#`"),
            ("base_url", "https://bao.vn/#", "`?` or `#`"),
            ("base_url", "https://bao.vn/a b", "https://bao.vn/a%20b"),
            ("base_url", "https://báo.vn", "https://xn--"),
            ("base_url", "https://bao.vn\\\\tin", "https://bao.vn/tin"),
            ("logo", "https://ai:mat-khau@bao.vn/a.png", "password"),
            ("icon", "https://ai@bao.vn/a.ico", "password"),
        ] {
            let e = error(&format!("[site]\n{key} = \"{address}\"\n"));
            assert_eq!((e.line, e.key), (2, format!("site.{key}")), "{address}");
            assert!(e.message.contains(part) && !e.message.contains("mat-khau"), "{}", e.message);
        }
        let e = error("[[feed]]\nid = \"x\"\nsources = [\"nobody\"]\n");
        assert_eq!((e.line, e.key.as_str()), (3, "feed.sources"));
        let e = error(
            "[[source]]\nid = \"a\"\nkind = \"page\"\naddress = \"https://a.vn/\"\n[source.selectors]\nitem = \"li\"\ndate = \"[[\"\n",
        );
        assert!(e.message.contains("date = \"[[\""), "{e}");
        let e = error("[[source]]\nid = \"a\"\nkind = \"push\"\nfull_text = true\n");
        assert_eq!((e.line, e.key.as_str()), (4, "source.full_text"));
        assert_eq!(error("[site\n").line, 1);
    }
}
