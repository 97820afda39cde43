//! Golden files, and any text in any field: always well-formed, always read back as it was.

use super::*;
use crate::config::Config;
use crate::model::*;
use crate::store::{CategoryCount, Gone, category_slug};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CONFIG: &str = r#"
[site]
title = "Cổng thông tin tỉnh Phú Thọ"
description = "Tin tức & thông báo của tỉnh"
base_url = "https://tin.example.vn"
tag_authority = "tin.example.vn,2026"
rights = "© UBND tỉnh Phú Thọ"
publisher = "UBND tỉnh Phú Thọ"

[[source]]
id = "cong"
title = "Cổng tỉnh"
kind = "push"

[[source]]
id = "bao"
title = "Báo Hòa Bình"
kind = "feed"
address = "https://bao.example.vn/rss?a=1&b=2"
home = "https://bao.example.vn/"
"#;

/// A view with everything it borrows.
struct Fixture {
    config: Config,
    feed: Feed,
    sources: BTreeMap<SourceId, Source>,
    entries: Vec<Arc<Article>>,
    gone: Vec<Gone>,
    related: story::Related,
}

impl Fixture {
    fn new(entries: Vec<Article>) -> Self {
        let config = Config::parse(CONFIG, Path::new("/")).unwrap();
        let feed = automatic::all_feed(&config).unwrap().feed;
        let sources = config.sources.iter().map(|s| (s.id.clone(), s.clone())).collect();
        let entries = entries.into_iter().map(Arc::new).collect();
        Self { config, feed, sources, entries, gone: Vec::new(), related: story::Related::new() }
    }

