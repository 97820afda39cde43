//! What a page says of itself for machines: Open Graph, JSON-LD, microdata, and its own heading.

use super::nodes::{attribute, first, has_day, is_around, one_line, said, title_of};
use crate::model::ParsedDate;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

/// What a page says of itself; as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The article's title.
    pub title: Option<String>,
    /// When it was published.
    pub published: Option<ParsedDate>,
    /// When it was changed.
    pub updated: Option<ParsedDate>,
    /// Its lead.
    pub lead: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Its picture.
    pub image: Option<String>,
    /// Whether the page says that it is an article.
    pub is_article: bool,
}

/// Reads what a page says of itself.
pub fn facts(page: &Html) -> Facts {
    let mut facts = Facts { is_article: is_typed(page), ..Facts::default() };
    for block in blocks(page).iter().take(20) {
        of_json(block, &mut facts, 0);
    }
    let site = attribute(page, "meta[property=\"og:site_name\"]", "content");
    let property = |name: &str| attribute(page, &format!("meta[property=\"{name}\"]"), "content");
    let named = |name: &str| attribute(page, &format!("meta[name=\"{name}\"]"), "content");
    facts.title = facts.title.or_else(|| heading(page, property("og:title"), site.as_deref()));
    facts.lead = facts.lead.or_else(|| property("og:description")).or_else(|| named("description"));
    facts.image = facts.image.or_else(|| property("og:image"));
    facts.author = facts.author.or_else(|| named("author")).filter(|name| !name.contains("://"));
    let visible = visible_date(page);
    let declared = property("article:published_time").map(|raw| ParsedDate { raw });
    // NukeViet's machine-readable date is the time of the last edit; the one that people see is right.
    let declared =
        declared.or(facts.published.take()).filter(|_| !(is_nukeviet(page) && visible.is_some()));
    facts.published = declared.or(visible);
    facts.updated =
        facts.updated.or(property("article:modified_time").map(|raw| ParsedDate { raw }));
    facts
}

fn is_typed(page: &Html) -> bool {
    attribute(page, "meta[property=\"og:type\"]", "content").is_some_and(|kind| kind == "article")
        || first(page, "[itemtype*=\"schema.org/NewsArticle\"], [itemtype*=\"schema.org/Article\"]")
            .is_some()
}

fn is_nukeviet(page: &Html) -> bool {
    attribute(page, "meta[name=generator]", "content")
        .is_some_and(|generator| generator.to_ascii_lowercase().contains("nukeviet"))
}

/// The title: of Open Graph where a heading or the page's title confirms it, else the first heading that is no site's name.
fn heading(page: &Html, og: Option<String>, site: Option<&str>) -> Option<String> {
    let title = title_of(page).unwrap_or_default();
    let is_site = |text: &str| site.is_some_and(|site| site.eq_ignore_ascii_case(text));
    let headings: Vec<String> = ["h1", "h2"]
        .iter()
        .filter_map(|name| Selector::parse(name).ok())
        .flat_map(|selector| page.select(&selector).map(said).take(5).collect::<Vec<_>>())
        .filter(|text| !text.is_empty() && !is_site(text))
        .collect();
    let confirmed = headings.iter().find(|text| text.chars().count() > 8 && title.contains(*text));
    let og = og.map(|og| one_line(&og)).filter(|og| !is_site(og));
    og.or_else(|| confirmed.cloned()).or_else(|| headings.into_iter().next()).or_else(|| {
        let parts = [" | ", " - ", " – ", " » "].iter().fold(vec![&*title], |parts, between| {
            parts.into_iter().flat_map(|part| part.split(between)).collect()
        });
        let mut parts = parts.into_iter().map(str::trim);
        parts.find(|part| part.chars().count() > 8).map(str::to_owned)
    })
}

/// The date that people see: in a `time`, in an element named so, else the first short text that is a day.
fn visible_date(page: &Html) -> Option<ParsedDate> {
    let named = Selector::parse(
        "[itemprop=datePublished], time, .time, .date, .datetime, .post-date, .publish-date, .ngaydang, .ngay-dang, .news-date, .created, .entry-date",
    );
    let seen = |e: &ElementRef<'_>| {
        let text = said(*e);
        text.len() < 120 && has_day(&text) && !inside_around(*e)
    };
    let of = |e: ElementRef<'_>| ParsedDate { raw: trimmed(&said(e)) };
    if let Ok(named) = named
        && let Some(found) = page.select(&named).find(seen)
    {
        return Some(of(found));
    }
    let body = first(page, "body")?;
    let leaf = |e: &ElementRef<'_>| e.child_elements().next().is_none();
    let short = |e: &ElementRef<'_>| said(*e).chars().count() < 70;
    let mut short = body.descendent_elements().take(5_000).filter(leaf).filter(short);
    short.find(|e| seen(e) && !["a", "script", "option"].contains(&e.value().name())).map(of)
}

