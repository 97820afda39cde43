//! What is drift and what is news.

use super::*;
use crate::model::{Article, DateRule, Dated, Precision, SourceId};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn dated() -> Dated {
    Dated {
        raw: "12/06/2026".into(),
        at: NOW,
        offset: 25_200,
        precision: Precision::Day,
        rule: DateRule::Iso,
    }
}

fn draft(number: usize) -> Draft {
    let mut draft = Draft::named(SourceId::new("s").unwrap(), number.to_string());
    draft.title = format!("Một tiêu đề đủ dài như của tin tức trong tỉnh số {number}");
    draft.url = Some(format!("https://a.example.vn/tin/{number}"));
    draft.published = Some(dated());
    draft.content = Some("<p>Nội dung</p>".repeat(100));
    draft
}

fn drafts(numbers: std::ops::Range<usize>) -> Vec<Draft> {
    numbers.map(draft).collect()
}

fn learned() -> Baseline {
    let mut baseline = Baseline::default();
    (0..5).for_each(|n| baseline.learn(&drafts(n..n + 20)));
    baseline
}

fn names(baseline: &Baseline, drafts: &[Draft], known: usize) -> Vec<&'static str> {
    let is_known = |draft: &Draft| draft.upstream_id.parse::<usize>().unwrap() < known;
    let drifts = baseline.judge(drafts, &is_known).into_iter();
    drifts.filter_map(|drift| drift.notice.name().strip_prefix("drift-")).collect()
}

#[test]
fn what_is_news_is_not_held_however_much_or_little_it_is() {
    let baseline = learned();
    for (what, drafts, known) in [
        ("a burst that replaced the list", drafts(100..200), 24),
        ("a quiet day", drafts(24..25), 24),
        ("a list cut to three", drafts(22..25), 24),
        ("nothing new", drafts(4..24), 24),
        ("nothing at all", Vec::new(), 24),
    ] {
        assert!(names(&baseline, &drafts, known).is_empty(), "{what}");
    }
    let mut undated = drafts(20..30);
    undated.iter_mut().take(3).for_each(|draft| draft.published = None);
    assert!(names(&baseline, &undated, 24).is_empty(), "some dates cannot be read");
    let mut short = drafts(24..34);
    short.iter_mut().take(4).for_each(|draft| draft.title = "Tin vắn".into());
    assert!(names(&baseline, &short, 24).is_empty(), "some titles are short");
    let mut moved = drafts(20..40);
    moved.iter_mut().for_each(|d| d.url = Some(format!("https://b.example.vn/{}", d.upstream_id)));
    assert!(names(&baseline, &moved, 24).is_empty(), "known articles on a new host");
}

#[test]
fn a_source_that_never_had_dates_or_texts_is_not_missing_them() {
    let bare = |n: std::ops::Range<usize>| {
        let mut all = drafts(n);
        all.iter_mut().for_each(|d| (d.published, d.content) = (None, None));
        all
    };
    let mut baseline = Baseline::default();
    (0..5).for_each(|n| baseline.learn(&bare(n..n + 10)));
    assert!(names(&baseline, &bare(10..20), 14).is_empty());
}

/// A feed whose new entries push the old ones out; one in `every` has a text, the others only a lead.
fn window(from: usize, count: usize, every: usize, short: &str) -> Vec<Draft> {
    let mut all = drafts(from..from + count);
    for (number, draft) in (from..).zip(&mut all) {
        draft.summary = Some("Lời dẫn của tin".into());
        if !number.is_multiple_of(every) {
            draft.content = Some(short.to_owned()).filter(|text| !text.is_empty());
        }
    }
    all
}

#[test]
fn one_short_new_entry_in_a_healthy_feed_is_no_drift() {
    // The only text of 25 leaves the window; every second text is a line; all texts but one are leads.
    for (count, every, short) in [(25, 25, ""), (20, 2, "<p>Tin vắn.</p>"), (9, 9, ""), (8, 3, "")]
    {
        let mut baseline = Baseline::default();
        (0..6).for_each(|n| baseline.learn(&window(n, count, every, short)));
        for n in 6..60 {
            let now = window(n, count, every, short);
            assert!(names(&baseline, &now, n + count - 1).is_empty(), "{count} {every} at {n}");
            baseline.learn(&now);
        }
    }
    let mut baseline = learned();
    for n in 20..80 {
        let mut now = drafts(n..n + 20);
        now[19].content = Some("<p>Tin vắn.</p>".into());
        assert!(names(&baseline, &now, n + 19).is_empty());
        baseline.learn(&now);
    }
}