    fn view(&self) -> FeedView<'_> {
        FeedView {
            feed: &self.feed,
            site: &self.config.site,
            sources: &self.sources,
            entries: &self.entries,
            gone: &self.gone,
            related: &self.related,
            changed: at("2026-11-20T08:00:00+07:00"),
            part: Default::default(),
        }
    }

    fn text(&self, format: Format) -> String {
        String::from_utf8(render(&self.view(), format).unwrap()).unwrap()
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn dated(text: &str) -> Option<Dated> {
    Some(Dated {
        at: at(text),
        offset: 25_200,
        raw: text.to_owned(),
        precision: Precision::Second,
        rule: DateRule::Iso,
    })
}

fn article(source: &str, upstream_id: &str) -> Article {
    let source = SourceId::new(source).unwrap();
    let key = ArticleKey::of(&source, upstream_id);
    Article {
        id: ArticleId::mint("tin.example.vn,2026", &source, key),
        url: Some(format!("https://tin.example.vn/bai/{upstream_id}")),
        title: "Thu hoạch lúa hè thu".to_owned(),
        language: Some("vi".to_owned()),
        published: dated("2026-11-19T20:30:21+07:00"),
        received: at("2026-11-20T07:00:00+07:00"),
        changed: at("2026-11-20T07:00:00+07:00"),
        revision: 1,
        ..Article::named(source, upstream_id.to_owned())
    }
}

/// Own with everything, aggregated, revised without a date, almost empty, full of markup and traps.
fn sample() -> Fixture {
    let own = Article {
        summary: Some("Sáng 19/11, nông dân xuống đồng.".to_owned()),
        content: Some(
            "<p>Sáng 19/11, nông dân xuống đồng.</p><p>Năng suất 6 tấn/ha &amp; hơn.</p>"
                .to_owned(),
        ),
        authors: vec![Author {
            name: Some("Nguyễn Văn An".to_owned()),
            email: Some("an@example.vn".to_owned()),
            uri: Some("https://tin.example.vn/an".to_owned()),
        }],
        categories: vec![
            Category { term: "Kinh tế".to_owned(), scheme: None, label: None },
            Category {
                term: "01".to_owned(),
                scheme: Some("https://tin.example.vn/linh-vuc".to_owned()),
                label: Some("Nông nghiệp".to_owned()),
            },
        ],
        enclosures: vec![
            Enclosure {
                url: "https://tin.example.vn/anh/lúa chín.jpg".to_owned(),
                media_type: "image/jpeg".to_owned(),
                length: Some(48_213),
                title: None,
                duration: None,
            },
            Enclosure {
                url: "https://tin.example.vn/am/ban-tin.mp3".to_owned(),
                media_type: "audio/mpeg".to_owned(),
                length: None,
                title: Some("Bản tin".to_owned()),
                duration: Some(185),
            },
        ],
        image: Some(Image {
            url: "https://tin.example.vn/anh/lúa chín.jpg".to_owned(),
            alt: Some("Ruộng lúa \"chín\"".to_owned()),
            width: Some(1_200),
            height: Some(800),
        }),
        rights: Some("© Cổng tỉnh".to_owned()),
        publisher: Some("Sở Nông nghiệp".to_owned()),
        ..article("cong", "lua-1")
    };
    let aggregated = Article {
        url: Some("https://bao.example.vn/tin/512?a=1&b=2".to_owned()),
        title: "Sở TT&TT họp về chuyển đổi số".to_owned(),
        summary: Some("Cuộc họp bàn ba việc.".to_owned()),
        content: Some("<p>Chiều 18/11, sở đã họp.</p>".to_owned()),
        authors: vec![Author { name: Some("Trần Bình".to_owned()), ..Author::default() }],
        origin: Some(Origin {
            title: Some("TTXVN".to_owned()),
            url: Some("https://ttx.example.vn/".to_owned()),
            id: None,
        }),
        published: dated("2026-11-18T16:05:00+07:00"),
        ..article("bao", "news_512")
    };
    let revised = Article {
        title: "Đính chính: lịch cắt điện".to_owned(),
        content: Some("<p>Lịch mới.</p>".to_owned()),
        published: None,
        revision: 2,
        changed: at("2026-11-20T07:30:00.250+07:00"),
        ..article("cong", "dien-2")
    };
    let empty = Article {
        url: None,
        title: String::new(),
        language: None,
        published: dated("2026-11-17T00:00:00+07:00"),
        ..article("cong", "trong-3")
    };
    let traps = Article {
        url: Some("javascript:alert(1)".to_owned()),
        title: "\"><img src=x onerror=alert(1)> ]]> \u{0}\u{fffe}&amp;".to_owned(),
        summary: Some("]]> <script>\u{b}</script> &#0; 'x' \"y\"".to_owned()),
        content: Some("<p>]]&gt; ]]> <![CDATA[ x ]]>\u{1}\u{ffff}\r\nhết</p>".to_owned()),
        language: Some("en".to_owned()),
        published: dated("9999-12-31T00:00:00Z"),
        ..article("cong", "bay-4")
    };
    let mut fixture = Fixture::new(vec![traps, revised, own, aggregated, empty]);
    let id = ArticleId("tag:tin.example.vn,2026:cong/rut-5".to_owned());
    fixture.gone.push(Gone { id, at: at("2026-11-20T07:45:00+07:00") });
    fixture
}

fn golden(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds").join(name);
    if std::env::var_os("DONGTIN_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{name} differs; see it with DONGTIN_WRITE_GOLDEN=1 and git diff");
}

#[test]
fn the_sample_is_written_as_it_was() {
    let mut fixture = sample();
    for format in Format::ALL {
        golden(&format!("sample.{}", format.extension()), &fixture.text(format));
    }
    fixture.feed.full_content = false;
    for format in Format::ALL {
        golden(&format!("summary.{}", format.extension()), &fixture.text(format));
    }
    let empty = Fixture::new(Vec::new());
    for format in Format::ALL {
        let view = FeedView { changed: Timestamp(0), ..empty.view() };
        let text = String::from_utf8(render(&view, format).unwrap()).unwrap();
        golden(&format!("empty.{}", format.extension()), &text);
    }
}

#[test]
fn the_directory_is_written_as_it_was() {
    let config = Config::parse(CONFIG, Path::new("/")).unwrap();
    let all = automatic::all_feed(&config).unwrap().feed;
    let of = |source| automatic::source_feed(&config, source).unwrap().feed;
    let label = "Đời sống & \"xã hội\"".to_owned();
    let count = CategoryCount { slug: category_slug(&label), label, live: 1 };
    let category = automatic::category_feed(&config, &count).unwrap().feed;
    assert_eq!(category.id.as_str(), "category-doi-song-xa-hoi");
    let sources = config.sources.iter().map(of).collect();
    let groups = [
        Group { title: None, feeds: vec![all] },
        Group { title: Some("Nguồn".to_owned()), feeds: sources },
        Group { title: Some("Chuyên mục".to_owned()), feeds: vec![category] },
    ];
    let text = String::from_utf8(opml::directory(&config.site, &groups)).unwrap();
    assert_eq!(check::xml(&text), Ok(()));
    golden("feeds.opml", &text);
}

#[test]
fn ids_that_are_written_alike_show_once() {
    let one = article("cong", "a");
    let unfit = |id: &str| Article { id: ArticleId(id.to_owned()), ..one.clone() };
    let fixture = Fixture::new(vec![unfit("không phải URI"), unfit("cũng không")]);
    assert_eq!(fixture.text(Format::Atom).matches("<entry>").count(), 1);
}

#[test]
fn one_article_twice_shows_once() {
    let one = article("cong", "a");
    let fixture = Fixture::new(vec![one.clone(), one]);
    assert_eq!(fixture.text(Format::Rss).matches("<item>").count(), 1);
}

#[test]
fn the_crates_read_what_they_wrote() {
    let fixture = sample();
    let entries = entry::entries(&fixture.view());
    let channel = ::rss::Channel::read_from(fixture.text(Format::Rss).as_bytes()).unwrap();
    let feed = atom_syndication::Feed::read_from(fixture.text(Format::Atom).as_bytes()).unwrap();
    assert_eq!((channel.items.len(), feed.entries.len()), (entries.len(), entries.len()));
    for ((entry, item), atom) in entries.iter().zip(&channel.items).zip(&feed.entries) {
        assert_eq!(item.guid.as_ref().unwrap().value, entry.id);
        assert_eq!(item.content, entry.content);
        assert_eq!(item.link.as_ref(), Some(&entry.link));
        assert_eq!((&atom.id, &atom.title.value), (&entry.id, &entry.title));
        assert_eq!(atom.content.as_ref().and_then(|c| c.value.as_ref()), entry.content.as_ref());
        assert_eq!(atom.updated.timestamp(), entry.updated.secs());
    }
    let times: std::collections::BTreeSet<_> = feed.entries.iter().map(|e| e.updated).collect();
    assert_eq!(times.len(), entries.len(), "two entries have one `updated`");
}

#[test]
fn the_sites_picture_is_in_every_format() {
    let mut fixture = sample();
    fixture.config.site.logo = Some("https://tin.example.vn/logo.png".into());
    fixture.config.site.icon = Some("https://tin.example.vn/icon.png".into());
    let channel = ::rss::Channel::read_from(fixture.text(Format::Rss).as_bytes()).unwrap();
    let image = channel.image.as_ref().unwrap();
    assert_eq!((&image.title, &image.link), (&channel.title, &channel.link));
    assert_eq!(image.url, "https://tin.example.vn/logo.png");
    let feed = atom_syndication::Feed::read_from(fixture.text(Format::Atom).as_bytes()).unwrap();
    assert_eq!(feed.logo.as_deref(), Some("https://tin.example.vn/logo.png"));
    assert_eq!(feed.icon.as_deref(), Some("https://tin.example.vn/icon.png"));
    let json: serde_json::Value = serde_json::from_str(&fixture.text(Format::Json)).unwrap();
    assert_eq!(json["icon"], "https://tin.example.vn/icon.png");
    fixture.config.site.logo = Some("javascript:alert(1)".into());
    assert!(!fixture.text(Format::Rss).contains("javascript"));
}

#[test]
fn a_source_without_a_feed_is_not_self() {
    let mut fixture = sample();
    let source = fixture.sources.values_mut().find(|s| s.id.as_str() == "bao").unwrap();
    source.kind = SourceKind::Page { address: "https://bao.example.vn/tin".into() };
    let feed = atom_syndication::Feed::read_from(fixture.text(Format::Atom).as_bytes()).unwrap();
    let links: Vec<_> =
        feed.entries.iter().filter_map(|e| e.source.as_ref()).flat_map(|s| &s.links).collect();
    assert!(!links.is_empty() && links.iter().all(|link| link.rel == "alternate"), "{links:?}");
}

/// Any characters, with those that hurt more often than chance would have them.
fn text() -> impl Strategy<Value = String> {
    let bad = prop::sample::select(vec![
        "]]>", "<![CDATA[", "&", "&amp;", "&#0;", "<", ">", "\"", "'", "\0", "\u{1}", "\u{fffe}",
        "\r", "\r\n", "\u{85}", "\u{2028}", "<script>", "</content>", "</feed><entry>", "ế", " ",
        "https://a.vn/", "javascript:", "\u{202e}", "--", "<?x?>", "<entry>",
    ]);
    let piece = prop_oneof![bad.prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn any_article()(
        texts in prop::collection::vec(text(), 20),
        some in any::<[bool; 8]>(),
        times in any::<[i64; 3]>(),
        number in any::<Option<u64>>(),
        revision in any::<u32>(),
        aggregated in any::<bool>(),
    ) -> Article {
        let t = |i: usize| texts[i].clone();
        let o = |i: usize| some[i % 8].then(|| texts[i].clone());
        let url = |i: usize| format!("https://a.vn/{}", texts[i]);
        Article {
            id: ArticleId(t(0)),
            url: Some(if some[0] { url(1) } else { t(1) }),
            title: t(2),
            summary: o(3),
            content: o(4),
            authors: vec![Author { name: o(5), email: o(6), uri: o(7) }],
            categories: vec![Category { term: t(8), scheme: o(9), label: o(10) }],
            enclosures: vec![Enclosure {
                url: url(11), media_type: t(12), length: number, title: o(13), duration: number,
            }],
            image: Some(Image { url: url(14), alt: o(15), width: Some(0), height: Some(1) }),
            language: o(16),
            published: some[2].then(|| Dated { at: Timestamp(times[0]), ..dated("2026-01-01T00:00:00Z").unwrap() }),
            received: Timestamp(times[1]),
            changed: Timestamp(times[2]),
            revision,
            rights: o(17),
            publisher: o(18),
            origin: Some(Origin { title: o(19), url: o(1), id: o(0) }),
            ..article(if aggregated { "bao" } else { "cong" }, &t(3))
        }
    }
}

/// Leaves a feed for other parsers to read, if the story that runs them has named a folder.
fn keep(bytes: &[u8], format: Format) {
    let Some(folder) = std::env::var_os("DONGTIN_KEEP_FEEDS") else { return };
    let name = format!(
        "{}.{}",
        Fingerprint::of_bytes(bytes).0.map(|b| format!("{b:02x}")).concat(),
        format.extension()
    );
    std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_anywhere_gives_a_well_formed_feed_that_reads_back(
        articles in prop::collection::vec(any_article(), 1..3),
        words in prop::collection::vec(text(), 4),
        full in any::<bool>(),
    ) {
        let mut fixture = Fixture::new(articles);
        fixture.feed.title = words[0].clone();
        fixture.feed.description = words[1].clone();
        fixture.feed.full_content = full;
        fixture.config.site.rights = Some(words[2].clone());
        fixture.gone.push(Gone { id: ArticleId(words[3].clone()), at: Timestamp(0) });
        let entries = entry::entries(&fixture.view());
        for format in Format::ALL {
            let bytes = render::write(&fixture.view(), &entries, format);
            prop_assert_eq!(check::check(format, &bytes), Ok(()));
            let rendered = render(&fixture.view(), format).unwrap();
            prop_assert_eq!(&bytes, &rendered);
            keep(&rendered, format);
        }
        let json: serde_json::Value = serde_json::from_str(&fixture.text(Format::Json)).unwrap();
        let channel = ::rss::Channel::read_from(fixture.text(Format::Rss).as_bytes()).unwrap();
        let feed = atom_syndication::Feed::read_from(fixture.text(Format::Atom).as_bytes()).unwrap();
        prop_assert_eq!(channel.items.len(), entries.len());
        prop_assert_eq!(feed.entries.len(), entries.len());
        for (i, entry) in entries.iter().enumerate() {
            let (item, atom, object) = (&channel.items[i], &feed.entries[i], &json["items"][i]);
            prop_assert_eq!(&item.guid.as_ref().unwrap().value, &entry.id);
            let title = item.title.clone().unwrap();
            prop_assert!(title == entry.title || title == output::escape_text(&entry.title));
            prop_assert_eq!(&item.content, &entry.content);
            prop_assert_eq!(&atom.title.value, &entry.title);
            prop_assert_eq!(atom.content.as_ref().and_then(|c| c.value.clone()), entry.content.clone());
            prop_assert_eq!(object["title"].as_str(), Some(entry.title.as_str()));
            prop_assert_eq!(object["url"].as_str(), Some(entry.link.as_str()));
        }
    }
}

/// A store with a journal that is followed, and a cache over it.
struct Served {
    directory: tempfile::TempDir,
    following: crate::journal::FollowerThread,
    store: crate::store::Store,
    cache: Cache,
}

impl Served {
    fn new(budget: usize) -> Self {
        Self::open(tempfile::tempdir().unwrap(), budget)
    }

    fn open(directory: tempfile::TempDir, budget: usize) -> Self {
        let config = Config::parse(CONFIG, directory.path()).unwrap();
        let journal = crate::journal::Journal::open(&config.store, None).unwrap();
        let store = crate::store::Store::open(journal, &config.feeds).unwrap();
        let following = store.follow().unwrap();
        let cache = Cache::new(store.clone(), Arc::new(config), budget, Timestamp(0));
        Self { directory, following, store, cache }
    }

    async fn change(&self, change: Change, at: Timestamp) {
        let proposal =
            crate::journal::Proposal { change, expected: None, idempotency_key: None, at };
        let seq = self.store.journal().append(proposal).await.unwrap();
        self.store.caught_up(seq).await;
    }

    async fn publish(&self, article: Article) {
        let at = article.received;
        self.change(Change::Published { article: Arc::new(article) }, at).await;
    }

    async fn get(&self, id: &str, format: Format) -> Option<Arc<Rendered>> {
        self.cache.get(&FeedId::new(id).unwrap(), format).await.unwrap()
    }
}

fn filed(upstream_id: &str, category: &str) -> Article {
    let category = Category { term: category.to_owned(), scheme: None, label: None };
    Article { categories: vec![category], ..article("cong", upstream_id) }
}

#[tokio::test]
async fn a_feed_is_rendered_once_per_change_of_its_own() {
    let served = Served::new(64 << 20);
    served.publish(filed("a", "Kinh tế")).await;
    let first = served.get("category-kinh-te", Format::Rss).await.unwrap();
    assert!(String::from_utf8_lossy(&first.identity).contains("<category>Kinh tế</category>"));
    served.publish(filed("b", "Văn hóa")).await;
    let second = served.get("category-kinh-te", Format::Rss).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second), "another feed's change rendered this one again");
    served.publish(filed("c", "Kinh tế")).await;
    let third = served.get("category-kinh-te", Format::Rss).await.unwrap();
    assert_ne!(first.hash, third.hash);
    assert!(third.as_of > first.as_of);
    for id in ["all", "source-cong"] {
        let feed = served.get(id, Format::Json).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&feed.identity).matches("content_html").count(), 3);
    }
    for id in ["nothing", "source-nobody", "category-nothing"] {
        assert!(served.get(id, Format::Atom).await.is_none(), "{id}");
    }
}

