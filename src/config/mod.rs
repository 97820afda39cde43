//! The config: one TOML file, read whole.
//!
//! In: the file's text, and the folder that relative paths start from.
//! Out: a `Config` with every default filled in, or every mistake with its line, its key and the remedy.

/// `[site]`, `[server]`, `[store]`, `[fetch]`, `[worker]`, `[changes]`, `[media]`: each key, its meaning and its default.
mod settings;
/// `[[source]]`: what we read.
mod sources;
/// `[[feed]]` and `[automatic]`: what we publish.
mod feeds;
/// `[[partner]]`: who mirrors us.
mod partners;
/// `[follow]`: whom we follow.
mod follow;
/// Takes the keys out of a table and notes what is wrong: a key that nobody took is unknown.
mod table;
/// Mistakes in a config: the line, the key, and how to write it.
mod mistake;
/// Times and sizes as people write them: `30s`, `5m`, `10 MiB`, `+07:00`.
mod units;

pub use follow::FollowConfig;
pub use mistake::{Mistake, Mistakes};
pub use settings::{
    ChangesConfig, FetchConfig, MediaConfig, ServerConfig, SiteConfig, StoreConfig, UTC_OFFSET,
    WorkerConfig,
};

use crate::model::{Feed, Partner, Source};
use mistake::File;
use std::path::Path;
use table::Table;
use toml::de::DeTable;

/// The config file that documents every option with its default.
pub const DOCUMENTED: &str = include_str!("../../config/dongtin.toml");

/// Everything that can be configured, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub site: SiteConfig,
    pub server: ServerConfig,
    pub store: StoreConfig,
    pub fetch: FetchConfig,
    pub worker: WorkerConfig,
    pub changes: ChangesConfig,
    pub media: MediaConfig,
    /// The leader whose journal is copied; `None` if this node leads.
    pub follow: Option<FollowConfig>,
    pub sources: Vec<Source>,
    /// The feeds besides the automatic ones.
    pub feeds: Vec<Feed>,
    /// The settings of automatic feeds: everything, each source, each category.
    pub automatic: Feed,
    /// Who may copy with a token.
    pub partners: Vec<Partner>,
}

impl Config {
    /// Reads a config file's text; relative paths in it start from `folder`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn parse(text: &str, folder: &Path) -> Result<Config, Mistakes> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let file = File::new(text, &errors);
        let config = read(Table::root(&file, root.into_inner()), folder);
        let data_directory = config.as_ref().map(|config| config.store.directory.clone());
        let all = file.into_mistakes();
        match config {
            Some(config) if all.is_empty() => Ok(config),
            _ => Err(Mistakes { all, data_directory: data_directory.unwrap_or_default() }),
        }
    }
}

/// The config, with defaults in place of whatever is wrong and noted.
fn read(mut root: Table<'_>, folder: &Path) -> Option<Config> {
    let site = SiteConfig::read(root.table("site"));
    let fetch = FetchConfig::read(root.table("fetch"), folder, &site);
    let longest_ms = fetch.max_interval_ms;
    let around = sources::Around { folder, site: &site, allow: &fetch.allow, longest_ms };
    let (sources, ids) = sources::read(root.tables("source"), &around);
    let automatic = feeds::automatic(root.table("automatic"))?;
    let feeds = feeds::read(root.tables("feed"), &automatic, &ids);
    let config = Config {
        partners: partners::read(root.tables("partner"), &ids, &feeds),
        changes: ChangesConfig::read(root.table("changes")),
        server: ServerConfig::read(root.table("server")),
        store: StoreConfig::read(root.table("store"), folder),
        worker: WorkerConfig::read(root.table("worker")),
        feeds,
        media: MediaConfig::read(root.table("media")),
        follow: FollowConfig::read(root.table("follow"), folder),
        site,
        fetch,
        sources,
        automatic,
    };
    root.finish();
    Some(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Mistake {
        Config::parse(text, Path::new("/etc/dongtin")).unwrap_err().all.remove(0)
    }

    /// The documented config with its examples of a source and a feed.
    fn with_examples() -> String {
        let mut text = String::new();
        for line in DOCUMENTED.lines() {
            let code = line.strip_prefix("# ").filter(|l| l.contains(" = ") || l.starts_with('['));
            text.push_str(code.unwrap_or(line));
            text.push('\n');
        }
        text
    }

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        let folder = Path::new("/etc/dongtin");
        assert_eq!(Config::parse(DOCUMENTED, folder).unwrap(), Config::parse("", folder).unwrap());
    }

    #[test]
    fn every_option_is_documented() {
        const OF_FEEDS_ONLY: [&str; 12] = [
            "id", "title", "description", "language", "sources", "categories", "authors",
            "languages", "title_words", "publishers", "provinces", "old_provinces",
        ];
        let text = with_examples();
        let (root, errors) = DeTable::parse_recoverable(&text);
        let file = File::new(&text, &errors);
        read(Table::root(&file, root.into_inner()), Path::new("/")).unwrap();
        let tables = file.keys();
        assert_eq!(tables.len(), 15, "{tables:?}");
        for (table, keys) in tables.iter().filter(|(table, _)| !table.is_empty()) {
            let heads = ["[", "[["].map(|bracket| format!("\n{bracket}{table}]"));
            let part = heads.iter().find_map(|head| text.split(head.as_str()).nth(1)).unwrap();
            let part = part.split("\n[").next().unwrap();
            let is_documented = |key: &&str| match table.as_str() {
                "source.selectors" | "source.selection" => {
                    let head = format!("# [{table}]");
                    DOCUMENTED.lines().any(|line| line.starts_with(&head) && line.contains(*key))
                }
                "automatic" if OF_FEEDS_ONLY.contains(key) => true,
                _ => {
                    matches!(*key, "selectors" | "selection")
                        || part.contains(&format!("\n{key} = "))
                }
            };
            let missing: Vec<_> = keys.iter().filter(|key| !is_documented(key)).collect();
            assert!(missing.is_empty(), "[{table}] {missing:?}");
        }
    }

    #[test]
    fn the_documented_examples_are_a_config() {
        let config = Config::parse(&with_examples(), Path::new("/")).unwrap();
        assert_eq!((config.sources.len(), config.feeds.len(), config.partners.len()), (1, 1, 1));
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
        let e = error("[follow]\nof = \"https://tin.vn\"\n");
        assert_eq!(e.key, "follow.token_file");
        let e = error("[follow]\ntoken_file = \"t\"\nof = \"tin.vn\"\n");
        assert_eq!((e.line, e.key.as_str()), (3, "follow.of"));
        let e = error("[[source]]\nid = \"a\"\nkind = \"push\"\nfull_text = true\n");
        assert_eq!((e.line, e.key.as_str()), (4, "source.full_text"));
    }
}
