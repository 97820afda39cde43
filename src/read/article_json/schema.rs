//! The fields of an article's JSON as the OpenAPI document shows them, and the objects that stand in them.
//!
//! `PushedArticle` is only described, never read: `super::Fields` takes more names for the same fields.

use super::scalars::{Amount, Code, MANY};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};

/// An article as JSON. JSON Feed's names are taken too.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct PushedArticle {
    /// What you call it, compared byte by byte: the same id again is a revision. Without it the `url` is the id.
    #[schema(schema_with = id)]
    id: Option<Code>,
    /// The article's own address, http or https.
    #[schema(format = "uri", max_length = 2048)]
    url: Option<String>,
    /// Plain text, one line; cut at 1,000 characters.
    title: Option<String>,
    /// The lead, plain text.
    summary: Option<String>,
    /// The body as HTML; it is sanitized.
    content_html: Option<String>,
    /// The body as plain text, where there is no HTML.
    content_text: Option<String>,
    /// Who wrote it: a name or an object, or a list of them.
    #[schema(schema_with = people)]
    authors: Option<()>,
    /// What it is filed under: a name or an object, or a list of them.
    #[schema(schema_with = subjects)]
    categories: Option<()>,
    /// BCP 47: `vi`.
    language: Option<String>,
    /// When it was published, RFC 3339 or as your system writes it; a push with one that cannot be read is refused.
    #[schema(pattern = r"[0-9]|^\s*$", max_length = 200)]
    published: Option<String>,
    /// When it was last changed.
    #[schema(pattern = r"[0-9]|^\s*$", max_length = 200)]
    updated: Option<String>,
    /// The address of its picture, http or https.
    #[schema(format = "uri", max_length = 2048)]
    image: Option<String>,
    /// Its files: an address or an object, or a list of them.
    #[schema(schema_with = files)]
    enclosures: Option<()>,
    /// `dc:rights`.
    rights: Option<String>,
    /// Who answers for the text: a name or an object.
    #[schema(schema_with = person)]
    publisher: Option<()>,
    /// Where you had it from.
    source: Option<From>,
}

/// A person's fields.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PersonFields {
    /// The name.
    pub name: Option<String>,
    /// Published in Atom only.
    pub email: Option<String>,
    /// http or https.
    #[serde(alias = "uri")]
    pub url: Option<String>,
}

/// A category's fields.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SubjectFields {
    /// The name or code.
    #[serde(alias = "name")]
    #[schema(schema_with = code)]
    pub term: Code,
    /// The vocabulary it is from.
    pub scheme: Option<String>,
    /// The name for people where `term` is a code.
    pub label: Option<String>,
}

/// A file that belongs to the article.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FileFields {
    /// http or https.
    #[schema(format = "uri", max_length = 2048)]
    pub url: String,
    /// `image/jpeg`
    #[serde(alias = "type", alias = "mime_type")]
    pub media_type: Option<String>,
    /// Bytes.
    #[serde(alias = "size_in_bytes")]
    #[schema(schema_with = amount)]
    pub length: Option<Amount>,
    /// Plain text.
    pub title: Option<String>,
    /// Seconds.
    #[serde(alias = "duration_in_seconds")]
    #[schema(schema_with = amount)]
    pub duration: Option<Amount>,
}

/// Where an article came from before.
#[derive(Debug, Deserialize, ToSchema)]
pub struct From {
    /// Plain text.
    pub title: Option<String>,
    /// http or https.
    pub url: Option<String>,
}

fn any_of(schemas: impl IntoIterator<Item = RefOr<Schema>>) -> RefOr<Schema> {
    let any = schemas.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
    Schema::AnyOf(any.build()).into()
}

fn of_type(kind: Type) -> RefOr<Schema> {
    Schema::Object(ObjectBuilder::new().schema_type(kind).build()).into()
}

fn object(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// A string, or an object of a name.
fn one(name: &str) -> RefOr<Schema> {
    any_of([of_type(Type::String), object(name)])
}

/// One of them, a list, or null.
fn list(name: &str) -> RefOr<Schema> {
    let many = ArrayBuilder::new().items(one(name)).max_items(Some(MANY)).build();
    any_of([one(name), Schema::Array(many).into(), of_type(Type::Null)])
}

fn people() -> RefOr<Schema> {
    list("PersonFields")
}

fn subjects() -> RefOr<Schema> {
    list("SubjectFields")
}

fn files() -> RefOr<Schema> {
    list("FileFields")
}

fn person() -> RefOr<Schema> {
    any_of([one("PersonFields"), of_type(Type::Null)])
}

fn code() -> RefOr<Schema> {
    any_of([of_type(Type::String), of_type(Type::Integer)])
}

fn id() -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(512));
    let text = text.pattern(Some(r"^[^\x00-\x1f\x7f-\x9f]*$")).build();
    any_of([Schema::Object(text).into(), of_type(Type::Integer), of_type(Type::Null)])
}

fn amount() -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0.0)).build();
    any_of([Schema::Object(number).into(), of_type(Type::String), of_type(Type::Null)])
}