#[tokio::test]
async fn those_who_ask_at_once_get_one_rendering() {
    let served = Served::new(64 << 20);
    served.publish(filed("a", "Kinh tế")).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let cache = served.cache.clone();
        asking.spawn(async move { cache.get(&FeedId::new("all").unwrap(), Format::Rss).await });
    }
    let answers: Vec<_> =
        asking.join_all().await.into_iter().map(|a| a.unwrap().unwrap()).collect();
    assert!(answers.iter().all(|answer| Arc::ptr_eq(answer, &answers[0])));
}

#[tokio::test]
async fn a_withdrawn_article_leaves_a_tombstone() {
    let served = Served::new(64 << 20);
    let article = filed("a", "Kinh tế");
    served.publish(article.clone()).await;
    let change = Change::Withdrawn {
        key: article.key,
        id: article.id.clone(),
        source: article.source.clone(),
        upstream_id: article.upstream_id.clone(),
        reason: None,
        revision: 2,
        gone_since: None,
    };
    served.change(change, at("2026-11-21T08:00:00+07:00")).await;
    let feed = served.get("all", Format::Atom).await.unwrap();
    let text = String::from_utf8_lossy(&feed.identity).into_owned();
    assert!(!text.contains("<entry>") && text.contains("<at:deleted-entry"), "{text}");
    assert_eq!(feed.last_modified, at("2026-11-21T08:00:00+07:00"));
}

