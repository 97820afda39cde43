//! OPML: the feeds that somebody is subscribed to.

use super::{
    decode, kind,
    limits::{Error, Limits},
    markup::{self, Markup, Token},
};
use crate::text::Entities;

/// One outline that names a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// `text` or `title`.
    pub title: String,
    /// `xmlUrl`.
    pub feed: String,
    /// `htmlUrl`.
    pub page: Option<String>,
    /// The titles of the outlines around it, outermost first.
    pub folders: Vec<String>,
}

/// Reads the outlines of an OPML document that name a feed.
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
        if let Some(feed) = filled("xmlUrl").or_else(|| filled("url")) {
            let page = filled("htmlUrl");
            let folders = self.folders.iter().filter(|f| !f.is_empty()).cloned().collect();
            if self.found.len() < limits.entries {
                self.found.push(Outline { title: title.clone(), feed, page, folders });
            }
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
}
