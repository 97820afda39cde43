//! Documents that are made for one request: compressed as the client likes, with the tag of exactly these bytes.

use super::negotiate::{Coding, coding, has_it};
use crate::feeds::{Encoding, compress_quickly};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// A shorter document is sent as it is.
const WORTH_IT: usize = 1_024;

/// 304 where the client has it, otherwise the document. `tag` is without quotes; it is given the coding's name.
pub fn answer(bytes: Vec<u8>, tag: &str, asked: &HeaderMap) -> Response {
    let encoding = if bytes.len() < WORTH_IT { Encoding::Identity } else { encoding(asked) };
    let suffix = encoding.name().map(|name| format!("-{name}")).unwrap_or_default();
    let tag = format!("\"{tag}{suffix}\"");
    let mut response = Response::new(Body::empty());
    if has_it(asked, &tag, None) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if let Ok(packed) = compress_quickly(bytes, encoding) {
        *response.body_mut() = Body::from(packed);
        let name = encoding.name().map(HeaderValue::from_static);
        response.headers_mut().extend(name.map(|name| (header::CONTENT_ENCODING, name)));
    } else {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    let tag = HeaderValue::from_str(&tag).ok();
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn encoding(asked: &HeaderMap) -> Encoding {
    match coding(asked) {
        Coding::Identity => Encoding::Identity,
        Coding::Gzip => Encoding::Gzip,
        Coding::Br => Encoding::Br,
        Coding::Zstd => Encoding::Zstd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn asking(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(n, v)| (n.clone(), HeaderValue::from_str(v).unwrap()));
        pairs.collect()
    }

    #[tokio::test]
    async fn each_coding_has_its_tag_and_its_304() {
        let page = "tin tức ".repeat(1_000).into_bytes();
        for (name, tag) in [
            ("gzip", "\"x-gzip\""),
            ("br", "\"x-br\""),
            ("zstd", "\"x-zstd\""),
            ("identity", "\"x\""),
        ] {
            let asked = asking(&[(header::ACCEPT_ENCODING, name)]);
            let whole = answer(page.clone(), "x", &asked);
            assert_eq!(whole.headers()[header::ETAG], tag);
            assert_eq!(whole.headers()[header::VARY], "Accept-Encoding");
            let bytes = whole.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(bytes.len() < 1_000, name != "identity", "{name}");
            let again = asking(&[(header::ACCEPT_ENCODING, name), (header::IF_NONE_MATCH, tag)]);
            let same = answer(page.clone(), "x", &again);
            assert_eq!(same.status(), 304);
            assert!(!same.headers().contains_key(header::CONTENT_ENCODING));
        }
        let short = answer(b"x".to_vec(), "x", &asking(&[(header::ACCEPT_ENCODING, "gzip")]));
        assert!(!short.headers().contains_key(header::CONTENT_ENCODING));
    }
}
