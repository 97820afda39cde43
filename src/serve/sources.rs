//! How every source is, as far as the rooms know.

use super::error::{Answer, Problem};
use super::page::{SourceStatusView, State as SourceState, Way};
use super::state::State;
use crate::ingest::folder::FileState;
use crate::model::{Source, SourceKind, Warning};
use crate::store::Counts;
use std::collections::BTreeMap;
use std::path::Path;

/// Every source of the config: what `node` knows of the polled ones, the folders' rounds, the pushes.
pub fn look(state: &State) -> Answer<Vec<SourceStatusView>> {
    let config = state.config.load();
    let counts = state.store.counts().map_err(|error| Problem::internal(&error))?;
    let views = config.sources.iter().map(|source| {
        let own = counts.iter().find(|counts| counts.source == source.id);
        let mut view = view(source, own);
        if let SourceKind::Folder { path } = &source.kind {
            of_folder(state, source, path, &mut view);
        }
        if let Some(look) = &state.polled {
            look(source, &mut view);
        }
        view
    });
    Ok(views.collect())
}

fn view(source: &Source, counts: Option<&Counts>) -> SourceStatusView {
    let way = match source.kind {
        SourceKind::Push => Way::Push,
        SourceKind::Folder { .. } => Way::Folder,
        SourceKind::Feed { .. } => Way::Feed,
        SourceKind::Page { .. } | SourceKind::Sitemap { .. } => Way::Page,
    };
    let address = match &source.kind {
        // The page is public: which folder it is, not where it lies.
        SourceKind::Folder { path } => {
            path.file_name().map(|name| name.to_string_lossy().into_owned())
        }
        kind => kind.address().map(without_secrets),
    };
    let last = counts.filter(|counts| counts.last_seq.0 > 0).map(|counts| counts.last_at);
    SourceStatusView {
        id: source.id.to_string(),
        title: source.title.clone(),
        way,
        address,
        state: if last.is_some() { SourceState::Good } else { SourceState::New },
        last_good: last,
        next_check: None,
        articles: counts.map_or(0, |counts| counts.live),
        told: None,
        remedy: None,
        problem: None,
        failures: 0,
        warnings: Vec::new(),
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

fn of_folder(state: &State, source: &Source, path: &Path, view: &mut SourceStatusView) {
    let folder = match state.ingest.folder_state(&source.id) {
        Ok(folder) => folder,
        Err(error) => {
            tracing::warn!(source.id = %source.id, %error, "what is known of a folder cannot be read");
            view.problem =
                Some("what is known of this folder cannot be read; the log says more".to_owned());
            view.state = SourceState::Failing;
            return;
        }
    };
    view.last_good = folder.last_good.or(view.last_good);
    let bad = folder.files.iter().filter_map(|(path, file)| Some((path, file.error.as_ref()?)));
    let bad: Vec<String> = bad.take(3).map(|(path, error)| format!("{path}: {error}")).collect();
    view.warnings = warnings(folder.files.values());
    if let Some(error) = folder.error {
        view.failures = 1;
        view.problem = Some(without_place(&error, path));
        view.state = SourceState::Failing;
    } else if !bad.is_empty() {
        view.problem = Some(without_place(&bad.join("; "), path));
        view.state = SourceState::Warned;
    } else if !view.warnings.is_empty() {
        view.state = SourceState::Warned;
    } else if view.last_good.is_some() {
        view.state = SourceState::Good;
    }
}

/// How people write their files: the first picture of the text stands for the article.
const USUAL: &str = "image-from-text";

/// What was unusual in a folder's files, counted by name.
fn warnings<'a>(files: impl Iterator<Item = &'a FileState>) -> Vec<(String, u64)> {
    let mut counted = BTreeMap::new();
    let told = |warning: &&Warning| warning.name != USUAL;
    for warning in files.flat_map(|file| &file.warnings).filter(told) {
        *counted.entry(warning.name.clone()).or_insert(0) += u64::from(warning.count);
    }
    counted.into_iter().collect()
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
    fn warnings_of_files_are_counted_together() {
        let warning = |name: &str, count| Warning { name: name.into(), count, example: None };
        let file = |warnings| FileState { warnings, ..FileState::default() };
        let files = [
            file(vec![warning("b", 1), warning("a", 2), warning(USUAL, 9)]),
            file(vec![]),
            file(vec![warning("b", 3)]),
        ];
        assert_eq!(warnings(files.iter()), [("a".to_owned(), 2), ("b".to_owned(), 4)]);
    }

    #[test]
    fn addresses_are_shown_without_secrets() {
        assert_eq!(without_secrets("https://u:p@a.vn/rss?token=x"), "https://a.vn/rss");
    }
}
