use crate::config::Config;
use crate::model::{Feed, Fingerprint, Source, Timestamp};
use crate::store::{Kind, Store};
use serde::{Deserialize, Serialize};

/// Hashes what a config, and this version of the program, give to every feed: the site, and the sources' names.
pub(super) fn of_config(config: &Config) -> Fingerprint {
    let named =
        |source: &Source| format!("{:?}", (&source.id, &source.title, &source.kind, &source.home));
    let sources: Vec<String> = config.sources.iter().map(named).collect();
    hashed(&(super::output::GENERATOR, &config.site, sources))
}

/// Hashes what they give to one feed.
pub(super) fn of_feed(config: Fingerprint, feed: &Feed) -> Fingerprint {
    hashed(&(config, feed))
}

/// Hashes what they give to the directory of all feeds.
pub(super) fn of_directory(form: Fingerprint, config: &Config) -> Fingerprint {
    hashed(&(form, &config.feeds, &config.automatic))
}

fn hashed(parts: &impl std::fmt::Debug) -> Fingerprint {
    Fingerprint::of_bytes(format!("{parts:?}").as_bytes())
}

/// A form and since when a document has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    form: Fingerprint,
    since: Timestamp,
}

/// Since when a document has this form, and stores it if the form `is_in_use`. `taken` is when the config with it came into
/// use. A document whose first form this is has had it always: only its content counts.
pub(super) fn since(
    store: &Store,
    name: &str,
    form: Fingerprint,
    taken: Timestamp,
    is_in_use: bool,
) -> Timestamp {
    let progress = store.progress();
    let kept = progress.get::<Kept>(Kind::FeedForm, name).unwrap_or_else(|error| {
        tracing::warn!(feed.id = name, %error, "since when a feed has its form is lost; readers fetch it once more");
        Some(Kept { form: Fingerprint::default(), since: Timestamp(0) })
    });
    let since = match kept {
        Some(kept) if kept.form == form => return kept.since,
        Some(kept) => taken.max(kept.since.plus_millis(1000)),
        None => Timestamp(0),
    };
    if is_in_use
        && let Err(error) = progress
            .put(Kind::FeedForm, name, &Kept { form, since })
            // Readers are told of this time next, so it must not be lost.
            .and_then(|()| progress.make_durable())
    {
        tracing::warn!(feed.id = name, %error, "since when a feed has its form could not be kept; after a restart readers fetch it once more");
    }
    since
}
