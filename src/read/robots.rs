//! `robots.txt` (RFC 9309): which sitemaps it names, and which paths it asks a robot to leave alone.

use std::time::Duration;

/// Lines that are read at most.
const MANY: usize = 5_000;
/// Between two requests we wait no longer, whatever is asked for.
const SLOWEST: Duration = Duration::from_secs(60);

/// What a `robots.txt` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    /// The addresses of sitemaps, as written.
    pub sitemaps: Vec<String>,
    /// Rules for us: whether a path is allowed, and the pattern, spelled as [`spelled`] does.
    rules: Vec<(bool, String)>,
    /// What it wants between two requests of ours (`Crawl-delay`, which no standard has and many write).
    pub delay: Duration,
}

/// Reads a `robots.txt` for a robot of some name: the groups that name it, else those of everybody.
pub fn robots(text: &str, name: &str) -> Robots {
    let mut robots = Robots::default();
    let (mut own, mut all) = (Vec::new(), Vec::new());
    let (mut own_delay, mut all_delay) = (Duration::ZERO, Duration::ZERO);
    let (mut is_own, mut is_all, mut in_rules, mut named) = (false, false, false, false);
    for line in text.lines().take(MANY) {
        let line = line.split('#').next().unwrap_or("");
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "sitemap" if robots.sitemaps.len() < 50 => robots.sitemaps.push(value.to_owned()),
            "user-agent" => {
                if in_rules {
                    (is_own, is_all, in_rules) = (false, false, false);
                }
                is_all |= value == "*";
                is_own |= product(value).eq_ignore_ascii_case(name);
                named |= is_own;
            }
            "crawl-delay" => {
                in_rules = true;
                let delay = delay_of(value);
                if is_own {
                    own_delay = own_delay.max(delay);
                }
                if is_all {
                    all_delay = all_delay.max(delay);
                }
            }
            key @ ("allow" | "disallow") => {
                in_rules = true;
                let rule = (key == "allow", pattern(value));
                if !value.is_empty() && is_own {
                    own.push(rule.clone());
                }
                if !value.is_empty() && is_all {
                    all.push(rule);
                }
            }
            _ => {}
        }
    }
    (robots.rules, robots.delay) = if named { (own, own_delay) } else { (all, all_delay) };
    robots
}

/// The name of a robot without its version (RFC 9309 §2.2.1).
fn product(agent: &str) -> &str {
    let is_token = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-');
    agent.split(|c| !is_token(c)).next().unwrap_or("")
}

/// A rule's pattern; a `$` that is not its last character is one as any other.
fn pattern(value: &str) -> String {
    match value.strip_suffix('$') {
        Some(value) => spelled(value, "$") + "$",
        None => spelled(value, "$"),
    }
}

