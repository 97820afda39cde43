use super::articles::matches_revision;
use crate::ingest::article_json::leads_upwards;
use crate::ingest::{self, Precondition};
use crate::model::{ArticleKey, SourceId, TokenVerdict};
use crate::serve::http::error::{Answer, Kind, Problem, Written};
use crate::serve::state::State;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Response, content::ContentBuilder, response::ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, PartialSchema};

/// The names in an address, decoded; it is refused if it is not UTF-8.
pub type Address = Result<Path<BTreeMap<String, String>>, PathRejection>;

/// In bytes.
const LONGEST_ID: usize = 2048;
const LONGEST_KEY: usize = 255;

fn path_part<'a>(address: &'a Address, name: &str) -> Answer<&'a str> {
    let parts = address.as_ref().map_err(|_| illegal(name))?;
    parts.get(name).map(String::as_str).ok_or_else(Problem::not_found)
}

fn illegal(name: &str) -> Box<Problem> {
    Problem::new(
        Kind::BadRequest,
        format!("the `{name}` in the address is not of its form"),
        format!("`{name}` trong địa chỉ không đúng dạng"),
    )
    .field(name)
}

/// The source that the address names.
pub fn named_source(address: &Address) -> Answer<SourceId> {
    SourceId::new(path_part(address, "source")?).map_err(|_| illegal("source"))
}

/// The source that the address names, if the token opens it and it takes pushes. Every refusal of an unknown token reads
/// the same and takes the same time.
pub fn authorized_source(
    state: &State,
    address: &Address,
    headers: &HeaderMap,
) -> Answer<SourceId> {
    let source = named_source(address)?;
    let now = (state.now)();
    let verdict = state.tokens.load().check(bearer_token(headers), Some(&source), now);
    match verdict {
        TokenVerdict::Right => {
            state.ingest.check_takes_pushes(&source)?;
            Ok(source)
        }
        TokenVerdict::OtherSource => {
            // Whoever has a token of ours may know that the name is misspelt.
            state.ingest.source(source.as_str())?;
            Err(refused(StatusCode::FORBIDDEN))
        }
        TokenVerdict::Unknown => Err(refused(StatusCode::UNAUTHORIZED)),
    }
}

/// The bearer token (RFC 6750 §2.1); empty if there is none or more than one.
pub fn bearer_token(headers: &HeaderMap) -> &[u8] {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return b"" };
    let bytes = value.as_bytes();
    match bytes.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => token.trim_ascii(),
        _ => b"",
    }
}

fn refused(status: StatusCode) -> Box<Problem> {
    let mut problem = Problem::new(
        Kind::Token,
        "send `Authorization: Bearer TOKEN` with this source's own token; `dongtin token new SOURCE` makes one",
        "hãy gửi `Authorization: Bearer MÃ` với mã truy cập của đúng nguồn tin này; tạo mã truy cập bằng `dongtin token new NGUỒN`",
    );
    problem.status = status;
    problem.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"dongtin\""))
}

/// The article's id that the address names.
pub fn upstream_id(address: &Address) -> Answer<String> {
    let id = path_part(address, "id")?;
    let legal = id.len() <= LONGEST_ID && !id.chars().any(char::is_control);
    let id = ingest::upstream_id(id).filter(|id| legal && !leads_upwards(id));
    id.ok_or_else(|| illegal("id"))
}

/// The problem of a body whose id is not the address's.
pub fn other_id() -> Box<Problem> {
    Problem::new(
        Kind::BadField,
        "the `id` in the body is not the one in the address: leave it out, or make them equal",
        "`id` trong nội dung khác với địa chỉ: hãy bỏ đi hoặc ghi cho giống nhau",
    )
    .field("id")
}

/// `Idempotency-Key`: 1 to 255 visible ASCII characters.
pub fn idempotency_key(headers: &HeaderMap) -> Answer<Option<String>> {
    let mut all = headers.get_all("idempotency-key").iter();
    let Some(value) = all.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    let legal =
        (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if legal && all.next().is_none() {
        return Ok(Some(text.to_owned()));
    }
    Err(Problem::new(
        Kind::BadRequest,
        "an Idempotency-Key is 1 to 255 visible ASCII characters, given once",
        "Idempotency-Key gồm 1 đến 255 ký tự ASCII nhìn thấy được, chỉ gửi một lần",
    )
    .field("Idempotency-Key"))
}

/// `If-Match` or `If-None-Match: *`: what must hold for the change.
pub fn precondition(
    state: &State,
    address: &Address,
    headers: &HeaderMap,
) -> Answer<Option<Precondition>> {
    refuse_dates(headers)?;
    let mut absent = headers.get_all(header::IF_NONE_MATCH).iter();
    if let Some(value) = absent.next() {
        let alone = absent.next().is_none() && !headers.contains_key(header::IF_MATCH);
        return match value.as_bytes().trim_ascii() {
            b"*" if alone => Ok(Some(Precondition::Absent)),
            _ => Err(illegal_condition()),
        };
    }
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    if value.as_bytes().trim_ascii() == b"*" {
        return Ok(Some(Precondition::Exists));
    }
    let key = ArticleKey::of(&named_source(address)?, &upstream_id(address)?);
    let known = state.store.known(key).map_err(|error| Problem::internal(&error))?;
    let stands = known.map_or(0, |known| known.revision);
    let named = matches_revision(headers, stands);
    Ok(Some(Precondition::Revision(if named { stands } else { u32::MAX })))
}

fn illegal_condition() -> Box<Problem> {
    Problem::new(
        Kind::BadRequest,
        "If-None-Match can only be `*` here, once and without If-Match: it makes sure that there is no such article yet",
        "If-None-Match ở đây chỉ có thể là `*`, một lần và không kèm If-Match: để chắc chắn chưa có bài đó",
    )
    .field("If-None-Match")
}

/// Refuses a condition that we do not keep: the client counts on it.
fn refuse_dates(headers: &HeaderMap) -> Answer<()> {
    if !headers.contains_key(header::IF_UNMODIFIED_SINCE) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::BadRequest,
        "If-Unmodified-Since is not kept here: send If-Match with the article's ETag",
        "If-Unmodified-Since không dùng được ở đây: hãy gửi If-Match với ETag của bài",
    )
    .field("If-Unmodified-Since"))
}

