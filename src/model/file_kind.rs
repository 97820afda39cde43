/// Brands of MP4 files (ISO/IEC 14496-12), with what they are.
const BRANDS: [(&[u8], &str); 13] = [
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"M4A ", "audio/mp4"),
    (b"M4B ", "audio/mp4"),
    (b"isom", "video/mp4"),
    (b"iso2", "video/mp4"),
    (b"iso4", "video/mp4"),
    (b"iso5", "video/mp4"),
    (b"iso6", "video/mp4"),
    (b"mp41", "video/mp4"),
    (b"mp42", "video/mp4"),
    (b"avc1", "video/mp4"),
    (b"M4V ", "video/mp4"),
];

/// The endings of the names of files that we copy and serve, by what they are. None of these kinds can act in a browser.
pub const SERVED: [(&str, &str); 11] = [
    ("application/pdf", "pdf"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("image/avif", "avif"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
];

/// The ending of a file's name, by what it is; what a browser would run has none of its own.
pub fn ending_of(media_type: &str) -> &'static str {
    let found = SERVED.into_iter().find(|(known, _)| *known == media_type);
    found.map_or("bin", |(_, ending)| ending)
}

/// What bytes are, by how they begin, whatever their server says; `None` for every kind that is not copied.
pub fn media_type_of_bytes(bytes: &[u8]) -> Option<&'static str> {
    let at = |from: usize, magic: &[u8]| bytes.get(from..from + magic.len()) == Some(magic);
    let known: [(&[u8], &str); 7] = [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"OggS", "audio/ogg"),
        (b"ID3", "audio/mpeg"),
    ];
    if let Some((_, kind)) = known.into_iter().find(|(magic, _)| at(0, magic)) {
        return Some(kind);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Some("image/webp");
    }
    if at(4, b"ftyp") {
        return BRANDS.into_iter().find(|(brand, _)| at(8, brand)).map(|(_, kind)| kind);
    }
    if at(0, b"\x1a\x45\xdf\xa3") {
        let head = bytes.get(..64).unwrap_or(bytes);
        return head.windows(4).any(|four| four == b"webm").then_some("video/webm");
    }
    is_mp3_frame(bytes).then_some("audio/mpeg")
}

/// Whether bytes begin with a frame of MPEG audio layer III that has a bit rate and a sampling rate.
fn is_mp3_frame(bytes: &[u8]) -> bool {
    let Some([0xff, second, third, ..]) = bytes.first_chunk::<4>() else { return false };
    matches!(second, 0xe2 | 0xe3 | 0xf2 | 0xf3 | 0xfa | 0xfb)
        && (1..15).contains(&(third >> 4))
        && (third >> 2) & 3 != 3
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
    fn a_page_that_stands_for_a_file_is_known() {
        assert!(is_html(b"\n<!DOCTYPE html><p>404") && !is_html(b"\x89PNG<html>"));
        assert_eq!(ending_of("text/html"), "bin");
    }

    #[test]
    fn files_are_known_by_their_bytes_and_nothing_that_acts_is() {
        let cases: [(&[u8], &str); 12] = [
            (b"\xff\xd8\xff\xdb\0", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\0", "image/png"),
            (b"GIF89a\x01", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x20ftypavif\0", "image/avif"),
            (b"%PDF-1.4\n", "application/pdf"),
            (b"ID3\x03\0", "audio/mpeg"),
            (b"\xff\xfb\x90\x64\0", "audio/mpeg"),
            (b"\0\0\0\x20ftypM4A \0", "audio/mp4"),
            (b"\0\0\0\x18ftypmp42\0", "video/mp4"),
            (b"OggS\0\x02", "audio/ogg"),
            (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        ];
        for (bytes, kind) in cases {
            assert_eq!(media_type_of_bytes(bytes), Some(kind), "{}", bytes.escape_ascii());
            assert_ne!(ending_of(kind), "bin", "{kind}");
        }
        for other in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"<?xml version=\"1.0\"?><svg/>",
            b"<html>",
            b"\0\0\0\x20ftypheic\0",
            b"PK\x03\x04",
            b"MZ",
            b"RIFF\x10\0\0\0WAVEfmt ",
            b"\x1a\x45\xdf\xa3matroska",
            b"\xff\xfb\xf0\x64",
            b"#EXTM3U\n",
            b"{}",
        ] {
            assert_eq!(media_type_of_bytes(other), None, "{}", other.escape_ascii());
        }
    }
}
