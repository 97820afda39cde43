//! How every source is, as far as the rooms know.

use super::error::{Answer, Problem};
use super::page::{SourceStatusView, State as SourceState, Way};
use super::state::State;
use crate::model::{Source, SourceKind};
use crate::store::Counts;

/// Every source of the config: what `node` knows of the polled ones, the folders' rounds, the pushes.
pub fn look(state: &State) -> Answer<Vec<SourceStatusView>> {
    let config = state.config.load();
    let counts = state.store.counts().map_err(|error| Problem::internal(&error))?;
    let views = config.sources.iter().map(|source| {
        let own = counts.iter().find(|counts| counts.source == source.id);
        let mut view = view(source, own);
        if let SourceKind::Folder { .. } = source.kind {
            of_folder(state, source, &mut view);
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

fn of_folder(state: &State, source: &Source, view: &mut SourceStatusView) {
    let folder = match state.ingest.folder_state(&source.id) {
        Ok(folder) => folder,
        Err(error) => {
            view.problem = Some(error.to_string());
            view.state = SourceState::Failing;
            return;
        }
    };
    view.last_good = folder.last_good.or(view.last_good);
    let bad = folder.files.iter().filter_map(|(path, file)| Some((path, file.error.as_ref()?)));
    let bad: Vec<String> = bad.take(3).map(|(path, error)| format!("{path}: {error}")).collect();
    if let Some(error) = folder.error {
        view.problem = Some(error);
        view.state = SourceState::Failing;
    } else if !bad.is_empty() {
        view.problem = Some(bad.join("; "));
        view.state = SourceState::Warned;
    } else if view.last_good.is_some() {
        view.state = SourceState::Good;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        assert_eq!(without_secrets("https://u:p@a.vn/rss?token=x"), "https://a.vn/rss");
    }
}
