use crate::config::SiteConfig;
use crate::feeds::publish;
use crate::model::*;
use crate::store::{Copy, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything besides an article that its copy follows from.
pub struct Rendering<'a> {
    pub site: &'a SiteConfig,
    pub sources: &'a [Source],
    /// Knows the copies of files; without it all files are at their origin.
    pub store: Option<&'a Store>,
    /// [`crate::journal::Journal::identity`]
    pub journal: &'a str,
    /// Whether the body is included.
    pub full_content: bool,
    /// Whether authors' e-mail addresses are included.
    pub emails: bool,
}

impl Rendering<'_> {
    /// An article as copies get it.
    pub fn article(&self, article: &Arc<Article>) -> CopiedArticle {
        let source = self.sources.iter().find(|source| source.id == article.source);
        let published = publish(article, source, &self.site.base_url, self.store);
        let (article, copies) = (&published.article, &published.copies);
        CopiedArticle {
            id: article.id.to_string(),
            key: article.key.to_string(),
            revision: article.revision,
            source: self.source(&article.source),
            upstream_id: article.upstream_id.clone(),
            url: article.url.clone(),
            page: Some(format!("{}/a/{}", self.site.base_url, article.key)),
            title: article.title.clone(),
            summary: article.summary.clone(),
            content_html: article.content.clone().filter(|_| self.full_content),
            authors: article.authors.iter().filter_map(|author| self.author(author)).collect(),
            categories: article.categories.iter().map(category).collect(),
            language: article.language.clone(),
            published: article.shown_published().rfc3339(),
            updated: article.shown_updated().rfc3339(),
            published_raw: article.published.as_ref().map(|dated| dated.raw.clone()),
            received: article.received.rfc3339(),
            image: article.image.as_ref().map(|picture| image(picture, copies)),
            media: article.enclosures.iter().map(|file| media(file, copies)).collect(),
            origin: article.origin.as_ref().and_then(origin),
            rights: article.rights.clone(),
            publisher: article.publisher.clone(),
            flags: article.flags.iter().map(flag).collect(),
            path: article
                .path
                .iter()
                .map(String::as_str)
                .chain([self.journal])
                .map(str::to_owned)
                .collect(),
        }
    }

    fn source(&self, id: &SourceId) -> CopiedSource {
        let configured = self.sources.iter().find(|source| source.id == *id);
        let title = configured.map_or_else(|| id.to_string(), |source| source.title.clone());
        CopiedSource { id: id.to_string(), title }
    }

    fn author(&self, author: &Author) -> Option<CopiedAuthor> {
        let email = author.email.clone().filter(|_| self.emails);
        let author = CopiedAuthor { name: author.name.clone(), url: author.uri.clone(), email };
        (author != CopiedAuthor::default()).then_some(author)
    }
}

fn category(category: &Category) -> CopiedCategory {
    let Category { term, scheme, label } = category.clone();
    CopiedCategory { term, scheme, label }
}

/// What we hold copies of, by the addresses that an article has for them.
type Copies = BTreeMap<String, Copy>;

fn image(image: &Image, copies: &Copies) -> CopiedImage {
    let Image { url, alt, width, height } = image.clone();
    let copy = copies.get(&url);
    let media_type = copy.map(|copy| copy.media_type.clone());
    CopiedImage {
        sha256: copy.map(|copy| copy.sha256.clone()),
        media_type,
        url,
        alt,
        width,
        height,
    }
}

fn media(file: &Enclosure, copies: &Copies) -> CopiedMedia {
    let Enclosure { url, media_type, length, title, duration } = file.clone();
    let copy = copies.get(&url);
    let (width, height) = (copy.and_then(|copy| copy.width), copy.and_then(|copy| copy.height));
    let sha256 = copy.map(|copy| copy.sha256.clone());
    CopiedMedia { url, media_type, length, title, duration, sha256, width, height }
}

fn origin(origin: &Origin) -> Option<CopiedOrigin> {
    let origin = CopiedOrigin { title: origin.title.clone(), url: origin.url.clone() };
    (origin != CopiedOrigin::default()).then_some(origin)
}

fn flag(flag: &Flag) -> CopiedFlag {
    let Flag { field, text, suggestion, rule } = flag.clone();
    CopiedFlag { field, rule, text, suggestion }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::journal::samples;

    #[test]
    fn an_article_is_copied_with_what_a_partner_may_have() {
        let config = Config::parse(
            "[site]\nbase_url = \"https://bao.vn\"\n[[source]]\nid = \"a\"\ntitle = \"Báo A\"\nkind = \"push\"\n",
            std::path::Path::new("/"),
        )
        .unwrap();
        let mut article = samples::article("a", 1, Timestamp::from_secs(1_795_000_000));
        let (name, email) = (Some("Mai".to_owned()), Some("mai@bao.vn".to_owned()));
        article.authors = vec![
            Author { name, email: email.clone(), uri: None },
            Author { email, ..Author::default() },
        ];
        let public = Rendering {
            site: &config.site,
            sources: &config.sources,
            store: None,
            journal: "j",
            full_content: true,
            emails: false,
        };
        let article = Arc::new(article);
        let copied = public.article(&article);
        assert_eq!(copied.page, Some(format!("https://bao.vn/a/{}", article.key)));
        assert_eq!(
            (copied.source.title.as_str(), copied.path.as_slice()),
            ("Báo A", &["j".to_owned()][..])
        );
        assert_eq!(copied.content_html, article.content);
        assert_eq!(copied.authors.len(), 1, "an author that is only an address is nobody");
        assert!(!serde_json::to_string(&copied).unwrap().contains("mai@"));
        let partner = Rendering { full_content: false, emails: true, ..public };
        let copied = partner.article(&article);
        assert_eq!((copied.content_html, copied.authors.len()), (None, 2));
    }
}