#[tokio::test]
async fn memory_keeps_to_its_budget_and_bytes_to_themselves() {
    let served = Served::new(1);
    served.publish(filed("a", "Kinh tế")).await;
    let first = served.get("all", Format::Rss).await.unwrap();
    served.get("source-cong", Format::Rss).await.unwrap();
    let again = served.get("all", Format::Rss).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &again), "the budget of one byte kept two feeds");
    assert_eq!(first, again);
}

#[tokio::test]
async fn the_directory_follows_the_categories() {
    let served = Served::new(64 << 20);
    let before = served.cache.directory().await.unwrap();
    served.publish(filed("a", "Kinh tế")).await;
    let after = served.cache.directory().await.unwrap();
    assert!(!String::from_utf8_lossy(&before.identity).contains("category-kinh-te"));
    assert!(String::from_utf8_lossy(&after.identity).contains("/feeds/category-kinh-te.rss"));
}

#[tokio::test]
async fn after_a_restart_and_a_rebuild_the_bytes_and_their_names_are_the_same() {
    let served = Served::new(64 << 20);
    served.publish(filed("a", "Kinh tế")).await;
    served.publish(Article { revision: 1, ..filed("b", "Kinh tế") }).await;
    let mut before = Vec::new();
    for format in Format::ALL {
        before.push(served.get("all", format).await.unwrap());
    }
    assert!(served.cache.ready("all", Format::Rss).is_some());
    let Served { directory, following, store, cache } = served;
    following.stop();
    drop((store, cache));
    let served = Served::open(directory, 64 << 20);
    served.store.rebuild(&mut |_, _| {}).unwrap();
    for (format, before) in Format::ALL.into_iter().zip(before) {
        assert!(served.cache.ready("all", format).is_none());
        assert_eq!(served.get("all", format).await.unwrap(), before);
    }
}

