//! OPML: the feeds that somebody is subscribed to.

use super::{
    decode, kind,
    limits::{Error, Limits},
    markup::{self, Markup, Token},
};
use crate::text::Entities;

/// What an outline names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// A feed.
    #[default]
    Feed,
    /// Another list (`include`).
    List,
    /// A web page (`link`).
    Page,
}

/// One outline that names something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// What it names.
    pub names: Names,
    /// `text` or `title`.
    pub title: String,
    /// `xmlUrl`, or the `url` of what is no feed.
    pub address: String,
    /// `htmlUrl`.
    pub page: Option<String>,
    /// The titles of the outlines around it, outermost first.
    pub folders: Vec<String>,
}

/// Reads the outlines of an OPML document that name something.
///
/// # Errors
/// What it is instead, or `Error::TooDeep`.
pub fn read_opml(bytes: &[u8], content_type: Option<&str>) -> Result<Vec<Outline>, Error> {
    let limits = Limits::default();
    let decoded = decode::decode(bytes, content_type)?;
    let text = decoded.text.trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    let mut reader = Reader { found: Vec::new(), folders: Vec::new(), is_opml: false };
    for token in Markup::new(text) {
        reader.step(token, &limits)?;
    }
    if reader.is_opml { Ok(reader.found) } else { Err(kind::unknown(text)) }
}

struct Reader {
    found: Vec<Outline>,
    /// The open outlines.
    folders: Vec<String>,
    is_opml: bool,
}

impl Reader {
    fn step(&mut self, token: Token<'_>, limits: &Limits) -> Result<(), Error> {
        match token {
            Token::Start { name, .. } if name.eq_ignore_ascii_case("opml") => self.is_opml = true,
            Token::Start { name, attributes, empty } if name.eq_ignore_ascii_case("outline") => {
                if self.folders.len() >= limits.depth {
                    return Err(Error::TooDeep { limit: limits.depth });
                }
                let title = self.outline(attributes, limits);
                if !empty {
                    self.folders.push(title);
                }
            }
            Token::End { name } if name.eq_ignore_ascii_case("outline") => {
                self.folders.pop();
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps an outline that names a feed; returns its title.
    fn outline(&mut self, attributes: &str, limits: &Limits) -> String {
        let all: Vec<_> = markup::attributes(attributes).take(limits.attributes).collect();
        let of = |name: &str| {
            let found = all.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
            let value =
                |value| Entities::default().resolve(value, &mut |_, _| {}).trim().to_owned();
            found.map(|(_, written)| value(written))
        };
        let filled = |name: &str| of(name).filter(|v| !v.is_empty());
        let mut title = filled("text").or_else(|| filled("title")).unwrap_or_default();
        limits.cut_title(&mut title);
        let kind = filled("type").unwrap_or_default().to_ascii_lowercase();
        let url = || filled("url").or_else(|| filled("htmlUrl"));
        let named = match (filled("xmlUrl"), kind.as_str()) {
            (_, "include") => url().map(|address| (Names::List, address)),
            (Some(feed), _) => Some((Names::Feed, feed)),
            (None, "link") => url().map(|address| (Names::Page, address)),
            (None, _) => match filled("url") {
                Some(list) if list.ends_with(".opml") => Some((Names::List, list)),
                Some(feed) => Some((Names::Feed, feed)),
                None => filled("htmlUrl").map(|page| (Names::Page, page)),
            },
        };
        if let Some((names, address)) = named {
            let page = filled("htmlUrl");
            let folders = self.folders.iter().filter(|f| !f.is_empty()).cloned().collect();
            self.found.push(Outline { names, title: title.clone(), address, page, folders });
        }
        title
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_outlines() {
        let text = "<opml version='2.0'><body><outline text='Tỉnh'><outline text='A &amp; B' \
                    xmlUrl='http://a.vn/rss' htmlUrl='http://a.vn/'/></outline>\
                    <outline title='C' xmlUrl='http://c.vn/rss'></outline></body></opml>";
        let found = read_opml(text.as_bytes(), None).unwrap_or_default();
        let titles: Vec<_> = found.iter().map(|o| (o.title.as_str(), o.folders.len())).collect();
        assert_eq!(titles, [("A & B", 1), ("C", 0)]);
        assert!(matches!(read_opml(b"<html>", None), Err(Error::Html { .. })));
    }

    #[test]
    fn lists_and_pages_are_no_feeds() {
        let text = "<opml version='2.0'><body><outline type='include' url='http://a.vn/khac'/>\
                    <outline url='http://a.vn/khac.opml'/><outline type='LINK' url='http://a.vn/x'/>\
                    <outline text='T' htmlUrl='http://a.vn/'/><outline type='rss' xmlUrl='http://a.vn/rss'/>\
                    <outline type='link' xmlUrl='http://a.vn/f'/></body></opml>";
        let found = read_opml(text.as_bytes(), None).unwrap_or_default();
        let names: Vec<_> = found.iter().map(|o| o.names).collect();
        use Names::{Feed, List, Page};
        assert_eq!(names, [List, List, Page, Page, Feed, Feed]);
        let many = format!(
            "<opml><body>{}</body></opml>",
            "<outline xmlUrl='http://a.vn/'/>".repeat(5_000)
        );
        assert_eq!(read_opml(many.as_bytes(), None).unwrap_or_default().len(), 5_000);
    }
}
