use super::article::Page;
use super::destination::Destination;
use super::publisher::Publisher;
use super::retry::{random, wait_after, wait_until};
use crate::fetch::{AskedSteps, START, StepsError, fetch_steps};
use crate::model::{Selection, StepKind, Timestamp};
use std::time::{Duration, Instant};

/// Steps of one page at most.
const LIMIT: usize = 500;
/// How long the publisher may wait for news.
const WAIT: Duration = Duration::from_secs(50);
/// The wait where the destinations' cursors differ, so that each of them is asked for in turn.
const SHORT_WAIT: Duration = Duration::from_secs(1);
/// The shortest time from one answer without news to the next request: some publishers let nobody wait.
const PAUSE: Duration = Duration::from_secs(1);
/// Empty pages in a row that promise more, after which a publisher is asked with pauses.
const EMPTY: u32 = 100;
/// Failures in a row with which a copy that is made once ends.
const PATIENCE: u32 = 5;
/// The longest wait of a copy that is made once.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// Copies from the start that did not reach their end, with which a copy that is made once ends.
const ANEW: u32 = 3;

/// What a mirror does, for whoever watches.
pub enum News<'a> {
    /// A page was applied; so much since the start of the process.
    Applied(Totals),
    /// Everything there is has been applied.
    CaughtUp(Totals),
    /// The copy is made from the start again.
    Anew(&'a str),
    /// The publisher is asked again later.
    Waiting { why: &'a str, wait: Duration },
    /// A picture or file that was not copied.
    LeftOut(&'a str),
}

/// Steps that were applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub put: u64,
    pub removed: u64,
    pub withdrawn: u64,
}

/// A copy under way.
pub struct Mirror<'a> {
    pub publisher: &'a Publisher,
    pub selection: Selection,
    pub destinations: Vec<Destination>,
    /// End when everything there is has been applied.
    pub once: bool,
    pub clock: fn() -> Timestamp,
    pub watch: &'a mut dyn FnMut(News<'_>),
}

/// What counts from one request to the next.
struct Progress {
    /// By destination, whether there is more to read.
    behind: Vec<bool>,
    turn: usize,
    failures: u32,
    /// Pages without steps in a row.
    empty: u32,
    /// Copies from the start that did not reach their end.
    anew: u32,
    answered: bool,
    totals: Totals,
    /// The totals when it was last said that everything is applied.
    said: Option<Totals>,
}

