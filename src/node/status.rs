//! How each source is doing, for the command line and the status page.

use super::app::App;
use crate::fetch::{Last, State, explain};
use crate::ingest::crawl_state::CrawlState;
use crate::ingest::folder;
use crate::ingest::health::{Condition, SourceHealth, Ward};
use crate::ingest::hub::Standing;
use crate::model::{Meaning, Source, SourceKind, Timestamp, meaning};
use crate::serve::page::{self, HubView, SourceStatusView, WarningView};

/// What the status page says of a source whose new entries are in quarantine.
const DRIFTED: Meaning = Meaning {
    vi: "Nguồn tin không còn như trước: tin mới được giữ lại, tin cũ vẫn còn",
    en: "The source is not as it was: new entries are kept from readers, the old ones stay",
};
const LOOK: Meaning = Meaning {
    vi: "Xem `dongtin source status` trên máy chủ rồi nhận hoặc bỏ các tin bị giữ.",
    en: "See `dongtin source status` on the server, then accept or discard what is kept.",
};
const TAKE: Meaning = Meaning {
    vi: "Chép bộ chọn đề xuất dưới đây vào [source.selectors] của nguồn tin này rồi nạp lại; tin bị giữ thì nhận bằng `dongtin source accept`.",
    en: "Put the selectors proposed below into this source's [source.selectors] and reload; `dongtin source accept` publishes what is kept.",
};

/// Writes for every source its state, last good poll, next check, warnings and what to do.
///
/// # Errors
/// If the store cannot be read.
pub fn text(app: &App, vietnamese: bool) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    let config = app.config.load();
    let utc_offset = config.site.utc_offset;
    let say = Words { vietnamese, utc_offset };
    let (client, progress, now) = (app.client.load(), app.store.progress(), app.clock.now());
    let (hosts, hubs) = (client.hosts(), &app.subscriber);
    let ward = Ward { progress: &progress, hosts, hubs, utc_offset };
    for source in &config.sources {
        let counts = app.store.counts_of(&source.id)?;
        lines.push(format!(
            "{} ({}, {}): {} {}, {} {}",
            source.id,
            source.title,
            source.kind.name(),
            counts.live,
            say.pick("articles", "tin"),
            counts.withdrawn,
            say.pick("withdrawn", "đã gỡ")
        ));
        if let SourceKind::Folder { .. } = &source.kind {
            let state = folder::look(&progress, &source.id)?;
            lines.extend(state.error.iter().map(|error| format!("  {error}")));
            let bad = state
                .files
                .iter()
                .filter_map(|(path, file)| file.error.as_ref().map(|error| (path, error)));
            lines.extend(bad.map(|(path, error)| format!("  {path}: {error}")));
            lines.extend(state.files.iter().flat_map(|(path, file)| {
                file.warnings
                    .iter()
                    .map(move |w| format!("  {path}: {} {} ×{}", say.warning(), w.name, w.count))
            }));
        }
        if source.kind.address().is_some() {
            let health = ward.examine(source, now);
            lines.extend(polled(source, &health, say));
            lines.extend(remembered(source, &health.crawl, say));
            let standing = health.hub;
            lines.extend(standing.map(|standing| format!("  {}", hub_line(&standing, say))));
        }
    }
    Ok(lines.join("\n"))
}

/// How the status in text is written: its language and its offset from UTC.
#[derive(Clone, Copy)]
struct Words {
    vietnamese: bool,
    utc_offset: i32,
}

impl Words {
    fn pick<T>(self, english: T, vietnamese: T) -> T {
        if self.vietnamese { vietnamese } else { english }
    }

    fn time(self, at: Timestamp) -> String {
        at.rfc3339_at(self.utc_offset)
    }

    fn warning(self) -> &'static str {
        self.pick("warning", "cảnh báo")
    }
}

/// A polled source's state in lines.
fn polled(source: &Source, health: &SourceHealth, say: Words) -> Vec<String> {
    let (state, has_proposal) = (&health.state, health.crawl.proposal.is_some());
    let told = explain(state);
    let is = say.pick(told.problem.en, told.problem.vi);
    let when = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| say.time(at));
    let mut lines = vec![
        match remedy(source, state, has_proposal, say) {
            remedy if remedy.is_empty() => format!("  {is}"),
            remedy => format!("  {is}: {remedy}"),
        },
        format!(
            "  {} {}, {} {}",
            say.pick("last good", "lần tốt gần nhất"),
            when(state.last_good),
            say.pick("next check", "kiểm tra tiếp"),
            when(state.next_check)
        ),
    ];
    lines.extend(state.warnings.iter().map(|w| {
        let means =
            meaning(&w.name).map_or(String::new(), |m| format!(": {}", say.pick(m.en, m.vi)));
        let example = w.example.as_ref().map_or(String::new(), |e| format!(" ({e})"));
        format!("  {} {} ×{}{means}{example}", say.warning(), w.name, w.count)
    }));
    lines
}

