//! The request of one source: what the config says of all, and what the source has of its own.

use super::Failure;
use crate::model::{HeaderText, Source};
use crate::net::{Purpose, Request, Trust};
use http::{HeaderName, HeaderValue};
use std::time::Duration;
use url::Url;

/// Bytes of a file with the value of a header, at most.
const LONGEST: usize = 8 << 10;

/// A request of a source's document, or of what it leads to. The source's own headers go to the origin of its own address
/// only, since they may be secret.
///
/// # Errors
/// A header's file cannot be read, or its value is none.
pub async fn request_for(source: &Source, url: Url, purpose: Purpose) -> Result<Request, Failure> {
    let own = &source.fetch;
    let address = source.kind.address().and_then(|address| Url::parse(address).ok());
    let at_home = address.is_some_and(|address| address.origin() == url.origin());
    let mut headers = Vec::new();
    for (name, text) in own.headers.iter().filter(|_| at_home) {
        headers.push(header(name, text).await?);
    }
    Ok(Request {
        limit: own.body_bytes,
        timeout: own.total_timeout_ms.map(Duration::from_millis),
        user_agent: own.user_agent.as_deref().and_then(|text| HeaderValue::from_str(text).ok()),
        headers,
        proxy: own.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok()),
        ..Request::to(url, Trust::of(source), purpose)
    })
}

/// A header, read from its file where its text is a secret.
///
/// # Errors
/// The file cannot be read, or no header may have its text.
pub(super) async fn header(
    name: &str,
    text: &HeaderText,
) -> Result<(HeaderName, HeaderValue), Failure> {
    let failed = |why: String| Failure::named("header", format!("the header {name}: {why}"));
    let value = match text {
        HeaderText::Plain(value) => value.clone(),
        HeaderText::File(path) | HeaderText::Token(path) => {
            let read = tokio::fs::read_to_string(path).await;
            read.map_err(|error| failed(format!("{}: {error}", path.display())))?
        }
    };
    let value = match text {
        HeaderText::Token(_) => format!("Bearer {}", value.trim()),
        _ => value,
    };
    let value = Some(value.trim()).filter(|value| value.len() <= LONGEST);
    let name = HeaderName::from_bytes(name.as_bytes()).ok();
    let value = value.and_then(|value| HeaderValue::from_str(value).ok());
    let (Some(name), Some(mut value)) = (name, value) else {
        return Err(failed("its value is none that a header may have".to_owned()));
    };
    value.set_sensitive(true);
    Ok((name, value))
}
