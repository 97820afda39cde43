use crate::model::{Language, Meaning, SourceId, SourceKind, Timestamp, Warning, meaning};
use crate::node::command::{Condition, SourceHealth, Standing};
use serde::Serialize;

/// How the status is written: its language and its seconds ahead of UTC.
#[derive(Clone, Copy)]
struct Words {
    language: Language,
    utc_offset: i32,
}

impl Words {
    fn pick<T>(self, english: T, vietnamese: T) -> T {
        self.language.pick(english, vietnamese)
    }

    fn of(self, meaning: Meaning) -> &'static str {
        meaning.in_language(self.language)
    }

    fn time(self, at: Timestamp) -> String {
        at.rfc3339_at(self.utc_offset)
    }
}

/// How a source is doing, for programs.
#[derive(Serialize)]
pub(in crate::cli) struct SourceJson<'a> {
    id: &'a SourceId,
    title: &'a str,
    kind: &'static str,
    state: Condition,
    live: u64,
    withdrawn: u64,
    last_change: Option<String>,
    last_good: Option<String>,
    next_check: Option<String>,
    failures: u32,
    /// The name of what failed.
    failure: Option<&'a str>,
    /// What is wrong, in words.
    problem: Option<&'a str>,
    bad_files: &'a [(String, String)],
    warnings: &'a [(Option<String>, Warning)],
    kept: usize,
    waiting: usize,
    proposal: Option<&'a str>,
}

impl<'a> SourceJson<'a> {
    pub(in crate::cli) fn of(health: &'a SourceHealth) -> Self {
        let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        let failure = health.failure();
        Self {
            id: &health.source.id,
            title: &health.source.title,
            kind: health.source.kind.name(),
            state: health.condition,
            live: health.live,
            withdrawn: health.withdrawn,
            last_change: time(health.last_change),
            last_good: time(health.last_good),
            next_check: time(health.next_check),
            failures: health.failures,
            failure: failure.map(|(name, _)| name),
            problem: failure.map(|(_, why)| why).or(health.error.as_deref()),
            bad_files: &health.bad_files,
            warnings: &health.warnings,
            kept: health.kept,
            waiting: health.waiting,
            proposal: health.proposal.as_deref(),
        }
    }
}

/// Writes for every source its state, last good poll, next check, warnings and what to do.
pub(in crate::cli) fn text(
    sources: &[SourceHealth],
    utc_offset: i32,
    language: Language,
) -> String {
    let say = Words { language, utc_offset };
    let lines: Vec<String> = sources.iter().flat_map(|health| source(health, say)).collect();
    lines.join("\n")
}

fn source(health: &SourceHealth, say: Words) -> Vec<String> {
    let source = &health.source;
    let mut lines = vec![format!(
        "{} ({}, {}): {} {}, {} {}",
        source.id,
        source.title,
        source.kind.name(),
        health.live,
        say.pick("articles", "tin"),
        health.withdrawn,
        say.pick("withdrawn", "đã gỡ")
    )];
    if source.kind.address().is_some() {
        lines.extend(polled(health, say));
    }
    lines.extend(health.error.iter().map(|error| format!("  {error}")));
    lines.extend(health.bad_files.iter().map(|(path, error)| format!("  {path}: {error}")));
    lines.extend(warnings(health, say));
    lines.extend(kept(health, say));
    lines.extend(health.hub.iter().map(|hub| format!("  {}", hub_line(hub, say))));
    lines
}

/// What came of the last poll and what to do, and when the source was and is polled.
fn polled(health: &SourceHealth, say: Words) -> Vec<String> {
    let Some(told) = health.explained() else { return Vec::new() };
    let is = say.of(told.is);
    let usual = told.remedy.map_or(String::new(), |remedy| say.of(remedy).to_owned());
    let when = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| say.time(at));
    let first = match remedy(health, say).unwrap_or(usual) {
        remedy if remedy.is_empty() => format!("  {is}"),
        remedy => format!("  {is}: {remedy}"),
    };
    let why = health.failure().map(|(_, why)| why).filter(|why| !first.contains(why));
    let mut lines = vec![first];
    lines.extend(why.map(|why| format!("  ({why})")));
    lines.push(format!(
        "  {} {}, {} {}",
        say.pick("last good", "lần đọc thành công gần nhất"),
        when(health.last_good),
        say.pick("next check", "lần kiểm tra tới"),
        when(health.next_check)
    ));
    lines
}

