//! Documents and answers as portals write them.

/// An RSS document with these items, without an XML declaration.
pub fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>K</title>{items}</channel></rss>")
}

/// An item of RSS: its guid, its title, and whatever else it says.
pub fn item(guid: &str, title: &str, more: &str) -> String {
    format!("<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>{more}</item>")
}

/// An answer, byte by byte: a status such as `200 OK`, header lines that each end in `\r\n`, and a body.
pub fn answer(status: &str, lines: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{lines}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An answer that leads to another address.
pub fn redirect(to: &str) -> Vec<u8> {
    answer("302 Found", &format!("location: {to}\r\n"), "")
}

/// Bytes as gzip writes them.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
