//! The pages for people: what each shows is looked up here, how it looks is `page`'s.

use super::articles::json;
use super::error::{Answer, Problem};
use super::state::State;
use crate::model::Article;
use axum::response::Response;
use http::HeaderMap;

/// The permalink page of an article.
pub fn article(_state: &State, article: &Article, headers: &HeaderMap) -> Answer<Response> {
    Ok(json(article, headers))
}

/// The readable page of a feed.
pub async fn feed(_state: &State, _id: &str, _headers: &HeaderMap) -> Answer<Response> {
    Err(Problem::not_found())
}
