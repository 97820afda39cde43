//! The way of one request over its redirects, which we follow by hand: each hop is checked before it is dialed.

use super::Error;
use super::trust::Trust;
use base64::Engine as _;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

/// From the first URL to where the redirects have led so far.
pub(super) struct Route {
    /// Where the request was sent first.
    pub first: Url,
    /// Where it is now.
    pub at: Url,
    /// The private addresses that it may still go to.
    pub trust: Trust,
    /// Where permanent redirects, unbroken from the first hop on, have led.
    pub permanent: Option<Url>,
    unbroken: bool,
    /// Redirects followed.
    pub hops: usize,
    /// The header with the first URL's name and password.
    pub credentials: Option<HeaderValue>,
}

impl Route {
    /// A way that begins at a URL.
    pub fn from(mut url: Url, trust: Trust) -> Self {
        let credentials = take_credentials(&mut url);
        let (first, trust) = (url.clone(), trust.at(&url));
        Self { first, at: url, trust, permanent: None, unbroken: true, hops: 0, credentials }
    }

    /// The host that it is at.
    pub fn host(&self) -> String {
        self.at.host_str().unwrap_or_default().to_owned()
    }

    /// Returns true while no redirect has left the first origin.
    pub fn at_home(&self) -> bool {
        self.at.origin() == self.first.origin()
    }

    /// Goes where a redirect says.
    ///
    /// # Errors
    /// The redirect has no `Location` that can be read.
    pub fn go(&mut self, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
        let location = headers.get(LOCATION).map(|v| String::from_utf8_lossy(v.as_bytes()));
        let next = location.and_then(|l| self.at.join(l.trim()).ok());
        let mut next = next.ok_or_else(|| Error::BadRedirect { host: self.host() })?;
        // Whatever name and password the redirect invents, they are not ours to send.
        take_credentials(&mut next);
        next.set_fragment(None);
        self.unbroken &= matches!(status.as_u16(), 301 | 308) && !downgrades(&self.at, &next);
        if self.unbroken {
            self.permanent = Some(next.clone());
        }
        self.trust = std::mem::take(&mut self.trust).at(&next);
        self.at = next;
        self.hops += 1;
        Ok(())
    }
}

fn downgrades(from: &Url, to: &Url) -> bool {
    from.scheme() == "https" && to.scheme() != "https"
}

/// Returns true if a redirect is followed: by GET each, by POST only those that keep method and body.
pub(super) fn is_followed(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        307 | 308 => true,
        301..=303 => method == Method::GET,
        _ => false,
    }
}

/// Takes name and password out of a URL, as the header that sends them.
fn take_credentials(url: &mut Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decode = |text: &str| percent_decoded(text);
    let mut pair = decode(url.username());
    pair.push(b':');
    pair.extend(decode(url.password().unwrap_or_default()));
    // Both fail only on URLs without a host, which the address filter refuses.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let mut header = HeaderValue::from_str(&value).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        let byte = hex.and_then(|h| u8::from_str_radix(h, 16).ok()).filter(|_| *first == b'%');
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}
