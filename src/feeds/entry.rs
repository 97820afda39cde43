use super::{FeedView, lead, output};
use crate::model::{Article, Author, Enclosure, Image, Source, SourceId, SourceKind, Timestamp};
use crate::text::leads_inside;
use std::collections::BTreeSet;

/// Length of a summary that is made from the content.
const EXCERPT_CHARS: usize = 300;
/// Size of all contents of one feed; entries beyond it show their summary only, so that no feed outgrows memory.
const FEED_BYTES: usize = 8 << 20;
/// Authors, categories and enclosures beyond this number are not shown.
const LIST: usize = 50;

/// One entry, ready to be written: every string has passed `output`, and no text is empty.
#[derive(Clone, Debug)]
pub(super) struct FeedEntry {
    pub id: String,
    pub title: String,
    /// The original, or our page if there is none.
    pub link: String,
    /// Our page of the article.
    pub page: String,
    /// As feeds say it, see `shown_time`.
    pub published: Timestamp,
    /// When the article last really changed, as feeds say it.
    pub updated: Timestamp,
    /// Plain text: the lead, or the beginning of the content, or the title.
    pub summary: String,
    /// HTML: lead, body, attribution; `None` in feeds of summaries.
    pub content: Option<String>,
    /// Without content, the summary as HTML with its attribution.
    pub summary_html: String,
    /// Whether the content was too large, so that the summary links to it.
    pub is_shortened: bool,
    pub authors: Vec<Person>,
    pub categories: Vec<Subject>,
    pub enclosures: Vec<Enclosure>,
    pub image: Option<Image>,
    pub language: Option<String>,
    pub rights: Option<String>,
    pub publisher: Option<String>,
    /// Where it was taken from, unless it is our own.
    pub credit: Option<Credit>,
    /// The same story at other portals.
    pub related: Vec<Other>,
}

/// The same story as another portal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    /// Its address there, or our page of it.
    pub link: String,
    pub title: String,
    pub source: String,
}

impl Other {
    /// The source and the title on one line.
    pub fn line(&self) -> String {
        format!("{}: {}", self.source, self.title)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// Plain text.
    pub name: String,
    /// For Atom only.
    pub email: Option<String>,
    /// http or https.
    pub uri: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// Plain text.
    pub term: String,
    /// An absolute URI.
    pub scheme: Option<String>,
    /// Plain text.
    pub label: Option<String>,
}

impl Subject {
    /// The name for people.
    pub fn name(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.term)
    }
}

/// Where an entry was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credit {
    pub name: String,
    /// The address of its feed, if it has one.
    pub feed: Option<String>,
    /// The address of its list, or the one that the pushed article names.
    pub address: Option<String>,
    pub home: Option<String>,
    /// A URI that names it.
    pub id: String,
}

impl Credit {
    /// Its most exact address.
    pub fn place(&self) -> Option<&str> {
        self.feed.as_deref().or(self.address.as_deref()).or(self.home.as_deref())
    }
}

/// The entries of a view in its order, each id once.
pub(super) fn entries(view: &FeedView<'_>) -> Vec<FeedEntry> {
    let mut seen = BTreeSet::new();
    let limited = view.entries.iter().take(view.feed.max_entries.max(1));
    let fresh = limited.filter(|article| seen.insert(id(article)));
    let mut room = FEED_BYTES;
    let entries = fresh.map(|article| {
        let mut entry = make_entry(view, article);
        let size = entry.content.as_ref().map_or(0, String::len);
        match room.checked_sub(size) {
            Some(left) => room = left,
            None => shorten(&mut entry),
        }
        entry
    });
    entries.collect()
}

fn related(view: &FeedView<'_>, article: &Article) -> Vec<Other> {
    let others = view.related.get(&article.key).into_iter().flatten();
    let other = |article: &std::sync::Arc<Article>| Other {
        link: article
            .url
            .as_deref()
            .and_then(output::address)
            .unwrap_or_else(|| format!("{}/a/{}", view.site.base_url, article.key)),
        title: output::line(&article.title, output::TITLE_CHARS).unwrap_or_default(),
        source: view.sources.get(&article.source).map_or_else(
            || article.source.to_string(),
            |source| output::line(&source.title, output::TITLE_CHARS).unwrap_or_default(),
        ),
    };
    others.map(other).take(LIST).collect()
}