/// A path as it is compared (RFC 9309 §2.2.2): what need not be encoded is not, everything else beyond ASCII is, and so are
/// some signs which would otherwise mean something in a pattern.
fn spelled(path: &str, signs: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(path.len()), path.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|h| first == b'%' && h.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let byte = code.unwrap_or(first);
        let is_plain = match code {
            Some(byte) => byte.is_ascii_alphanumeric() || b"-._~".contains(&byte),
            None => byte.is_ascii_graphic() && !signs.as_bytes().contains(&byte),
        };
        match is_plain {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}

/// Seconds, also with a fraction; what is no number asks for nothing.
fn delay_of(value: &str) -> Duration {
    let seconds = value.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    let delay = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or(SLOWEST).min(SLOWEST);
    seconds.map_or(Duration::ZERO, delay)
}

impl Robots {
    /// Whether a path with its query may be asked for: the longest rule that fits says so, and `allow` wins a tie.
    pub fn allows(&self, path: &str) -> bool {
        let path = spelled(path, "*$");
        let fitting = self.rules.iter().filter(|(_, pattern)| fits(pattern, &path));
        let longest = fitting.max_by_key(|(allow, pattern)| (pattern.len(), *allow));
        longest.is_none_or(|(allow, _)| *allow)
    }
}

/// Whether a pattern with `*` and a final `$` fits the beginning of a path.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let last = parts.next_back();
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or("");
    }
    match last {
        Some(last) if to_the_end => rest.ends_with(last),
        Some(last) => rest.contains(last),
        None => rest.is_empty() || !to_the_end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_us_and_for_everybody() {
        let text = "# x\nUser-agent: *\nDisallow: /admin/\nDisallow: /*?print=\nAllow: /admin/tin\n\nSitemap: https://a.vn/sitemap.xml\nUser-agent: badbot\nDisallow: /\n";
        let found = robots(text, "dongtin");
        assert_eq!(found.sitemaps, ["https://a.vn/sitemap.xml"]);
        assert!(found.allows("/tin/1.html") && found.allows("/admin/tin/1"));
        assert!(!found.allows("/admin/x") && !found.allows("/tin/1?print=1"));
        let named =
            robots("User-agent: *\nDisallow: /\n\nUser-agent: DongTin\nDisallow: /x$\n", "dongtin");
        assert!(named.allows("/tin") && named.allows("/x/y") && !named.allows("/x"));
        assert!(!robots("User-agent: *\nDisallow: /", "dongtin").allows("/a"));
        assert!(robots("User-agent: *\nDisallow:\n", "dongtin").allows("/a"));
    }

    #[test]
    fn a_group_is_ours_by_the_whole_product_token() {
        for (agent, is_ours) in [
            ("dongtin", true),
            ("DongTin/0.1", true),
            ("dongtin/0.1 (+https://a.vn)", true),
            ("don", false),
            ("d", false),
            ("dongtin-news", false),
            ("dongtinbot", false),
            ("", false),
        ] {
            let found = robots(&format!("User-agent: {agent}\nDisallow: /\n"), "dongtin");
            assert_eq!(found.allows("/a"), !is_ours, "{agent}");
        }
    }

    #[test]
    fn paths_are_compared_as_they_are_encoded() {
        let url = url::Url::parse("https://a.vn/nội-bộ/a~b?x=1*2$").unwrap();
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        for rule in [
            "/nội-bộ/",
            "/n%E1%BB%99i-b%E1%BB%99/",
            "/n%e1%bb%99i",
            "/*-bộ/",
            "/nội-%62ộ/%61%7eb",
            "/*x=1%2A2%24$",
            "/*$2$",
        ] {
            let found = robots(&format!("User-agent: *\nDisallow: {rule}\n"), "dongtin");
            let fits = !rule.contains("$2");
            assert_eq!(found.allows(path), !fits, "{rule}");
            assert!(found.allows("/noi-bo/"), "{rule}");
        }
        let found = robots("User-agent: *\nDisallow: /a%2Fb\nDisallow: /%\n", "dongtin");
        assert!(found.allows("/a/b") && !found.allows("/a%2fb") && !found.allows("/%"));
    }

    #[test]
    fn stars_and_the_end_are_matched_wherever_they_can_be() {
        for (rule, path, fits) in [
            ("/*.html$", "/a.html.html", true),
            ("/*.html$", "/a.html?x", false),
            ("/*.html", "/a.html?x", true),
            ("/a*b*c$", "/abcbc", true),
            ("/a*b*c$", "/abcb", false),
            ("/a*a$", "/a", false),
            ("/a*a$", "/aa", true),
            ("*$", "/x", true),
            ("/x$", "/x", true),
            ("/x$", "/xx", false),
            ("/**x", "/yyx", true),
            ("*x", "/yy", false),
            ("/a*", "/b", false),
        ] {
            let found = robots(&format!("User-agent: *\nDisallow: {rule}\n"), "dongtin");
            assert_eq!(found.allows(path), !fits, "{rule} {path}");
        }
    }

    #[test]
    fn the_delay_of_our_group_counts_and_is_bounded() {
        let delay = |text: &str| robots(text, "dongtin").delay.as_millis();
        for (value, millis) in [
            ("2", 2_000),
            ("0.5", 500),
            ("60", 60_000),
            ("3600", 60_000),
            ("1e300", 60_000),
            ("inf", 60_000),
            ("NaN", 0),
            ("-5", 0),
            ("soon", 0),
            ("", 0),
        ] {
            let text = format!("User-agent: *\nCrawl-delay: {value}\nDisallow: /x\n");
            assert_eq!(delay(&text), millis, "{value}");
        }
        let two = "User-agent: *\nCrawl-delay: 9\nUser-agent: dongtin\nCrawl-Delay: 3 # s\n";
        assert_eq!(delay(two), 3_000);
        assert_eq!(delay("User-agent: otherbot\nCrawl-delay: 9\n"), 0);
        let others = "User-agent: otherbot\nCrawl-delay: 9\nUser-agent: *\nDisallow: /x\n";
        assert_eq!(delay(others), 0);
    }
}
