use super::mistake::{distance, is_near};
use super::table::Table;
use crate::model::{Feed, FeedId, Filter, is_known};
use crate::text::slug;
use std::collections::HashSet;

const MOST_ENTRIES: usize = 1000;

/// The shape of automatic feeds.
pub(super) fn automatic(mut table: Table<'_>) -> Option<Feed> {
    let id = FeedId::new("all").ok()?;
    let documented = Feed {
        id: id.clone(),
        title: String::new(),
        description: String::new(),
        language: None,
        filter: Filter::default(),
        min_entries: 50,
        max_age_ms: 172_800_000,
        max_entries: 200,
        full_content: true,
        collapse_stories: false,
    };
    let feed = feed(&mut table, id, &documented);
    table.finish();
    Some(feed)
}

/// Every configured feed; a key that it lacks has the value of `[automatic]`.
pub(super) fn read(
    tables: Vec<Table<'_>>,
    automatic: &Feed,
    sources: &HashSet<String>,
) -> Vec<Feed> {
    let (mut feeds, mut ids) = (Vec::new(), HashSet::new());
    for mut table in tables {
        let id = id(&mut table, &mut ids).unwrap_or_else(|| automatic.id.clone());
        let feed = feed(&mut table, id, automatic);
        if let Some(unknown) = feed.filter.sources.iter().find(|id| !sources.contains(*id)) {
            table.refuse(
                "sources",
                format!("`{unknown}` is not the id of a [[source]]: add one or correct the name"),
            );
        }
        feeds.push(feed);
        table.finish();
    }
    feeds
}

fn id(table: &mut Table<'_>, ids: &mut HashSet<String>) -> Option<FeedId> {
    let text = table.needed("id", "kinh-te")?;
    let is_automatic =
        text == "all" || ["source-", "category-"].iter().any(|prefix| text.starts_with(prefix));
    if is_automatic {
        table.refuse("id", format!("`{text}` belongs to an automatic feed: choose another"));
    }
    if !ids.insert(text.clone()) {
        let message = format!("`{text}` is the id of another feed too: give each its own");
        table.refuse("id", message);
    }
    FeedId::new(&text).map_err(|error| table.refuse("id", error.to_string())).ok()
}

fn feed(table: &mut Table<'_>, id: FeedId, defaults: &Feed) -> Feed {
    let (min_entries, max_entries) = entries(table, defaults);
    let title = table.text("title", id.as_str());
    Feed {
        description: table.text("description", &title),
        title,
        id,
        language: table.optional("language"),
        filter: filter(table),
        min_entries,
        max_age_ms: table.duration_or("max_age", defaults.max_age_ms, "2d"),
        max_entries,
        full_content: table.either("content", ["full", "summary"], defaults.full_content),
        collapse_stories: table.either("collapse", ["story", "none"], defaults.collapse_stories),
    }
}

/// The least and the greatest number of entries.
fn entries(table: &mut Table<'_>, defaults: &Feed) -> (usize, usize) {
    let max = table.number("max_entries", defaults.max_entries, 1);
    if max > MOST_ENTRIES {
        table.refuse("max_entries", format!("is above {MOST_ENTRIES}: readers choke on such feeds; archives and /api/v1/changes hold the rest"));
    }
    let min = table.number("min_entries", defaults.min_entries.min(max), 1);
    if min > max && table.is_right("max_entries") {
        table.refuse("min_entries", "is above max_entries: lower one or raise the other");
    }
    (min, max)
}

fn filter(table: &mut Table<'_>) -> Filter {
    Filter {
        sources: table.texts("sources"),
        categories: table.texts("categories"),
        authors: table.texts("authors"),
        languages: table.texts("languages"),
        title_words: table.texts("title_words"),
        publishers: table.texts("publishers"),
        provinces: provinces(table, "provinces", true),
        old_provinces: provinces(table, "old_provinces", false),
    }
}

/// Names of provinces as slugs: `Phú Thọ` and `phu-tho` are one. `today` means those since 1 July 2025.
pub(super) fn provinces(table: &mut Table<'_>, key: &'static str, today: bool) -> Vec<String> {
    let names = table.texts(key);
    if let Some(unknown) = names.iter().find(|name| !is_known(&slug(name), today)) {
        let meant = slug(unknown);
        let known = crate::model::provinces().map(|province| slug(province.name));
        let near = known.map(|name| (distance(&name, &meant), name)).min();
        let remedy = match near {
            Some((steps, name)) if is_near(steps, &meant) => format!("did you mean `{name}`?"),
            _ => "write it as in \"Phú Thọ\" or \"phu-tho\"".to_owned(),
        };
        table.refuse(key, format!("`{unknown}` is no province: {remedy}"));
    }
    names.iter().map(|name| slug(name)).collect()
}