fn make_entry(view: &FeedView<'_>, article: &Article) -> FeedEntry {
    let page = format!("{}/a/{}", view.site.base_url, article.key);
    let body = article.content.as_deref().map(|html| output::markup(html).trim().to_owned());
    let body = body.filter(|body| !body.is_empty());
    let summary = summary(article, body.as_deref());
    let title = output::line(&article.title, output::TITLE_CHARS)
        .unwrap_or_else(|| lead::excerpt(&summary, 80));
    let mut entry = FeedEntry {
        id: id(article),
        link: article.url.as_deref().and_then(output::address).unwrap_or_else(|| page.clone()),
        page,
        published: output::shown_time(article.shown_published()),
        updated: output::shown_time(article.shown_updated()),
        content: None,
        summary_html: String::new(),
        is_shortened: false,
        authors: authors(view, article),
        categories: categories(article),
        enclosures: article.enclosures.iter().filter_map(enclosure).take(LIST).collect(),
        image: article.image.as_ref().and_then(image),
        language: article.language.as_deref().and_then(output::language),
        rights: text(article.rights.as_deref()),
        publisher: text(article.publisher.as_deref()),
        credit: credit(view, article),
        related: related(view, article),
        title,
        summary,
    };
    let attribution = attribution(view, article, &entry);
    entry.summary_html = format!("<p>{}</p>{attribution}", output::escape(&entry.summary));
    if let Some(body) = body.filter(|_| view.feed.full_content) {
        entry.content = content(article, &body, &(rest(article, &entry) + &attribution));
        if entry.content.is_none() {
            shorten(&mut entry);
        }
    }
    entry
}

/// Leaves the content to the entry's page.
fn shorten(entry: &mut FeedEntry) {
    entry.content = None;
    entry.is_shortened = true;
    entry.summary_html.push_str(&longer(&entry.page));
}

/// What leads to the rest of a body that was cut when it came in.
fn rest(article: &Article, entry: &FeedEntry) -> String {
    let is_cut = article.flags.iter().any(|flag| flag.field == "content" && flag.rule == "cut");
    match is_cut {
        true if entry.link != entry.page => longer(&entry.link),
        true => "<p>Bài quá dài, phần sau bị cắt.</p>".to_owned(),
        false => String::new(),
    }
}

fn longer(page: &str) -> String {
    let page = output::escape(page);
    format!("<p>Bài còn tiếp: <a href=\"{page}\" rel=\"noopener noreferrer\">xem toàn văn</a>.</p>")
}

/// The stored id if it is a URI, as all that dongtin makes are; else one made from the key.
fn id(article: &Article) -> String {
    output::uri(article.id.as_str()).unwrap_or_else(|| format!("urn:dongtin:{}", article.key))
}

fn text(text: Option<&str>) -> Option<String> {
    text.and_then(|text| output::line(text, output::TEXT_CHARS))
}

/// The lead, or the beginning of the body, or the title, or a placeholder.
fn summary(article: &Article, body: Option<&str>) -> String {
    text(article.summary.as_deref())
        .or_else(|| body.and_then(|body| lead::beginning(body, EXCERPT_CHARS)))
        .or_else(|| output::line(&article.title, output::TITLE_CHARS))
        .unwrap_or_else(|| "(không có nội dung)".to_owned())
}

/// Lead (unless the body begins with it), body, attribution; `None` if the body alone is above the limit.
fn content(article: &Article, body: &str, attribution: &str) -> Option<String> {
    let lead = text(article.summary.as_deref())
        .filter(|lead| !lead::begins_with_lead(body, lead))
        .map(|lead| format!("<p><strong>{}</strong></p>", output::escape(&lead)))
        .unwrap_or_default();
    let fits =
        |parts: &[&str]| parts.iter().map(|p| p.len()).sum::<usize>() <= output::CONTENT_BYTES;
    if fits(&[&lead, body, attribution]) {
        Some(format!("{lead}{body}{attribution}"))
    } else {
        fits(&[body, attribution]).then(|| format!("{body}{attribution}"))
    }
}

/// Authors with a name; their e-mail addresses only if the source's own feed had published them.
fn authors(view: &FeedView<'_>, article: &Article) -> Vec<Person> {
    let fetched = view.sources.get(&article.source).is_some_and(is_fetched);
    let people = article.authors.iter().filter_map(person).take(LIST);
    people.map(|p| Person { email: p.email.filter(|_| fetched), ..p }).collect()
}

fn person(author: &Author) -> Option<Person> {
    let name = author.name.as_deref().and_then(|name| output::line(name, output::TITLE_CHARS))?;
    let email = author.email.as_deref().and_then(output::email);
    Some(Person { name, email, uri: author.uri.as_deref().and_then(output::address) })
}

fn categories(article: &Article) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for category in &article.categories {
        let Some(term) = output::line(&category.term, output::TITLE_CHARS) else { continue };
        let label = category.label.as_deref().and_then(|l| output::line(l, output::TITLE_CHARS));
        let subject =
            Subject { term, scheme: category.scheme.as_deref().and_then(output::uri), label };
        if subjects.len() < LIST && !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects
}