/// Refuses conditions of a `POST`, which names no article.
pub fn refuse_conditions(headers: &HeaderMap) -> Answer<()> {
    refuse_dates(headers)?;
    let conditions = [(header::IF_MATCH, "If-Match"), (header::IF_NONE_MATCH, "If-None-Match")];
    let found = conditions.into_iter().find(|(name, _)| headers.contains_key(name));
    let Some((_, name)) = found else { return Ok(()) };
    let en = format!("{name} is not kept with POST: PUT the article to its own address instead");
    let vi = format!("{name} không dùng được với POST: hãy gửi bằng PUT tới địa chỉ riêng của bài");
    Err(Problem::new(Kind::BadRequest, en, vi).field(name))
}

/// A `DELETE` may be repeated without a key, but one that comes late must not withdraw what was published since.
pub fn refuse_idempotency_key(headers: &HeaderMap) -> Answer<()> {
    if !headers.contains_key("idempotency-key") {
        return Ok(());
    }
    Err(Problem::new(
        Kind::BadRequest,
        "DELETE takes no Idempotency-Key: it can be repeated as it is, and If-Match with the ETag keeps a late one from withdrawing a newer revision",
        "DELETE không dùng Idempotency-Key: cứ gửi lại là được, kèm If-Match với ETag để không gỡ nhầm bản mới hơn",
    )
    .field("Idempotency-Key"))
}

/// `?reason=`, one line of at most 500 characters.
pub fn reason(query: Option<&str>) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or("").as_bytes());
    let (_, reason) = pairs.find(|(name, _)| name == "reason")?;
    let shown = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500);
    let reason = shown.collect::<String>().trim().to_owned();
    (!reason.is_empty()).then_some(reason)
}

/// Headers of a push.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct Headers {
    /// The same key with the same article gives the same answer and changes nothing, for 7 days.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[ -~]+$"
    )]
    idempotency_key: Option<String>,
}

/// Headers of a change to a known article.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct Matching {
    /// The `ETag` of the revision that you changed, or `*`.
    #[param(rename = "If-Match", required = false)]
    if_match: Option<String>,
}

/// Headers of a push to an article's own address.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct Absence {
    /// `*`: only if there is no such article yet; not together with `If-Match`.
    #[param(rename = "If-None-Match", required = false, pattern = r"^\*$")]
    if_none_match: Option<String>,
}

/// The names in the address of one article.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code)]
pub struct ArticleAddress {
    /// The source's name.
    #[param(pattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
    source: String,
    /// What the source calls the article, percent-encoded: `/` is `%2F`.
    #[param(min_length = 1, max_length = 512, pattern = r"^[^\x00-\x1f\x7f-\x9f\s]+$")]
    id: String,
}

/// How a change can be refused.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let refusals = [
            (
                "400",
                "The request or the article is not of its form; `field`, `pointer`, `line` and `column` say where",
            ),
            ("401", "No token, or nobody's"),
            ("403", "Another source's token"),
            ("404", "There is no such source"),
            ("408", "The body did not arrive in time"),
            ("409", "The source is not pushed to, or others change the same article"),
            ("412", "Another revision stands"),
            ("413", "The body is too large, counted after decompression"),
            ("415", "The media type or coding is not read"),
            (
                "429",
                "Too many wrong tokens came from this address; `Retry-After` says when to come again",
            ),
            ("421", "This node follows another one; `Dongtin-Leader` names it where it may"),
            ("422", "The Idempotency-Key came with another article"),
            ("500", "A fault of ours"),
            ("503", "It cannot be taken in just now; `Retry-After` says when to come again"),
        ];
        refusals
            .into_iter()
            .map(|(status, text)| (status.to_owned(), RefOr::T(refusal(text))))
            .collect()
    }
}

fn refusal(text: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Written::schema())).build();
    ResponseBuilder::new().description(text).content("application/problem+json", content).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_taken_from_one_bearer_header() {
        let of = |value: &'static str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
        };
        assert_eq!(bearer_token(&of("Bearer abc")), b"abc");
        assert_eq!(bearer_token(&of("bEARER  abc ")), b"abc");
        for none in ["abc", "Basic abc", "Bearer", ""] {
            assert_eq!(bearer_token(&of(none)), b"", "{none}");
        }
        let mut two = of("Bearer abc");
        two.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer def"));
        assert_eq!(bearer_token(&two), b"");
    }

    #[test]
    fn reasons_stay_on_one_line() {
        assert_eq!(reason(Some("reason=a%0D%0Ab")).as_deref(), Some("a  b"));
        assert_eq!(reason(Some("reason=+")), None);
        assert_eq!(reason(None), None);
    }
}
