use crate::read::json_repair::repair;
use crate::text::{decode, html_to_text, looks_like_html, one_line};
use scraper::{Html, Selector};
use serde_json::Value;

/// What JSON-LD says of an article; as written, but for entities and tags, which belong in HTML only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonLd {
    /// Whether it names an article at all.
    pub is_article: bool,
    /// `headline`.
    pub title: Option<String>,
    /// `description`.
    pub lead: Option<String>,
    /// `articleBody`, with its own line breaks.
    pub body: Option<String>,
    /// The names of `author`.
    pub authors: Vec<String>,
    /// `image`.
    pub image: Option<String>,
    /// `datePublished`.
    pub published: Option<String>,
    /// `dateModified`.
    pub updated: Option<String>,
    /// The name of `publisher`.
    pub site: Option<String>,
    /// `inLanguage`.
    pub language: Option<String>,
}

/// Blocks of a page, and things in one list, that are looked at.
const MANY: usize = 20;
/// How deep articles are looked for in graphs and lists.
const DEEP: usize = 4;

/// Reads the JSON-LD of a page; the first that says something counts.
pub fn json_ld(page: &Html) -> JsonLd {
    let mut said = JsonLd::default();
    let Ok(selector) = Selector::parse("script[type]") else { return said };
    let is_ld = |kind: &str| kind.trim().to_ascii_lowercase().starts_with("application/ld+json");
    let scripts = page.select(&selector).filter(|s| s.value().attr("type").is_some_and(is_ld));
    for script in scripts.take(MANY) {
        if let Some(value) = parsed(&script.text().collect::<String>()) {
            take(&value, &mut said, 0);
        }
    }
    said
}

/// The value of a block: what does not parse is tried without the comment around it, then repaired.
fn parsed(code: &str) -> Option<Value> {
    let bare = code.trim().trim_start_matches("<!--").trim_start_matches("<![CDATA[");
    let bare = bare.trim_end_matches("-->").trim_end_matches("]]>").trim().trim_end_matches(';');
    let read = |text: &str| serde_json::from_str(text).ok();
    read(bare).or_else(|| read(&repair(bare)?))
}

/// Takes what a value says of an article; graphs and lists are looked through.
fn take(value: &Value, said: &mut JsonLd, depth: usize) {
    if depth > DEEP {
        return;
    }
    if let Some(list) = value.as_array() {
        return list.iter().take(50).for_each(|one| take(one, said, depth + 1));
    }
    for inner in ["@graph", "mainEntity"].iter().filter_map(|name| value.get(*name)) {
        take(inner, said, depth + 1);
    }
    if !value.get("@type").is_some_and(is_article) {
        return;
    }
    let line = |name: &str| value.get(name).and_then(first_name);
    said.is_article = true;
    said.title = said.title.take().or_else(|| line("headline"));
    said.lead = said.lead.take().or_else(|| line("description"));
    said.body = said.body.take().or_else(|| value.get("articleBody")?.as_str().map(str::to_owned));
    said.image = said.image.take().or_else(|| line("image"));
    said.published = said.published.take().or_else(|| line("datePublished"));
    said.updated = said.updated.take().or_else(|| line("dateModified"));
    said.site = said.site.take().or_else(|| line("publisher"));
    said.language = said.language.take().or_else(|| line("inLanguage"));
    if said.authors.is_empty() {
        said.authors = value.get("author").map(names).unwrap_or_default();
    }
}

/// Whether a type is one of schema.org's articles, by its short name or its address.
fn is_article(kind: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().take(MANY).any(is_article),
        Value::String(kind) => {
            let ends = ["Article", "BlogPosting", "Report", "SocialMediaPosting"];
            ends.iter().any(|end| kind.ends_with(end))
        }
        _ => false,
    }
}

/// The text of a value: itself, its name or address, or that of its first.
fn first_name(value: &Value) -> Option<String> {
    let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    let inner = value.get("name").or(value.get("url")).or(value.get("@value")).unwrap_or(value);
    inner.as_str().map(shown).filter(|text| !text.is_empty())
}

/// The names of people, each for itself.
fn names(value: &Value) -> Vec<String> {
    let one = std::slice::from_ref(value);
    let all = value.as_array().map_or(one, Vec::as_slice);
    all.iter().take(MANY).filter_map(first_name).collect()
}

/// A text that should be plain as a reader is meant to see it: some portals put HTML into it, escaped even twice.
pub fn shown(text: &str) -> String {
    let mut plain = decode(text).into_owned();
    if plain.contains('&') && looks_like_html(&plain) {
        plain = decode(&plain).into_owned();
    }
    if plain.contains('<') && looks_like_html(&plain) {
        plain = html_to_text(&plain);
    }
    one_line(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> JsonLd {
        json_ld(&Html::parse_document(&format!(
            "<script type='application/ld+json'>{json}</script>"
        )))
    }

    #[test]
    fn graphs_lists_and_addresses_of_types_are_looked_through() {
        for json in [
            r#"{"@graph":[{"@type":"WebSite","name":"Báo"},{"@type":["NewsArticle"],"headline":"Tin  lớn"}]}"#,
            r#"[{"@type":"Organization"},{"@type":"http://schema.org/ReportageNewsArticle","headline":"Tin lớn"}]"#,
            r#"{"@type":"WebPage","mainEntity":{"@type":"BlogPosting","headline":["Tin lớn"]}}"#,
            "<!-- {\"@type\":\"Article\",\"headline\":\"Tin\nlớn\",} -->",
        ] {
            assert_eq!(of(json).title.as_deref(), Some("Tin lớn"), "{json}");
        }
        assert!(!of(r#"{"@type":"Person","headline":"Tin"}"#).is_article);
    }

    #[test]
    fn entities_and_tags_are_no_part_of_a_text() {
        let said = of(
            r#"{"@type":"Article","headline":"&quot;L&agrave;m&quot; &amp; học","description":"<p>Một &amp;quot;hai&amp;quot;</p>",
            "author":[{"name":"Vì Th&#7883; Nhâm"},{"name":"An"},"Bình"]}"#,
        );
        assert_eq!(said.title.as_deref(), Some("\"Làm\" & học"));
        assert_eq!(said.lead.as_deref(), Some("Một \"hai\""));
        assert_eq!(said.authors, ["Vì Thị Nhâm", "An", "Bình"]);
        assert_eq!(shown("R&D < 3 && x"), "R&D < 3 && x");
    }
}
