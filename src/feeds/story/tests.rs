//! Stories over many orders of coming, and the feeds that show them.

use super::*;
use crate::config::Config;
use crate::model::*;
use proptest::prelude::*;
use std::path::Path;

const TEXT: &str = "<p>Đêm 14 rạng sáng 15/8, mưa lớn kéo dài hơn sáu giờ gây sạt lở trên tuyến đường liên xã Đồng Thịnh – Phúc Khánh, đe dọa trực tiếp 37 hộ dân ở khu Gò Vải. Ngay trong đêm, chính quyền xã huy động 120 dân quân giúp các hộ di dời tài sản đến nhà văn hóa khu.</p>";

fn article(source: &str, id: &str, minute: i64, content: &str) -> Arc<Article> {
    let source = SourceId::new(source).unwrap();
    let key = ArticleKey::of(&source, id);
    let at = Timestamp::from_secs(1_795_000_000 + minute * 60);
    let mut article = crate::journal::samples::article(source.as_str(), 1, at);
    article.id = ArticleId::mint("tin.vn,2026", &source, key);
    article.key = key;
    article.source = source;
    article.upstream_id = id.to_owned();
    article.title = "Sạt lở tại xã Đồng Thịnh, di dời 37 hộ dân".to_owned();
    article.content = Some(content.to_owned());
    article.summary = None;
    article.publisher = None;
    article.origin = None;
    article.url = Some(format!("https://{}.vn/{id}", article.source));
    article.published = Some(Dated {
        at,
        offset: 25_200,
        raw: String::new(),
        precision: Precision::Second,
        rule: DateRule::Iso,
    });
    article.received = at;
    Arc::new(article)
}

fn sources() -> BTreeMap<SourceId, Source> {
    let block = |(id, title): (&str, &str)| {
        format!(
            "[[source]]\nid = \"{id}\"\ntitle = \"{title}\"\nkind = \"feed\"\naddress = \"https://{id}.vn/rss\"\n"
        )
    };
    let text: String =
        [("bao", "Báo Phú Thọ"), ("hang-tin", "Thông tấn xã Việt Nam"), ("ngay", "Báo Ngày")]
            .map(block)
            .concat();
    let config = Config::parse(&text, Path::new("/")).unwrap();
    config.sources.into_iter().map(|s| (s.id.clone(), s)).collect()
}

/// The sources of each story, the original first.
fn told(articles: &[Arc<Article>]) -> Vec<Vec<String>> {
    let names = |story: Story| {
        let all = std::iter::once(story.original).chain(story.others);
        all.map(|article| article.source.to_string()).collect()
    };
    stories(articles, &sources()).into_iter().map(names).collect()
}

#[test]
fn the_earliest_stands_for_the_story_unless_another_is_named() {
    let first = article("bao", "1", 0, TEXT);
    let later = article("hang-tin", "2", 50, TEXT);
    assert_eq!(told(&[later.clone(), first.clone()]), [["bao", "hang-tin"]]);
    let copied = article("bao", "1", 0, &TEXT.replace("<p>Đêm", "<p>(TTXVN) - Đêm"));
    assert_eq!(told(&[later.clone(), copied]), [["hang-tin", "bao"]]);
    let copied = article("bao", "1", 0, &TEXT.replace("</p>", " Theo TTXVN</p>"));
    assert_eq!(told(&[copied, later]), [["hang-tin", "bao"]]);
}

#[test]
fn a_date_that_cannot_be_believed_does_not_make_an_original() {
    let later = article("hang-tin", "2", 50, TEXT);
    let mut early = (*article("bao", "1", 300, TEXT)).clone();
    let date = early.published.as_mut().unwrap();
    date.at = date.at.plus_millis(-12 * 3_600_000);
    date.precision = Precision::Day;
    assert_eq!(
        told(&[Arc::new(early), later.clone()]),
        [["hang-tin", "bao"]],
        "a day without a time"
    );
    let mut future = (*article("bao", "1", 300, TEXT)).clone();
    future.published = None;
    assert_eq!(told(&[Arc::new(future), later]), [["hang-tin", "bao"]], "undated is when it came");
}