#[test]
fn the_others_of_a_story_are_related_links_in_every_format() {
    let original = article("cong", "1");
    let mut other = article("bao", "2");
    other.title = "Lúa hè thu \"được mùa\" & <b>được giá</b>".to_owned();
    other.url = Some("https://bao.example.vn/2?a=1&b=2".to_owned());
    let mut fixture = Fixture::new(vec![original.clone()]);
    fixture.related.insert(original.key, vec![Arc::new(other)]);
    for format in Format::ALL {
        let text = fixture.text(format);
        assert!(text.contains("bao.example.vn/2?a=1"), "{format:?}: {text}");
        assert!(text.contains("related"), "{format:?}");
        assert!(text.contains("Báo Hòa Bình"), "{format:?}");
        assert!(format == Format::Json || !text.contains("<b>được"), "{format:?}");
    }
}

#[test]
fn a_text_that_is_longer_than_a_feed_shows_says_so() {
    let cut = Flag {
        field: "content".to_owned(),
        text: String::new(),
        suggestion: None,
        rule: "cut".to_owned(),
    };
    let paragraphs = "<p>Đoạn của một biên bản.</p>".repeat(13_000);
    let whole = Article { content: Some(paragraphs), ..article("own", "1") };
    let cut = Article {
        content: Some("<p>Đầu.</p>".to_owned()),
        flags: vec![cut],
        ..article("own", "2")
    };
    let too_long = Article { content: Some("x".repeat(700 << 10)), ..article("own", "3") };
    for format in [Format::Rss, Format::Atom, Format::Json] {
        let text = |article: &Article| Fixture::new(vec![article.clone()]).text(format);
        assert!(text(&whole).len() > 450 << 10 && !text(&whole).contains("còn tiếp"));
        assert!(text(&cut).contains("Bài còn tiếp") && text(&cut).contains("bai/2"));
        assert!(text(&too_long).contains("Bài còn tiếp") && text(&too_long).contains("/a/"));
    }
}

