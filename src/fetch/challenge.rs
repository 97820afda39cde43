//! Bot walls: answers that test the browser in place of what was asked for.

use crate::text::html_to_text;
use http::HeaderMap;

/// Bytes of a page that are looked at.
const SEARCHED: usize = 64 << 10;
/// Bytes in which a feed's first element stands, as a rule.
const HEAD: usize = 1 << 10;
/// Characters of text that a test for browsers has at most.
const SHORT: usize = 1_500;
/// What the pages of such tests say, folded to small letters.
const SAID: [&str; 22] = [
    "_cf_chl_opt",
    "cf-chl-",
    "challenge-platform",
    "just a moment...",
    "checking your browser",
    "checking if the site connection is secure",
    "ddos protection by",
    "ddos-guard",
    "_incapsula_resource",
    "captcha-delivery.com",
    "sucuri_cloudproxy",
    "pardon our interruption",
    "enable javascript and cookies",
    "please enable js and disable any ad blocker",
    "verify you are human",
    "verifying you are human",
    "making sure you're not a bot",
    "bot verification",
    "kiểm tra trình duyệt",
    "xác minh bạn là người",
    "xác minh bạn không phải",
    "bạn không phải là robot",
];

/// Returns true if the headers say that the answer is a test.
pub(super) fn is_named(headers: &HeaderMap) -> bool {
    let is = |name: &str, values: &[&str]| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| values.iter().any(|v| value.eq_ignore_ascii_case(v)))
    };
    is("cf-mitigated", &["challenge"]) || is("x-amzn-waf-action", &["challenge", "captcha"])
}

/// Returns true for a web page that is a test: its words say so, or it has little but a script that must run.
pub(super) fn is_challenge(body: &[u8]) -> bool {
    // Every feed is looked at, so most are told by their first bytes.
    if body.len() > SEARCHED || has_feed(&lower(body.get(..HEAD).unwrap_or(body))) {
        return false;
    }
    let text = lower(body);
    let page =
        text.contains("<html") || text.contains("<!doctype html") || text.contains("<script");
    if !page || has_feed(&text) {
        return false;
    }
    let short = || html_to_text(&text).chars().count() <= SHORT;
    (SAID.iter().any(|said| text.contains(said)) || only_runs(&text)) && short()
}

fn lower(body: &[u8]) -> String {
    String::from_utf8_lossy(body).to_lowercase()
}

fn has_feed(text: &str) -> bool {
    ["<rss", "<feed", "<rdf"].iter().any(|root| text.contains(root))
}

/// A page without links that needs its script. The shell of an application is none: every address leads to it.
fn only_runs(text: &str) -> bool {
    let needs = text
        .split("<noscript")
        .skip(1)
        .filter_map(|part| part.split("</noscript").next())
        .any(|part| part.contains("javascript"));
    let is_shell = ["to run this app", "id=\"root\"", "id=\"app\"", "id=\"__next\"", "<app-root"]
        .iter()
        .any(|mark| text.contains(mark));
    text.contains("<script") && needs && !text.contains("<a ") && !is_shell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_for_browsers_are_told_from_other_pages() {
        for wall in [
            "<!DOCTYPE html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>",
            "<html><title>Đang kiểm tra trình duyệt</title><script src=x></script>Chờ một lát…",
            "<html><script>go()</script><noscript>Hãy bật JavaScript.</noscript></html>",
            "<html><head><title>Verify you are human</title></head><body></body></html>",
        ] {
            assert!(is_challenge(wall.as_bytes()), "{wall}");
        }
        for other in [
            "<html><div id=\"root\"></div><script src=x></script><noscript>You need to enable JavaScript to run this app.</noscript>",
            "<html><a href=/tin>Tin</a><script></script><noscript>Hãy bật JavaScript</noscript>",
            "<html><title>403 Forbidden</title><h1>Forbidden</h1></html>",
            "<rss><channel><title>Cách kiểm tra trình duyệt</title></channel></rss>",
            "",
        ] {
            assert!(!is_challenge(other.as_bytes()), "{other}");
        }
        let news = format!("<html><p>{}</p>", "Kiểm tra trình duyệt của bạn. ".repeat(100));
        assert!(!is_challenge(news.as_bytes()));
    }
}
