//! One answer: headers and body counted as they come, nothing drained.

use super::Error;
use super::fault::fault_in_body;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};

/// Bytes of all headers of one answer at most; hyper's buffer ends an answer with more before we see it.
const MAX_HEADER_BYTES: usize = 400 << 10;
/// A longer header value counts as not sent (an ETag of 64 KB, a charset of 300 KB).
const MAX_VALUE_BYTES: usize = 8 << 10;

/// An answer whose headers are there and whose body is still to be read.
pub(super) struct Exchange {
    /// The status.
    pub status: StatusCode,
    /// The headers, values that are too long left out.
    pub headers: HeaderMap,
    host: String,
    response: reqwest::Response,
}

impl Exchange {
    /// Takes an answer over from reqwest.
    pub fn of(host: &str, mut response: reqwest::Response) -> Result<Self, Error> {
        let headers = limited(host, std::mem::take(response.headers_mut()))?;
        Ok(Self { status: response.status(), headers, host: host.to_owned(), response })
    }

    /// The whole body as it came over the wire, at most `limit` bytes; dropped with its connection when there are more.
    pub async fn body(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let too_large = || Error::BodyTooLarge { host: self.host.clone(), limit };
        let named = self.headers.contains_key(CONTENT_LENGTH);
        let length = self.response.content_length().filter(|_| named);
        if length.is_some_and(|length| length > u64::try_from(limit).unwrap_or(u64::MAX)) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let fault = |e| fault_in_body(&self.host, &e, named);
        while let Some(data) = self.response.chunk().await.map_err(fault)? {
            if data.len() > limit.saturating_sub(bytes.len()) {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

fn limited(host: &str, mut headers: HeaderMap) -> Result<HeaderMap, Error> {
    let sizes = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if sizes.sum::<usize>() > MAX_HEADER_BYTES {
        return Err(Error::HeadersTooLarge { host: host.to_owned() });
    }
    let long = |value: &http::HeaderValue| value.len() > MAX_VALUE_BYTES;
    let named: Vec<_> =
        headers.iter().filter(|(_, value)| long(value)).map(|(name, _)| name.clone()).collect();
    for name in named {
        headers.remove(name);
    }
    Ok(headers)
}
