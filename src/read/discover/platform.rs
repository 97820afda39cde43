//! Which software made a page, and what portals of that software usually have.

use super::links::{absolute_address, base_of};
use crate::model::HtmlProfile;
use crate::read::page::nodes::attribute;
use scraper::{Html, Selector};
use url::Url;

/// What is known of a portal's software.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// Paths where its feeds are.
    pub feeds: &'static [&'static str],
    /// Paths where its sitemaps are.
    pub sitemaps: &'static [&'static str],
    /// A selector that usually finds an article's text on its page.
    pub body: &'static str,
    /// What is peculiar about it, in English.
    pub note: &'static str,
    /// What is peculiar about it, in Vietnamese.
    pub note_vi: &'static str,
}

const NUKEVIET: Profile = Profile {
    name: "NukeViet",
    feeds: &["/rss/", "/vi/news/rss/", "/news/rss/", "/index.php?language=vi&nv=news&op=rss"],
    sitemaps: &["/sitemap.xml", "/sitemap-vi.xml"],
    body: "#news-bodyhtml",
    note: "up to 4.5 its feeds print the month where the minutes belong; times are sure to the hour",
    note_vi: "đến bản 4.5, RSS ghi tháng vào chỗ của phút; giờ chỉ chắc đến hàng giờ",
};

const LIFERAY: Profile = Profile {
    name: "Liferay",
    feeds: &[],
    sitemaps: &["/sitemap.xml"],
    body: ".journal-content-article",
    note: "each asset publisher has its own feed at /-/asset_publisher/ID/rss",
    note_vi: "mỗi khung tin có RSS riêng ở /-/asset_publisher/ID/rss",
};

const SHAREPOINT: Profile = Profile {
    name: "SharePoint",
    feeds: &[],
    sitemaps: &["/sitemap.xml"],
    body: ".ms-rtestate-field",
    note: "articles are told apart by a parameter (nid, ItemID); dates have no offset",
    note_vi: "tin phân biệt bằng tham số (nid, ItemID); ngày giờ không ghi múi giờ",
};

const WORDPRESS: Profile = Profile {
    name: "WordPress",
    feeds: &["/feed/"],
    sitemaps: &["/wp-sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml"],
    body: ".entry-content",
    note: "the feed often has only the last ten articles: poll it often enough",
    note_vi: "RSS thường chỉ có mười tin mới nhất: cần kiểm tra đủ dày",
};

const DOTNETNUKE: Profile = Profile {
    name: "DotNetNuke",
    feeds: &["/rss.aspx", "/Rss.ashx"],
    sitemaps: &["/SiteMap.aspx", "/sitemap.xml"],
    body: "[id$=_lblContent]",
    note: "times are written with SA and CH (before and after noon)",
    note_vi: "giờ ghi kèm SA, CH",
};

const FEEDS: &[&str] = &["/rss", "/rss.xml", "/feed", "/feed.xml", "/atom.xml", "/rss/home.rss"];
const SITEMAPS: &[&str] = &["/sitemap.xml", "/news-sitemap.xml", "/sitemap-news.xml"];

/// What is known of some software.
pub fn profile(platform: HtmlProfile) -> Profile {
    match platform {
        HtmlProfile::Nukeviet => NUKEVIET,
        HtmlProfile::Liferay => LIFERAY,
        HtmlProfile::Sharepoint => SHAREPOINT,
        HtmlProfile::Wordpress => WORDPRESS,
        HtmlProfile::Dotnetnuke => DOTNETNUKE,
    }
}

/// The software that made a page: what it says of itself, else what only it writes.
pub(super) fn recognize(page: &Html, text: &str) -> Option<HtmlProfile> {
    let generator = attribute(page, "meta[name=generator], meta[name=GENERATOR]", "content");
    let generator = generator.unwrap_or_default().to_ascii_lowercase();
    let named = [
        ("nukeviet", HtmlProfile::Nukeviet),
        ("liferay", HtmlProfile::Liferay),
        ("sharepoint", HtmlProfile::Sharepoint),
        ("wordpress", HtmlProfile::Wordpress),
        ("dotnetnuke", HtmlProfile::Dotnetnuke),
        ("dnn platform", HtmlProfile::Dotnetnuke),
    ];
    if let Some((_, platform)) = named.iter().find(|(name, _)| generator.contains(name)) {
        return Some(*platform);
    }
    let marks: [(&[&str], HtmlProfile); 5] = [
        (&["nv_base_siteurl", "nv_lang_data", "nv_my_domain"], HtmlProfile::Nukeviet),
        (&["Liferay.ThemeDisplay", "/-/asset_publisher/", "p_p_id="], HtmlProfile::Liferay),
        (&["_spPageContextInfo", "/_layouts/15/", "s4-workspace"], HtmlProfile::Sharepoint),
        (&["/wp-content/", "/wp-includes/", "https://api.w.org/"], HtmlProfile::Wordpress),
        (&["/DesktopModules/", "dnn_ContentPane", "__dnnVariable"], HtmlProfile::Dotnetnuke),
    ];
    let start = text.get(..text.floor_char_boundary(2 << 20)).unwrap_or(text);
    marks.iter().find(|(marks, _)| marks.iter().any(|m| start.contains(m))).map(|(_, p)| *p)
}

/// Feeds and sitemaps worth a try on the page's host.
pub(super) fn guesses(
    platform: Option<HtmlProfile>,
    page: &Html,
    address: &Url,
) -> (Vec<String>, Vec<String>) {
    let known = platform.map(profile);
    let of = |own: &[&str], usual: &[&str]| {
        let mut all: Vec<String> = Vec::new();
        for path in own.iter().chain(usual) {
            let found = absolute_address(path, address);
            all.extend(found.filter(|address| !all.contains(address)));
        }
        all
    };
    let mut feeds = publishers(page, address);
    feeds.extend(of(known.map_or(&[], |p| p.feeds), FEEDS));
    (feeds, of(known.map_or(&[], |p| p.sitemaps), SITEMAPS))
}

/// The feeds of Liferay's asset publishers, which its links name.
fn publishers(page: &Html, address: &Url) -> Vec<String> {
    let base = base_of(page, address);
    let Ok(links) = Selector::parse("a[href*=\"/-/asset_publisher/\"]") else { return Vec::new() };
    let mut feeds: Vec<String> = Vec::new();
    for link in page.select(&links).take(500) {
        let Some(href) = link.value().attr("href").and_then(|href| absolute_address(href, &base))
        else {
            continue;
        };
        let Some((before, after)) = href.split_once("/-/asset_publisher/") else { continue };
        let id = after.split(['/', '?']).next().unwrap_or("");
        let feed = format!("{before}/-/asset_publisher/{id}/rss");
        if !id.is_empty() && feeds.len() < 4 && !feeds.contains(&feed) {
            feeds.push(feed);
        }
    }
    feeds
}
