use super::media::measure;
use super::scan;
use crate::ingest::Intake;
use crate::ingest::error::Error;
use crate::ingest::worker::Job;
use crate::model::{Source, Timestamp, own_media};
use crate::refine::Refined;
use std::io::Read;
use std::path::Path;

/// Reads a file below a folder. Returns what is in it, and whether it is a feed.
///
/// # Errors
/// If the file cannot be opened, is too large, or holds no article.
pub(super) async fn read_file(
    intake: &Intake,
    source: &Source,
    root: &Path,
    path: &str,
    now: Timestamp,
) -> Result<(Refined, bool), Error> {
    let limit = intake.config.load().fetch.body_bytes;
    let file = root.join(path);
    let bytes = tokio::task::spawn_blocking(move || read_whole(&file, limit)).await;
    let bytes = bytes
        .map_err(|e| Error::File(e.to_string()))?
        .map_err(|e| Error::File(format!("{path}: {e}")))?;
    let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let media = own_media(&source.id);
    let base = format!("{media}{folder}");
    let job = Job::File { path: path.to_owned(), source: source.clone(), base, now };
    let mut output = intake.pool.call(&job, bytes.into()).await?;
    let root = root.to_owned();
    let measuring = tokio::task::spawn_blocking(move || {
        for draft in &mut output.refined.drafts {
            measure(&root, &media, &mut draft.enclosures);
        }
        (output.refined, output.is_feed)
    });
    measuring.await.map_err(|error| Error::File(error.to_string()))
}

/// A file's bytes, unless there are more than `limit`.
fn read_whole(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    scan::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(std::io::Error::other(format!(
            "larger than {limit} bytes: raise fetch.body, or split it"
        )));
    }
    Ok(bytes)
}
