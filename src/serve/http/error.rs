//! Everything that can go wrong for a client, as problem details (RFC 9457) in Vietnamese or English.
//!
//! Handlers return a `Problem`; the outermost layer lets `write` write it in the client's language.

use super::negotiate::accepted_language;
use crate::model::{Language, SourceId, Timestamp};
use crate::store;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;

/// One sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub en: String,
    pub vi: String,
}

impl Words {
    /// A text in English and in Vietnamese.
    pub fn new(en: impl Into<String>, vi: impl Into<String>) -> Self {
        Self { en: en.into(), vi: vi.into() }
    }

    /// The text in a language.
    pub fn in_language(&self, language: Language) -> &str {
        language.pick(&self.en, &self.vi)
    }
}

/// Where in a body something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// A JSON pointer (RFC 6901): `/authors/0/name`.
    pub pointer: Option<String>,
    /// From 1.
    pub line: Option<usize>,
    /// From 1, in bytes.
    pub column: Option<usize>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $status:ident, $urn:literal, $en:literal, $vi:literal;)*) => {
        /// The kinds of problems: each with its status, the last part of its `type` URN, and its titles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Status, name in the `type` URN, titles in English and Vietnamese.
            fn says(self) -> (StatusCode, &'static str, &'static str, &'static str) {
                match self { $(Self::$name => (StatusCode::$status, $urn, $en, $vi),)* }
            }
        }
    };
}

kinds! {
    NotFound: NOT_FOUND, "not-found", "Not found", "Không tìm thấy";
    Withdrawn: GONE, "withdrawn", "Withdrawn", "Bài đã được gỡ";
    MethodNotAllowed: METHOD_NOT_ALLOWED, "method", "Method not allowed", "Phương thức không được hỗ trợ";
    /// No token, a wrong one, or another source's.
    Token: UNAUTHORIZED, "token", "Token refused", "Mã truy cập không được chấp nhận";
    /// A header or a parameter is not of its form.
    BadRequest: BAD_REQUEST, "bad-request", "Bad request", "Yêu cầu không hợp lệ";
    /// The body is not what its media type says.
    BadBody: BAD_REQUEST, "bad-body", "Unreadable body", "Nội dung gửi lên không đọc được";
    /// The body has a field with a wrong value, one too many or one missing.
    BadField: BAD_REQUEST, "bad-field", "Field not valid", "Trường dữ liệu không hợp lệ";
    Rejected: BAD_REQUEST, "rejected", "Article not accepted", "Bài không được tiếp nhận";
    TooLarge: PAYLOAD_TOO_LARGE, "too-large", "Body too large", "Nội dung gửi lên quá lớn";
    UnsupportedMediaType: UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type", "Kiểu dữ liệu không được hỗ trợ";
    Precondition: PRECONDITION_FAILED, "precondition", "Another revision stands", "Phiên bản của bài không khớp";
    /// The idempotency key came with another body before.
    KeyReused: UNPROCESSABLE_ENTITY, "idempotency-key", "Idempotency key reused", "Khóa Idempotency-Key bị dùng lại";
    /// The budget of a minute is used up.
    TooMany: TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", "Quá nhiều yêu cầu";
    /// The cursor names no event of this journal.
    CursorGone: GONE, "cursor-gone", "Cursor of another journal", "Con trỏ không thuộc nhật ký này";
    /// Another dongtin leads; only it takes what is new.
    Follows: MISDIRECTED_REQUEST, "follows", "This node follows another", "Nút này chỉ chép theo nút chính";
    /// The source's articles do not come by pushes.
    NotPush: CONFLICT, "not-push", "Source takes no pushes", "Nguồn tin không nhận bài gửi";
    Busy: CONFLICT, "busy", "Article is being changed", "Bài đang được thay đổi";
    Unavailable: SERVICE_UNAVAILABLE, "unavailable", "Not available now", "Tạm thời chưa tiếp nhận";
    Timeout: REQUEST_TIMEOUT, "timeout", "Request took too long", "Yêu cầu kéo dài quá lâu";
    Internal: INTERNAL_SERVER_ERROR, "internal", "Internal error", "Lỗi bên trong";
}

/// A problem, before it is written in a language.
#[derive(Clone, Debug)]
pub struct Problem {
    pub kind: Kind,
    /// The kind's status, unless the handler set another.
    pub status: StatusCode,
    /// What happened and what to do.
    pub detail: Words,
    /// The field, header or parameter that is wrong.
    pub field: Option<String>,
    pub place: Place,
    /// When and by which source the article was withdrawn.
    pub withdrawn: Option<(Timestamp, SourceId)>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// What handlers return.
pub type Answer<T> = Result<T, Box<Problem>>;

impl Problem {
    /// A problem of a kind, in English and Vietnamese.
    pub fn new(kind: Kind, en: impl Into<String>, vi: impl Into<String>) -> Box<Self> {
        let (status, detail) = (kind.says().0, Words::new(en, vi));
        Box::new(Self {
            kind,
            status,
            detail,
            field: None,
            place: Place::default(),
            headers: Vec::new(),
            withdrawn: None,
        })
    }

    /// Names the field that is wrong.
    pub fn field(mut self: Box<Self>, field: impl Into<String>) -> Box<Self> {
        self.field = Some(field.into());
        self
    }