/// What to do about a failure of which more than the usual is known.
fn remedy(health: &SourceHealth, say: Words) -> Option<String> {
    match health.failure()? {
        ("forbidden-address", why) => Some(why.to_owned()),
        ("page", _) if health.proposal.is_some() => {
            let found = say.pick(
                "the selectors below find its known articles",
                "bộ chọn dưới đây tìm thấy các tin đã biết",
            );
            Some(found.to_owned())
        }
        ("page", _) => {
            let address = health.source.kind.address();
            let mut url = address.and_then(|address| url::Url::parse(address).ok());
            if let Some(url) = &mut url {
                let _ = (url.set_username(""), url.set_password(None));
            }
            let address = url.map_or("ADDRESS".to_owned(), String::from);
            let look = say.pick("look for new selectors", "tìm bộ chọn mới");
            Some(format!("{look}: dongtin source discover {address} --kind page"))
        }
        _ => None,
    }
}

fn warnings(health: &SourceHealth, say: Words) -> impl Iterator<Item = String> {
    let is_folder = matches!(health.source.kind, SourceKind::Folder { .. });
    health.warnings.iter().map(move |(file, warning)| {
        let file = file.as_ref().map_or(String::new(), |file| format!("{file}: "));
        let known = meaning(&warning.name).filter(|_| !is_folder);
        let means = known.map_or(String::new(), |meaning| format!(": {}", say.of(meaning)));
        let example = warning.example.as_ref().filter(|_| !is_folder);
        let example = example.map_or(String::new(), |example| format!(" ({example})"));
        let word = say.pick("warning", "cảnh báo");
        format!("  {file}{word} {} ×{}{means}{example}", warning.name, warning.count)
    })
}

/// The quarantined entries and the proposed selectors, each with what to do.
fn kept(health: &SourceHealth, say: Words) -> Vec<String> {
    let mut lines = Vec::new();
    if health.kept > 0 {
        let (kept, id) = (health.kept, &health.source.id);
        lines.push(say.pick(
            format!("  {kept} entries are kept from readers: `dongtin source accept {id}` publishes them, `dongtin source discard {id}` lets them go"),
            format!("  {kept} tin đang giữ lại: `dongtin source accept {id}` để đăng, `dongtin source discard {id}` để bỏ"),
        ));
        lines.extend(health.kept_titles.iter().map(|title| format!("    {title}")));
    }
    if let Some(proposal) = &health.proposal {
        let found = say.pick(
            "the page has changed; these selectors find its known articles",
            "trang đã thay đổi; bộ chọn sau tìm thấy các tin đã biết",
        );
        lines.push(format!("  {found}:"));
        lines.extend(proposal.lines().map(|line| format!("    {line}")));
    }
    lines
}

/// A hub and its lease.
fn hub_line(standing: &Standing, say: Words) -> String {
    let Standing { hub, until, refused, next, .. } = standing;
    let next = say.time(*next);
    match (until.map(|at| say.time(at)), refused) {
        (Some(until), _) => say.pick(
            format!("hub {hub}: tells of changes until {until}, renewed {next}"),
            format!("hub {hub}: báo tin mới đến {until}, gia hạn lúc {next}"),
        ),
        (None, 0) => say.pick(
            format!("hub {hub}: asked for a subscription; polled meanwhile"),
            format!("hub {hub}: đang chờ hub trả lời; vẫn đọc theo lịch"),
        ),
        (None, _) => say.pick(
            format!("hub {hub}: no hub takes the subscription ({refused} times); polled instead, asked again {next}"),
            format!("hub {hub}: hub không nhận đăng ký ({refused} lần); vẫn đọc theo lịch, hỏi lại lúc {next}"),
        ),
    }
}
