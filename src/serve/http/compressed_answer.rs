use super::conditional::client_has;
use super::negotiate::accepted_coding;
use crate::feeds::{Encoding, compress_quickly};
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Documents below this many bytes are not compressed.
const WORTH_IT: usize = 1_024;
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// 304 if the client has the document, otherwise the document. `tag` has no quotes; the coding's name is added to it.
pub fn answer_conditionally(bytes: Vec<u8>, tag: &str, asked: &HeaderMap) -> Response {
    let encoding = encoding(&bytes, asked);
    conditional(tag, encoding, asked, || in_coding(bytes, encoding))
}

/// The document in a coding that many clients get, and the coding: a short one is not compressed.
///
/// # Errors
/// It cannot be compressed.
pub fn encode(bytes: Vec<u8>, accepted: Encoding) -> std::io::Result<(Bytes, Encoding)> {
    let encoding = if bytes.len() < WORTH_IT { Encoding::Identity } else { accepted };
    Ok((compress_quickly(bytes, encoding)?.into(), encoding))
}

/// 304 if the client has a document that was encoded before, otherwise the document.
pub fn answer_encoded(bytes: Bytes, coding: Encoding, tag: &str, asked: &HeaderMap) -> Response {
    conditional(tag, coding, asked, || named(Response::new(Body::from(bytes)), coding))
}

fn conditional(
    tag: &str,
    encoding: Encoding,
    asked: &HeaderMap,
    document: impl FnOnce() -> Response,
) -> Response {
    let suffix = encoding.name().map(|name| format!("-{name}")).unwrap_or_default();
    let tag = format!("\"{tag}{suffix}\"");
    let mut response = if client_has(asked, &tag, None) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().append(header::VARY, VARY);
        response
    } else {
        document()
    };
    let tag = HeaderValue::from_str(&tag).ok();
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response
}

/// The document whatever the client has: for a page that reports a problem.
pub fn answer_always(bytes: Vec<u8>, asked: &HeaderMap) -> Response {
    let encoding = encoding(&bytes, asked);
    in_coding(bytes, encoding)
}

fn in_coding(bytes: Vec<u8>, encoding: Encoding) -> Response {
    let response = match compress_quickly(bytes, encoding) {
        Ok(packed) => Response::new(Body::from(packed)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    named(response, encoding)
}

fn named(mut response: Response, encoding: Encoding) -> Response {
    let name = encoding.name().map(HeaderValue::from_static);
    response.headers_mut().extend(name.map(|name| (header::CONTENT_ENCODING, name)));
    response.headers_mut().append(header::VARY, VARY);
    response
}

fn encoding(bytes: &[u8], asked: &HeaderMap) -> Encoding {
    if bytes.len() < WORTH_IT {
        return Encoding::Identity;
    }
    accepted_coding(asked)
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
            let whole = answer_conditionally(page.clone(), "x", &asked);
            assert_eq!(whole.headers()[header::ETAG], tag);
            assert_eq!(whole.headers()[header::VARY], "Accept-Encoding");
            let bytes = whole.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(bytes.len() < 1_000, name != "identity", "{name}");
            let again = asking(&[(header::ACCEPT_ENCODING, name), (header::IF_NONE_MATCH, tag)]);
            let same = answer_conditionally(page.clone(), "x", &again);
            assert_eq!(same.status(), 304);
            assert!(!same.headers().contains_key(header::CONTENT_ENCODING));
        }
        let short =
            answer_conditionally(b"x".to_vec(), "x", &asking(&[(header::ACCEPT_ENCODING, "gzip")]));
        assert!(!short.headers().contains_key(header::CONTENT_ENCODING));
    }
}
