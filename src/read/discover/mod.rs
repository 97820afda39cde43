//! What an address offers to be read: feeds, hubs, sitemaps, or a list that repeats. Pure, on bytes.
//!
//! In: a document, where it came from and its `Link` headers. Out: a `Discovery`: addresses that the document
//! names, addresses worth a try, the software that made it, and the pattern of its list.

/// Addresses that a page or its headers name.
mod links;
/// The software that made a page.
mod platform;
/// Selectors that find given elements and no others.
mod select;
/// The list on a page.
mod pattern;
#[cfg(test)]
mod tests;

pub use pattern::{Pattern, pattern};
pub use platform::profile;

use super::page::nodes::title_of;
use super::page::{Trouble, trouble};
use super::{Error, decode};
use crate::model::HtmlProfile;
use scraper::Html;
use serde::{Deserialize, Serialize};
use url::Url;

/// What a web page offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    /// The page's title.
    pub title: Option<String>,
    /// What the page is instead of news, if it is not news.
    pub trouble: Option<String>,
    /// The software that made it.
    pub platform: Option<HtmlProfile>,
    /// Feeds that it names: address and title.
    pub feeds: Vec<(String, String)>,
    /// WebSub hubs that it or its headers name.
    pub hubs: Vec<String>,
    /// Sitemaps that it names.
    pub sitemaps: Vec<String>,
    /// Feeds worth a try, by what its software usually has.
    pub feed_guesses: Vec<String>,
    /// Sitemaps worth a try.
    pub sitemap_guesses: Vec<String>,
    /// The list on it, where one repeats.
    pub pattern: Option<Pattern>,
}

/// Looks what a web page offers.
///
/// # Errors
/// An empty document, or an encoding that cannot be read.
pub fn discover(
    bytes: &[u8],
    content_type: Option<&str>,
    address: &Url,
    headers: &[String],
) -> Result<Discovery, Error> {
    let decoded = decode::decode(bytes, content_type)?;
    let text = decoded.text.trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    let page = Html::parse_document(text);
    let found = links::find_named(&page, address, headers);
    let platform = platform::recognize(&page, text);
    let (feed_guesses, sitemap_guesses) = platform::guesses(platform, &page, address);
    Ok(Discovery {
        title: title_of(&page),
        trouble: trouble(&page).map(|trouble: Trouble| trouble.to_string()),
        platform,
        feeds: found.feeds,
        hubs: found.hubs,
        sitemaps: found.sitemaps,
        feed_guesses,
        sitemap_guesses,
        pattern: pattern(&page, address, None),
    })
}

/// New selectors for a list page that has changed: where the links of known articles stand in it now.
pub fn relearn(
    bytes: &[u8],
    content_type: Option<&str>,
    address: &Url,
    known: &[String],
) -> Option<Pattern> {
    let decoded = decode::decode(bytes, content_type).ok()?;
    let page = Html::parse_document(&decoded.text);
    pattern(&page, address, Some(known))
}
