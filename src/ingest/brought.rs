use super::Poll;
use super::apply::Applied;
use super::crawl_state::{CrawlState, reads_pages};
use super::worker::JobOutput;
use crate::fetch::{Fresh, Outcome};
use crate::model::{DateOrder, Notice, Warning};
use bytes::Bytes;

/// Kinds of warnings that are remembered of one source.
const MAX_WARNINGS: usize = 50;
/// Hubs that are remembered of one source, and characters of each.
const MAX_HUBS: (usize, usize) = (4, 2048);

/// What one poll brought.
pub(super) struct Brought {
    /// What came of the request and of reading its body.
    pub outcome: Outcome,
    /// What stood in the document, where there was something new.
    pub output: Option<JobOutput>,
    /// What the document said of itself.
    pub facts: Option<Facts>,
    /// The page itself, where the source is one: when it has changed its list is looked for in it.
    pub page: Option<Page>,
    /// The order of day and month in the source's dates.
    pub date_order: DateOrder,
}

/// What a document said of itself.
#[derive(Default)]
pub(super) struct Facts {
    /// What was unusual in it.
    pub warnings: Vec<Warning>,
    /// The hubs that it names.
    pub hubs: Vec<String>,
    /// What it calls its own address, where it names hubs.
    pub topic: Option<String>,
    /// What it calls itself in its body, where it names hubs.
    pub own_link: Option<String>,
}

/// A page as it came.
pub(super) struct Page {
    /// Decoded.
    pub body: Bytes,
    /// As sent.
    pub content_type: Option<String>,
    /// Its address after redirects.
    pub from: String,
}

/// What became of what a poll brought.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// What became of the articles, where there were any.
    pub applied: Option<Applied>,
    /// What is remembered of the source's pages, where that was looked at.
    pub crawl: Option<CrawlState>,
}

impl Brought {
    /// Returns true if a document was read, whole.
    pub fn is_whole(&self) -> bool {
        self.facts.is_some()
    }

    /// Returns true if the source answered, with a document or that nothing is new.
    pub fn is_reached(&self) -> bool {
        self.is_whole() || matches!(self.outcome, Outcome::NotModified { .. })
    }

    /// Returns true if the source's list was reached, so that it can be judged and articles' pages can be read.
    pub fn may_crawl(&self, poll: &Poll<'_>) -> bool {
        let is_unchanged = matches!(self.outcome, Outcome::NotModified { .. });
        self.output.is_some() || self.page.is_some() || is_unchanged && reads_pages(poll.source)
    }
}

impl Page {
    /// The page that a body is.
    pub fn of(fresh: &Fresh) -> Self {
        let Fresh { body, content_type, final_url, .. } = fresh;
        Self { body: body.clone(), content_type: content_type.clone(), from: final_url.to_string() }
    }
}

impl Facts {
    /// What the output of a worker and the headers of an answer say of a document.
    pub fn of(output: &JobOutput, fresh: &Fresh) -> Self {
        let mut warnings: Vec<Warning> =
            output.refined.warnings.iter().take(MAX_WARNINGS).cloned().collect();
        if let Some((_, why)) = output.refined.rejected.first() {
            let count = output.refined.rejected.len();
            warnings.push(Notice::EntryRejected.warning(count, Some(why.to_string())));
        }
        let (hubs, topic) = hubs_of(output, fresh);
        let own_link = output.topic.clone().filter(|_| !hubs.is_empty());
        Self { warnings, hubs, topic, own_link }
    }
}

/// The hubs of a feed and its own address: what the headers say counts before the document (WebSub §4).
fn hubs_of(output: &JobOutput, fresh: &Fresh) -> (Vec<String>, Option<String>) {
    let (most, longest) = MAX_HUBS;
    let whole = |link: &String| {
        let url = fresh.final_url.join(link.trim()).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= longest;
        is_web.then(|| url.to_string())
    };
    let named = if fresh.hubs.is_empty() { &output.hubs } else { &fresh.hubs };
    let hubs: Vec<String> = named.iter().filter_map(whole).take(most).collect();
    let own = fresh.topic.as_ref().or(output.topic.as_ref()).and_then(whole);
    let own = own.or_else(|| Some(fresh.final_url.to_string()));
    let topic = own.filter(|_| !hubs.is_empty());
    (hubs, topic)
}