#[test]
fn a_date_before_1970_is_told_in_words_and_no_reader_is_given_it() {
    let (rfc822, rfc3339) = ("Thu, 01 Jan 1970 07:00:00 +0700", "1970-01-01T07:00:00");
    for (written, day) in [
        ("1965-03-02T08:00:00+07:00", "02/03/1965"),
        ("1969-12-31T16:59:59Z", "31/12/1969"),
        ("0938-11-05T00:00:00+07:00", "05/11/0938"),
    ] {
        let old = Article { published: dated(written), ..article("bao", "1") };
        assert_eq!((old.order(), old.shown_updated()), (Timestamp(0), at(written)));
        let fixture = Fixture::new(vec![old]);
        let [rss, atom, json] = Format::ALL.map(|format| fixture.text(format));
        assert!(rss.contains(&format!("<pubDate>{rfc822}</pubDate>")), "{rss}");
        assert!(atom.contains(&format!("<published>{rfc3339}+07:00</published>")), "{atom}");
        assert!(atom.contains(&format!("<updated>{rfc3339}")), "{atom}");
        assert!(json.contains(&format!("\"date_published\":\"{rfc3339}+07:00\"")), "{json}");
        assert!(rss.contains(&format!("{day}</p>")), "{rss}");
    }
}

#[test]
fn plain_text_is_escaped_once_and_all_authors_are_in_one_creator() {
    let named = |name: &str| Author { name: Some(name.into()), ..Author::default() };
    let title = "Bài học viết <b>đậm</b>, &lt;p&gt; & AT&T";
    let authors = vec![named("Bùi Thị Mơ"), named("Quách Văn Sáo")];
    let taught = Article { title: title.into(), authors, ..article("cong", "1") };
    let text = Fixture::new(vec![taught]).text(Format::Rss);
    let rss = ::rss::Channel::read_from(text.as_bytes()).unwrap();
    assert_eq!(rss.items[0].title.as_deref(), Some(title));
    for acts in ["<script>x", "<img src=x onerror=y>", "<!-- x", "<svg/onload=x>", "</textarea>"] {
        let hostile = Article { title: acts.into(), ..article("cong", "1") };
        let text = Fixture::new(vec![hostile]).text(Format::Rss);
        let rss = ::rss::Channel::read_from(text.as_bytes()).unwrap();
        assert_eq!(rss.items[0].title.as_deref(), Some(&*output::escape_text(acts)));
    }
    let creators = &rss.items[0].dublin_core_ext.as_ref().unwrap().creators;
    assert_eq!(creators, &["Bùi Thị Mơ, Quách Văn Sáo"]);
}