#[test]
fn one_source_tells_a_story_once_and_not_for_ever() {
    assert_eq!(told(&[article("bao", "1", 0, TEXT), article("bao", "2", 9, TEXT)]).len(), 2);
    let week = 7 * 24 * 60;
    assert_eq!(told(&[article("bao", "1", 0, TEXT), article("ngay", "2", week, TEXT)]).len(), 2);
}

#[test]
fn tones_marks_and_forms_of_letters_do_not_matter() {
    use unicode_normalization::UnicodeNormalization;
    let other = TEXT.replace("dọa", "doạ").replace("hóa", "hoá").nfd().collect::<String>();
    assert_eq!(told(&[article("bao", "1", 0, TEXT), article("ngay", "2", 9, &other)]).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same articles in any order, some twice, are the same stories; each article is in one.
    #[test]
    fn the_order_of_coming_does_not_matter(picked in proptest::collection::vec((0usize..3, 0i64..400, 0usize..4), 1..20), turn in 0usize..20) {
        let names = ["bao", "hang-tin", "ngay"];
        let mut all: Vec<_> = picked.iter().enumerate().map(|(n, (source, minute, cut))| {
            let text: String = TEXT.chars().take(TEXT.chars().count() - cut * 30).collect();
            article(names[*source], &n.to_string(), *minute, &text)
        }).collect();
        let before = stories(&all, &sources());
        let held: usize = before.iter().map(|story| 1 + story.others.len()).sum();
        prop_assert_eq!(held, all.len());
        let middle = turn % all.len();
        all.rotate_left(middle);
        all.push(all[0].clone());
        prop_assert_eq!(stories(&all, &sources()), before);
    }
}

/// A store in a folder, followed by hand.
fn store_in(folder: &Path) -> crate::store::Store {
    let config = Config::parse("", folder).unwrap();
    let journal = crate::journal::Journal::open(&config.store, None).unwrap();
    crate::store::Store::open(journal, &[]).unwrap()
}

fn append(store: &crate::store::Store, change: Change) {
    let proposal = crate::journal::Proposal {
        change,
        expected: None,
        idempotency_key: None,
        at: Timestamp::from_secs(1_795_010_000),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.journal().append(proposal)).unwrap();
    store.catch_up().unwrap();
}

#[test]
fn a_withdrawn_original_hands_over_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut feed = Config::parse("", folder.path()).unwrap().automatic;
    feed.collapse_stories = true;
    let shown = |store: &crate::store::Store| {
        crate::feeds::window(store, crate::store::IndexId::all(), &feed, &sources(), "").unwrap()
    };
    let store = store_in(folder.path());
    let [first, second, third] = [("bao", 0), ("ngay", 60), ("hang-tin", 90)]
        .map(|(source, minute)| article(source, "1", minute, TEXT));
    for article in [&third, &first, &second] {
        append(&store, Change::Published { article: article.clone() });
    }
    let before = shown(&store);
    assert_eq!(before.entries, std::slice::from_ref(&first));
    assert_eq!(before.related[&first.key], [second.clone(), third.clone()]);
    append(
        &store,
        Change::Withdrawn {
            key: first.key,
            id: first.id.clone(),
            source: first.source.clone(),
            upstream_id: first.upstream_id.clone(),
            reason: None,
            revision: 2,
            gone_since: None,
        },
    );
    let after = shown(&store);
    assert_eq!(after.entries, std::slice::from_ref(&second));
    assert_eq!(after.related[&second.key], [third]);
    assert_eq!(after.gone[0].id, first.id);
    drop(store);
    assert_eq!(shown(&store_in(folder.path())), after, "after a restart");
}
