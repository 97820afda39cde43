use crate::model::CopiedArticle;
use crate::text::escape_attribute;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeMap;

/// Lets a page show pictures and play sound and film, and do nothing else, whatever its text holds.
const POLICY: &str = "default-src 'none'; img-src 'self' file: http: https:; media-src 'self' file: http: https:; style-src 'unsafe-inline'";
const STYLE: &str = "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.6 serif}img{max-width:100%;height:auto}.about{color:#555;font-size:.9rem}";

/// The page of an article whose HTML was cleaned. `files` has the path of the copy of each picture and file.
pub fn write(article: &CopiedArticle, files: &BTreeMap<String, String>) -> String {
    let place = |address: &str| match files.get(address) {
        Some(path) => format!("../{path}"),
        None => address.to_owned(),
    };
    let page = html! {
        (DOCTYPE)
        html lang=[article.language.as_deref()] {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width";
                title { (article.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (article.title) }
                (about(article))
                @if let Some(summary) = &article.summary { p { b { (summary) } } }
                @if let Some(image) = article.image.as_ref().filter(|image| !shows(article, &image.url)) {
                    p { img src=(place(&image.url)) alt=(image.alt.as_deref().unwrap_or_default()); }
                }
                @if let Some(content) = &article.content_html { (PreEscaped(with_copies(content, files))) }
                @if !article.media.is_empty() {
                    ul { @for media in &article.media {
                        li { a href=(place(&media.url)) { (media.title.as_deref().unwrap_or(&media.url)) } }
                    } }
                }
            }
        }
    };
    page.into_string()
}

fn about(article: &CopiedArticle) -> Markup {
    let authors = article.authors.iter().filter_map(|author| author.name.as_deref());
    let named: Vec<&str> = authors.chain([article.source.title.as_str()]).collect();
    html! {
        p.about {
            (named.join(", ")) " · " time datetime=(article.published) { (article.published) }
            @if let Some(url) = &article.url { " · " a href=(url) rel="nofollow" { (url) } }
        }
    }
}

/// Whether the text itself shows a picture.
fn shows(article: &CopiedArticle, address: &str) -> bool {
    article.content_html.as_ref().is_some_and(|content| content.contains(&source(address)))
}

/// Has pictures and files that were copied shown from their copies.
fn with_copies(content: &str, files: &BTreeMap<String, String>) -> String {
    let mut content = content.to_owned();
    for (address, path) in files {
        content = content.replace(&source(address), &format!("src=\"../{path}\""));
    }
    content
}

/// The attribute as the sanitizer writes it.
fn source(address: &str) -> String {
    let mut out = "src=\"".to_owned();
    escape_attribute(address, &mut out);
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CopiedImage, CopiedMedia};

    #[test]
    fn a_page_escapes_texts_and_shows_the_copies() {
        let image = "https://a.vn/1.jpg?a=1&b=2";
        let article = CopiedArticle {
            title: "Một <script>alert(1)</script>".into(),
            language: Some("vi".into()),
            content_html: Some("<p><img src=\"https://a.vn/1.jpg?a=1&amp;b=2\"></p>".into()),
            image: Some(CopiedImage { url: image.into(), ..CopiedImage::default() }),
            media: vec![CopiedMedia { url: "https://a.vn/x.mp3".into(), ..CopiedMedia::default() }],
            ..CopiedArticle::default()
        };
        let files = BTreeMap::from([(image.to_owned(), "media/ab/x.jpg".to_owned())]);
        let page = write(&article, &files);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
        assert_eq!(page.matches("src=\"../media/ab/x.jpg\"").count(), 1, "{page}");
        assert!(
            page.contains("href=\"https://a.vn/x.mp3\"") && page.contains("default-src 'none'")
        );
    }
}
