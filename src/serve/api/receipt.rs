use crate::ingest::{Outcome, PushWarning, Pushed};
use crate::model::{Language, meaning};
use http::StatusCode;
use serde::Serialize;

/// What became of a push.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Receipt {
    /// `published`, `revised` or `unchanged`.
    pub outcome: &'static str,
    /// The number of the event that tells of it, `seq` in `/api/v1/changes`.
    pub seq: u64,
    /// The article's revision now, also its `ETag`.
    pub revision: u32,
    /// The article's permanent id.
    pub id: String,
    /// The last part of the article's address.
    pub key: String,
    /// What the source calls it.
    pub upstream_id: String,
    /// The article's page.
    pub page: String,
    /// What reading changed or left out; absent where the article is as it was pushed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ReceiptWarning>,
}

/// Something that reading changed or left out of a pushed article.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReceiptWarning {
    /// A stable name: `title-cut`, `category-limit`, `embedded` and so on.
    pub name: String,
    /// What it means, in Vietnamese or, by `Accept-Language`, in English.
    pub detail: String,
    /// How often.
    pub count: u32,
    /// The field that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it was about, where one example helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

impl ReceiptWarning {
    fn of(warning: &PushWarning, language: Language) -> Self {
        let said = meaning(&warning.name).map(|meaning| meaning.in_language(language));
        Self {
            name: warning.name.clone(),
            detail: said.unwrap_or(&warning.name).to_owned(),
            count: warning.count,
            field: warning.field.clone(),
            example: warning.example.clone(),
        }
    }
}

impl Receipt {
    /// The receipt of a push, in the client's language.
    pub fn of(pushed: &Pushed, base: &str, language: Language) -> Self {
        let outcome = match pushed.outcome {
            Outcome::Published => "published",
            Outcome::Revised => "revised",
            Outcome::Unchanged | Outcome::StaysWithdrawn => "unchanged",
        };
        Self {
            outcome,
            seq: pushed.seq.0,
            revision: pushed.revision,
            id: pushed.id.to_string(),
            key: pushed.key.to_string(),
            upstream_id: pushed.upstream_id.clone(),
            page: format!("{base}/a/{}", pushed.key),
            warnings: pushed.warnings.iter().map(|w| ReceiptWarning::of(w, language)).collect(),
        }
    }

    /// 201 for a new article, else 200.
    pub fn status(&self) -> StatusCode {
        if self.outcome == "published" { StatusCode::CREATED } else { StatusCode::OK }
    }
}