impl Mirror<'_> {
    /// Copies until there is no more, or for ever.
    ///
    /// # Errors
    /// The publisher cannot be copied, or a destination does not take it.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let mut progress = Progress {
            behind: vec![true; self.destinations.len()],
            turn: 0,
            failures: 0,
            empty: 0,
            anew: 0,
            answered: false,
            totals: Totals::default(),
            said: None,
        };
        while let Some((after, wait)) = self.next_request(&mut progress).await? {
            let asked =
                AskedSteps { after: &after, selection: &self.selection, limit: LIMIT, wait };
            let (publisher, asked_at) = (self.publisher, Instant::now());
            match fetch_steps(publisher.client(), publisher.request(), &asked).await {
                Ok(steps) => {
                    (progress.failures, progress.answered) = (0, true);
                    let page = Page::of(steps);
                    self.apply(&after, &page, &mut progress).await?;
                    progress.empty = if page.steps.is_empty() { progress.empty + 1 } else { 0 };
                    let most = if page.more { EMPTY } else { 0 };
                    if progress.empty > most && (page.more || !self.once) {
                        tokio::time::sleep(PAUSE.saturating_sub(asked_at.elapsed())).await;
                    }
                }
                Err(StepsError::CursorGone(said)) if after != START => {
                    progress.answered = true;
                    self.begin_anew(|next| next == after, &said, &mut progress).await?;
                }
                Err(error) => self.rest(error, &mut progress).await?,
            }
        }
        Ok(())
    }

    /// The cursor to ask with and how long to wait for news; `None` if a copy that is made once is done.
    async fn next_request(
        &mut self,
        progress: &mut Progress,
    ) -> anyhow::Result<Option<(String, Duration)>> {
        let next = |place: usize| self.destinations.get(place).map(|d| d.position().next.clone());
        if let Some(place) = progress.behind.iter().position(|behind| *behind) {
            return Ok(next(place).map(|next| (next, Duration::ZERO)));
        }
        progress.turn = (progress.turn + 1) % self.destinations.len().max(1);
        let Some(after) = next(progress.turn) else { return Ok(None) };
        let together = self.destinations.iter().all(|d| d.position().next == after);
        progress.anew = 0;
        let now = (self.clock)();
        for destination in &mut self.destinations {
            let left_out = destination.tend(now).await?;
            left_out.iter().for_each(|note| (self.watch)(News::LeftOut(note)));
        }
        if progress.said.replace(progress.totals) != Some(progress.totals) {
            (self.watch)(News::CaughtUp(progress.totals));
        }
        let wait = if together { WAIT } else { SHORT_WAIT };
        Ok((!self.once).then_some((after, wait)))
    }

    /// Has every destination that stands at the cursor apply the page behind it.
    async fn apply(
        &mut self,
        after: &str,
        page: &Page,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let named = page.journal.clone();
        let is_other =
            |known: &Option<String>| known.is_some() && named.is_some() && *known != named;
        if self
            .destinations
            .iter()
            .any(|d| d.position().next == after && is_other(&d.position().journal))
        {
            let why = "another journal answers than before";
            return self.begin_anew(|next| next == after, why, progress).await;
        }
        let now = (self.clock)();
        for (destination, behind) in self.destinations.iter_mut().zip(&mut progress.behind) {
            if destination.position().next == after {
                let left_out = destination.apply(page, now).await?;
                left_out.iter().for_each(|note| (self.watch)(News::LeftOut(note)));
                *behind = page.more;
            }
        }
        for (step, _) in &page.steps {
            match step.kind {
                StepKind::Put => progress.totals.put += 1,
                StepKind::Removed => progress.totals.removed += 1,
                StepKind::Withdrawn => progress.totals.withdrawn += 1,
            }
        }
        if !page.steps.is_empty() {
            (self.watch)(News::Applied(progress.totals));
        }
        Ok(())
    }

    /// Has the destinations at a cursor copy from the start.
    async fn begin_anew(
        &mut self,
        is_at: impl Fn(&str) -> bool,
        why: &str,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        progress.anew += 1;
        anyhow::ensure!(
            !self.once || progress.anew <= ANEW,
            "the copy had to begin anew {ANEW} times and never reached its end: {why}"
        );
        if progress.anew > 1 {
            tokio::time::sleep(wait_after(progress.anew, random())).await;
        }
        (self.watch)(News::Anew(why));
        for (destination, behind) in self.destinations.iter_mut().zip(&mut progress.behind) {
            if is_at(&destination.position().next) {
                destination.begin_anew()?;
                *behind = true;
            }
        }
        Ok(())
    }

    /// Waits after a failure that may pass.
    async fn rest(&mut self, error: StepsError, progress: &mut Progress) -> anyhow::Result<()> {
        progress.failures += 1;
        let wait = match &error {
            StepsError::Busy { until } => {
                wait_until(until.millis(), (self.clock)().millis(), random())
            }
            _ => wait_after(progress.failures, random()),
        };
        // An address that never answered is more likely wrong than away.
        let is_wrong = !progress.answered && matches!(error, StepsError::Net(_));
        let is_late = self.once && (progress.failures >= PATIENCE || wait > LONGEST_WAIT);
        if is_wrong || is_late || !error.may_pass() {
            return Err(error.into());
        }
        (self.watch)(News::Waiting { why: &error.to_string(), wait });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