/// A date's text without what stands around it.
fn trimmed(text: &str) -> String {
    let text = text.trim_matches(|c: char| matches!(c, '(' | ')' | '|' | '-' | ' ' | '–'));
    let labels = ["ngày đăng", "cập nhật", "đăng ngày", "đăng lúc", "ngày xuất bản", "published"];
    let lower = text.to_lowercase();
    let label = labels.iter().find(|label| lower.starts_with(**label));
    let rest = label.and_then(|label| text.get(label.len()..)).unwrap_or(text);
    rest.trim_start_matches([':', ' ', '-']).to_owned()
}

fn inside_around(element: ElementRef<'_>) -> bool {
    is_around(element) || element.ancestors().take(60).filter_map(ElementRef::wrap).any(is_around)
}

fn blocks(page: &Html) -> Vec<Value> {
    let Ok(selector) = Selector::parse("script[type=\"application/ld+json\"]") else {
        return Vec::new();
    };
    let scripts = page.select(&selector).take(20).map(|script| script.text().collect::<String>());
    scripts.filter_map(|code| serde_json::from_str(&code).ok()).collect()
}

/// Takes from JSON-LD what it says of an article; graphs and lists are looked through.
fn of_json(value: &Value, facts: &mut Facts, depth: usize) {
    if depth > 4 {
        return;
    }
    if let Some(list) = value.as_array() {
        return list.iter().take(50).for_each(|one| of_json(one, facts, depth + 1));
    }
    if let Some(graph) = value.get("@graph") {
        of_json(graph, facts, depth + 1);
    }
    let kinds = ["Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle"];
    let is_kind = |kind: &Value| kind.as_str().is_some_and(|kind| kinds.contains(&kind));
    let kind = value.get("@type");
    if !kind.is_some_and(|k| is_kind(k) || k.as_array().is_some_and(|l| l.iter().any(is_kind))) {
        return;
    }
    facts.is_article = true;
    let text = |name: &str| value.get(name).and_then(words);
    facts.title = facts.title.take().or(text("headline"));
    facts.lead = facts.lead.take().or(text("description"));
    facts.author = facts.author.take().or(text("author"));
    facts.image = facts.image.take().or(text("image"));
    facts.published =
        facts.published.take().or(text("datePublished").map(|raw| ParsedDate { raw }));
    facts.updated = facts.updated.take().or(text("dateModified").map(|raw| ParsedDate { raw }));
}

/// The words of a JSON-LD value: itself, its name or address, or those of its first.
fn words(value: &Value) -> Option<String> {
    let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    let inner = value.get("name").or(value.get("url")).unwrap_or(value);
    inner.as_str().map(one_line).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_split_where_a_site_is_added_and_not_at_every_hyphen() {
        for (title, heading) in [
            ("Covid-19 tại Hòa Bình - Báo", "Covid-19 tại Hòa Bình"),
            ("Báo | Kết quả xét nghiệm Covid-19 | Y tế", "Kết quả xét nghiệm Covid-19"),
            ("Tin – Đường 12B Hòa Bình–Tân Lạc » Báo", "Đường 12B Hòa Bình–Tân Lạc"),
            ("Báo - Tin", ""),
        ] {
            let page = Html::parse_document(&format!("<title>{title}</title><p>x"));
            assert_eq!(facts(&page).title.unwrap_or_default(), heading, "{title}");
        }
    }

    #[test]
    fn json_ld_and_open_graph_are_read() {
        let page = Html::parse_document(
            r#"<html><head><title>Tin lớn - Cổng</title><meta property="og:type" content="article">
            <meta property="og:image" content="/a.jpg"><script type="application/ld+json">{"@graph":[{"@type":["NewsArticle"],
            "headline":"Tin  lớn","datePublished":"2026-06-12T20:30:00+07:00","author":{"@type":"Person","name":"An"}}]}</script></head></html>"#,
        );
        let facts = facts(&page);
        assert!(facts.is_article);
        assert_eq!(facts.title.as_deref(), Some("Tin lớn"));
        assert_eq!(facts.published.unwrap().raw, "2026-06-12T20:30:00+07:00");
        assert_eq!((facts.author.as_deref(), facts.image.as_deref()), (Some("An"), Some("/a.jpg")));
    }

    #[test]
    fn nukeviets_edit_time_is_not_its_date() {
        let page = Html::parse_document(
            r#"<head><meta name=generator content="NukeViet v4.5"></head><body><h1>Tin của huyện</h1>
            <span class="time">Thứ sáu - 12/06/2026 20:30</span><span itemprop="datePublished" content="2026-07-01T00:00:00"></span></body>"#,
        );
        assert_eq!(facts(&page).published.unwrap().raw, "Thứ sáu - 12/06/2026 20:30");
    }

    #[test]
    fn a_date_in_the_margin_is_not_the_articles() {
        let page = Html::parse_document(
            "<body><div class=sidebar><span class=date>01/01/2026</span></div><h1>Tin</h1><i>Ngày đăng: 12/06/2026</i></body>",
        );
        assert_eq!(facts(&page).published.unwrap().raw, "12/06/2026");
    }
}
