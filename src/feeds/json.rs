use super::entry::{Credit, FeedEntry, Other, Person};
use super::{FeedView, Format, output};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    favicon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    authors: Vec<Author>,
    _dongtin: About,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// What JSON Feed has no member for: when the feed last changed, and what was withdrawn from it.
#[derive(Serialize)]
struct About {
    updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withdrawn: Vec<Withdrawn>,
}

#[derive(Serialize)]
struct Withdrawn {
    id: String,
    date: String,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    content_html: &'a str,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    #[serde(skip_serializing_if = "Source::is_empty")]
    _dongtin: Source<'a>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}

/// What JSON Feed has no member for: publisher, rights, the credited source.
#[derive(Default, Serialize)]
struct Source<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
}

/// The same story at another portal.
#[derive(Serialize)]
struct Related<'a> {
    url: &'a str,
    title: &'a str,
    source: &'a str,
}

impl Source<'_> {
    fn is_empty(&self) -> bool {
        let named = self.source.or(self.publisher).or(self.rights);
        named.is_none() && self.related.is_empty()
    }
}

pub(super) fn write(view: &FeedView<'_>, entries: &[FeedEntry]) -> Vec<u8> {
    let offset = view.site.utc_offset;
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: view.title(),
        home_page_url: view.page(),
        feed_url: view.address(Format::Json),
        next_url: view.older(Format::Json),
        description: view.description(),
        icon: view.icon().or_else(|| view.logo()),
        favicon: view.icon(),
        language: view.language(),
        authors: vec![Author {
            name: view.author(),
            url: Some(format!("{}/", view.site.base_url)),
        }],
        _dongtin: about(view),
        items: entries.iter().map(|entry| item(entry, offset)).collect(),
    };
    output::with_newline(serde_json::to_vec(&document).unwrap_or_default())
}

fn about(view: &FeedView<'_>) -> About {
    let offset = view.site.utc_offset;
    let withdrawn = view.gone.iter().filter_map(|gone| {
        let id = output::uri(gone.id.as_str())?;
        Some(Withdrawn { id, date: gone.when().rfc3339_at(offset) })
    });
    About {
        updated: view.updated().rfc3339_at(offset),
        rights: view.rights(),
        withdrawn: withdrawn.collect(),
    }
}

fn item(entry: &FeedEntry, offset: i32) -> Item<'_> {
    Item {
        id: &entry.id,
        url: &entry.link,
        title: &entry.title,
        content_html: entry.content.as_deref().unwrap_or(&entry.summary_html),
        summary: &entry.summary,
        image: entry.image.as_ref().map(|image| image.url.as_str()),
        date_published: entry.published.rfc3339_at(offset),
        date_modified: entry.updated.rfc3339_at(offset),
        authors: entry.authors.iter().map(author).collect(),
        tags: entry.categories.iter().map(|subject| subject.name()).collect(),
        language: entry.language.as_deref(),
        attachments: attachments(entry),
        _dongtin: Source {
            source: entry.credit.as_ref().map(|credit| credit.name.as_str()),
            source_url: entry.credit.as_ref().and_then(Credit::place),
            publisher: entry.publisher.as_deref(),
            rights: entry.rights.as_deref(),
            related: entry.related.iter().map(related).collect(),
        },
    }
}

fn related(other: &Other) -> Related<'_> {
    Related { url: &other.link, title: &other.title, source: &other.source }
}

fn author(person: &Person) -> Author {
    Author { name: person.name.clone(), url: person.uri.clone() }
}

fn attachments(entry: &FeedEntry) -> Vec<Attachment<'_>> {
    let files = entry.enclosures.iter().map(|file| Attachment {
        url: &file.url,
        mime_type: &file.media_type,
        title: file.title.as_deref(),
        size_in_bytes: file.length,
        duration_in_seconds: file.duration,
    });
    files.collect()
}
