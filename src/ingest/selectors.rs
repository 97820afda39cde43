//! Looks for the list on a page that has changed, by the articles that it named while it was good.

use super::Poll;
use super::brought::Page;
use super::crawl_state::CrawlState;
use super::worker::Job;
use crate::model::Selectors;

/// Proposes the selectors that would find the list of a source on its page as it is now.
pub(super) async fn propose_selectors(poll: &Poll<'_>, page: &Page, state: &mut CrawlState) {
    let job = Job::Discover {
        content_type: page.content_type.clone(),
        fetched_from: page.from.clone(),
        links: Vec::new(),
        known: Some(state.links.clone()),
    };
    let Ok(output) = poll.pool.call(&job, page.body.clone()).await else { return };
    let Some(pattern) = output.found.and_then(|found| found.pattern) else { return };
    let old = poll.source.selectors.clone().unwrap_or_default();
    let new = Selectors {
        item: pattern.selectors.item,
        link: pattern.selectors.link,
        title: pattern.selectors.title,
        date: pattern.selectors.date,
        lead: pattern.selectors.lead,
        ..old.clone()
    };
    state.proposal = (new != old).then(|| new.to_toml());
}
