//! Unpacks documents that are gzip files themselves, such as `sitemap.xml.gz`; HTTP's own compression is undone before.

use super::limits::{Error, Limits};
use std::borrow::Cow;
use std::io::Read;

/// Unpacks a gzip file up to the limit; returns other documents as they are.
///
/// # Errors
/// `Error::TooLarge` beyond the limit, `Error::NotAFeed` for a file that is damaged from its start.
pub fn unpacked<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut out = Vec::new();
    let most = limits.bytes as u64 + 1;
    // What breaks off keeps what came before, as in any document.
    let read = flate2::read::MultiGzDecoder::new(bytes).take(most).read_to_end(&mut out);
    if out.len() > limits.bytes {
        return Err(Error::TooLarge { limit: limits.bytes });
    }
    if read.is_err() && out.is_empty() {
        return Err(Error::NotAFeed { found: "a damaged gzip file".to_owned() });
    }
    Ok(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn a_packed_document_is_read_and_a_bomb_is_not() {
        let xml = b"<urlset><url><loc>https://a.vn/1</loc></url></urlset>";
        let feed = super::super::read(&packed(xml), Some("application/x-gzip")).unwrap();
        assert_eq!(feed.entries.len(), 1);
        let limits = Limits { bytes: 1_000, ..Limits::default() };
        assert_eq!(unpacked(&packed(&[b' '; 1_000]), &limits).unwrap().len(), 1_000);
        assert!(matches!(unpacked(&packed(&[b' '; 1_001]), &limits), Err(Error::TooLarge { .. })));
        assert!(unpacked(&[0x1f, 0x8b, 0, 0], &limits).is_err());
        let whole = packed(&xml.repeat(50));
        let cut = unpacked(&whole[..whole.len() - 9], &Limits::default()).unwrap();
        assert!(cut.starts_with(xml), "what came before is kept");
    }
}
