//! How a source is doing, whatever its kind: computed once; commands, pages, JSON and metrics show it.

use super::crawl_state;
use super::folder::{self, FolderState};
use super::hub::{Standing, Subscriber};
use super::media;
use super::schedule::polled_host;
use super::source_state;
use crate::config::Config;
use crate::fetch::{Last, State, explain};
use crate::model::{Meaning, Notice, Source, SourceKind, Timestamp, Warning};
use crate::net::{Hosts, Purpose};
use crate::store::{self, Counts, Progress, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How people write their files: the first picture of the text stands for the article.
const USUAL: &str = "image-from-text";
/// What is said of a source whose new entries are in quarantine.
const DRIFTED: Explained = Explained {
    is: Meaning {
        vi: "Nguồn tin không còn như trước: tin mới được giữ lại, tin cũ vẫn còn",
        en: "The source is not as it was: new entries are kept from readers, the old ones stay",
    },
    remedy: Some(Meaning {
        vi: "Xem `dongtin source status` trên máy chủ rồi nhận hoặc bỏ các tin bị giữ.",
        en: "See `dongtin source status` on the server, then accept or discard what is kept.",
    }),
};
const TAKE: Meaning = Meaning {
    vi: "Chép bộ chọn đề xuất dưới đây vào [source.selectors] của nguồn tin này rồi nạp lại; tin bị giữ thì nhận bằng `dongtin source accept`.",
    en: "Put the selectors proposed below into this source's [source.selectors] and reload; `dongtin source accept` publishes what is kept.",
};

/// How a source is, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Nothing came from it yet and nothing failed.
    #[default]
    New,
    /// All is well.
    Good,
    /// It answers, but something was unusual.
    Warned,
    /// The last look failed; it is tried again.
    Failing,
    /// It said that it is gone: it is only looked at once a day.
    Stopped,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Self; 5] = [Self::New, Self::Good, Self::Warned, Self::Failing, Self::Stopped];

    /// `new`, `good`, `warned`, `failing` or `stopped`.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Good => "good",
            Self::Warned => "warned",
            Self::Failing => "failing",
            Self::Stopped => "stopped",
        }
    }
}

/// How a source is doing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceHealth {
    /// The source, as the config has it.
    pub source: Source,
    /// In one word.
    pub condition: Condition,
    /// Articles that are there for readers.
    pub live: u64,
    /// Articles that were withdrawn.
    pub withdrawn: u64,
    /// When it last changed anything.
    pub last_change: Option<Timestamp>,
    /// When it last gave us something readable.
    pub last_good: Option<Timestamp>,
    /// When it is looked at next.
    pub next_check: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// What came of the last poll, where it is polled.
    pub last: Option<Last>,
    /// Why a folder as a whole cannot be read.
    pub error: Option<String>,
    /// Files of a folder that cannot be read, each with why.
    pub bad_files: Vec<(String, String)>,
    /// What was unusual; of a folder each with its file.
    pub warnings: Vec<(Option<String>, Warning)>,
    /// Whether its new entries are kept from readers since it is not what it was.
    pub is_drifted: bool,
    /// How many entries are kept from readers.
    pub kept: usize,
    /// The titles of the first of them.
    pub kept_titles: Vec<String>,
    /// How many articles wait for a quota, their age or their own pages.
    pub waiting: usize,
    /// Selectors that find its known articles on its page as it is now.
    pub proposal: Option<String>,
    /// How it stands with its hub.
    pub hub: Option<Standing>,
}

/// What a source's condition means, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What it is.
    pub is: Meaning,
    /// What to do; `None` where there is nothing.
    pub remedy: Option<Meaning>,
}

/// A kind of warning, counted over all files of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The warning's name.
    pub name: String,
    /// How often.
    pub count: u64,
    /// The first file that has it, or the host that rests and until when.
    pub place: Option<String>,
}

