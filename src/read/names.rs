//! Namespaces: what an address or a conventional prefix means, however it is misspelled.

/// A vocabulary that some reader knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ns {
    /// RSS of every version, CDF, OPML, sitemaps: what has no namespace, or the root's own.
    Core,
    Atom,
    Xhtml,
    Rdf,
    Dc,
    Dcterms,
    Content,
    Media,
    Itunes,
    Georss,
    Geo,
    Gml,
    Syndication,
    Feedburner,
    History,
    Tombstones,
    News,
    Svg,
    Mathml,
    Xlink,
    Xml,
    Xmlns,
    /// Something nobody here knows.
    Other,
}

/// The meaning of a namespace's address.
pub fn by_address(address: &str) -> Option<Ns> {
    let mut key = address.trim().to_ascii_lowercase();
    for scheme in ["http://", "https://", "www."] {
        if let Some(rest) = key.strip_prefix(scheme) {
            key = rest.to_owned();
        }
    }
    let key = key.trim_end_matches(['/', '#']);
    Some(match key {
        "w3.org/2005/atom"
        | "purl.org/atom/ns"
        | "purl.org/net/rss1.1"
        | "example.com/newformat" => Ns::Atom,
        "w3.org/1999/xhtml" => Ns::Xhtml,
        "w3.org/1999/02/22-rdf-syntax-ns" => Ns::Rdf,
        "purl.org/dc/elements/1.1"
        | "purl.org/dc/elements/1.0"
        | "purl.org/dc/elements"
        | "purl.org/dc" => Ns::Dc,
        "purl.org/dc/terms" => Ns::Dcterms,
        "purl.org/rss/1.0/modules/content" => Ns::Content,
        "search.yahoo.com/mrss"
        | "tools.search.yahoo.com/mrss"
        | "video.search.yahoo.com/mrss"
        | "search.yahoo.com/mrss/1.0" => Ns::Media,
        "itunes.com/dtds/podcast-1.0.dtd"
        | "itunes.com/dtds/podcast"
        | "example.com/dtds/podcast-1.0.dtd" => Ns::Itunes,
        "georss.org/georss" | "georss.org/georss/10" => Ns::Georss,
        "w3.org/2003/01/geo/wgs84_pos" => Ns::Geo,
        "opengis.net/gml" | "opengis.net/gml/3.2" => Ns::Gml,
        "purl.org/rss/1.0/modules/syndication" => Ns::Syndication,
        "rssnamespace.org/feedburner/ext/1.0" => Ns::Feedburner,
        "purl.org/syndication/history/1.0" => Ns::History,
        "purl.org/atompub/tombstones/1.0" => Ns::Tombstones,
        "google.com/schemas/sitemap-news/0.9" => Ns::News,
        "w3.org/2000/svg" => Ns::Svg,
        "w3.org/1998/math/mathml" => Ns::Mathml,
        "w3.org/1999/xlink" => Ns::Xlink,
        "w3.org/xml/1998/namespace" => Ns::Xml,
        ""
        | "purl.org/rss/1.0"
        | "backend.userland.com/rss"
        | "backend.userland.com/rss2"
        | "backend.userland.com/rss191"
        | "my.netscape.com/rdf/simple/0.9"
        | "my.netscape.com/publish/formats/rss-0.91.dtd"
        | "channel.netscape.com/rdf/simple/0.9"
        | "blogs.law.harvard.edu/tech/rss"
        | "rssboard.org/rss-specification"
        | "purl.org/net/rss1.1/rss"
        | "sitemaps.org/schemas/sitemap/0.9"
        | "google.com/schemas/sitemap/0.84" => Ns::Core,
        _ => return None,
    })
}

/// What a prefix means where nobody declared it.
pub fn by_prefix(prefix: &str) -> Option<Ns> {
    Some(match prefix.to_ascii_lowercase().as_str() {
        "atom" | "a10" | "atom10" | "atom03" => Ns::Atom,
        "xhtml" | "html" | "h" => Ns::Xhtml,
        "rdf" => Ns::Rdf,
        "rss" => Ns::Core,
        "dc" => Ns::Dc,
        "dcterms" | "dct" => Ns::Dcterms,
        "content" => Ns::Content,
        "media" | "mrss" => Ns::Media,
        "itunes" => Ns::Itunes,
        "georss" => Ns::Georss,
        "geo" => Ns::Geo,
        "gml" => Ns::Gml,
        "sy" | "syn" => Ns::Syndication,
        "feedburner" => Ns::Feedburner,
        "fh" => Ns::History,
        "at" => Ns::Tombstones,
        "news" => Ns::News,
        "svg" => Ns::Svg,
        "mml" | "math" => Ns::Mathml,
        "xlink" => Ns::Xlink,
        "xml" => Ns::Xml,
        "xmlns" => Ns::Xmlns,
        _ => return None,
    })
}

