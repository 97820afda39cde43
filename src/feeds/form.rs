//! Since when a feed has the form that the config gives it: whoever asks with a date alone may hold another form of it.

use crate::config::Config;
use crate::model::{Feed, Fingerprint, Source, Timestamp};
use crate::store::Store;

/// What a config, and this version of the program, give to every feed: who publishes, and what sources are called.
pub(super) fn of_config(config: &Config) -> Fingerprint {
    let named =
        |source: &Source| format!("{:?}", (&source.id, &source.title, &source.kind, &source.home));
    let sources: Vec<String> = config.sources.iter().map(named).collect();
    hashed(&(super::GENERATOR, &config.site, sources))
}

/// What they give to one feed.
pub(super) fn of_feed(config: Fingerprint, feed: &Feed) -> Fingerprint {
    hashed(&(config, feed))
}

/// What they give to the directory of all feeds.
pub(super) fn of_directory(form: Fingerprint, config: &Config) -> Fingerprint {
    hashed(&(form, &config.feeds, &config.automatic))
}

fn hashed(parts: &impl std::fmt::Debug) -> Fingerprint {
    Fingerprint::of_bytes(format!("{parts:?}").as_bytes())
}

/// A form and since when it holds: what is kept of each document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    form: Fingerprint,
    since: Timestamp,
}

impl Kept {
    fn to_bytes(self) -> Vec<u8> {
        [self.form.0.as_slice(), &self.since.millis().to_be_bytes()].concat()
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (form, since) = bytes.split_first_chunk()?;
        let since = Timestamp(i64::from_be_bytes(since.try_into().ok()?));
        Some(Self { form: Fingerprint(*form), since })
    }
}

/// Since when a document has a form that was taken up at a time; kept if this form is the one in use. The first form that
/// is known of it always was: what it holds decides alone.
pub(super) fn since(
    store: &Store,
    name: &str,
    form: Fingerprint,
    taken: Timestamp,
    is_in_use: bool,
) -> Timestamp {
    let kept = store.progress().form(name).ok().flatten();
    let kept = kept.and_then(|bytes| Kept::of_bytes(&bytes));
    let since = match kept {
        Some(kept) if kept.form == form => return kept.since,
        Some(kept) => taken.max(kept.since.plus_millis(1000)),
        None => Timestamp(0),
    };
    if is_in_use
        && let Err(error) = store.progress().put_form(name, &Kept { form, since }.to_bytes())
    {
        tracing::warn!(feed.id = name, %error, "since when a feed has its form could not be kept; after a restart readers fetch it once more");
    }
    since
}