#[test]
fn the_credit_at_the_end_leads_to_whom_it_names() {
    let origin = Origin {
        title: Some("Thông tấn Bản Mây".into()),
        url: Some("https://banmay.vn/9".into()),
        ..Origin::default()
    };
    let own = Article { origin: Some(origin), ..article("cong", "1") };
    let text = Fixture::new(vec![own]).text(Format::Json);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let html = json["items"][0]["content_html"].as_str().unwrap();
    assert!(html.contains("Nguồn: <a href=\"https://banmay.vn/9\""), "{html}");
}

#[test]
fn a_key_in_the_address_of_a_source_is_in_no_feed() {
    let mut fixture = Fixture::new(vec![article("bao", "1")]);
    let source = fixture.sources.get_mut(&SourceId::new("bao").unwrap()).unwrap();
    source.kind = SourceKind::Feed { address: "https://a:b@bao.vn/rss?key=bimat".into() };
    for format in Format::ALL {
        let text = fixture.text(format);
        assert!(!text.contains("bimat") && !text.contains("a:b@"), "{text}");
    }
}

/// A cache like the daemon's, by a config that differs from the tests' own.
fn changed_config(served: &Served, from: &str, to: &str) -> Arc<Config> {
    let text = CONFIG.replace(from, to);
    Arc::new(Config::parse(&text, served.directory.path()).unwrap())
}

