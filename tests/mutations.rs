//! Thousands of broken documents, the same in every run, on the whole way from bytes to feeds.
//!
//! The long search for others is `tests/fuzz/run`; what it found stands in `tests/fixtures/found`.

#[path = "mutations/change.rs"]
mod change;
#[path = "mutations/strict.rs"]
mod strict;
#[path = "mutations/whole.rs"]
mod whole;

use std::path::Path;

/// Documents made of each seed; `DONGTIN_MUTATIONS` says how many instead.
const EACH: u64 = 60;

fn folder(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let files = std::fs::read_dir(&folder).expect("the folder is there").flatten();
    let mut files: Vec<_> = files.map(|file| file.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let read = |path: std::path::PathBuf| {
        (path.display().to_string(), std::fs::read(&path).expect("the file is read"))
    };
    files.into_iter().map(read).collect()
}

fn all(bytes: &[u8]) -> usize {
    whole::decode(bytes);
    whole::markup(bytes);
    whole::read(bytes);
    whole::pipeline(bytes)
}

#[test]
fn every_seed_has_entries() {
    for (name, bytes) in folder("tests/fuzz/seeds") {
        assert!(all(&bytes) > 0, "{name}: no entry came through");
    }
}

#[test]
fn what_was_found_before_is_harmless() {
    for (_, bytes) in folder("tests/fixtures/found") {
        all(&bytes);
    }
}

#[test]
fn broken_documents_make_whole_feeds_or_none() {
    let each = std::env::var("DONGTIN_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(EACH);
    let seeds = folder("tests/fuzz/seeds");
    let mut entries = 0;
    for (place, (name, seed)) in (1_u64..).zip(&seeds) {
        for round in 0..each {
            let broken = change::change(seed, &seeds, place << 32 | round);
            let shown = String::from_utf8_lossy(&broken).into_owned();
            let done = std::panic::catch_unwind(|| all(&broken));
            entries += done.unwrap_or_else(|_| panic!("{name}, round {round}:\n{shown}"));
        }
    }
    assert!(
        entries as u64 > each * seeds.len() as u64,
        "only {entries} entries survived: the changes are too hard"
    );
}
