use crate::model::{CopiedArticle, CopiedImage, CopiedSource, Step, StepKind, StepPage};

/// The answer to a request.
#[derive(Clone, Debug)]
pub enum Reply {
    Page(StepPage),
    /// After two seconds.
    Slow(StepPage),
    /// The connection ends without an answer.
    Reset,
    Failed,
    Busy,
    Gone,
}

/// One request, and its answer.
pub struct Act {
    /// The cursor that the receiver has to ask with.
    pub after: &'static str,
    pub reply: Reply,
    /// What the receiver has understood if its next request is the expected one: in English and in Vietnamese.
    pub shows: (&'static str, &'static str),
}

/// Seconds of `Retry-After`.
pub const RETRY_AFTER: u64 = 3;

/// The articles that a receiver holds at the end, with their revisions.
pub const HELD: [(u64, u32); 4] = [(1, 1), (4, 1), (5, 1), (9, 1)];

/// The key of an article.
fn key(n: u64) -> String {
    format!("0d1en{n:021}")
}

/// A text that stands in the title of one revision of one article and nowhere else.
pub fn mark(n: u64, revision: u32) -> String {
    format!("dtr-{n}-{revision}")
}

fn step(seq: u64, kind: StepKind, n: u64, revision: u32, origin: &str) -> Step {
    let id = format!("tag:rehearsal.invalid,2026:dien-tap/{}", key(n));
    let at = format!("2026-11-28T06:00:{:02}Z", seq % 60);
    let article = (kind == StepKind::Put).then(|| CopiedArticle {
        id: id.clone(),
        key: key(n),
        revision,
        source: CopiedSource { id: "dien-tap".into(), title: "Nguồn diễn tập".into() },
        upstream_id: n.to_string(),
        url: Some(format!("https://rehearsal.invalid/tin/{n}")),
        title: format!("Diễn tập: tin {n} “& <bản> {revision}” {}", mark(n, revision)),
        summary: Some("Tin để thử bộ nhận, không phải tin thật.".into()),
        content_html: Some(format!("<p>Nội dung của tin {n}, bản {revision}.</p>")),
        published: "2026-11-28T05:00:00Z".into(),
        updated: at.clone(),
        received: at.clone(),
        // The picture of the first article is there, that of the fourth is not.
        image: matches!(n, 1 | 4).then(|| CopiedImage {
            url: format!("{origin}/picture-{n}.png"),
            ..CopiedImage::default()
        }),
        ..CopiedArticle::default()
    });
    Step {
        seq,
        kind,
        at,
        id,
        key: key(n),
        source: "dien-tap".into(),
        revision,
        reason: None,
        article,
    }
}

/// The acts, with pictures at an origin.
pub fn acts(origin: &str) -> Vec<Act> {
    let mut acts = first_copy(origin);
    acts.extend(changes(origin));
    acts.extend(restored(origin));
    acts
}

fn page(changes: Vec<Step>, next: &str, more: bool) -> StepPage {
    StepPage { changes, next: next.to_owned(), more }
}

fn act(after: &'static str, reply: Reply, en: &'static str, vi: &'static str) -> Act {
    Act { after, reply, shows: (en, vi) }
}

fn first_copy(origin: &str) -> Vec<Act> {
    let put = |seq| step(seq, StepKind::Put, seq, 1, origin);
    vec![
        act(
            "0",
            Reply::Page(page(vec![put(1), put(2), put(3)], "3.a", true)),
            "a first page: asks on at once with its `next`",
            "trang đầu: hỏi tiếp ngay với `next`",
        ),
        act(
            "3.a",
            Reply::Reset,
            "a connection that breaks: asks again with the same cursor",
            "mất kết nối: hỏi lại với đúng con trỏ cũ",
        ),
        act(
            "3.a",
            Reply::Failed,
            "500: asks again with the same cursor",
            "lỗi 500: hỏi lại với đúng con trỏ cũ",
        ),
        act(
            "3.a",
            Reply::Slow(page(vec![put(4), put(5), put(6)], "6.a", true)),
            "an answer after two seconds is waited for",
            "chờ câu trả lời chậm hai giây",
        ),
        act(
            "6.a",
            Reply::Busy,
            "429: comes again after `Retry-After`, not before",
            "429: chờ đủ `Retry-After` rồi mới hỏi lại",
        ),
        act(
            "6.a",
            Reply::Page(page(vec![put(7), put(8)], "8.a", false)),
            "the end of the copy: comes again with its `next`",
            "chép đủ: lần sau hỏi với `next`",
        ),
    ]
}

fn changes(origin: &str) -> Vec<Act> {
    let put = |seq, n, revision| step(seq, StepKind::Put, n, revision, origin);
    let gone = |seq, kind, n| step(seq, kind, n, 2, origin);
    let (removed, withdrawn) = (gone(10, StepKind::Removed, 2), gone(11, StepKind::Withdrawn, 3));
    let unseen = gone(17, StepKind::Withdrawn, 77);
    vec![
        act(
            "8.a",
            Reply::Page(page(vec![put(9, 1, 2), removed, withdrawn, put(12, 5, 1)], "12.a", false)),
            "a correction, a removal, a withdrawal, a step that comes twice",
            "đính chính, gỡ, thu hồi, một bước đến hai lần",
        ),
        act(
            "12.a",
            Reply::Page(page(vec![], "15.a", true)),
            "an empty page that moves the cursor",
            "trang trống nhưng con trỏ đi tiếp",
        ),
        act(
            "15.a",
            Reply::Page(page(vec![put(16, 3, 3), unseen], "17.a", false)),
            "an article that returns, and a withdrawal of one never seen",
            "tin đăng lại, và thu hồi một tin chưa từng có",
        ),
    ]
}

fn restored(origin: &str) -> Vec<Act> {
    let put = |seq, n| step(seq, StepKind::Put, n, 1, origin);
    let next = "1000009.b";
    vec![
        act("17.a", Reply::Gone, "410: copies anew from 0", "410: chép lại từ 0"),
        act(
            "0",
            Reply::Page(page(vec![put(1, 1), put(4, 4)], "4.b", true)),
            "the restored publisher's first page",
            "trang đầu của nơi phát vừa phục hồi",
        ),
        act(
            "4.b",
            Reply::Page(page(vec![put(5, 5), put(1_000_009, 9)], next, false)),
            "the whole new copy",
            "bản chép mới trọn vẹn",
        ),
        act(next, Reply::Page(page(vec![], next, false)), "nothing new", "không có gì mới"),
    ]
}