fn enclosure(file: &Enclosure) -> Option<Enclosure> {
    Some(Enclosure {
        url: output::address(&file.url)?,
        media_type: output::media_type(&file.media_type),
        length: file.length,
        title: file.title.as_deref().and_then(|t| output::line(t, output::TITLE_CHARS)),
        duration: file.duration,
    })
}

fn image(image: &Image) -> Option<Image> {
    Some(Image {
        url: output::address(&image.url)?,
        alt: image.alt.as_deref().and_then(|t| output::line(t, output::TITLE_CHARS)),
        width: image.width.filter(|&w| w > 0),
        height: image.height.filter(|&h| h > 0),
    })
}

/// Whether a source tells its own news: what is pushed, filed or mirrored names whose it is.
fn is_fetched(source: &Source) -> bool {
    let kind = &source.kind;
    !matches!(kind, SourceKind::Push | SourceKind::Folder { .. } | SourceKind::Mirror { .. })
}

/// The source of a fetched article, or the origin that a pushed article names.
fn credit(view: &FeedView<'_>, article: &Article) -> Option<Credit> {
    match view.sources.get(&article.source) {
        Some(source) if is_fetched(source) => Some(source_credit(view, source)),
        None if article.url.is_some() => Some(unknown_credit(view, &article.source)),
        _ => origin_credit(view, article),
    }
}

fn source_credit(view: &FeedView<'_>, source: &Source) -> Credit {
    let home = source.home.as_deref().and_then(output::address);
    let address = source.kind.address().and_then(output::address);
    // A query may hold a key that only we were given, and nobody else reaches a host inside our network.
    let address = address.filter(|address| !address.contains('?') && !leads_inside(address));
    let (feed, address) = match source.kind {
        SourceKind::Feed { .. } => (address, None),
        _ => (None, address),
    };
    let tag = || format!("tag:{}:source/{}", view.site.tag_authority, source.id);
    Credit {
        name: output::line(&source.title, output::TITLE_CHARS)
            .unwrap_or_else(|| source.id.to_string()),
        id: feed.as_ref().or(address.as_ref()).or(home.as_ref()).cloned().unwrap_or_else(tag),
        feed,
        address,
        home,
    }
}

/// The credit of a source that is no longer in the config.
fn unknown_credit(view: &FeedView<'_>, source: &SourceId) -> Credit {
    let id = format!("tag:{}:source/{source}", view.site.tag_authority);
    Credit { name: source.to_string(), id, feed: None, address: None, home: None }
}

fn origin_credit(view: &FeedView<'_>, article: &Article) -> Option<Credit> {
    let origin = article.origin.as_ref()?;
    let address = origin.url.as_deref().and_then(output::address);
    let title = origin.title.as_deref().and_then(|t| output::line(t, output::TITLE_CHARS));
    let name = title.or_else(|| address.clone())?;
    let tag = || format!("tag:{}:origin/{}", view.site.tag_authority, article.key);
    let id = origin.id.as_deref().and_then(output::uri).or_else(|| address.clone());
    Some(Credit { name, id: id.unwrap_or_else(tag), feed: None, address, home: None })
}

fn named_link(name: &str, address: &str) -> String {
    let (name, address) = (output::escape(name), output::escape(address));
    format!("<a href=\"{address}\" rel=\"noopener noreferrer\">{name}</a>")
}

/// `Nguồn: NAME (theo ORIGIN), AUTHOR, 20:30 ngày 12/06/2009`, linked to the original; empty for our own.
fn attribution(view: &FeedView<'_>, article: &Article, entry: &FeedEntry) -> String {
    let Some(credit) = &entry.credit else { return String::new() };
    let origin = article.origin.as_ref();
    let origin_address = origin.and_then(|o| o.url.as_deref()).and_then(output::address);
    let origin = origin.and_then(|o| text(o.title.as_deref()).or_else(|| origin_address.clone()));
    let mut out = String::from("<p>Nguồn: ");
    match origin.filter(|origin| *origin != credit.name) {
        None => {
            out.push_str(&named_link(&credit.name, origin_address.as_ref().unwrap_or(&entry.link)))
        }
        Some(origin) => {
            out.push_str(&named_link(&credit.name, &entry.link));
            let origin = origin_address
                .map_or_else(|| output::escape(&origin), |address| named_link(&origin, &address));
            out.push_str(&format!(" (theo {origin})"));
        }
    }
    let authors: Vec<String> = entry.authors.iter().map(|a| output::escape(&a.name)).collect();
    if !authors.is_empty() {
        out.push_str(&format!(", {}", authors.join(", ")));
    }
    if article.published.is_some() {
        let at = article.shown_published().at(view.site.utc_offset);
        out.push_str(&format!(", {}", at.format("%H:%M ngày %d/%m/%Y")));
    }
    out.push_str("</p>");
    out
}
