use super::decide::{self, Known, Origin, Reason, Verdict};
use super::error::{Error, Outcome, Precondition, PushOptions, Pushed};
use super::matching;
use super::past::{self, Past};
use crate::config::Config;
use crate::journal::{self, Journal, Proposal};
use crate::model::{
    Article, ArticleId, ArticleKey, Change, Fingerprint, Seq, Source, SourceKind, Timestamp,
    own_media, own_path,
};
use crate::refine::Draft;
use crate::store::{self, Meta, Store};
use crate::text::Place;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;

/// How often a decision is made again because someone else was faster.
pub(super) const TRIES: usize = 64;
/// How long an answer waits for the views to show what it tells; the fact is on disk already.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// How long the views may be behind before nothing is decided by them.
const VIEWS_WITHIN: Duration = Duration::from_secs(30);

/// The only writer of articles: it decides by what the store knows and appends to the journal.
pub struct Committer {
    config: Arc<ArcSwap<Config>>,
    pub(super) journal: Journal,
    pub(super) store: Store,
}

/// A draft, the article that it is, and how it came.
#[derive(Clone, Copy)]
pub(super) struct Proposed<'a> {
    /// The source that it came through.
    pub source: &'a Source,
    /// The article that it is, as the resolver says.
    pub key: ArticleKey,
    /// What it says.
    pub draft: &'a Draft,
    /// How it came.
    pub origin: Origin,
    /// The time of its event.
    pub now: Timestamp,
}

impl Committer {
    /// A writer of a journal that decides by what a store knows.
    pub fn new(config: Arc<ArcSwap<Config>>, journal: Journal, store: Store) -> Self {
        Self { config, journal, store }
    }

    /// Decides on a draft and appends what was decided, again whenever someone else was faster.
    ///
    /// # Errors
    /// If the precondition does not hold, others keep changing the article, or the journal or the store fails.
    pub(super) async fn commit(
        &self,
        proposed: Proposed<'_>,
        options: &PushOptions,
    ) -> Result<Pushed, Error> {
        let proposed = Proposed { now: self.journal.dated(proposed.now), ..proposed };
        for _ in 0..TRIES {
            let known = self.store.known(proposed.key)?;
            let holds = check_precondition(options.precondition, known.as_ref());
            match (holds, self.plan(proposed, known.as_ref())) {
                (Ok(()), Planned::Change { article, change, expected, outcome }) => {
                    let idempotency_key = options.idempotency_key.clone();
                    let (expected, at) = (Some(expected), proposed.now);
                    let proposal = Proposal { change, expected, idempotency_key, at };
                    if let Ok(seq) = self.append(proposal).await? {
                        return Ok(pushed(seq, &article, outcome));
                    }
                }
                (holds, planned) => {
                    if self.is_current(proposed.key, known.as_ref()).await? {
                        holds?;
                        return Ok(unchanged(&planned, known.as_ref()));
                    }
                }
            }
        }
        Err(Error::Busy)
    }

    /// Plans what a draft becomes, given what is known of its article.
    pub(super) fn plan(&self, proposed: Proposed<'_>, known: Option<&Meta>) -> Planned {
        let article = Arc::new(self.assemble(proposed, known));
        let short = known.map(|k| Known {
            seq: k.seq,
            fingerprint: self.fingerprint(proposed, k, &article),
            withdrawn: k.withdrawn.is_some(),
            gone_since: k.gone_since,
            changed: k.gone_since.and_then(|_| self.changed(proposed.key)),
        });
        let past = || self.past(proposed.key);
        let Proposed { origin, now, .. } = proposed;
        let verdict = decide::decide(&article, short.as_ref(), origin, now, past);
        let (change, expected, outcome) = match verdict {
            Verdict::Publish => {
                (Change::Published { article: article.clone() }, Seq(0), Outcome::Published)
            }
            Verdict::Revise { expected } => {
                (Change::Revised { article: article.clone() }, expected, Outcome::Revised)
            }
            Verdict::Ignore(reason) => return Planned::Nothing { article, reason },
        };
        Planned::Change { article, change, expected, outcome }
    }

    /// Makes the article of a draft: a known one keeps its id and its first times; a new one gets those that its draft
    /// brings, or new ones.
    fn assemble(&self, proposed: Proposed<'_>, known: Option<&Meta>) -> Article {
        let Proposed { source, key, draft, origin, now } = proposed;
        let mut draft = draft.clone();
        let (id, received, changed, revision) = match known {
            Some(known) => {
                draft.published = known.published.clone();
                draft.upstream_id = known.upstream_id.clone();
                if origin.is_listed() {
                    draft.url = matching::address(known.url.as_deref(), draft.url.as_deref());
                }
                let next = known.revision.saturating_add(1);
                // A publisher that was restored goes back to a revision that readers have seen.
                let is_given = draft.is_copied && draft.revision >= next;
                let (changed, revision) =
                    if is_given { (draft.changed, draft.revision) } else { (now, next) };
                (known.id.clone(), known.received, changed, revision)
            }
            None if draft.is_copied => {
                (draft.id.clone(), draft.received, draft.changed, draft.revision)
            }
            None => {
                let authority = &self.config.load().site.tag_authority;
                (ArticleId::mint(authority, &source.id, key), now, now, 1)
            }
        };
        draft.into_article(id, key, received, changed, revision)
    }

    /// Returns true if what the views say of an article is all that has happened to it. If not, waits until they say it:
    /// nothing may be done on their word alone.
    pub(super) async fn is_current(
        &self,
        key: ArticleKey,
        known: Option<&Meta>,
    ) -> Result<bool, Error> {
        let head = self.journal.log().head(key)?;
        if known.map_or(Seq(0), |known| known.seq) == head {
            return Ok(true);
        }
        wait_for_views(&self.store, head).await?;
        Ok(false)
    }

