/// The ending for a file's name, by its first bytes. What a browser would run, as HTML or SVG, has no ending of its own.
pub fn ending(bytes: &[u8]) -> &'static str {
    const STARTS: [(&[u8], &str); 12] = [
        (b"\xff\xd8\xff", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"BM", "bmp"),
        (b"%PDF-", "pdf"),
        (b"ID3", "mp3"),
        (b"\xff\xfb", "mp3"),
        (b"OggS", "ogg"),
        (b"fLaC", "flac"),
        (b"\x1aE\xdf\xa3", "webm"),
        (b"PK\x03\x04", "zip"),
    ];
    let at = |place: usize, text: &[u8]| bytes.get(place..place + text.len()) == Some(text);
    let known = STARTS.iter().find(|(start, _)| bytes.starts_with(start));
    match known {
        Some((_, ending)) => ending,
        None if at(0, b"RIFF") && at(8, b"WEBP") => "webp",
        None if at(0, b"RIFF") && at(8, b"WAVE") => "wav",
        None if at(4, b"ftypavif") || at(4, b"ftypavis") => "avif",
        None if at(4, b"ftypM4A") => "m4a",
        None if at(4, b"ftyp") => "mp4",
        None => "bin",
    }
}

/// Whether a file is HTML, as the page that a server sends in place of a picture that is gone.
pub fn is_html(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let start = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|tag| start.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide_and_nothing_active_gets_its_own_ending() {
        for (bytes, wanted) in [
            (&b"\xff\xd8\xff\xe0"[..], "jpg"),
            (b"\x89PNG\r\n\x1a\n\0", "png"),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "webp"),
            (b"\0\0\0\x20ftypavif\0\0", "avif"),
            (b"\0\0\0\x20ftypisom\0\0", "mp4"),
            (b"<svg onload='alert(1)'>", "bin"),
            (b"<html>", "bin"),
            (b"", "bin"),
            (b"RIFF", "bin"),
        ] {
            assert_eq!(ending(bytes), wanted, "{bytes:?}");
        }
        assert!(is_html(b"\n<!DOCTYPE html><p>404") && !is_html(b"\x89PNG<html>"));
    }
}
