use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One answer of `GET /api/v1/changes`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepPage {
    /// In the order of the journal; may be empty although `next` moved, where everything was outside the selection.
    pub changes: Vec<Step>,
    /// The cursor to ask with next: store it after the steps have been applied. Opaque, at most 100 characters of ASCII.
    pub next: String,
    /// Whether there is more to read behind `next` now.
    pub more: bool,
}

/// What a copy does with one article. Each article comes once, at its present state, at the place of its last event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// The number of the article's last event: ordered, with gaps, up to 2^63-1.
    pub seq: u64,
    /// What to do.
    #[serde(rename = "type")]
    pub kind: StepKind,
    /// When that event was taken in, RFC 3339 in UTC.
    pub at: String,
    /// The article's permanent id, a URI: RSS `guid`, Atom `id`.
    pub id: String,
    /// The article's key: the last part of its addresses here.
    pub key: String,
    /// The id of the article's source here.
    pub source: String,
    /// 1 for the first publication; each revision, withdrawal and return adds one.
    pub revision: u32,
    /// Why it was withdrawn, in the source's words; plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The whole article; with `put` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<CopiedArticle>,
}

/// What to do with the article of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Store the article, in place of an earlier revision where there is one; also after `removed` or `withdrawn`. With the
    /// revision that you have: what is told of its files is new.
    Put,
    /// Delete the copy, where there is one: the article left the selection.
    Removed,
    /// Delete the copy, where there is one: the article was taken back everywhere.
    Withdrawn,
}

impl StepKind {
    /// The name in JSON and of the server-sent event.
    pub fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Removed => "removed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An article as partners copy it. Texts are plain unless they say HTML; dates are RFC 3339 in UTC, in whole seconds;
/// addresses are absolute, http or https; a field without a value is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CopiedArticle {
    /// The permanent id, a URI; never changes.
    pub id: String,
    /// The key: the last part of its addresses here; never changes.
    pub key: String,
    /// 1 for the first publication; each revision, withdrawal and return adds one.
    pub revision: u32,
    /// Where it came in here.
    pub source: CopiedSource,
    /// What the source calls it; unique within the source only.
    pub upstream_id: String,
    /// The original's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Our page of it; it follows our `base_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// At most 1,000 characters; may be empty.
    pub title: String,
    /// The lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The body: sanitized HTML, at most 512 KiB; absent for a partner that gets summaries.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::text::json_string::serialize"
    )]
    pub content_html: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<CopiedAuthor>,
    /// What it is filed under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CopiedCategory>,
    /// BCP 47: `vi`, `vi-VN`, `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When it was published, as feeds show it: the source's date, at most an hour after `received`, or `received` where
    /// the source's date could not be read. Never changes.
    pub published: String,
    /// When it last really changed, as feeds show it; `published` for the first revision.
    pub updated: String,
    /// The date of publication in the source's own words, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_raw: Option<String>,
    /// When it was first taken in. Never changes.
    pub received: String,
    /// The picture that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<CopiedImage>,
    /// The files that belong to it: sound, film, documents, further pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<CopiedMedia>,
    /// Where the source itself had it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<CopiedOrigin>,
    /// Who may do what with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
    /// The body that answers for the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// What looked wrong in its texts and was left as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<CopiedFlag>,
    /// The journals that it came through, each by its identity, the answering one last. A journal that finds its own
    /// identity here has the article already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
}

/// The source of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedSource {
    /// Its id here.
    pub id: String,
    /// What people call it; its id where it is no longer configured.
    pub title: String,
}

/// Who wrote an article; at least one field has a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedAuthor {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A page of the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The e-mail address; only for a partner with a right to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// What an article is filed under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedCategory {
    /// The name or code.
    pub term: String,
    /// The vocabulary that the term is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The name for people where the term is a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A picture that stands for an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedImage {
    /// Where it is: here if we hold a copy, else at its origin.
    pub url: String,
    /// What it shows, for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// `image/jpeg`, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// SHA-256 of its bytes, 64 hexadecimal digits; only where we hold a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A file that belongs to an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedMedia {
    /// Where it is: here if we hold a copy, else at its origin.
    pub url: String,
    /// `audio/mpeg`; `application/octet-stream` where it is not known.
    pub media_type: String,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Seconds, for sound and film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// SHA-256 of its bytes, 64 hexadecimal digits; only where we hold a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Pixels, for pictures and film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, for pictures and film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// Where a source had an article from; at least one field has a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedOrigin {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its feed or page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Something that looked wrong in a text and was left as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopiedFlag {
    /// `title`, `summary`, `content`, `published`.
    pub field: String,
    /// `cut` (the body was too long; the rest is at `url`), `glued`, `undated` and so on.
    pub rule: String,
    /// The piece of text that it is about.
    pub text: String,
    /// What the piece may have been, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_absent_and_what_is_unknown_is_ignored() {
        let step = r#"{"seq":812,"type":"put","at":"2026-11-28T06:00:00Z","id":"tag:a,2026:b/1","key":"k","source":"b","revision":1,"article":{"id":"tag:a,2026:b/1","key":"k","revision":1,"source":{"id":"b","title":"B"},"upstream_id":"1","title":"T","published":"2026-11-28T06:00:00Z","updated":"2026-11-28T06:00:00Z","received":"2026-11-28T06:00:00Z"}}"#;
        let read: Step = serde_json::from_str(step).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), step);
        let more = step.replacen("\"seq\"", "\"later\":[1],\"seq\"", 1);
        assert_eq!(serde_json::from_str::<Step>(&more).unwrap(), read);
        assert!(serde_json::from_str::<Step>(&step.replace("\"put\"", "\"later\"")).is_err());
        for kind in [StepKind::Put, StepKind::Removed, StepKind::Withdrawn] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
