use super::{Context, Draft, link, quirks, texts};
use crate::model::{
    Author, Category, Origin, ParsedEntry, ParsedPerson, ParsedSource, Text, TextKind, Warning,
};
use crate::text::one_line;
use url::Url;

/// The longest name, in characters.
pub(super) const NAME: usize = 200;
/// The longest statement of rights, in characters. It is short because a feed's rights are kept in each of its articles.
pub(super) const RIGHTS: usize = 1000;
/// The most authors and the most categories.
const MANY: usize = 64;

/// Takes the entry's authors, else its origin's, else the feed's where they are inherited.
pub fn set_authors(
    draft: &mut Draft,
    entry: &ParsedEntry,
    base: Option<&Url>,
    context: &Context<'_>,
) {
    let origin = entry.source.as_ref().map_or(&[][..], |origin| &origin.authors);
    let written =
        [&entry.authors, origin, context.feed.authors].into_iter().find(|a| !a.is_empty());
    let written = written.unwrap_or_default();
    for person in written.iter().skip(MANY) {
        Warning::add(&mut draft.warnings, "author-limit", person.name.as_deref());
    }
    for person in written.iter().take(MANY) {
        if quirks::is_nobody(person) {
            Warning::add(&mut draft.warnings, "author-null", person.name.as_deref());
            continue;
        }
        let author = clean_author(draft, person, base, context);
        if author != Author::default() && !draft.authors.contains(&author) {
            draft.authors.push(author);
        }
    }
}

/// One person: the name as plain text, the addresses only where they are valid.
fn clean_author(
    draft: &mut Draft,
    person: &ParsedPerson,
    base: Option<&Url>,
    context: &Context<'_>,
) -> Author {
    let name = person.name.as_deref().unwrap_or("");
    let name =
        texts::repair_field(draft, "author", &Text::of(name, TextKind::Unknown), NAME, context);
    Author {
        name: Some(name).filter(|name| !name.is_empty()),
        email: person.email.as_deref().and_then(email),
        uri: person.uri.as_deref().and_then(|uri| link::resolve(uri, base)).map(String::from),
    }
}

/// A mail address, if a text is one.
fn email(written: &str) -> Option<String> {
    let text = written.trim().trim_start_matches("mailto:");
    let (local, domain) = text.split_once('@')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let fits = !local.is_empty() && domain.contains('.') && text.len() <= 254;
    (fits && local.chars().all(plain) && domain.chars().all(plain)).then(|| text.to_owned())
}

/// Takes the entry's categories and those that the source gives to all its articles.
pub fn set_categories(draft: &mut Draft, entry: &ParsedEntry, context: &Context<'_>) {
    for (term, _, _) in entry.categories.iter().skip(MANY) {
        Warning::add(&mut draft.warnings, "category-limit", Some(term));
    }
    for (term, scheme, label) in entry.categories.iter().take(MANY) {
        let term = texts::repair_field(
            draft,
            "category",
            &Text::of(term, TextKind::Unknown),
            NAME,
            context,
        );
        let label = label.as_deref().map(|label| Text::of(label, TextKind::Unknown));
        let label =
            label.map(|label| texts::repair_field(draft, "category", &label, NAME, context));
        let scheme = scheme.as_deref().map(one_line);
        let scheme = scheme.filter(|scheme| (1..=link::LIMIT).contains(&scheme.len()));
        let label = label.filter(|label| !label.is_empty() && *label != term);
        add_category(draft, Category { term, scheme, label });
    }
    for term in &context.source.categories {
        add_category(draft, Category { term: term.clone(), scheme: None, label: None });
    }
}

/// Adds a category that has a name and is not there yet.
fn add_category(draft: &mut Draft, category: Category) {
    let known =
        draft.categories.iter().any(|c| c.term == category.term && c.scheme == category.scheme);
    if !category.term.is_empty() && !known {
        draft.categories.push(category);
    }
}

/// Takes the rights, the publisher and the origin; the feed's or the source's where the entry names none.
pub fn set_rights_and_origin(
    draft: &mut Draft,
    entry: &ParsedEntry,
    base: Option<&Url>,
    context: &Context<'_>,
) {
    let said = |hint: &str, most| Some(texts::shorten(hint, most)).filter(|text| !text.is_empty());
    let source = context.source;
    let rights = entry.rights.as_ref().and_then(|text| said(&texts::plain_text(text), RIGHTS));
    let publisher = entry.publisher.as_ref().filter(|person| !quirks::is_nobody(person));
    let publisher = publisher.and_then(|person| person.name.as_deref());
    let publisher = publisher.map(|name| texts::shorten_markup(name, NAME));
    let publisher = publisher.filter(|name| !name.is_empty());
    let rights = rights.or_else(|| said(context.feed.rights?, RIGHTS));
    draft.rights = rights.or_else(|| source.rights.clone());
    draft.publisher = publisher.or_else(|| source.publisher.clone());
    draft.publisher = draft.publisher.take().or_else(|| said(context.feed.publisher?, NAME));
    draft.origin = entry.source.as_ref().and_then(|origin| origin_of(draft, origin, base, context));
}

/// The origin that an entry names.
fn origin_of(
    draft: &mut Draft,
    written: &ParsedSource,
    base: Option<&Url>,
    context: &Context<'_>,
) -> Option<Origin> {
    let title = written.title.as_deref().unwrap_or("");
    let title =
        texts::repair_field(draft, "origin", &Text::of(title, TextKind::Unknown), NAME, context);
    let origin = Origin {
        title: Some(title).filter(|title| !title.is_empty()),
        url: written.link.as_deref().and_then(|url| link::resolve(url, base)).map(String::from),
        id: written
            .id
            .as_deref()
            .map(|id| texts::shorten(id, link::LIMIT))
            .filter(|id| !id.is_empty()),
    };
    (origin != Origin::default()).then_some(origin)
}
