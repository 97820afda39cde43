//! Cookies within one fetch. A gate sets one, redirects, and wants to see it again; no other fetch ever sends it.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use url::{Origin, Url};

/// Cookies that one fetch keeps at most, and bytes of each.
const MOST: usize = 20;
const LONGEST: usize = 4096;

/// The cookies that the hops of one fetch have set.
#[derive(Default)]
pub(super) struct Cookies(Vec<Cookie>);

struct Cookie {
    /// Who set it: nobody else gets it.
    origin: Origin,
    path: String,
    name: String,
    value: String,
}

impl Cookies {
    /// Keeps what an answer sets.
    pub fn take(&mut self, from: &Url, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let text = value.to_str().ok().filter(|text| text.len() <= LONGEST);
            let Some((cookie, ended)) = text.and_then(|text| Cookie::read(text, from)) else {
                continue;
            };
            self.0.retain(|known| !known.is_same(&cookie));
            if !ended && self.0.len() < MOST {
                self.0.push(cookie);
            }
        }
    }

    /// The header that a request to an address sends.
    pub fn header(&self, to: &Url) -> Option<HeaderValue> {
        let own = self.0.iter().filter(|cookie| cookie.is_for(to));
        let pairs: Vec<String> = own.map(|c| format!("{}={}", c.name, c.value)).collect();
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok()?;
        header.set_sensitive(true);
        (!pairs.is_empty()).then_some(header)
    }
}

impl Cookie {
    /// Reads a `Set-Cookie` (RFC 6265 §5.2), and whether it takes the cookie away. `Domain` counts for nothing.
    fn read(text: &str, from: &Url) -> Option<(Self, bool)> {
        let mut parts = text.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (mut path, mut ended) = (None, false);
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            match key.trim().to_ascii_lowercase().as_str() {
                "path" => path = Some(value.trim()).filter(|path| path.starts_with('/')),
                "max-age" => ended = value.trim().parse::<i64>().is_ok_and(|age| age <= 0),
                _ => {}
            }
        }
        let [name, value] = [name, value].map(|text| text.trim().to_owned());
        let path = path.unwrap_or("/").trim_end_matches('/').to_owned();
        let cookie = Self { origin: from.origin(), path, name, value };
        (!cookie.name.is_empty()).then_some((cookie, ended))
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.origin, &self.path, &self.name) == (&other.origin, &other.path, &other.name)
    }

    fn is_for(&self, to: &Url) -> bool {
        let rest = to.path().strip_prefix(&self.path);
        let below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.origin == to.origin() && below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_back_to_its_origin_and_path_only() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut cookies = Cookies::default();
        let mut set = |from: &str, value: &'static str| {
            let headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_static(value))]);
            cookies.take(&url(from), &headers);
        };
        set("https://a.vn/tin", "ve=1; Domain=vn; Path=/; HttpOnly; SameSite=Lax");
        set("https://a.vn/tin", "sau=2;path=/tin/");
        set("https://a.vn/", "ve=3");
        set("https://a.vn/", "cu=4");
        set("https://a.vn/", "cu=; Max-Age=0");
        set("https://a.vn/", "=x");
        set("https://a.vn/", "none");
        let sent = |to: &str| cookies.header(&url(to)).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(sent("https://a.vn/").as_deref(), Some("ve=3"));
        assert_eq!(sent("https://a.vn/tin/1").as_deref(), Some("sau=2; ve=3"));
        for other in ["http://a.vn/", "https://b.vn/", "https://x.a.vn/", "https://a.vn:444/"] {
            assert_eq!(sent(other), None, "{other}");
        }
    }
}