/// A hub and its lease.
fn hub_line(standing: &Standing, say: Words) -> String {
    let when = |at: Timestamp| say.time(at);
    let Standing { hub, until, refused, next } = standing;
    let next = when(*next);
    match (until.map(when), refused) {
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

/// What to do about a source's state.
fn remedy(source: &Source, state: &State, has_proposal: bool, say: Words) -> String {
    let told = explain(state);
    let usual = say.pick(told.remedy.en, told.remedy.vi).to_owned();
    let Last::Failed(failure) = &state.last else { return usual };
    match failure.name.as_str() {
        "forbidden-address" => failure.why.clone(),
        "page" if has_proposal => say
            .pick(
                "the selectors below find its known articles",
                "bộ chọn dưới đây tìm thấy các tin đã biết",
            )
            .to_owned(),
        "page" => {
            let mut url = source.kind.address().and_then(|address| url::Url::parse(address).ok());
            if let Some(url) = &mut url {
                let _ = (url.set_username(""), url.set_password(None));
            }
            let address = url.map_or("ADDRESS".to_owned(), String::from);
            let look = say.pick("look for new selectors", "tìm bộ chọn mới");
            format!("{look}: dongtin source discover {address} --kind page")
        }
        _ => usual,
    }
}

/// The quarantined entries and the proposed selectors, each with what to do.
fn remembered(source: &Source, memory: &CrawlState, say: Words) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(quarantine) = memory.quarantine.as_ref().filter(|q| q.kept > 0) {
        let (kept, id) = (quarantine.kept, &source.id);
        lines.push(say.pick(
            format!("  {kept} entries are kept from readers: `dongtin source accept {id}` publishes them, `dongtin source discard {id}` lets them go"),
            format!("  {kept} tin đang giữ lại: `dongtin source accept {id}` để đăng, `dongtin source discard {id}` để bỏ"),
        ));
        lines.extend(quarantine.titles.iter().map(|title| format!("    {title}")));
    }
    if let Some(proposal) = &memory.proposal {
        let found = say.pick(
            "the page has changed; these selectors find its known articles",
            "trang đã thay đổi; bộ chọn sau tìm thấy các tin đã biết",
        );
        lines.push(format!("  {found}:"));
        lines.extend(proposal.lines().map(|line| format!("    {line}")));
    }
    lines
}

/// Fills in the status page how a polled source is doing.
pub fn show(health: SourceHealth, view: &mut SourceStatusView) {
    let SourceHealth { condition, state, crawl, hub } = health;
    view.hub = hub.map(|hub| HubView { address: hub.hub, until: hub.until, refused: hub.refused });
    view.last_good = state.last_good;
    view.next_check = state.next_check;
    view.failures = state.failures;
    let warnings = state.warnings.iter().map(|w| WarningView {
        name: w.name.clone(),
        count: u64::from(w.count),
        // Other examples quote the source, and what they quote may be in quarantine.
        file: w.example.clone().filter(|_| matches!(&*w.name, "detail-resting" | "host-resting")),
    });
    view.warnings = warnings.collect();
    if let Last::Failed(failure) = &state.last {
        let told = explain(&state);
        view.told = Some(told.problem);
        view.remedy = Some(told.remedy).filter(|remedy| !remedy.vi.is_empty());
        view.problem = Some(failure.why.clone());
    }
    view.state = match condition {
        Condition::New => page::State::New,
        Condition::Good => page::State::Good,
        Condition::Warned => page::State::Warned,
        Condition::Drifted => {
            (view.told, view.remedy) = (Some(DRIFTED), Some(LOOK));
            page::State::Warned
        }
        Condition::Failing => page::State::Failing,
        Condition::Stopped => page::State::Stopped,
    };
    if let Some(proposal) = crawl.proposal {
        view.proposal = Some(proposal);
        view.remedy = Some(TAKE);
    }
}
