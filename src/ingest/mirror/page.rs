use crate::fetch::{AskedSteps, Steps, StepsError, fetch_steps};
use crate::ingest::error::Error;
use crate::ingest::{Intake, Poll, worker};
use crate::model::{CopiedArticle, Selection, Step, StepKind};
use crate::net::Request;
use crate::refine::Draft;
use std::time::Duration;

/// Steps in one page.
const PAGE: usize = 1_000;
/// How long the publisher may wait for news before it answers.
const WAIT: Duration = Duration::from_secs(25);

/// A page of steps whose articles are clean.
pub struct Page {
    /// The articles to put, in the order of the page.
    pub puts: Vec<Put>,
    /// The other steps.
    pub gone: Vec<Step>,
    /// The cursor to ask with next.
    pub next: String,
    /// Whether there is more behind it now.
    pub more: bool,
    /// The identity of the publisher's journal.
    pub journal: Option<String>,
}

/// An article to put.
pub struct Put {
    pub id: String,
    /// Its draft, or why no worker could clean it.
    pub refined: Result<Box<Draft>, String>,
}

/// Asks the publisher.
pub struct Asking<'a> {
    pub intake: &'a Intake,
    pub poll: &'a Poll<'a>,
    pub selection: Selection,
    pub request: Request,
}

impl Asking<'_> {
    /// The page after a cursor; `waits`: the publisher may wait for news. `None` if the daemon stops meanwhile.
    ///
    /// # Errors
    /// No worker could be started. That there is no page is an answer.
    pub async fn ask(
        &self,
        after: &str,
        waits: bool,
    ) -> Result<Option<Result<Page, StepsError>>, Error> {
        let wait = if waits { WAIT } else { Duration::ZERO };
        let asked = AskedSteps { after, selection: &self.selection, limit: PAGE, wait };
        let mut stopped = self.poll.stopped.clone();
        let steps = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(None),
            steps = fetch_steps(self.poll.client, self.request.clone(), &asked) => steps,
        };
        Ok(Some(match steps {
            Ok(steps) => Ok(self.page(steps).await?),
            Err(error) => Err(error),
        }))
    }

    async fn page(&self, steps: Steps) -> Result<Page, Error> {
        let (mut copied, mut gone) = (Vec::new(), Vec::new());
        for step in steps.page.changes {
            match step {
                Step { kind: StepKind::Put, article: Some(article), .. } => {
                    if !self.went_round(&article) {
                        copied.push(article);
                    }
                }
                step => gone.push(step),
            }
        }
        let puts = self.refine(copied).await?;
        let (next, more) = (steps.page.next, steps.page.more);
        Ok(Page { puts, gone, next, more, journal: steps.journal })
    }

    /// Whether an article was here before it went round.
    fn went_round(&self, article: &CopiedArticle) -> bool {
        article.path.contains(&self.intake.store.journal().identity())
    }

    /// Cleans articles: together on a thread of this process those that are surely cheap, the others in a worker each.
    async fn refine(&self, copied: Vec<CopiedArticle>) -> Result<Vec<Put>, Error> {
        let (own, now) = (self.poll.source.clone(), self.poll.now);
        let refining = tokio::task::spawn_blocking(move || {
            let refined = copied.into_iter().map(|article| {
                (article.id.clone(), worker::refine_if_cheap(article, &own, now).map(Box::new))
            });
            refined.collect::<Vec<_>>()
        });
        let mut puts = Vec::new();
        for (id, refined) in refining.await.map_err(|_| Error::Busy)? {
            let refined = match refined {
                Ok(draft) => Ok(draft),
                Err(article) => self.refine_in_worker(article).await?,
            };
            puts.push(Put { id, refined });
        }
        Ok(puts)
    }

    /// Cleans one article in a worker. One that a worker cannot read is left out, so that it keeps no other from coming.
    async fn refine_in_worker(
        &self,
        article: Box<CopiedArticle>,
    ) -> Result<Result<Box<Draft>, String>, Error> {
        let job =
            worker::Job::Copied { article, source: self.poll.source.clone(), now: self.poll.now };
        match self.intake.pool.call(&job, bytes::Bytes::new()).await {
            Ok(output) => {
                let draft = output.refined.drafts.into_iter().next();
                Ok(draft.map(Box::new).ok_or_else(|| "nothing is left of it".to_owned()))
            }
            // Not the article's fault: it is asked for again.
            Err(error @ (worker::Error::Start(_) | worker::Error::Killed(_))) => Err(error.into()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }
}
