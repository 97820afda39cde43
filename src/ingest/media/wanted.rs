use crate::model::{Article, SourceId, Timestamp, own_path};
use crate::store::{ArticleFiles, FileState};
use std::collections::BTreeSet;

/// Files of one article that are copied at most; the others stay where they are.
const MANY: usize = 64;

/// The files that an article shows and that somebody else serves. Only a folder's files are ours: another dongtin's have
/// the same path where its source has the same name.
pub fn wanted(article: &Article, is_folder: bool) -> BTreeSet<String> {
    let files = article.file_addresses().into_iter();
    let is_own = |address: &String| is_folder && own_path(address, &article.source).is_some();
    files.filter(|address| !is_own(address)).take(MANY).collect()
}

/// How it stands with an article's files now that these are wanted: what was known of them stays. `fetches`: those of which
/// nothing is known are to be fetched. `None` where nothing is left.
pub fn merged(
    before: Option<&ArticleFiles>,
    source: &SourceId,
    wanted: &BTreeSet<String>,
    fetches: bool,
    now: Timestamp,
) -> Option<ArticleFiles> {
    let known = |address: &String| before.and_then(|before| before.files.get(address)).cloned();
    let new = || fetches.then_some(FileState::Waiting { due: now, tries: 0 });
    let files = wanted.iter().filter_map(|address| {
        let state = known(address).or_else(new)?;
        let is_kept = fetches || matches!(state, FileState::Held(_));
        is_kept.then(|| (address.clone(), state))
    });
    let untold = before.is_some_and(|before| before.untold);
    let files =
        ArticleFiles { source: source.clone(), changed: now, files: files.collect(), untold };
    (!files.files.is_empty()).then(|| with_change(before, files))
}

/// Files whose time of change is the earlier one where readers get the same.
pub fn with_change(before: Option<&ArticleFiles>, after: ArticleFiles) -> ArticleFiles {
    match before {
        Some(before) if before.held().eq(after.held()) => {
            ArticleFiles { changed: before.changed, ..after }
        }
        // It never goes back: readers are told of it.
        Some(before) => {
            ArticleFiles { changed: after.changed.max(before.changed.plus_millis(1_000)), ..after }
        }
        None => after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Copy;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn set(addresses: &[&str]) -> BTreeSet<String> {
        addresses.iter().map(|address| (*address).to_owned()).collect()
    }

    #[test]
    fn a_file_of_another_dongtin_is_no_file_of_ours() {
        let mut article = crate::journal::samples::article("a", 1, NOW);
        let url = "https://tin.example.vn/media/a/anh.jpg".to_owned();
        let (alt, width, height) = (None, None, None);
        article.image = Some(crate::model::Image { url: url.clone(), alt, width, height });
        assert!(wanted(&article, false).contains(&url));
        assert!(!wanted(&article, true).contains(&url));
    }

    #[test]
    fn what_is_known_stays_and_what_no_text_shows_goes() {
        let source = SourceId::new("a").unwrap();
        let later = NOW.plus_millis(1);
        let first = merged(None, &source, &set(&["x", "y"]), true, NOW).unwrap();
        assert_eq!(first.due(), Some(NOW));
        let copy = Copy {
            sha256: "0".repeat(64),
            media_type: "image/png".into(),
            bytes: 3,
            width: None,
            height: None,
        };
        let mut held = first.clone();
        held.files.insert("x".into(), FileState::Held(copy));
        let held = with_change(Some(&first), held);
        assert_eq!(held.changed, NOW.plus_millis(1_000), "readers get another address");
        let same = merged(Some(&held), &source, &set(&["x", "y"]), true, later).unwrap();
        assert_eq!(same, held);
        let corrected = merged(Some(&held), &source, &set(&["y", "z"]), true, later).unwrap();
        assert_eq!(corrected.files.keys().collect::<Vec<_>>(), ["y", "z"]);
        assert!(corrected.changed > held.changed);
        let off = merged(Some(&held), &source, &set(&["x", "y"]), false, later).unwrap();
        assert_eq!(off.files.keys().collect::<Vec<_>>(), ["x"], "copies stay, nothing is fetched");
        assert_eq!(merged(Some(&held), &source, &set(&[]), true, later), None);
        assert_eq!(merged(None, &source, &set(&["x"]), false, NOW), None);
    }
}