    /// What is known of an article's text; the draft's where they do not differ in what counts.
    fn fingerprint(&self, proposed: Proposed<'_>, known: &Meta, draft: &Article) -> Fingerprint {
        let Proposed { source, key, draft: listed, .. } = proposed;
        let is_copy = listed.is_copied && listed.revision == known.revision;
        let is_folder = matches!(source.kind, SourceKind::Folder { .. });
        if known.fingerprint == draft.fingerprint || !is_copy && !is_folder {
            return known.fingerprint;
        }
        let Some(last) = self.store.last_article(key).ok().flatten() else {
            return known.fingerprint;
        };
        if is_copy {
            // The publisher holds a copy of a file since: its text is the same, and we hold our own copies.
            let is_same = without_files(&last) == without_files(draft);
            return if is_same { draft.fingerprint } else { known.fingerprint };
        }
        // Versions before this one stored the site's address with a file's media: where only that differs, nothing does.
        let now_stored = |path: &str| format!("{}{path}", own_media(&source.id));
        Fingerprint::of(
            &last.map_addresses(&mut |_, url| own_path(url, &source.id).map(now_stored)),
        )
    }

    /// What an article said at its last events, newest first. What cannot be read is left out: then a text is a revision.
    fn past(&self, key: ArticleKey) -> Vec<Past> {
        let events = self.store.revisions(key).unwrap_or_default();
        let last = events.into_iter().rev().take(past::LOOKED_AT);
        let said = last.filter_map(|seq| self.journal.get(seq).ok().flatten());
        said.filter_map(|event| event.change.article().map(|article| Past::of(article))).collect()
    }

    /// When its source says that an article was changed, as we have it.
    fn changed(&self, key: ArticleKey) -> Option<Timestamp> {
        self.store.last_article(key).ok().flatten()?.changed_by_source()
    }

    /// When its source says that an article was changed, but no later than we took it in: a source cannot have changed it
    /// since, whatever date it gave it.
    pub(super) fn changed_at_last(&self, key: ArticleKey) -> Option<Timestamp> {
        let article = self.store.last_article(key).ok().flatten()?;
        Some(article.changed_by_source()?.min(article.changed))
    }

    /// Waits until the views show an event, but not for ever.
    pub async fn wait_until_shown(&self, seq: Seq) {
        let _ = tokio::time::timeout(SHOWN_WITHIN, self.store.caught_up(seq)).await;
    }

    /// Appends a proposal; `Err(())` means someone else was faster and the views have caught up with it.
    pub(super) async fn append(&self, proposal: Proposal) -> Result<Result<Seq, ()>, Error> {
        match self.journal.append(proposal).await {
            Ok(seq) => Ok(Ok(seq)),
            Err(journal::Error::Conflict { actual }) => {
                wait_for_views(&self.store, actual).await?;
                Ok(Err(()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Waits until the views show an event by which is decided.
///
/// # Errors
/// If the views lag for long: they are no ground to decide on.
pub(super) async fn wait_for_views(store: &Store, seq: Seq) -> Result<(), Error> {
    let seen = tokio::time::timeout(VIEWS_WITHIN, store.caught_up(seq)).await;
    seen.map_err(|_| store.trouble().unwrap_or(store::Error::Behind).into())
}

/// What a draft is to become.
pub(super) enum Planned {
    Change { article: Arc<Article>, change: Change, expected: Seq, outcome: Outcome },
    Nothing { article: Arc<Article>, reason: Reason },
}

/// The fingerprint of an article whatever its files' addresses and sizes.
fn without_files(article: &Article) -> Fingerprint {
    let of_file = |place| (place != Place::Page).then(String::new);
    let mut bare = article.map_addresses(&mut |place, _| of_file(place)).into_owned();
    for file in &mut bare.enclosures {
        (file.media_type, file.length) = (String::new(), None);
    }
    if let Some(image) = &mut bare.image {
        (image.width, image.height) = (None, None);
    }
    Fingerprint::of(&bare)
}

fn pushed(seq: Seq, article: &Article, outcome: Outcome) -> Pushed {
    Pushed {
        seq,
        key: article.key,
        id: article.id.clone(),
        revision: article.revision,
        upstream_id: article.upstream_id.clone(),
        outcome,
        warnings: Vec::new(),
    }
}

/// Checks what a push demands of the revision that stands.
pub(super) fn check_precondition(
    wanted: Option<Precondition>,
    known: Option<&Meta>,
) -> Result<(), Error> {
    let standing = known.filter(|k| k.is_live()).map(|k| k.revision);
    let holds = match wanted {
        None => true,
        Some(Precondition::Revision(revision)) => standing == Some(revision),
        Some(Precondition::Exists) => standing.is_some(),
        Some(Precondition::Absent) => standing.is_none(),
    };
    if holds { Ok(()) } else { Err(Error::Precondition { actual: standing.unwrap_or(0) }) }
}

fn unchanged(planned: &Planned, known: Option<&Meta>) -> Pushed {
    let (article, outcome) = match planned {
        Planned::Nothing { article, reason: Reason::Withdrawn } => {
            (article, Outcome::StaysWithdrawn)
        }
        Planned::Nothing { article, .. } | Planned::Change { article, .. } => {
            (article, Outcome::Unchanged)
        }
    };
    Pushed {
        seq: known.map_or(Seq(0), |k| k.seq),
        key: article.key,
        id: article.id.clone(),
        revision: known.map_or(0, |k| k.revision),
        upstream_id: article.upstream_id.clone(),
        outcome,
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
