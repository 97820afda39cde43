use super::draft::Draft;
use super::screen::screen;
use crate::model::{
    Article, ArticleId, Author, Category, CopiedArticle, DateRule, Dated, Enclosure, Image, Origin,
    Precision, Source, Timestamp,
};

/// The most revisions that a publisher is believed: each adds a second to the time that feeds show as that of the update.
const MOST_REVISIONS: u32 = 1_000_000;

/// Characters of a date in a source's own words.
const RAW: usize = 200;

/// The draft of an article that another journal's changes bring: as that journal shows it, made as safe as one that was
/// pushed. Its id, first times, revision and path stay; it names the source that it has there as its origin.
pub fn refine_copied(copied: CopiedArticle, source: &Source, now: Timestamp) -> Draft {
    let mut article = article_of(copied, source, now);
    screen(&mut article);
    Draft { is_copied: true, ..Draft::from(article) }
}

/// An instant of a publisher; 1970 where it is none.
fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap_or(Timestamp(0)).max(Timestamp(0))
}

fn article_of(copied: CopiedArticle, source: &Source, now: Timestamp) -> Article {
    // No time of a publisher's clock is later than now, so that none pins an article on top.
    let received = instant(&copied.received).min(now);
    let from = Origin { title: Some(copied.source.title), url: copied.page, id: None };
    let origin = copied.origin.map(|o| Origin { title: o.title, url: o.url, id: None });
    let own = source.categories.iter().map(|term| named(term));
    let categories = copied.categories.into_iter();
    let categories =
        categories.map(|c| Category { term: c.term, scheme: c.scheme, label: c.label });
    let media = copied.media.into_iter().map(|m| Enclosure {
        url: m.url,
        media_type: m.media_type,
        length: m.length,
        title: m.title,
        duration: m.duration,
    });
    let authors = copied.authors.into_iter();
    let image = |i: crate::model::CopiedImage| Image {
        url: i.url,
        alt: i.alt,
        width: i.width,
        height: i.height,
    };
    Article {
        id: ArticleId(copied.id.clone()),
        url: copied.url,
        title: copied.title,
        summary: copied.summary,
        content: copied.content_html,
        authors: authors.map(|a| Author { name: a.name, email: a.email, uri: a.url }).collect(),
        categories: categories.chain(own).collect(),
        enclosures: media.collect(),
        image: copied.image.map(image),
        language: copied.language.or_else(|| Some(source.language.clone())),
        published: Some(dated(&copied.published, copied.published_raw)),
        updated: Some(dated(&copied.updated, None)),
        received,
        changed: instant(&copied.updated).min(now).max(received),
        revision: copied.revision.clamp(1, MOST_REVISIONS),
        rights: copied.rights.or_else(|| source.rights.clone()),
        publisher: copied.publisher.or_else(|| source.publisher.clone()),
        origin: origin.or(Some(from)),
        path: copied.path,
        ..Article::named(source.id.clone(), copied.id)
    }
}

fn named(term: &str) -> Category {
    Category { term: term.to_owned(), scheme: None, label: None }
}

fn dated(text: &str, raw: Option<String>) -> Dated {
    let raw = raw.as_deref().unwrap_or(text).chars().take(RAW).collect();
    let (precision, rule) = (Precision::Second, DateRule::Iso);
    Dated { at: instant(text), offset: 0, raw, precision, rule }
}
