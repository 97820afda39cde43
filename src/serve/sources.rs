use super::page::{SourceStatusView, State as SourceState, WarningView, Way};
use super::state::State;
use crate::ingest::folder::{self, FileState, FolderState};
use crate::model::{Source, SourceKind, Warning};
use crate::serve::http::error::Answer;
use crate::store::Counts;
use std::collections::BTreeMap;
use std::path::Path;

/// Every source, in the config's order.
pub fn all_statuses(state: &State) -> Answer<Vec<SourceStatusView>> {
    let config = state.config.load();
    let views = config
        .sources
        .iter()
        .map(|source| Ok(source_status(state, source, &state.store.counts_of(&source.id)?)));
    views.collect()
}

/// How a source is doing.
pub fn source_status(state: &State, source: &Source, counts: &Counts) -> SourceStatusView {
    let mut view = view(source, counts);
    if let SourceKind::Folder { path } = &source.kind {
        of_folder(state, source, path, &mut view);
    }
    if let Some(look) = &state.polled {
        look(source, &mut view);
    }
    view
}

fn view(source: &Source, counts: &Counts) -> SourceStatusView {
    let way = match source.kind {
        SourceKind::Push => Way::Push,
        SourceKind::Folder { .. } => Way::Folder,
        SourceKind::Feed { .. } => Way::Feed,
        SourceKind::Page { .. } | SourceKind::Sitemap { .. } => Way::Page,
    };
    let address = match &source.kind {
        // The page is public: it names the folder, not its place.
        SourceKind::Folder { path } => {
            path.file_name().map(|name| name.to_string_lossy().into_owned())
        }
        kind => kind.address().map(without_secrets),
    };
    let last = (counts.last_seq.0 > 0).then_some(counts.last_at);
    SourceStatusView {
        id: source.id.to_string(),
        title: source.title.clone(),
        way,
        address,
        state: if last.is_some() { SourceState::Good } else { SourceState::New },
        last_good: last,
        next_check: None,
        articles: counts.live,
        told: None,
        remedy: None,
        problem: None,
        failures: 0,
        warnings: Vec::new(),
        bad_files: Vec::new(),
        bad_files_more: 0,
        proposal: None,
        hub: None,
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

/// How many unreadable files of a folder are named.
const NAMED: usize = 3;

fn of_folder(state: &State, source: &Source, path: &Path, view: &mut SourceStatusView) {
    let folder = match folder::look(&state.store.progress(), &source.id) {
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
    view.warnings = warnings(&folder.files);
    if let Some(error) = &folder.error {
        view.failures = 1;
        view.problem = Some(without_place(error, path));
        view.state = SourceState::Failing;
        return;
    }
    of_files(&folder, path, view);
}

/// The state of a folder that could be listed: failing if a file could not be read.
fn of_files(folder: &FolderState, path: &Path, view: &mut SourceStatusView) {
    let bad = folder.files.iter().filter_map(|(file, state)| Some((file, state.error.as_ref()?)));
    let bad: Vec<_> = bad.collect();
    let named = bad.iter().take(NAMED);
    view.bad_files =
        named.map(|(file, error)| ((*file).clone(), without_place(error, path))).collect();
    view.bad_files_more = bad.len().saturating_sub(NAMED);
    if !bad.is_empty() {
        view.state = SourceState::Failing;
    } else if !view.warnings.is_empty() {
        view.state = SourceState::Warned;
    } else if view.last_good.is_some() {
        view.state = SourceState::Good;
    }
}

/// A warning about the usual case: the first picture in the text becomes the article's.
const USUAL: &str = "image-from-text";

/// The warnings of a folder's files, counted by name, each with the first file that has it.
fn warnings(files: &BTreeMap<String, FileState>) -> Vec<WarningView> {
    let mut counted: BTreeMap<&str, WarningView> = BTreeMap::new();
    let told = |warning: &&Warning| warning.name != USUAL;
    for (file, state) in files {
        for warning in state.warnings.iter().filter(told) {
            let seen = counted.entry(&warning.name).or_insert_with(|| WarningView {
                name: warning.name.clone(),
                count: 0,
                file: Some(file.clone()),
            });
            seen.count += u64::from(warning.count);
        }
    }
    counted.into_values().collect()
}

/// An error message without the folder's place on the disk: the page is public.
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
    use crate::model::Timestamp;

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
            ("1.md".to_owned(), file(vec![warning("b", 1), warning(USUAL, 9)])),
            ("2.md".to_owned(), file(vec![])),
            ("3.md".to_owned(), file(vec![warning("a", 2), warning("b", 3)])),
        ];
        let seen = |name: &str, count, file: &str| WarningView {
            name: name.into(),
            count,
            file: Some(file.into()),
        };
        assert_eq!(warnings(&files.into()), [seen("a", 2, "3.md"), seen("b", 4, "1.md")]);
    }

    #[test]
    fn a_folder_with_a_file_that_failed_is_failing_and_names_three() {
        let text = "[[source]]\nid = \"t\"\ntitle = \"T\"\nkind = \"folder\"\npath = \"tin\"\n";
        let config = crate::config::Config::parse(text, Path::new("/srv")).unwrap();
        let file = |error: Option<&str>| FileState {
            error: error.map(str::to_owned),
            warnings: vec![Warning { name: "draft".into(), count: 1, example: None }],
            ..FileState::default()
        };
        let mut folder = FolderState { last_good: Some(Timestamp(5)), ..FolderState::default() };
        folder.files.insert("good.md".to_owned(), file(None));
        let shown = |folder: &FolderState| {
            let mut shown = view(&config.sources[0], &Counts::none(config.sources[0].id.clone()));
            of_files(folder, Path::new("/srv/tin"), &mut shown);
            shown
        };
        assert_eq!(shown(&folder).bad_files, []);
        for name in ["a", "b", "c", "d", "e"] {
            folder.files.insert(format!("{name}.md"), file(Some("/srv/tin: no article")));
        }
        let shown = shown(&folder);
        assert_eq!(shown.state, SourceState::Failing);
        assert_eq!((shown.bad_files.len(), shown.bad_files_more), (3, 2));
        assert_eq!(shown.bad_files[0], ("a.md".to_owned(), "tin: no article".to_owned()));
    }

    #[test]
    fn addresses_are_shown_without_secrets() {
        assert_eq!(without_secrets("https://u:p@a.vn/rss?token=x"), "https://a.vn/rss");
    }
}
