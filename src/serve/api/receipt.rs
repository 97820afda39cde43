use crate::ingest::{Outcome, Pushed};
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
}

impl Receipt {
    /// The receipt of a push.
    pub fn of(pushed: &Pushed, base: &str) -> Self {
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
        }
    }

    /// 201 for a new article, else 200.
    pub fn status(&self) -> StatusCode {
        if self.outcome == "published" { StatusCode::CREATED } else { StatusCode::OK }
    }
}
