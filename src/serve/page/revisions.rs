use crate::model::{Article, Change, Event};
use crate::serve::page::RevisionView;

/// One revision per event, oldest first; no text of an earlier one is public any more.
pub fn revisions(history: &[Event]) -> Vec<RevisionView> {
    let mut before: Option<&Article> = None;
    let mut views = Vec::with_capacity(history.len());
    for event in history {
        views.push(match &event.change {
            Change::Files { .. } => continue,
            Change::Published { article } | Change::Revised { article } => {
                let changed = before.map(|before| changed(before, article)).unwrap_or_default();
                before = Some(article);
                RevisionView {
                    number: article.revision,
                    at: event.at,
                    reason: None,
                    withdrawn: false,
                    changed,
                }
            }
            Change::Withdrawn { revision, reason, .. } => RevisionView {
                number: *revision,
                at: event.at,
                reason: reason.clone(),
                withdrawn: true,
                changed: Vec::new(),
            },
        });
    }
    views
}

/// The parts in which two revisions differ.
fn changed(before: &Article, now: &Article) -> Vec<&'static str> {
    let date = |article: &Article| article.published.as_ref().map(|dated| dated.at);
    let parts = [
        ("title", before.title != now.title),
        ("summary", before.summary != now.summary),
        ("content", before.content != now.content),
        ("author", before.authors != now.authors),
        ("category", before.categories != now.categories),
        ("image", before.image != now.image),
        ("files", before.enclosures != now.enclosures),
        ("published", date(before) != date(now)),
        ("address", before.url != now.url),
        ("language", before.language != now.language),
        ("rights", (&before.rights, &before.publisher) != (&now.rights, &now.publisher)),
        ("origin", before.origin != now.origin),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