/// Whether an address may be a misspelling of a vocabulary's: it is empty, or names the house that the vocabulary is from.
fn resembles(address: &str, ns: Ns) -> bool {
    let houses: &[&str] = match ns {
        Ns::Dc | Ns::Dcterms => &["purl", "dublincore"],
        Ns::Media => &["yahoo", "rss"],
        Ns::Itunes => &["itunes", "apple"],
        Ns::Feedburner => &["feedburner", "rss"],
        Ns::Georss | Ns::Geo | Ns::Gml => &["georss", "w3", "opengis"],
        Ns::News => &["google", "sitemap"],
        Ns::Core => &["rss", "netscape", "userland", "purl"],
        Ns::Content | Ns::Syndication | Ns::History | Ns::Tombstones => &["purl", "rss"],
        _ => &["w3", "purl"],
    };
    let address = address.trim().to_ascii_lowercase();
    let place = address.split_once("://").map_or(address.as_str(), |(_, place)| place);
    let host = place.split('/').next().unwrap_or(place);
    host.is_empty() || houses.iter().any(|house| host.contains(house))
}

/// The address to write where an element of this vocabulary stands inside XHTML.
pub fn namespace_address(ns: Ns) -> Option<&'static str> {
    match ns {
        Ns::Svg => Some("http://www.w3.org/2000/svg"),
        Ns::Mathml => Some("http://www.w3.org/1998/Math/MathML"),
        _ => None,
    }
}

/// Declarations in force; more than this many at once are not kept.
const MOST: usize = 128;

/// The declarations in force, innermost last.
#[derive(Default)]
pub struct Scope<'a> {
    declared: Vec<(usize, &'a str, Ns)>,
}

impl<'a> Scope<'a> {
    /// Declares a prefix (empty: the default) from a depth on; `root` is whether unknown addresses are the root's own.
    pub fn declare(&mut self, depth: usize, prefix: &'a str, address: &str, root: bool) {
        let unknown = || {
            if prefix.is_empty() && root {
                Ns::Core
            } else {
                by_prefix(prefix).filter(|usual| resembles(address, *usual)).unwrap_or(Ns::Other)
            }
        };
        if self.declared.len() < MOST {
            self.declared.push((depth, prefix, by_address(address).unwrap_or_else(unknown)));
        }
    }

    /// Forgets what was declared at a depth and deeper.
    pub fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|d| d.0 >= depth) {
            self.declared.pop();
        }
    }

    /// Makes a prefix mean the core vocabulary: the root's own, unknown one.
    pub fn adopt(&mut self, prefix: &'a str) {
        self.declared.push((0, prefix, Ns::Core));
    }

    /// The meaning of a prefix, and whether it was declared.
    pub fn meaning(&self, prefix: &str) -> (Ns, bool) {
        match self.declared.iter().rev().find(|d| d.1 == prefix) {
            Some(known) => (known.2, true),
            None if prefix.is_empty() => (Ns::Core, true),
            None => (by_prefix(prefix).unwrap_or(Ns::Other), matches!(prefix, "xml" | "xmlns")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_every_spelling() {
        assert_eq!(by_address("HTTPS://search.yahoo.com/mrss"), Some(Ns::Media));
        assert_eq!(by_address("http://www.w3.org/2005/Atom/"), Some(Ns::Atom));
        assert_eq!(by_address("urn:x"), None);
    }

    #[test]
    fn undeclared_prefixes_keep_their_meaning_and_declared_ones_win() {
        let mut scope = Scope::default();
        assert_eq!(scope.meaning("dc"), (Ns::Dc, false));
        scope.declare(1, "dc", "http://www.w3.org/1999/xhtml", true);
        assert_eq!(scope.meaning("dc"), (Ns::Xhtml, true));
        scope.leave(1);
        assert_eq!(scope.meaning("dc"), (Ns::Dc, false));
        scope.declare(1, "dc", "http://khac.example/dc", false);
        scope.declare(1, "media", "urn:media-cua-toi", false);
        scope.declare(1, "itunes", "http://www.itunes.com/DTDs/PodCast-2.dtd", false);
        let meant = ["dc", "media", "itunes"].map(|prefix| scope.meaning(prefix).0);
        assert_eq!(
            meant,
            [Ns::Other, Ns::Other, Ns::Itunes],
            "a foreign address is foreign, a misspelled one is not"
        );
    }
}
