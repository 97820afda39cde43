/// The media type of a file by the ending of its path or address.
pub fn media_type(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap_or("").to_ascii_lowercase();
    let file = match path.split_once("://") {
        Some((_, place)) => place.rsplit_once('/')?.1,
        None => path.rsplit('/').next()?,
    };
    Some(match file.rsplit_once('.')?.1 {
        "jpg" | "jpeg" | "jfif" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "bmp" => "image/bmp",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "pdf" => "application/pdf",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "zip" => "application/zip",
        "rar" => "application/vnd.rar",
        "aac" => "audio/aac",
        "opus" => "audio/ogg",
        "flac" => "audio/flac",
        "mov" => "video/quicktime",
        "m3u8" => "application/vnd.apple.mpegurl",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "epub" => "application/epub+zip",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn the_ending_of_the_file_decides_and_no_host_is_a_file() {
        for path in ["a.JPG", "anh/a.jpeg", "https://a.vn/x/a.jpg?w=1.png#c", "//a.vn/a.jfif"] {
            assert_eq!(media_type(path), Some("image/jpeg"), "{path}");
        }
        for none in ["", "a", "a.exe", "https://a.zip", "https://a.zip?x=/a", "anh.jpg/a"] {
            assert_eq!(media_type(none), None, "{none}");
        }
    }
}