#[test]
fn texts_that_are_gone_are_missed_also_where_only_some_entries_had_one() {
    let mut baseline = Baseline::default();
    (0..6).for_each(|n| baseline.learn(&window(n, 20, 2, "")));
    for gone in [None, Some("<p>x</p>".to_owned())] {
        let mut now = window(6, 20, 2, "");
        now.iter_mut().for_each(|draft| draft.content = gone.clone());
        assert_eq!(names(&baseline, &now, 25), ["texts-gone"], "{gone:?}");
    }
}

#[test]
fn each_way_of_not_being_news_is_named() {
    let baseline = learned();
    let changed = |change: fn(&mut Draft)| {
        let mut all = drafts(100..120);
        all.iter_mut().for_each(change);
        names(&baseline, &all, 24)
    };
    assert_eq!(changed(|d| d.title = "Xem chi tiết nội dung của tin này".into()), ["titles-equal"]);
    assert_eq!(changed(|d| d.published = None), ["dates-gone"]);
    assert_eq!(changed(|d| d.content = None), ["texts-gone"]);
    assert_eq!(changed(|d| d.content = Some("<p>x</p>".into())), ["texts-gone"]);
    assert_eq!(changed(|d| d.title = format!("Mục {}", d.upstream_id)), ["titles-short"]);
    assert_eq!(
        changed(|d| d.url = Some(format!("https://quangcao.example/{}", d.upstream_id))),
        ["links-elsewhere"]
    );
    let mut error = drafts(100..101);
    error[0].title = "404 Not Found".into();
    assert_eq!(names(&baseline, &error, 24), ["error-titles"]);
    assert_eq!(names(&Baseline::default(), &error, 24), ["error-titles"], "at the first poll too");
}

#[test]
fn what_a_document_lacks_is_named_though_it_is_published() {
    let leads = |lead: bool| {
        let mut all = drafts(0..10);
        all.iter_mut().for_each(|d| d.summary = lead.then(|| "Lời dẫn".to_owned()));
        all
    };
    let mut baseline = Baseline::default();
    (0..3).for_each(|_| baseline.learn(&leads(true)));
    let names = |drafts: &[Draft]| {
        let notices = baseline.notices(drafts);
        notices.into_iter().map(|notice| notice.name).collect::<Vec<_>>()
    };
    assert!(names(&leads(true)).is_empty());
    assert_eq!(names(&leads(false)), ["list-leads-gone"]);
    assert_eq!(names(&[]), ["list-entries-gone"]);
    assert!(names(&leads(false)[..2]).is_empty(), "two say nothing");
    assert!(self::names(&baseline, &leads(false), 10).is_empty());
}

#[test]
fn a_new_shape_is_believed_when_it_has_held_and_lives_and_an_error_never_is() {
    let hold = |certain: bool, new: usize| {
        let mut quarantine = Quarantine::default();
        let drift = Drift { notice: Notice::DriftDatesGone, what: String::new(), certain };
        for poll in 0..8 {
            let now = NOW.plus_millis(poll * 4 * 3_600_000);
            quarantine.hold(&drafts(0..10), vec![drift.clone()], new, now);
        }
        quarantine
    };
    let after = |hours: i64| NOW.plus_millis(hours * 3_600_000);
    assert!(hold(false, 1).is_believed(after(28)));
    assert!(!hold(false, 1).is_believed(after(23)), "not long enough");
    assert!(!hold(false, 0).is_believed(after(28)), "nothing new comes: a menu");
    assert!(!hold(true, 1).is_believed(after(28)));
}

#[test]
fn an_error_is_no_entry_and_a_notice_with_its_text_is_one() {
    let titled = |title: &str| Article { title: title.into(), ..draft(1).article };
    let is_error = |article: &Article| is_error(&Draft::from(article.clone()));
    assert!(is_error(&titled("Lỗi kết nối cơ sở dữ liệu")), "even with a date and a text");
    assert!(!is_error(&titled("Lỗi hệ thống khiến hàng nghìn chuyến bay hoãn")));
    let notice = titled("Thông báo bảo trì hệ thống");
    assert!(!is_error(&notice));
    assert!(is_error(&Article { published: None, ..notice.clone() }));
    assert!(is_error(&Article { url: Some("https://a.example.vn/".into()), ..notice.clone() }));
    assert!(is_error(&Article { content: Some("<p>Tối nay.</p>".into()), ..notice }));
    let untitled = Article { content: None, published: None, ..titled("Tin tức") };
    let text = |text: &str| Article { summary: Some(text.into()), ..untitled.clone() };
    assert!(is_error(&text("Máy chủ đang bận, vui lòng thử lại sau")));
    assert!(!is_error(&text("Máy chủ của tỉnh đang bận vì có nhiều người nộp hồ sơ")));
    for drafts in [1, 2, 3].map(|count| vec![Draft::from(titled("Máy chủ đang bận")); count])
    {
        assert_eq!(names(&learned(), &drafts, 0), ["error-titles"]);
    }
}