#[tokio::test]
async fn a_form_that_another_config_gives_is_newer_than_the_one_before_and_stays_so() {
    let served = Served::new(64 << 20);
    served.publish(filed("a", "Kinh tế")).await;
    let written = at("2026-11-20T07:00:00+07:00");
    let places = ["all", "source-cong", "category-kinh-te"];
    for id in places {
        assert_eq!(served.get(id, Format::Rss).await.unwrap().last_modified, written, "{id}");
    }
    assert_eq!(served.cache.directory().await.unwrap().last_modified, written);
    let mut taken = at("2026-11-22T09:00:00+07:00");
    for (from, to) in [
        ("title = \"Cổng thông tin tỉnh Phú Thọ\"", "title = \"Tin tỉnh\""),
        ("https://tin.example.vn", "https://moi.example.vn"),
        ("title = \"Cổng tỉnh\"", "title = \"Cổng\""),
        ("[[source]]\nid = \"cong\"", "[automatic]\nmin_entries = 1\n[[source]]\nid = \"cong\""),
    ] {
        taken = taken.plus_millis(60_000);
        served.cache.set_config(changed_config(&served, from, to), taken);
        for id in places {
            assert_eq!(
                served.get(id, Format::Rss).await.unwrap().last_modified,
                taken,
                "{id}: {to}"
            );
        }
        assert_eq!(served.cache.directory().await.unwrap().last_modified, taken, "{to}");
        // Read again as it was, and by one whose clock was turned back, it is no older.
        served.cache.set_config(changed_config(&served, from, to), taken.plus_millis(5_000));
        assert_eq!(served.get("all", Format::Atom).await.unwrap().last_modified, taken, "{to}");
    }
    served.cache.set_config(changed_config(&served, "", ""), Timestamp(0));
    let back = served.get("all", Format::Json).await.unwrap();
    assert_eq!(back.last_modified, taken.plus_millis(1000));
    let Served { directory, following, store, cache } = served;
    following.stop();
    drop((store, cache));
    let served = Served::open(directory, 64 << 20);
    served.store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(served.get("all", Format::Json).await.unwrap(), back);
}

#[tokio::test]
async fn the_ids_of_feeds_and_sources_stay_when_the_tag_authority_changes() {
    let served = Served::new(64 << 20);
    let moved = || changed_config(&served, "tin.example.vn,2026", "moi.example.vn,2027");
    let first = ArticleId::mint(
        "tin.example.vn,2026",
        &SourceId::new("cong").unwrap(),
        filed("a", "x").key,
    );
    served.publish(Article { id: first, ..filed("a", "Kinh tế") }).await;
    let id =
        |text: Arc<Rendered>| atom_syndication::Feed::read_from(&text.identity[..]).unwrap().id;
    let before = id(served.get("all", Format::Atom).await.unwrap());
    assert_eq!(before, "tag:tin.example.vn,2026:feed/all");
    served.cache.set_config(moved(), Timestamp(1));
    assert_eq!(id(served.get("all", Format::Atom).await.unwrap()), before);
    let config = moved();
    let Served { directory, following, store, cache } = served;
    following.stop();
    drop((store, cache));
    let served = Served::open(directory, 64 << 20);
    let cache = Cache::new(served.store.clone(), config, 1, Timestamp(2));
    let all = cache.get(&FeedId::new("all").unwrap(), Format::Atom).await.unwrap().unwrap();
    assert_eq!(id(all), before);
}

#[test]
fn an_article_of_a_source_that_the_config_names_no_more_is_still_its_own() {
    let from = |source: &str, url: Option<&str>| {
        let url = url.map(str::to_owned);
        Fixture::new(vec![Article { url, ..article(source, "1") }]).text(Format::Atom)
    };
    let text = from("bao-cu", Some("https://bao.example.vn/1"));
    assert!(text.contains("tag:tin.example.vn,2026:source/bao-cu"), "{text}");
    assert!(text.contains(">bao-cu<"), "{text}");
    assert!(!from("cong", Some("https://tin.example.vn/1")).contains("<source>"), "our own");
}

#[test]
fn a_tombstone_is_never_older_than_the_last_word_of_its_entry() {
    let id = ArticleId("tag:a".to_owned());
    for millis in [0, 1, 999] {
        let at = at("2026-11-20T07:45:00+07:00").plus_millis(millis);
        let gone = Gone { id: id.clone(), at };
        assert_eq!(gone.when().rfc3339_at(25_200), "2026-11-20T07:45:01+07:00");
    }
}

#[test]
fn revisions_of_an_article_dated_later_than_now_differ() {
    let received = at("2026-11-20T07:00:00+07:00");
    let published = dated("2026-11-20T07:30:00+07:00");
    let updated = |revision: u32| {
        let changed = received.plus_millis(i64::from(revision) * 1_000);
        let of = article("cong", "1");
        let published = published.clone();
        Article { published, received, changed, revision, ..of }.shown_updated()
    };
    assert!(updated(1) < updated(2) && updated(2) < updated(4));
    assert_eq!(updated(1), at("2026-11-20T07:30:00+07:00"));
}
