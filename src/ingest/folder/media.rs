//! Media files below a source's folder: which may be served, and how large they are.

use crate::model::Enclosure;
use crate::text;
use std::path::{Path, PathBuf};

/// Pictures, sounds, films and documents that cannot act in a browser.
const SERVED: &[&str] = &[
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "audio/mpeg", "audio/ogg",
    "video/mp4", "video/webm", "application/pdf",
];

/// A media file below a source's folder, if the address names one that may be served: no way out of the folder, only kinds that cannot act.
pub fn media(folder: &Path, path: &str) -> Option<(PathBuf, &'static str)> {
    let ordinary =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
    if !path.split('/').all(ordinary) {
        return None;
    }
    let media_type = media_type(path)?;
    let root = folder.canonicalize().ok()?;
    let file = root.join(path).canonicalize().ok()?;
    (file.starts_with(&root) && file.is_file()).then_some((file, media_type))
}

/// Gives files of our own that lie in the folder their size; `base` is what their addresses begin with.
pub fn measure(folder: &Path, base: &str, enclosures: &mut [Enclosure]) {
    for file in enclosures.iter_mut().filter(|file| file.length.is_none_or(|bytes| bytes == 0)) {
        let Some(path) = file.url.strip_prefix(base) else { continue };
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let found = media(folder, &path).and_then(|(file, _)| file.metadata().ok());
        file.length = found.map(|meta| meta.len()).or(file.length);
    }
}

/// The media type of a file by its ending, if the file may be served.
pub fn media_type(path: &str) -> Option<&'static str> {
    text::media_type(path).filter(|media_type| SERVED.contains(media_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_stays_in_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("in");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("a.png"), "x").unwrap();
        std::fs::write(inside.join("a.svg"), "x").unwrap();
        std::fs::write(dir.path().join("secret.png"), "x").unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret.png"), inside.join("link.png")).unwrap();
        assert!(media(&inside, "a.png").is_some());
        for bad in [
            "../secret.png", "link.png", "a.svg", "./a.png", "a.png/", "/etc/passwd",
            "..\\secret.png", "b.png", "",
        ] {
            assert!(media(&inside, bad).is_none(), "{bad}");
        }
    }
}
