use super::feeds::provinces;
use super::table::Table;
use crate::model::{Feed, Filter, Partner, PartnerId};
use std::collections::HashSet;

/// Every partner. Whatever is wrong and noted has a default in its place.
pub(super) fn read(
    tables: Vec<Table<'_>>,
    sources: &HashSet<String>,
    feeds: &[Feed],
) -> Vec<Partner> {
    let (mut partners, mut names) = (Vec::new(), HashSet::new());
    for mut table in tables {
        partners.extend(partner(&mut table, &mut names, sources, feeds));
        table.finish();
    }
    partners
}

fn partner(
    table: &mut Table<'_>,
    names: &mut HashSet<String>,
    sources: &HashSet<String>,
    feeds: &[Feed],
) -> Option<Partner> {
    let id = name(table, names);
    let partner = Partner {
        id: id.or_else(|| PartnerId::new("unnamed").ok())?,
        feeds: table.texts("feeds"),
        filter: Filter {
            sources: table.texts("sources"),
            categories: table.texts("categories"),
            languages: table.texts("languages"),
            provinces: provinces(table, "provinces", true),
            ..Filter::default()
        },
        full_content: table.either("content", ["full", "summary"], true),
        emails: table.flag("emails", false),
        follows: table.flag("follow", false),
        requests_per_minute: table.number("requests_per_minute", 6000, 1),
        allow: table.networks("allow"),
    };
    if let Some(unknown) = partner.filter.sources.iter().find(|id| !sources.contains(*id)) {
        let message =
            format!("`{unknown}` is not the id of a [[source]]: add one or correct the name");
        table.refuse("sources", message);
    }
    if let Some(unknown) = partner.feeds.iter().find(|name| !is_feed(name, sources, feeds)) {
        let message = format!(
            "`{unknown}` is no feed: name a [[feed]] by its id, or all, source-ID, category-NAME"
        );
        table.refuse("feeds", message);
    }
    Some(partner)
}

fn name(table: &mut Table<'_>, names: &mut HashSet<String>) -> Option<PartnerId> {
    let text = table.needed("name", "bao-tinh")?;
    if !names.insert(text.clone()) {
        let message = format!("`{text}` is the name of another partner too: give each its own");
        table.refuse("name", message);
    }
    PartnerId::new(&text).map_err(|error| table.refuse("name", error.to_string())).ok()
}

fn is_feed(name: &str, sources: &HashSet<String>, feeds: &[Feed]) -> bool {
    name == "all"
        || feeds.iter().any(|feed| feed.id.as_str() == name)
        || name.strip_prefix("source-").is_some_and(|source| sources.contains(source))
        || name.strip_prefix("category-").is_some_and(|slug| !slug.is_empty())
}
