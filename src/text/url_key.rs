use url::Url;

/// Query parameters that only say where a reader came from.
const TRACKING: [&str; 26] = [
    "fbclid", "gclid", "gclsrc", "dclid", "msclkid", "yclid", "twclid", "igshid", "mc_cid",
    "mc_eid", "_ga", "_gl", "zarsrc", "zclid", "vn_source", "vn_medium", "vn_campaign", "vn_term",
    "vn_zone", "ref_src", "ref_url", "spm", "wt_mc", "cmpid", "ocid", "smid",
];

/// Query parameters that identify an article by themselves, in lower case.
const IDS: [&str; 16] = [
    "nid", "newsid", "news_id", "itemid", "item_id", "articleid", "article_id", "contentid",
    "idnews", "idtin", "id_tin", "matin", "tinid", "newid", "idbaiviet", "postid",
];

/// The form in which addresses are compared: no scheme, `www.` or tracking; only the article's number if it has one.
pub fn canonical(url: &Url) -> String {
    let host = host_and_port_key(url);
    let path = path_of(url);
    if let Some((name, id)) = id_parameter(url) {
        return format!("{host}{path}?{name}={id}");
    }
    if let Some((folder, number)) = numbered(path) {
        return format!("{host}{folder}-{number}.html");
    }
    untracked(url)
}

/// An address without scheme, `www.` and tracking parameters. Two addresses with the same form are one page.
pub fn untracked(url: &Url) -> String {
    let host = host_and_port_key(url);
    let path = path_of(url);
    let path = path.strip_suffix("/index.html").unwrap_or(path).trim_end_matches('/');
    let query = kept_query(url);
    let fragment = url.fragment().filter(|f| means_something(f));
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    format!("{host}{path}{query}{fragment}")
}

/// The part of a [`canonical`] address that stays when a portal moves to another host; `None` for a home page.
pub fn place_of(canonical: &str) -> Option<&str> {
    let at = canonical.find(['/', '?', '#'])?;
    canonical.get(at..).filter(|place| place.len() > 1)
}

/// The host in the form in which hosts are compared: without `www.`, final dot and port.
pub fn host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or("").trim_end_matches('.');
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// The [`host_key`], followed by the port if it is not the default.
pub fn host_and_port_key(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    host_key(url) + &port
}

/// The query without tracking, sorted, with its `?`.
fn kept_query(url: &Url) -> String {
    let parts = url.query().unwrap_or("").split('&').filter(|part| !part.is_empty());
    let mut kept: Vec<&str> = parts.filter(|part| !is_tracking(part)).collect();
    kept.sort_unstable();
    kept.dedup();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) }
}

fn is_tracking(part: &str) -> bool {
    let name = part.split('=').next().unwrap_or("").to_ascii_lowercase();
    name.starts_with("utm_")
        || name.starts_with("pk_")
        || TRACKING.contains(&name.as_str())
        || is_session(&name, part.split_once('=').map_or("", |(_, value)| value))
}

/// Whether a parameter is a session's: it changes with every visit.
fn is_session(name: &str, value: &str) -> bool {
    let long = value.len() >= 16 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    ["phpsessid", "jsessionid", "sessionid", "session_id", "asp.net_sessionid", "cfid", "cftoken"]
        .contains(&name)
        || name.starts_with("aspsessionid")
        || (name == "sid" || name == "s") && long
}

/// A path without the session that some servers put behind a semicolon.
fn path_of(url: &Url) -> &str {
    let path = url.path();
    let at = path.to_ascii_lowercase().find(";jsessionid=");
    at.and_then(|at| path.get(..at)).unwrap_or(path)
}

/// The parameter that identifies the article, if there is exactly one.
fn id_parameter(url: &Url) -> Option<(String, String)> {
    let mut ids = url.query_pairs().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let fits = IDS.contains(&name.as_str()) && !value.is_empty() && value.len() <= 64;
        fits.then(|| (name, value.into_owned()))
    });
    let id = ids.next()?;
    ids.next().is_none().then_some(id)
}

