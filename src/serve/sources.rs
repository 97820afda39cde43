//! How every source is, as everybody may know it: without places on the disk, secrets and hosts inside the network.

use super::page::{HubView, SourceStatusView, WarningView, Way};
use super::state::State;
use crate::ingest::health::SourceHealth;
use crate::model::SourceKind;
use crate::serve::http::error::Answer;
use crate::text::{leads_inside, names_internal};
use std::path::Path;

/// Files of a folder that are named where some could not be read.
const NAMED: usize = 3;

/// How every source of the config is doing.
pub fn healths(state: &State) -> Answer<Vec<SourceHealth>> {
    let Some(examiner) = &state.examiner else { return Ok(Vec::new()) };
    Ok(examiner.examine_all(&state.config.load(), (state.now)())?)
}

/// How every source of the config is, for the status page.
pub fn all_statuses(state: &State) -> Answer<Vec<SourceStatusView>> {
    Ok(healths(state)?.into_iter().map(view).collect())
}

/// What the status page shows of a source.
pub fn view(health: SourceHealth) -> SourceStatusView {
    let trouble = health.trouble();
    let counted = health.counted().into_iter();
    let warnings = counted
        .map(|told| WarningView {
            name: told.name,
            count: told.count,
            file: told.place.filter(|place| !names_internal(place)),
        })
        .collect();
    let failure = health.failure().map(|(_, why)| why.to_owned());
    let failure = failure.filter(|why| !names_internal(why));
    let source = &health.source;
    let folder = match &source.kind {
        SourceKind::Folder { path } => Some(path.as_path()),
        _ => None,
    };
    let public = |text: &str| folder.map_or(text.to_owned(), |folder| without_place(text, folder));
    let named = health.bad_files.iter().take(NAMED);
    let hub = health.hub.as_ref();
    SourceStatusView {
        id: source.id.to_string(),
        title: source.title.clone(),
        way: match source.kind {
            SourceKind::Push => Way::Push,
            SourceKind::Folder { .. } => Way::Folder,
            SourceKind::Feed { .. } => Way::Feed,
            SourceKind::Page { .. } | SourceKind::Sitemap { .. } => Way::Page,
            SourceKind::Mirror { .. } => Way::Mirror,
        },
        // The page is public: which folder it is, not where it lies.
        address: match folder {
            Some(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            None => {
                source.kind.address().filter(|address| !leads_inside(address)).map(without_secrets)
            }
        },
        state: health.condition,
        last_good: health.last_good,
        next_check: health.next_check,
        articles: health.live,
        told: trouble.map(|trouble| trouble.is),
        remedy: trouble.and_then(|trouble| trouble.remedy),
        problem: failure.or(health.error.as_deref().map(public)),
        failures: health.failures,
        warnings,
        bad_files: named.map(|(file, error)| (file.clone(), public(error))).collect(),
        bad_files_more: health.bad_files.len().saturating_sub(NAMED),
        hub: hub.map(|hub| HubView {
            address: Some(hub.hub.clone()).filter(|hub| !leads_inside(hub)),
            until: hub.until,
            refused: hub.refused,
        }),
        proposal: health.proposal,
    }
}

/// An address without user, password and query, which may hold secrets.
fn without_secrets(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return String::new() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.into()
}

/// A message of an error without where on the disk the folder lies: the page is public.
fn without_place(message: &str, folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    [whole.as_path(), folder].iter().fold(message.to_owned(), |message, place| {
        message.replace(&*place.to_string_lossy(), &name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_error_does_not_tell_where_it_lies() {
        let shown = without_place("/srv/secret/tin: no such folder", Path::new("/srv/secret/tin"));
        assert_eq!(shown, "tin: no such folder");
    }

    #[test]
    fn addresses_are_shown_without_secrets() {
        assert_eq!(without_secrets("https://u:p@a.vn/rss?token=x"), "https://a.vn/rss");
    }
}
