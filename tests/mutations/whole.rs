//! The whole way of a document, from bytes to feeds, with everything that must hold at each step.

use dongtin::testing::config::Config;
use dongtin::testing::feeds::{self, FeedView, Format};
use dongtin::testing::ingest::{Job, JobOutput};
use dongtin::testing::model::{Article, ArticleId, DateOrder, Feed, Timestamp};
use dongtin::testing::{ingest, read};
use std::path::Path;
use std::sync::{Arc, OnceLock};

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const CONFIG: &str = "[site]\ntitle = \"Dòng tin\"\nbase_url = \"https://tin.vn\"\n\
    [[source]]\nid = \"cong\"\ntitle = \"Cổng\"\nkind = \"feed\"\naddress = \"https://cong.vn/rss\"\nrepair = \"full\"\n\
    [[feed]]\nid = \"moi\"\ntitle = \"Mới\"\n";

/// Bytes to text: valid, and nothing in it that XML forbids.
pub fn decode(bytes: &[u8]) {
    let split = bytes.iter().position(|b| *b == b'\n').unwrap_or(0);
    let kind = std::str::from_utf8(bytes.get(..split).unwrap_or_default()).ok();
    for kind in [None, kind] {
        if let Ok(decoded) = read::steps::decode(bytes, kind) {
            assert!(
                decoded.text.chars().all(|c| c >= ' ' || "\t\r\n".contains(c)),
                "a control character"
            );
        }
    }
}

/// Text to tags: always forward, and no more tokens than bytes.
pub fn markup(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut tokens = 0;
    let mut markup = read::steps::Markup::new(&text);
    while markup.next().is_some() {
        tokens += 1;
        assert!(tokens <= text.len() + 1, "more tokens than bytes");
    }
    assert!(read::steps::attributes(&text).count() <= text.len(), "more attributes than bytes");
}

/// Bytes to a parsed feed: within its limits.
pub fn read(bytes: &[u8]) {
    let limits = read::Limits::default();
    if let Ok(feed) = read::read(bytes, None) {
        assert!(feed.entries.len() <= limits.entries);
        let titles = feed.entries.iter().filter_map(|entry| entry.title.as_ref());
        assert!(titles.into_iter().all(|title| title.value.chars().count() <= limits.title));
    }
}

/// Bytes to feeds in every format: strict parsers accept them, and nothing in them is active. How many entries.
pub fn pipeline(bytes: &[u8]) -> usize {
    let config = config();
    let Some(reading) = worked(config, bytes) else { return 0 };
    let entries: Vec<_> = reading.refined.drafts.into_iter().map(article).collect();
    let sources = config.sources.iter().map(|s| (s.id.clone(), s.clone())).collect();
    for full_content in [true, false] {
        let feed = Feed { full_content, ..config.feeds[0].clone() };
        let view = FeedView {
            feed: &feed,
            site: &config.site,
            sources: &sources,
            entries: &entries,
            gone: &[],
            related: &Default::default(),
            changed: NOW,
            part: Default::default(),
        };
        for format in Format::ALL {
            let rendered = feeds::render(&view, format).expect("a feed is rendered");
            let count = super::strict::check(format, &rendered);
            assert_eq!(count, entries.len(), "an entry was left out of {}", format.extension());
        }
    }
    entries.len()
}

fn config() -> &'static Config {
    static CONFIGURED: OnceLock<Config> = OnceLock::new();
    CONFIGURED.get_or_init(|| Config::parse(CONFIG, Path::new("/")).expect("the config is right"))
}

fn worked(config: &Config, bytes: &[u8]) -> Option<JobOutput> {
    let job = Job::Feed {
        content_type: None,
        source: config.sources[0].clone(),
        fetched_from: "https://cong.vn/rss".into(),
        now: NOW,
        settled: DateOrder::Auto,
        max_entries: 50,
        max_bytes: 10 << 20,
    };
    let reading = ingest::run_job(job, bytes).ok()?;
    // As it travels from the worker.
    let frame = serde_json::to_vec(&reading).expect("a reading is written");
    Some(serde_json::from_slice(&frame).expect("a reading is read"))
}

fn article(draft: dongtin::testing::refine::Draft) -> Arc<Article> {
    let key = draft.key();
    let id = ArticleId::mint("tin.vn,2026", &draft.source, key);
    Arc::new(draft.into_article(id, key, NOW, NOW, 1))
}
