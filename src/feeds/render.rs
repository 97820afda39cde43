use super::entry::{self, FeedEntry};
use super::{Error, FeedView, Format, atom, check, json, rss};

/// Renders a feed in one format. An entry that would break the document is left out and logged.
///
/// # Errors
/// The document is not well-formed even without such entries.
pub fn render(view: &FeedView<'_>, format: Format) -> Result<Vec<u8>, Error> {
    let mut entries = entry::entries(view);
    let bytes = write(view, &entries, format);
    if check::check(format, &bytes).is_ok() {
        return Ok(bytes);
    }
    entries.retain(|entry| is_well_formed_alone(view, entry, format));
    let bytes = write(view, &entries, format);
    match check::check(format, &bytes) {
        Ok(()) => Ok(bytes),
        Err(reason) => {
            let feed = view.feed.id.clone();
            Err(Error::Broken { feed, format: format.extension(), reason })
        }
    }
}

/// Whether a feed of this one entry is well-formed; logs it if not.
fn is_well_formed_alone(view: &FeedView<'_>, entry: &FeedEntry, format: Format) -> bool {
    let alone = write(view, std::slice::from_ref(entry), format);
    let Err(reason) = check::check(format, &alone) else { return true };
    metrics::counter!("dongtin_feed_entries_left_out_total").increment(1);
    tracing::error!(feed.id = %view.feed.id, article.id = %entry.id, format = format.extension(), %reason,
        "an entry would break the feed and was left out");
    false
}

pub(super) fn write(view: &FeedView<'_>, entries: &[FeedEntry], format: Format) -> Vec<u8> {
    match format {
        Format::Rss => rss::write(view, entries),
        Format::Atom => atom::write(view, entries),
        Format::Json => json::write(view, entries),
    }
}