/// Folder and number of `/vi/news/muc/ten-bai-512.html`: NukeViet's shape, or a number that is no year and no date.
fn numbered(path: &str) -> Option<(&str, &str)> {
    let (folder, file) = path.rsplit_once('/')?;
    let stem = file.strip_suffix(".html").or_else(|| file.strip_suffix(".htm"))?;
    let (slug, number) = stem.rsplit_once('-')?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let long = number.len() >= 6 && !is_date(number);
    let nukeviet = folder.split('/').nth(1).is_some_and(|s| matches!(s, "vi" | "en"))
        && folder.split('/').count() >= 4;
    let folder_len = folder.len() + 1;
    (digits && !slug.is_empty() && (long || nukeviet))
        .then(|| (path.get(..folder_len).unwrap_or(""), number))
}

/// Returns true if figures may be a date or time (`20250612`, `12062025`, `20250612083021`), which several articles may share.
fn is_date(figures: &str) -> bool {
    let year = |text: &str| text.parse::<u16>().is_ok_and(|y| (1990..=2100).contains(&y));
    let first = figures.get(..4).is_some_and(year);
    match figures.len() {
        6 => true,
        8 => first || figures.get(4..).is_some_and(year),
        10 | 12 | 14 => first,
        _ => false,
    }
}

/// Whether a fragment is part of what the address names.
fn means_something(fragment: &str) -> bool {
    let lower = fragment.to_ascii_lowercase();
    let aside = ["xtor=", ":~:", "comment", "respond", "utm_", "ref=", "rss", "top"];
    !lower.is_empty() && !aside.iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let canonical = |text| canonical(&Url::parse(text).unwrap());
        canonical(a) == canonical(b)
    }

    #[test]
    fn a_host_is_the_same_with_www_a_final_dot_and_another_port() {
        for url in ["http://a.vn/x", "https://WWW.a.vn/", "http://a.vn.:8080/", "https://a.vn?q"] {
            assert_eq!(host_key(&Url::parse(url).unwrap()), "a.vn", "{url}");
        }
        assert_eq!(host_key(&Url::parse("http://tin.a.vn/").unwrap()), "tin.a.vn");
        assert_eq!(host_and_port_key(&Url::parse("http://www.a.vn:81/").unwrap()), "a.vn:81");
    }

    #[test]
    fn a_home_page_is_no_place() {
        let place = |text: &str| {
            let canonical = canonical(&Url::parse(text).unwrap());
            place_of(&canonical).map(str::to_owned)
        };
        assert_eq!(place("https://cu.vn/tin/1.html?utm_source=x").as_deref(), Some("/tin/1.html"));
        assert_eq!(place("https://cu.vn/?p=5").as_deref(), Some("?p=5"));
        for home in [
            "https://cu.vn",
            "https://cu.vn/",
            "http://cu.vn/index.html",
            "http://cu.vn:8080/?utm_medium=rss",
        ] {
            assert_eq!(place(home), None, "{home}");
        }
    }

    #[test]
    fn the_same_article_has_one_canonical_address() {
        assert!(same("http://www.a.vn/x/", "https://a.vn/x"));
        assert!(same("http://a.vn/x?utm_source=rss&b=1", "https://a.vn/x?b=1&fbclid=2#xtor=1"));
        assert!(same("http://a.vn/T.aspx?nid=5&c=2", "http://a.vn/T.aspx?NID=5"));
        assert!(same(
            "http://a.vn/vi/news/muc/cu-512.html",
            "http://a.vn/vi/news/muc/moi-512.html"
        ));
        assert!(same("http://a.vn/cu-4321567.html", "http://a.vn/moi-4321567.html"));
        assert!(!same("http://a.vn/quy-che-2025.html", "http://a.vn/ke-hoach-2025.html"));
        assert!(!same("http://a.vn/a-20250612.html", "http://a.vn/b-20250612.html"));
        assert!(!same("http://a.vn/x?id=1", "http://a.vn/x?id=2"));
        assert!(!same("http://a.vn/x#1", "http://a.vn/x#2"));
        assert!(same("http://a.vn/t/1?PHPSESSID=q8w7", "http://a.vn/t/1?PHPSESSID=e5r6"));
        assert!(same(
            "http://a.vn/t-101;jsessionid=1A",
            "http://a.vn/t-101;JSESSIONID=2B?utm_id=1"
        ));
        assert!(same(
            "http://a.vn/t?b=1&sid=0123456789abcdef0",
            "http://a.vn/t?b=1&sid=f0123456789abcde1"
        ));
        assert!(!same("http://a.vn/t?sid=12", "http://a.vn/t?sid=13"));
    }
}
