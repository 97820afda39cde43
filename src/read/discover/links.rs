//! Addresses that a page or its headers name: feeds, hubs, sitemaps.

use crate::text::link_header;
use scraper::{Html, Selector};
use url::Url;

/// Addresses that are kept of each kind.
const MANY: usize = 20;

/// What a page and its headers name.
#[derive(Default)]
pub(super) struct Named {
    pub feeds: Vec<(String, String)>,
    pub hubs: Vec<String>,
    pub sitemaps: Vec<String>,
}

/// Collects what a page and its headers name, each address once.
pub(super) fn find_named(page: &Html, address: &Url, headers: &[String]) -> Named {
    let mut named = Named::default();
    for link in headers.iter().flat_map(|header| link_header(header)) {
        if link.is("hub") {
            add_address(&mut named.hubs, &link.target, address);
        }
    }
    let base = base_of(page, address);
    let Ok(links) = Selector::parse("link[rel][href]") else { return named };
    for link in page.select(&links).take(500) {
        let value = link.value();
        let (rel, href) = (value.attr("rel").unwrap_or(""), value.attr("href").unwrap_or(""));
        let is = |name: &str| rel.split_whitespace().any(|rel| rel.eq_ignore_ascii_case(name));
        let kind = value.attr("type").unwrap_or("").to_ascii_lowercase();
        let is_feed =
            ["rss+xml", "atom+xml", "feed+json", "rdf+xml"].iter().any(|k| kind.contains(k));
        if is("hub") {
            add_address(&mut named.hubs, href, &base);
        } else if is("sitemap") {
            add_address(&mut named.sitemaps, href, &base);
        } else if is_feed && (is("alternate") || is("feed")) {
            add_feed(&mut named.feeds, href, value.attr("title").unwrap_or(""), &base);
        }
    }
    visible_feeds(page, &base, &mut named.feeds);
    named
}

/// Links that people follow to feeds: `/rss`, `…/rss/…`, `feed.xml`.
fn visible_feeds(page: &Html, base: &Url, feeds: &mut Vec<(String, String)>) {
    let Ok(links) = Selector::parse("a[href]") else { return };
    for link in page.select(&links).take(3_000) {
        let href = link.value().attr("href").unwrap_or("");
        let lower = href.to_ascii_lowercase();
        let path = lower.split(['?', '#']).next().unwrap_or("").trim_end_matches('/');
        let named = [
            ".rss", ".rdf", ".atom", "/rss", "/feed", "rss.xml", "feed.xml", "atom.xml", "rss.aspx",
        ];
        if named.iter().any(|end| path.ends_with(end)) || lower.contains("op=rss") {
            let text: String = link.text().collect();
            add_feed(feeds, href, text.trim(), base);
        }
    }
}

fn add_feed(feeds: &mut Vec<(String, String)>, href: &str, title: &str, base: &Url) {
    let Some(address) = absolute_address(href, base) else { return };
    if feeds.len() < MANY && feeds.iter().all(|(known, _)| *known != address) {
        feeds.push((address, title.chars().take(120).collect()));
    }
}

fn add_address(list: &mut Vec<String>, href: &str, base: &Url) {
    if let Some(address) = absolute_address(href, base)
        && list.len() < MANY
        && !list.contains(&address)
    {
        list.push(address);
    }
}

/// What relative links of a page are relative to.
pub(super) fn base_of(page: &Html, address: &Url) -> Url {
    let base = Selector::parse("base[href]").ok().and_then(|s| page.select(&s).next());
    let href = base.and_then(|base| base.value().attr("href")).unwrap_or("");
    address.join(href).ok().filter(|url| url.has_host()).unwrap_or_else(|| address.clone())
}

/// The whole http or https address of a link, without its fragment.
pub(super) fn absolute_address(href: &str, base: &Url) -> Option<String> {
    let mut url = base.join(href.trim()).ok()?;
    url.set_fragment(None);
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (is_web && url.as_str().len() <= 2_048).then(|| url.to_string())
}
