use super::layout::{is_ours, outside};
use super::{Entry, Frame};
use crate::model::Article;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

pub(super) fn meta(frame: &Frame<'_>, entry: &Entry<'_>, path: &str) -> Markup {
    let article = entry.article;
    let offset = frame.site.utc_offset;
    let url = format!("{}{path}", frame.site.base_url);
    html! {
        meta property="og:type" content="article";
        meta property="og:site_name" content=(frame.site.title);
        meta property="og:title" content=(article.title);
        meta property="og:url" content=(url);
        @if let Some(summary) = &article.summary { meta property="og:description" content=(summary); }
        @if let Some(image) = image(frame, article) {
            meta property="og:image" content=(image);
            @if let Some(alt) = article.image.as_ref().and_then(|i| i.alt.as_ref()) {
                meta property="og:image:alt" content=(alt);
            }
        }
        meta property="article:published_time" content=(article.shown_published().rfc3339_at(offset));
        meta property="article:modified_time" content=(article.shown_updated().rfc3339_at(offset));
        script type="application/ld+json" { (PreEscaped(in_script(&news_article(frame, entry, &url)))) }
    }
}

/// The picture's whole address.
fn image(frame: &Frame<'_>, article: &Article) -> Option<String> {
    let url = &article.image.as_ref()?.url;
    if is_ours(url) {
        return Some(format!("{}{url}", frame.site.base_url));
    }
    outside(url).map(str::to_owned)
}

fn news_article(frame: &Frame<'_>, entry: &Entry<'_>, url: &str) -> Value {
    let article = entry.article;
    let offset = frame.site.utc_offset;
    let people: Vec<Value> = article
        .authors
        .iter()
        .filter_map(|a| a.name.as_ref())
        .map(|name| json!({ "@type": "Person", "name": name }))
        .collect();
    let publisher = article.publisher.as_deref().unwrap_or(entry.source_title);
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "url": url,
        "mainEntityOfPage": url,
        "inLanguage": article.language.as_deref().unwrap_or(&frame.site.language),
        "datePublished": article.shown_published().rfc3339_at(offset),
        "dateModified": article.shown_updated().rfc3339_at(offset),
        "publisher": { "@type": "Organization", "name": publisher },
        "articleSection": article.categories.iter().map(|c| c.label.as_ref().unwrap_or(&c.term)).collect::<Vec<_>>(),
    });
    let optional = [
        ("description", article.summary.clone().map(Value::from)),
        ("image", image(frame, article).map(Value::from)),
        ("isBasedOn", article.url.as_deref().and_then(outside).map(Value::from)),
        ("author", (!people.is_empty()).then_some(Value::from(people))),
    ];
    for (key, field) in optional {
        if let (Some(field), Some(object)) = (field, value.as_object_mut()) {
            object.insert(key.to_owned(), field);
        }
    }
    value
}

/// JSON in which no HTML parser sees an end tag, a comment or a line end.
fn in_script(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