impl SourceHealth {
    /// A source of which nothing is known but its articles.
    fn of(source: &Source, counts: &Counts) -> Self {
        let last_change = (counts.last_seq.0 > 0).then_some(counts.last_at);
        Self {
            source: source.clone(),
            condition: if last_change.is_some() { Condition::Good } else { Condition::New },
            live: counts.live,
            withdrawn: counts.withdrawn,
            last_change,
            last_good: last_change,
            next_check: None,
            failures: 0,
            last: None,
            error: None,
            bad_files: Vec::new(),
            warnings: Vec::new(),
            is_drifted: false,
            kept: 0,
            kept_titles: Vec::new(),
            waiting: 0,
            proposal: None,
            hub: None,
        }
    }

    /// What the last poll means, in words; `None` where it is not polled.
    pub fn explained(&self) -> Option<Explained> {
        let told = explain(self.last.as_ref()?);
        let remedy = Some(told.remedy).filter(|remedy| !remedy.vi.is_empty());
        Some(Explained { is: told.problem, remedy })
    }

    /// What is wrong, in words; `None` where nothing is, or no more than its files say.
    pub fn trouble(&self) -> Option<Explained> {
        let is_failed = self.failure().is_some();
        let told = self.explained().filter(|_| is_failed);
        let told = if self.is_drifted && !is_failed { Some(DRIFTED) } else { told };
        told.map(|told| Explained {
            remedy: self.proposal.as_ref().map_or(told.remedy, |_| Some(TAKE)),
            ..told
        })
    }

    /// The name and the particulars of the failure that the last poll was.
    pub fn failure(&self) -> Option<(&str, &str)> {
        match self.last.as_ref()? {
            Last::Failed(failure) => Some((&failure.name, &failure.why)),
            _ => None,
        }
    }

    /// What was unusual, counted by name.
    pub fn counted(&self) -> Vec<Counted> {
        let mut counted: Vec<Counted> = Vec::new();
        for (file, warning) in self.warnings.iter().filter(|(_, w)| w.name != USUAL) {
            let count = u64::from(warning.count);
            match counted.iter_mut().find(|known| known.name == warning.name) {
                Some(known) => known.count += count,
                None => {
                    let host = Notice::of_name(&warning.name).is_some_and(Notice::names_a_host);
                    let host = warning.example.clone().filter(|_| host);
                    let place = file.clone().or(host);
                    counted.push(Counted { name: warning.name.clone(), count, place });
                }
            }
        }
        if matches!(self.source.kind, SourceKind::Folder { .. }) {
            counted.sort_by(|a, b| a.name.cmp(&b.name));
        }
        counted
    }
}

/// Examines sources.
#[derive(Clone)]
pub struct HealthExaminer {
    store: Store,
    hosts: Arc<Hosts>,
    /// Our subscriptions at hubs.
    pub hubs: Arc<Subscriber>,
}

impl HealthExaminer {
    /// Examines sources by what is stored of them, by what their hosts want and by how they stand with their hubs.
    pub fn new(store: Store, hosts: Arc<Hosts>, hubs: Arc<Subscriber>) -> Self {
        Self { store, hosts, hubs }
    }

    /// Examines every source of a config.
    ///
    /// # Errors
    /// If the articles of the sources cannot be counted.
    pub fn examine_all(
        &self,
        config: &Config,
        now: Timestamp,
    ) -> Result<Vec<SourceHealth>, store::Error> {
        let counts: BTreeMap<_, _> = self
            .store
            .counts()?
            .into_iter()
            .map(|counts| (counts.source.clone(), counts))
            .collect();
        let examine = |source: &Source| {
            let counts = counts.get(&source.id).cloned();
            let counts = counts.unwrap_or_else(|| Counts::none(source.id.clone()));
            self.examine(config, source, &counts, now)
        };
        Ok(config.sources.iter().map(examine).collect())
    }

