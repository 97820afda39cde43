use super::fold::fold;
use super::overlay::Overlay;
use super::views::Views;
use super::{Error, Matcher, MediaFiles, Store, keys};
use crate::journal::{Follower, Watermark, seal};
use crate::model::{ArticleKey, Seq};
use sled::Tree;
use std::collections::HashMap;

/// Problems beyond this number are only counted.
const NAMED: usize = 20;
/// How often the comparison is tried if the config or the views change meanwhile.
const TRIES: usize = 3;
const GROUP: usize = 256;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub events: u64,
    /// The values of the views that were compared.
    pub values: u64,
    /// What is wrong, each with its remedy.
    pub problems: Vec<String>,
    /// How many problems are not named.
    pub unnamed: u64,
}

impl Report {
    /// Returns true if nothing was found.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < NAMED { self.problems.push(text) } else { self.unnamed += 1 }
    }
}

/// Checks every event and every value that follows from them; `progress` gets how many of how many events are checked.
///
/// The views are folded again in a scratch tree in the data directory, which needs room. Folding goes on meanwhile; it
/// waits only while the two are compared.
///
/// # Errors
/// The check itself fails. Problems that it finds are in the report.
pub fn check(store: &Store, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, Error> {
    let mut report = Report::default();
    let last = store.journal().last();
    let heads = events(store, last, &mut report, progress)?;
    compare_heads(store, last, &mut report, heads)?;
    copies(store, &mut report)?;
    if report.is_clean() {
        views(store, &mut report)?;
    }
    Ok(report)
}

/// Reads every event up to the last. Returns the last event of each article.
fn events(
    store: &Store,
    last: Seq,
    report: &mut Report,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<HashMap<ArticleKey, Seq>, Error> {
    let log = store.journal().log();
    let (mut heads, mut at) = (HashMap::new(), Seq(0));
    while let Some(seq) = log.next(at)?.filter(|seq| *seq <= last) {
        if let Ok(Some((before, _))) = log.record(seq)
            && before != at
        {
            report.problem(format!("event {before} is missing: restore from a backup"));
        }
        match log.get(seq) {
            Ok(Some(event)) => _ = heads.insert(event.change.key(), seq),
            Ok(None) => report.problem(format!("event {seq} is missing: restore from a backup")),
            Err(error) => report.problem(error.to_string()),
        }
        report.events += 1;
        at = seq;
        if report.events.is_multiple_of(1000) {
            progress(report.events, store.journal().event_count());
        }
    }
    if at < last {
        report.problem(format!(
            "the journal ends at event {at}, it should at {last}: restore from a backup"
        ));
    }
    progress(report.events, report.events);
    Ok(heads)
}

fn compare_heads(
    store: &Store,
    last: Seq,
    report: &mut Report,
    mut found: HashMap<ArticleKey, Seq>,
) -> Result<(), Error> {
    for head in store.journal().log().heads() {
        match head {
            Ok((key, seq)) => {
                let event = found.remove(&key).unwrap_or_default();
                if event != seq && seq <= last {
                    report.problem(format!(
                        "article {key} should end with event {seq}, it does with {event}"
                    ));
                }
            }
            Err(error) => report.problem(error.to_string()),
        }
    }
    for (key, seq) in found {
        report.problem(format!("article {key} has event {seq} but no head"));
    }
    Ok(())
}

/// Reads every copy of a file that an article shows.
fn copies(store: &Store, report: &mut Report) -> Result<(), Error> {
    let files = MediaFiles::of(store.journal().disk().directory());
    let mut last = None;
    for used in store.copies().uses() {
        let (hash, key) = used?;
        if last.as_ref() != Some(&hash) && !files.is_sound(&hash) {
            let what = if files.has(&hash) { "damaged" } else { "missing" };
            report.problem(format!("the copy {hash} of a file of article {key} is {what}: the daemon has it fetched again after its next start; or restore from a backup"));
        }
        last = Some(hash);
    }
    Ok(())
}

fn views(store: &Store, report: &mut Report) -> Result<(), Error> {
    let path = store.journal().disk().directory().join("check-scratch");
    let scratch = sled::Config::new().path(path).temporary(true).cache_capacity(16 << 20);
    let scratch = seal::catch_sled_panic(|| scratch.flush_every_ms(None).open())?;
    for number in 0..TRIES {
        let fresh = seal::catch_sled_panic(|| scratch.open_tree(format!("views-{number}")))?;
        if views_in(store, &fresh, report)? {
            return Ok(());
        }
    }
    Err(Error::Behind)
}

/// Returns false if they cannot be compared, because the config changed or the views were rebuilt meanwhile.
fn views_in(store: &Store, fresh: &Tree, report: &mut Report) -> Result<bool, Error> {
    let (matchers, epoch) = (store.views().matchers(), store.epoch());
    let most = store.journal().last();
    fold_again(store, fresh, &matchers, Seq(0), most)?;
    if let Err(error) = store.catch_up() {
        report.problem(format!(
            "the views are at event {}, behind the journal: {error}",
            store.watermark()
        ));
        return Ok(true);
    }
    let _no_other_indexes = store.views().lock_indexes();
    let _nothing_folds = store.followed.pause();
    let ids = |matchers: &[Matcher]| matchers.iter().map(|matcher| matcher.id).collect::<Vec<_>>();
    let watermark = store.watermark();
    if ids(&matchers) != ids(&store.views().matchers())
        || !store.consistent_since(epoch)
        || watermark < most
    {
        return Ok(false);
    }
    fold_again(store, fresh, &matchers, most, watermark)?;
    compare(report, &store.views().tree, fresh)?;
    Ok(true)
}

fn fold_again(
    store: &Store,
    fresh: &Tree,
    matchers: &[Matcher],
    after: Seq,
    until: Seq,
) -> Result<(), Error> {
    let mut at = after;
    while at < until {
        let events = store.journal().read(at, GROUP)?;
        let Some(last) = events.last() else { break };
        at = last.seq;
        let mut overlay = Overlay::of(store.journal(), fresh);
        for event in events.iter().filter(|event| event.seq <= until) {
            fold(&mut overlay, matchers, event)?;
        }
        let reached = Watermark { seq: at.min(until), rules: Views::RULES };
        overlay.put_json(keys::WATERMARK.to_vec(), &reached)?;
        seal::catch_sled_panic(|| fresh.apply_batch(overlay.into_batch()))?;
    }
    Ok(())
}

/// Walks both trees side by side.
fn compare(report: &mut Report, ours: &Tree, fresh: &Tree) -> Result<(), Error> {
    let mut ours = ours.iter().filter(is_compared).peekable();
    let mut fresh = fresh.iter().filter(is_compared).peekable();
    loop {
        let (left, right) = (ours.peek().cloned().transpose()?, fresh.peek().cloned().transpose()?);
        let (is, should) = match (left, right) {
            (None, None) => return Ok(()),
            (Some((a, _)), Some((b, should))) if a > b => (None, Some((b, should))),
            (Some((a, is)), Some((b, _))) if a < b => (Some((a, is)), None),
            (is, should) => (is, should),
        };
        report.values += 1;
        is.is_some().then(|| ours.next());
        should.is_some().then(|| fresh.next());
        if is != should {
            let key = is.as_ref().or(should.as_ref()).map(|(key, _)| key.to_vec());
            let name = key.unwrap_or_default().escape_ascii().to_string();
            let what = match (is, should) {
                (None, _) => "is missing",
                (_, None) => "should not be there",
                _ => "is not what the journal says",
            };
            report.problem(format!("the view `{name}` {what}: run `dongtin rebuild`"));
        }
    }
}

/// Whether a value is compared. Idempotency keys expire at no exact moment, and configured filters are no view.
fn is_compared(item: &sled::Result<(sled::IVec, sled::IVec)>) -> bool {
    item.as_ref().map_or(true, |(key, _)| !matches!(key.first(), Some(b'd' | b't' | b'x')))
}
