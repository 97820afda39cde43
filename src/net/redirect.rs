use super::Error;
use super::cookies::Cookies;
use super::trust::Trust;
use base64::Engine as _;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use url::Url;

/// A request on its way over redirects.
pub(super) struct Route {
    pub first: Url,
    pub at: Url,
    pub trust: Trust,
    /// Where permanent redirects, unbroken from the first hop on, have led.
    pub permanent: Option<Url>,
    unbroken: bool,
    pub hops: usize,
    /// The header with the first URL's name and password.
    pub credentials: Option<HeaderValue>,
    /// What the hops have set.
    pub cookies: Cookies,
}

impl Route {
    /// The first hop of a request.
    pub fn from(mut url: Url, trust: Trust) -> Self {
        let credentials = take_credentials(&mut url);
        let (first, trust) = (url.clone(), trust.at(&url));
        let cookies = Cookies::default();
        Self {
            first,
            at: url,
            trust,
            permanent: None,
            unbroken: true,
            hops: 0,
            credentials,
            cookies,
        }
    }

    /// The host of the present hop.
    pub fn host(&self) -> String {
        self.at.host_str().unwrap_or_default().to_owned()
    }

    /// Whether the request is still at its first origin.
    pub fn at_home(&self) -> bool {
        self.at.origin() == self.first.origin()
    }

    /// Follows a redirect.
    pub(super) fn go(&mut self, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
        let location = headers.get(LOCATION).map(|v| String::from_utf8_lossy(v.as_bytes()));
        let next = location.and_then(|l| self.at.join(l.trim()).ok());
        let mut next = next.ok_or_else(|| Error::BadRedirect { host: self.host() })?;
        // A name and password in a redirect are not sent.
        take_credentials(&mut next);
        next.set_fragment(None);
        self.unbroken &= matches!(status.as_u16(), 301 | 308) && !downgrades(&self.at, &next);
        if next == self.first {
            // A gate led back to where it stands: nothing has moved.
            (self.unbroken, self.permanent) = (false, None);
        }
        if self.unbroken {
            self.permanent = Some(next.clone());
        }
        self.cookies.take(&self.at, headers);
        self.trust = std::mem::take(&mut self.trust).at(&next);
        self.at = next;
        self.hops += 1;
        Ok(())
    }
}

fn downgrades(from: &Url, to: &Url) -> bool {
    from.scheme() == "https" && to.scheme() != "https"
}

/// Whether a redirect is followed: by GET each, by POST only those that keep method and body.
pub(super) fn is_followed(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        307 | 308 => true,
        301..=303 => method == Method::GET,
        _ => false,
    }
}

/// Removes name and password from a URL and returns them as a header.
fn take_credentials(url: &mut Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair: Vec<u8> = percent_decode_str(url.username()).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(url.password().unwrap_or_default()));
    // Both fail only on URLs without a host, which the address filter refuses.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let mut header = HeaderValue::from_str(&value).ok()?;
    header.set_sensitive(true);
    Some(header)
}