    fn examine(
        &self,
        config: &Config,
        source: &Source,
        counts: &Counts,
        now: Timestamp,
    ) -> SourceHealth {
        let health = SourceHealth::of(source, counts);
        let health = match source.kind {
            SourceKind::Push => health,
            SourceKind::Folder { .. } => examine_folder(health, &self.store.progress()),
            _ => self.examine_polled(config, health, now),
        };
        with_media(health, media::warnings(&self.store.progress(), source, now))
    }

    fn examine_polled(
        &self,
        config: &Config,
        health: SourceHealth,
        now: Timestamp,
    ) -> SourceHealth {
        let (source, progress) = (&health.source, self.store.progress());
        let utc_offset = config.site.utc_offset;
        let mut state = source_state::look(&progress, source);
        let crawl = crawl_state::look(&progress, source).unwrap_or_default();
        let hub = self.hubs.standing(&source.id, now);
        state.next_check = self.hubs.next_check(&source.id, &state, &config.fetch, now);
        let noted = state.noted.clone().unwrap_or_default();
        let mut warnings = std::mem::take(&mut state.warnings);
        Warning::merge(&mut warnings, &noted.ignored);
        warnings.extend(warn_of_waiting(noted.held, noted.beyond));
        warnings.extend(crawl.warnings(&self.hosts, now, utc_offset));
        warnings.extend(hub.iter().flat_map(warn_of_hub));
        warnings.extend(self.warn_of_rest(source, &mut state, now, utc_offset));
        let is_drifted = crawl.is_drifted();
        let quarantine = crawl.quarantine.unwrap_or_default();
        SourceHealth {
            condition: condition(&state.last, !warnings.is_empty()),
            last_good: state.last_good,
            next_check: state.next_check,
            failures: state.failures,
            last: Some(state.last),
            warnings: warnings.into_iter().map(|warning| (None, warning)).collect(),
            is_drifted,
            kept: quarantine.kept,
            kept_titles: quarantine.titles,
            waiting: noted.held + noted.beyond + crawl.pending.len(),
            proposal: crawl.proposal,
            hub,
            ..health
        }
    }

    /// Warns if the host of a source wants to be left alone; it is polled afterwards.
    fn warn_of_rest(
        &self,
        source: &Source,
        state: &mut State,
        now: Timestamp,
        utc_offset: i32,
    ) -> Option<Warning> {
        let host = polled_host(source, state);
        let rest = self.hosts.rest(&host, Purpose::Poll, now)?;
        state.next_check = state.next_check.max(Some(rest.until));
        let until = rest.until.rfc3339_at(utc_offset);
        Some(Notice::HostResting.warning(1, Some(format!("{host}: {until}: {}", rest.why))))
    }
}

/// A source with what was not well with the files of its articles.
fn with_media(mut health: SourceHealth, warnings: Vec<Warning>) -> SourceHealth {
    if !warnings.is_empty() && health.condition == Condition::Good {
        health.condition = Condition::Warned;
    }
    health.warnings.extend(warnings.into_iter().map(|warning| (None, warning)));
    health
}

/// Warns of articles that wait for a quota or for their age.
fn warn_of_waiting(held: usize, beyond: usize) -> impl Iterator<Item = Warning> {
    let back = (held > 0).then(|| {
        let what = format!("{held} wait for the next poll: see `quota` and `delay`");
        Notice::HeldBack.warning(held, Some(what))
    });
    let lost = || Notice::HeldBeyond.warning(beyond, Some("raise `quota`".to_owned()));
    back.into_iter().chain((beyond > 0).then(lost))
}

/// Warns of a hub that does not tell, or whose deliveries cannot be used.
fn warn_of_hub(hub: &Standing) -> impl Iterator<Item = Warning> {
    let counts = [(Notice::HubSilent, hub.missed), (Notice::HubUnusable, hub.unusable)];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(notice, count)| notice.warning(count as usize, None))
}

