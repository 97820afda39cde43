use super::{articles, batch, changes, journal, push, receipt};
use crate::ingest::article_json::schema;
use crate::serve::http::error;
use crate::serve::{media, status};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use std::sync::LazyLock;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "dongtin",
        description = "The syndication daemon for Vietnamese news portals: push articles, read every change in order. Problems are RFC 9457 problem details in Vietnamese, or in English by Accept-Language.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        push::post, push::put, push::get, push::delete,
        articles::article, changes::changes, changes::durable::stream,
        journal::journal, media::copy_for_followers,
        status::health, status::ready, status::metrics, status::json,
    ),
    components(schemas(
        error::Written, batch::LineResult, crate::model::Purge, receipt::ReceiptWarning, schema::PersonFields, schema::SubjectFields,
        schema::FileFields, schema::From,
    )),
    modifiers(&Token, &Something),
    tags(
        (name = "push", description = "A source's own articles"),
        (name = "articles", description = "Articles by key"),
        (name = "changes", description = "The journal, for partners"),
        (name = "operation", description = "How the daemon is"),
    )
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// Adds the rule that an article has a title or content, which a struct of options cannot express.
struct Something;

impl Modify for Something {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let Some(components) = openapi.components.as_mut() else { return };
        let Some(article) = components.schemas.remove("PushedArticle") else { return };
        let text = || ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"\S"));
        let with = |name: &str| ObjectBuilder::new().property(name, text()).required(name).build();
        let one = ["title", "summary", "content_html", "content_text"].map(with);
        let one = one.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item).build();
        let whole = AllOfBuilder::new().item(article).item(Schema::AnyOf(one)).build();
        components.schemas.insert("PushedArticle".to_owned(), Schema::AllOf(whole).into());
    }
}

/// The document's text.
pub fn document() -> &'static str {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| Document::openapi().to_pretty_json().unwrap_or_default());
    &TEXT
}

/// `GET /api/v1/openapi.json`
pub async fn openapi() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([kind, cache], document()).into_response()
}
