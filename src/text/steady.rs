//! What stays of addresses and HTML that a portal writes anew at every request: without signatures, tokens and times.

use super::html_token::{Token, Tokens, attributes};
use std::borrow::Cow;
use url::Url;

/// Query parameters that sign an address, or tell one request from another, in lower case.
const SIGNING: [&str; 36] = [
    "access_token", "auth", "auth_key", "authkey", "cache", "cachebuster", "cb", "csrf", "e",
    "exp", "expire", "expires", "expiry", "hash", "hdnea", "hdnts", "hmac", "key-pair-id", "md5",
    "nocache", "nonce", "oe", "oh", "policy", "rand", "random", "rnd", "sig", "sign", "signature",
    "st", "t", "time", "timestamp", "token", "ts",
];
/// Characters from which on letters and figures in a value are a token.
const TOKEN: usize = 16;

/// What stays of a link: where it leads a reader.
pub fn steady_link(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    // The address of a protected e-mail is written anew each time.
    let is_protected = url.path().contains("email-protection");
    let fragment = url.fragment().filter(|fragment| !is_protected && !is_token(fragment));
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    format!("{}:{host}{}{}{fragment}", url.scheme(), url.path(), steady_query(&url, false))
}

/// What stays of the address of a picture or another file: no reader sees from which of a portal's hosts it comes.
pub fn steady_file(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    format!("{}{}", url.path(), steady_query(&url, true))
}

/// An HTML text that we cleaned ourselves, with what stays of the addresses in it.
pub fn steady_html(html: &str) -> Cow<'_, str> {
    if !html.contains("=\"") {
        return html.into();
    }
    let mut steady = String::with_capacity(html.len());
    for token in Tokens::of(html) {
        match token {
            Token::Text(text) | Token::Raw(text) | Token::Aside(text) => steady.push_str(text),
            Token::Foreign(name, markup) => steady.extend([name, markup]),
            Token::End(name) => steady.extend(["</", name, ">"]),
            Token::Start(name, attributes_text) => {
                steady.extend(["<", name]);
                for (attribute, value) in attributes(attributes_text) {
                    steady.extend([" ", attribute, "=", &steady_value(attribute, value)]);
                }
                steady.push('>');
            }
        }
    }
    steady.into()
}

/// The words of a plain text, without those that hold a figure: a counter, a time, a token.
pub fn words_without_figures(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "0" } else { word })
}

fn steady_value<'v>(attribute: &str, value: &'v str) -> Cow<'v, str> {
    let plain = super::decode(value);
    match attribute {
        "href" | "cite" => steady_link(&plain).into(),
        "src" | "poster" => steady_file(&plain).into(),
        "srcset" => {
            let files = plain.split(", ").map(|one| {
                let (address, size) = one.trim().split_once(' ').unwrap_or((one.trim(), ""));
                format!("{} {size}", steady_file(address))
            });
            files.collect::<Vec<_>>().join(", ").into()
        }
        _ => value.into(),
    }
}

/// The query without what signs it, with its `?`. In a link the shortest names may say what is read (`?t=512`).
fn steady_query(url: &Url, is_file: bool) -> String {
    let parts = url.query().unwrap_or_default().split('&').filter(|part| !part.is_empty());
    let kept: Vec<&str> = parts.filter(|part| !is_signing(part, is_file)).collect();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) }
}

/// Returns true if a `name=value` signs an address, or tells one request from another.
fn is_signing(part: &str, is_file: bool) -> bool {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    let name = name.trim_matches('_').to_ascii_lowercase();
    let is_named = SIGNING.contains(&&*name) && (is_file || name.len() > 2);
    name.is_empty() || name.starts_with("x-") || is_named || is_token(value)
}

/// Returns true if a text is many letters and figures without a break, or a time in seconds or milliseconds.
fn is_token(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'%';
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    let is_time = matches!(text.len(), 10 | 13) && text.starts_with('1') && figures == text.len();
    let is_mixed = text.len() >= TOKEN && (1..text.len()).contains(&figures);
    is_time || is_mixed && text.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_address_is_the_same_whoever_signed_it_when() {
        let same = |a: &str, b: &str| steady_file(a) == steady_file(b);
        for (a, b) in [
            ("https://s3.vn/a.jpg?X-Amz-Date=2026&X-Amz-Signature=0a", "https://s3.vn/a.jpg"),
            ("https://kho1.vn/a.jpg?e=1795000000&st=aZ", "https://kho2.vn/a.jpg?e=1795000300&st=b"),
            ("https://c.vn/a.jpg?w=5&_=1795000000123", "https://c.vn/a.jpg?w=5&_=1795000009123"),
            (
                "https://c.vn/a.mp4?k=9f86d081884c7d659a2f",
                "https://c.vn/a.mp4?k=60303ae22b998861bce3",
            ),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("https://c.vn/a.jpg", "https://c.vn/b.jpg"),
            ("https://c.vn/a.jpg?v=1", "https://c.vn/a.jpg?v=2"),
            ("https://c.vn/anh?id=512", "https://c.vn/anh?id=513"),
            ("https://c.vn/anh?ten=le-hoi-20261120-1", "https://c.vn/anh?ten=le-hoi-20261120-2"),
            ("https://c.vn/anh?fb=1234567890123456", "https://c.vn/anh?fb=1234567890123457"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
        assert_ne!(steady_link("https://a.vn/x"), steady_link("https://b.vn/x"));
        assert_eq!(
            steady_link("https://a.vn/cdn-cgi/l/email-protection#5a3b1c"),
            steady_link("https://a.vn/cdn-cgi/l/email-protection#071829")
        );
    }

    #[test]
    fn html_keeps_its_words_and_its_links() {
        let html = |sign: &str, to: &str| {
            format!(
                "<p>Lời <a href=\"https://a.vn/{to}?b=1&amp;token={sign}\">dẫn</a></p><img src=\"https://a.vn/1.jpg?sig={sign}\" alt=\"x\">"
            )
        };
        assert_eq!(steady_html(&html("1", "x")), steady_html(&html("2", "x")));
        assert_ne!(steady_html(&html("1", "x")), steady_html(&html("1", "y")));
        assert_ne!(steady_html("<p>18</p>"), steady_html("<p>21</p>"));
        let words = |text| words_without_figures(text).collect::<Vec<_>>();
        assert_eq!(words("Lượt xem: 1.024, mã ab12cd"), words("Lượt xem: 9.999, mã f00d1"));
        assert_ne!(words("Lượt xem"), words("Lượt đọc"));
    }
}
