//! Everything that can go wrong for a client, as problem details (RFC 9457) in Vietnamese or English.
//!
//! Handlers return a `Problem`; the outermost layer lets `write` write it in the client's language.

use super::negotiate::{Language, accepted_language};
use crate::model::{SourceId, Timestamp};
use crate::store;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;

/// One sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: String,
    /// Vietnamese.
    pub vi: String,
}

impl Words {
    /// A sentence in English and Vietnamese.
    pub fn new(en: impl Into<String>, vi: impl Into<String>) -> Self {
        Self { en: en.into(), vi: vi.into() }
    }

    fn in_language(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Vi => &self.vi,
        }
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

/// What kinds of problems there are: the last part of the `type` member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is at the address.
    NotFound,
    /// It was here and was withdrawn.
    Withdrawn,
    /// The address does not take the method.
    MethodNotAllowed,
    /// No token, a wrong one, or another source's.
    Token,
    /// A header or a parameter is not of its form.
    BadRequest,
    /// The body is not what its media type says.
    BadBody,
    /// The body has a field with a wrong value, one too many or one missing.
    BadField,
    /// The article cannot be taken as it is.
    Rejected,
    /// The body is longer than allowed.
    TooLarge,
    /// The body's media type or coding is not read here.
    UnsupportedMediaType,
    /// The revision is not the one that was expected.
    Precondition,
    /// The idempotency key came with another body before.
    KeyReused,
    /// The cursor names no event of this journal.
    CursorGone,
    /// The source's articles come another way than by pushes.
    NotPush,
    /// Others change the same article.
    Busy,
    /// Nothing is taken in just now.
    Unavailable,
    /// The body did not arrive in time.
    Timeout,
    /// A fault of ours.
    Internal,
}

impl Kind {
    /// Status, name in the `type` URN, title.
    fn says(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotFound => (S::NOT_FOUND, "not-found", "Not found", "Không tìm thấy"),
            Self::Withdrawn => (S::GONE, "withdrawn", "Withdrawn", "Bài đã được gỡ"),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method",
                "Method not allowed",
                "Phương thức không được hỗ trợ",
            ),
            Self::Token => {
                (S::UNAUTHORIZED, "token", "Token refused", "Mã truy cập không được chấp nhận")
            }
            Self::BadRequest => {
                (S::BAD_REQUEST, "bad-request", "Bad request", "Yêu cầu không hợp lệ")
            }
            Self::BadBody => {
                (S::BAD_REQUEST, "bad-body", "Unreadable body", "Nội dung gửi lên không đọc được")
            }
            Self::BadField => {
                (S::BAD_REQUEST, "bad-field", "Field not valid", "Trường dữ liệu không hợp lệ")
            }
            Self::Rejected => {
                (S::BAD_REQUEST, "rejected", "Article not accepted", "Bài không được tiếp nhận")
            }
            Self::TooLarge => {
                (S::PAYLOAD_TOO_LARGE, "too-large", "Body too large", "Nội dung gửi lên quá lớn")
            }
            Self::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Unsupported media type",
                "Kiểu dữ liệu không được hỗ trợ",
            ),
            Self::Precondition => (
                S::PRECONDITION_FAILED,
                "precondition",
                "Another revision stands",
                "Bản của bài không khớp",
            ),
            Self::KeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency-key",
                "Idempotency key reused",
                "Khóa Idempotency-Key bị dùng lại",
            ),
            Self::CursorGone => (
                S::GONE,
                "cursor-gone",
                "Cursor of another journal",
                "Con trỏ không thuộc nhật ký này",
            ),
            Self::NotPush => {
                (S::CONFLICT, "not-push", "Source takes no pushes", "Nguồn tin không nhận bài gửi")
            }
            Self::Busy => {
                (S::CONFLICT, "busy", "Article is being changed", "Bài đang được thay đổi")
            }
            Self::Unavailable => (
                S::SERVICE_UNAVAILABLE,
                "unavailable",
                "Not available now",
                "Tạm thời chưa tiếp nhận",
            ),
            Self::Timeout => {
                (S::REQUEST_TIMEOUT, "timeout", "Request took too long", "Yêu cầu kéo dài quá lâu")
            }
            Self::Internal => {
                (S::INTERNAL_SERVER_ERROR, "internal", "Internal error", "Lỗi bên trong")
            }
        }
    }
}

/// A problem, before it is written in a language.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which kind.
    pub kind: Kind,
    /// The status, where it is not the kind's own.
    pub status: StatusCode,
    /// What happened and what to do.
    pub detail: Words,
    /// The field, header or parameter that it is about.
    pub field: Option<String>,
    /// Where in the body.
    pub place: Place,
    /// When and by whom the article that was asked for was taken back.
    pub withdrawn: Option<(Timestamp, SourceId)>,
    /// Headers of the answer.
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

    /// The same, about a field, a header or a parameter.
    pub fn field(mut self: Box<Self>, field: impl Into<String>) -> Box<Self> {
        self.field = Some(field.into());
        self
    }

    /// The same, at a place in the body.
    pub fn at(mut self: Box<Self>, place: Place) -> Box<Self> {
        self.place = place;
        self
    }

    /// The same with a header.
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

    /// What is shown is not whole at the moment, or lags.
    pub fn behind() -> Box<Self> {
        let vi = "chỉ mục chưa theo kịp nhật ký: hãy thử lại sau giây lát";
        Self::new(Kind::Unavailable, store::Error::Behind.to_string(), vi)
            .header(header::RETRY_AFTER, 5.into())
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

    /// As it is written in a language.
    pub fn written(&self, language: Language, instance: &str) -> Written {
        let (_, name, en, vi) = self.kind.says();
        let title = if language == Language::En { en } else { vi };
        Written {
            kind: format!("urn:problem-type:dongtin:{name}"),
            title: title.to_owned(),
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

/// The media type of problem details.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

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

/// What `write` needs of a request's headers, kept while it is answered.
pub fn accept_language(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ACCEPT_LANGUAGE).cloned()
}

/// Writes the problem that a response carries, if it does, in the client's language.
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
    let tag = if language == Language::En { "en" } else { "vi" };
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tag));
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