    /// Says where in the body it is wrong.
    pub fn at(mut self: Box<Self>, place: Place) -> Box<Self> {
        self.place = place;
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self: Box<Self>, name: HeaderName, value: HeaderValue) -> Box<Self> {
        self.headers.push((name, value));
        self
    }

    /// Nothing is at the address.
    pub fn not_found() -> Box<Self> {
        Self::new(
            Kind::NotFound,
            "nothing is published at this address",
            "không có gì được đăng ở địa chỉ này",
        )
    }

    /// There is no feed of this name.
    pub fn unknown_feed() -> Box<Self> {
        Self::new(
            Kind::NotFound,
            "there is no feed at this address: /feeds.opml lists all of them",
            "không có kênh tin nào ở địa chỉ này: xem danh sách tại /feeds.opml",
        )
    }

    /// The views are being rebuilt, or lag behind the journal.
    pub fn behind() -> Box<Self> {
        let vi = "chỉ mục chưa theo kịp nhật ký: hãy thử lại sau giây lát";
        Self::new(Kind::Unavailable, store::Error::Behind.to_string(), vi)
            .header(header::RETRY_AFTER, 5.into())
    }

    /// Wrong tokens came too often; come again after so many seconds.
    pub fn too_many_wrong_tokens(seconds: i64) -> Box<Self> {
        let en =
            "too many wrong tokens came from this address: come again later with the right one";
        let vi = "quá nhiều mã truy cập sai từ địa chỉ này: hãy thử lại sau với mã đúng";
        Self::new(Kind::TooMany, en, vi).header(header::RETRY_AFTER, seconds.into())
    }

    /// Another node leads, at this address if it may be told.
    pub fn follows(leader: Option<&str>) -> Box<Self> {
        let (en, vi) = match leader {
            Some(leader) => (
                format!("this node only copies its leader: send it to {leader}"),
                format!("nút này chỉ chép theo nút chính: hãy gửi đến {leader}"),
            ),
            None => (
                "this node only copies its leader: send it to that one".to_owned(),
                "nút này chỉ chép theo nút chính: hãy gửi đến nút chính".to_owned(),
            ),
        };
        let problem = Self::new(Kind::Follows, en, vi);
        match leader.and_then(|leader| HeaderValue::from_str(leader).ok()) {
            Some(leader) => problem.header(HeaderName::from_static("dongtin-leader"), leader),
            None => problem,
        }
    }

    /// A fault of ours; the cause is logged, not shown.
    pub fn internal(error: &dyn std::fmt::Display) -> Box<Self> {
        tracing::error!(%error, "a request failed");
        Self::new(
            Kind::Internal,
            "a fault of the server; it was logged, nothing half done was kept",
            "lỗi của máy chủ; đã ghi nhật ký, không có gì bị ghi dở dang",
        )
    }

    /// The problem details in a language; `instance` is the path that was asked for.
    pub fn written(&self, language: Language, instance: &str) -> Written {
        let (_, name, en, vi) = self.kind.says();
        Written {
            kind: format!("urn:problem-type:dongtin:{name}"),
            title: language.pick(en, vi).to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.in_language(language).to_owned(),
            instance: instance.to_owned(),
            field: self.field.clone(),
            pointer: self.place.pointer.clone(),
            line: self.place.line,
            column: self.place.column,
        }
    }
}

/// Runs work that may block, on a thread that serves no requests.
///
/// # Errors
/// The work panicked.
pub async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::internal(&error))
}

/// The address does not take the method.
pub fn method_not_allowed() -> Box<Problem> {
    let (en, vi) =
        ("this address does not take this method", "địa chỉ này không nhận phương thức đó");
    Problem::new(Kind::MethodNotAllowed, en, vi)
}

/// Problem details as they are sent (RFC 9457 §3.1), with members of our own for the place.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct Written {
    /// `urn:problem-type:dongtin:…`
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// The field, header or parameter that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Where in a JSON body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The line of the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl IntoResponse for Box<Problem> {
    fn into_response(self) -> Response {
        (*self).into_response()
    }
}

/// What `write` needs of a request's headers.
pub fn accept_language(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ACCEPT_LANGUAGE).cloned()
}

/// Writes the problem that a response carries, if any, in the client's language.
pub fn write(response: &mut Response, asked: Option<&HeaderValue>, path: &str, is_head: bool) {
    let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() else { return };
    let mut asked_for = HeaderMap::new();
    asked_for.extend(asked.map(|value| (header::ACCEPT_LANGUAGE, value.clone())));
    let language = accepted_language(&asked_for);
    let body = serde_json::to_vec(&problem.written(language, path)).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Accept-Language"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    *response.body_mut() = if is_head { Body::empty() } else { Body::from(body) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_speaks_both_languages() {
        let problem = Problem::new(Kind::BadField, "no title", "thiếu tiêu đề").field("title");
        let en = problem.written(Language::En, "/x");
        let vi = problem.written(Language::Vi, "/x");
        assert_eq!((en.detail.as_str(), vi.detail.as_str()), ("no title", "thiếu tiêu đề"));
        assert_eq!((en.status, en.title.as_str()), (400, "Field not valid"));
        let json = serde_json::to_value(&vi).unwrap();
        assert_eq!(json["field"], "title");
        assert_eq!(json["type"], "urn:problem-type:dongtin:bad-field");
        assert!(json.get("line").is_none());
    }
}