fn condition(last: &Last, is_warned: bool) -> Condition {
    match last {
        Last::Never => Condition::New,
        Last::Gone => Condition::Stopped,
        Last::Failed(_) => Condition::Failing,
        Last::Fresh | Last::NotModified if is_warned => Condition::Warned,
        Last::Fresh | Last::NotModified => Condition::Good,
    }
}

/// How a folder is: failing if it or a file in it cannot be read.
fn examine_folder(health: SourceHealth, progress: &Progress) -> SourceHealth {
    match folder::look(progress, &health.source.id) {
        Ok(folder) => with_folder(health, folder),
        Err(error) => {
            tracing::warn!(source.id = %health.source.id, %error, "what is known of a folder cannot be read");
            let error = "what is known of this folder cannot be read; the log says more";
            let error = Some(error.to_owned());
            SourceHealth { error, condition: Condition::Failing, failures: 1, ..health }
        }
    }
}

fn with_folder(mut health: SourceHealth, folder: FolderState) -> SourceHealth {
    health.last_good = folder.last_good.or(health.last_good);
    health.error = folder.error;
    for (path, file) in folder.files {
        health.bad_files.extend(file.error.map(|error| (path.clone(), error)));
        let warnings = file.warnings.into_iter().map(|warning| (Some(path.clone()), warning));
        health.warnings.extend(warnings);
    }
    let is_failing = health.error.is_some() || !health.bad_files.is_empty();
    health.failures = u32::from(is_failing);
    health.condition = match health.last_good {
        _ if is_failing => Condition::Failing,
        _ if !health.counted().is_empty() => Condition::Warned,
        Some(_) => Condition::Good,
        None => health.condition,
    };
    health
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::folder::FileState;
    use crate::ingest::testing::{open, rss};
    use crate::model::SourceId;

    #[test]
    fn the_condition_is_the_worst_that_is_known() {
        for (last, is_warned, expected) in [
            (Last::Never, false, Condition::New),
            (Last::Gone, true, Condition::Stopped),
            (Last::NotModified, false, Condition::Good),
            (Last::Fresh, true, Condition::Warned),
        ] {
            assert_eq!(condition(&last, is_warned), expected);
        }
    }

    #[test]
    fn a_folder_with_a_file_that_cannot_be_read_has_failed_and_its_warnings_are_counted() {
        let (_folder, mut test) = open();
        let (source, ..) = test.read("a", &rss(&[]));
        let warning = |name: &str, count| Warning { name: name.into(), count, example: None };
        let file = |warnings: &[Warning], error: Option<&str>| FileState {
            warnings: warnings.to_vec(),
            error: error.map(str::to_owned),
            ..FileState::default()
        };
        let source = Source { kind: SourceKind::Folder { path: "/tin".into() }, ..source };
        let health = || SourceHealth::of(&source, &Counts::none(SourceId::new("a").unwrap()));
        let mut state = FolderState { last_good: Some(Timestamp(5)), ..FolderState::default() };
        state.files.insert("1.md".into(), file(&[warning(USUAL, 9)], None));
        let good = with_folder(health(), state.clone());
        assert_eq!((good.condition, good.failures), (Condition::Good, 0));
        state.files.insert("2.md".into(), file(&[warning("b", 1)], None));
        state.files.insert("3.md".into(), file(&[warning("a", 2), warning("b", 3)], None));
        let warned = with_folder(health(), state.clone());
        assert_eq!(warned.condition, Condition::Warned);
        let counted = |name: &str, count, place: &str| Counted {
            name: name.into(),
            count,
            place: Some(place.into()),
        };
        assert_eq!(warned.counted(), [counted("a", 2, "3.md"), counted("b", 4, "2.md")]);
        state.files.insert("4.json".into(), file(&[], Some("no article")));
        let failing = with_folder(health(), state);
        assert_eq!((failing.condition, failing.failures), (Condition::Failing, 1));
        assert_eq!(failing.bad_files, [("4.json".to_owned(), "no article".to_owned())]);
    }
}
