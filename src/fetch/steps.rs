use super::Failure;
use crate::model::{ArticleKey, Selection, Step, StepKind, StepPage, Timestamp};
use crate::net::{self, Client, Request, Response};
use crate::text::cut;
use http::HeaderMap;
use std::time::Duration;
use url::Url;

/// Bytes of a page at most; a publisher's pages have about 2 MiB.
const PAGE_BYTES: usize = 16 << 20;
/// Characters of what a publisher says about a failure that are passed on.
const SAID: usize = 400;
/// The address of the steps below a publisher's own.
const PATH: &str = "api/v1/changes";
/// The cursor with which a copy begins.
pub const START: &str = "0";

/// One page as it is asked for.
#[derive(Clone, Debug)]
pub struct AskedSteps<'a> {
    /// The cursor; [`START`] for the whole copy.
    pub after: &'a str,
    pub selection: &'a Selection,
    /// Steps at most.
    pub limit: usize,
    /// How long the publisher may wait for news if there is none.
    pub wait: Duration,
}

/// A page of steps whose keys, order and cursor were checked. Its texts and HTML are as the publisher wrote them.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    pub page: StepPage,
    /// The identity of the publisher's journal, where it names one.
    pub journal: Option<String>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepsError {
    /// 410: the cursor belongs to another journal or selection. Copy anew from [`START`], and delete what the new copy
    /// does not name.
    #[error("the cursor is not known there: {0}")]
    CursorGone(String),
    /// 401 or 403.
    #[error("HTTP status {status}: the token is missing, wrong or not enough: {said}")]
    Unauthorized { status: u16, said: String },
    /// 429, or 503 that says when to come again.
    #[error("asked to come again at {}", .until.rfc3339())]
    Busy { until: Timestamp },
    /// 400: the publisher does not know a parameter, as a feed of the selection.
    #[error("HTTP status 400: {0}")]
    Refused(String),
    /// What answers is not a publisher of steps.
    #[error("this is not a dongtin that can be copied: {0}")]
    NotSteps(String),
    /// Another status, which may pass.
    #[error("HTTP status {status}: {said}")]
    Status { status: u16, said: String },
    #[error(transparent)]
    Net(#[from] net::Error),
}

impl StepsError {
    /// The failure of a source that is copied; `now` turns a time into a wait.
    pub fn failure(&self, now: Timestamp) -> Failure {
        let why = self.to_string();
        let named = |name: &str| Failure::named(name, why.clone());
        match self {
            Self::Net(error) => Failure::of(error, now),
            Self::Busy { until } => {
                let wait_ms = Some(until.millis().saturating_sub(now.millis()));
                Failure { wait_ms, ..named("too-many-requests") }
            }
            Self::Unauthorized { status, .. } | Self::Status { status, .. } => {
                Failure { why, ..Failure::status(*status, None) }
            }
            Self::Refused(_) => named("selection"),
            Self::CursorGone(_) | Self::NotSteps(_) => named("not-a-dongtin"),
        }
    }

    /// Whether the same request may succeed later, with nobody doing anything about it.
    pub fn may_pass(&self) -> bool {
        use net::Error::{Allow, ExtraCa, Forbidden, Port, Scheme, Setup};
        match self {
            Self::Busy { .. } | Self::Status { .. } => true,
            Self::Net(error) => !matches!(
                error,
                Allow { .. }
                    | ExtraCa { .. }
                    | Forbidden { .. }
                    | Port { .. }
                    | Scheme { .. }
                    | Setup { .. }
            ),
            _ => false,
        }
    }
}

/// Reads one page of steps. `request` names the publisher's own address, and carries token, trust and limits.
///
/// # Errors
/// Why there is no page.
pub async fn fetch_steps(
    client: &Client,
    request: Request,
    asked: &AskedSteps<'_>,
) -> Result<Steps, StepsError> {
    let request = Request {
        url: address(&request.url, asked)?,
        accept: "application/json",
        limit: Some(request.limit.unwrap_or(PAGE_BYTES)),
        wait: asked.wait,
        ..request
    };
    let response = match client.get(request).await {
        Ok(response) => response,
        Err(net::Error::Resting { until, .. }) => return Err(StepsError::Busy { until }),
        Err(error) => return Err(error.into()),
    };
    if response.status.as_u16() == 200 {
        return read_page(&response, asked);
    }
    Err(failure(&response, PATH))
}

/// The address of a page: the publisher's own, or the one of its steps, with the parameters.
fn address(publisher: &Url, asked: &AskedSteps<'_>) -> Result<Url, StepsError> {
    let mut url = publisher.clone();
    let path = publisher.path().trim_end_matches('/').trim_end_matches(PATH);
    url.set_path(&format!("{}/{PATH}", path.trim_end_matches('/')));
    url.set_fragment(None);
    let Selection { feeds, sources, categories, languages, provinces } = asked.selection;
    let lists = [
        ("feed", feeds),
        ("source", sources),
        ("category", categories),
        ("language", languages),
        ("province", provinces),
    ];
    let mut query = url.query_pairs_mut();
    query.clear().append_pair("after", asked.after);
    query.append_pair("limit", &asked.limit.to_string());
    if !asked.wait.is_zero() {
        query.append_pair("wait", &format!("{}s", asked.wait.as_secs()));
    }
    for (name, values) in lists {
        query.extend_pairs(values.iter().map(|value| (name, value)));
    }
    drop(query);
    Ok(url)
}

/// Why an answer from this path is none.
pub(super) fn failure(response: &Response, path: &str) -> StepsError {
    if let Some(until) = response.rests_until {
        return StepsError::Busy { until };
    }
    let said = what_it_says(response);
    match response.status.as_u16() {
        400 => StepsError::Refused(said),
        status @ (401 | 403) => StepsError::Unauthorized { status, said },
        410 => StepsError::CursorGone(said),
        status @ (200..=407 | 409..=424 | 426..=499) => {
            StepsError::NotSteps(format!("HTTP status {status} at /{path}"))
        }
        status => StepsError::Status { status, said },
    }
}

/// The `detail` of problem details (RFC 9457), on one line; of other answers their reason.
pub(super) fn what_it_says(response: &Response) -> String {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    let problem = serde_json::from_slice::<Problem>(&response.body);
    let said = problem.map(|problem| problem.detail);
    let said = said.unwrap_or_else(|_| response.status.canonical_reason().unwrap_or("").to_owned());
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    said.chars().map(visible).take(SAID).collect()
}

fn read_page(response: &Response, asked: &AskedSteps<'_>) -> Result<Steps, StepsError> {
    let page: StepPage = serde_json::from_slice(&response.body)
        .map_err(|error| StepsError::NotSteps(cut(&error.to_string(), SAID).0))?;
    check(&page, asked).map_err(StepsError::NotSteps)?;
    Ok(Steps { page, journal: journal(&response.headers) })
}

fn journal(headers: &HeaderMap) -> Option<String> {
    let named = headers.get("dongtin-journal")?.to_str().ok()?;
    is_token(named).then(|| named.to_owned())
}

/// Whether a text is 1 to 100 visible characters of ASCII, as cursors and identities are.
fn is_token(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// What a page must hold to, so that nobody loops for ever and no key leads out of a folder.
fn check(page: &StepPage, asked: &AskedSteps<'_>) -> Result<(), String> {
    if !is_token(&page.next) {
        return Err("`next` is no cursor".to_owned());
    }
    if page.more && page.next == asked.after {
        return Err("`more` is said, but the cursor does not move".to_owned());
    }
    let mut last = 0;
    for step in &page.changes {
        check_step(step, last).map_err(|why| format!("the step of number {}: {why}", step.seq))?;
        last = step.seq;
    }
    Ok(())
}

/// Whether a text may be an article's id.
pub(super) fn is_id(text: &str) -> bool {
    (1..=2_048).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn check_step(step: &Step, last: u64) -> Result<(), &'static str> {
    if step.seq <= last || i64::try_from(step.seq).is_err() {
        return Err("its number is out of order");
    }
    if step.key.parse::<ArticleKey>().is_err() {
        return Err("its key is none");
    }
    if !is_id(&step.id) {
        return Err("its id is none");
    }
    match (&step.article, step.kind) {
        (None, StepKind::Put) => Err("no article to put"),
        (Some(article), StepKind::Put) if article.key != step.key || article.id != step.id => {
            Err("its article is another one")
        }
        (Some(_), StepKind::Removed | StepKind::Withdrawn) => Err("it has a text and must not"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tests::{Origin, Reply, client_for, config_for};
    use crate::net::{Purpose, Trust};

    const KEY: &str = "7zzzzzzzzzzzzzzzzzzzzzzzzz";

    fn asked(selection: &Selection) -> AskedSteps<'_> {
        AskedSteps { after: "812.1f", selection, limit: 500, wait: Duration::ZERO }
    }

    async fn fetched(reply: Vec<u8>) -> Result<Steps, StepsError> {
        let origin = Origin::start(move |_, _| Reply::Bytes(reply.clone())).await;
        let (url, client) = (origin.url("/"), client_for(&config_for(&[&origin])));
        let trust = Trust::address(&url);
        let selection = Selection::default();
        fetch_steps(&client, Request::to(url, trust, Purpose::Poll), &asked(&selection)).await
    }

    fn status(line: &str, headers: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!("HTTP/1.1 {line}\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into_bytes()
    }

    fn page(changes: &str, next: &str, more: bool) -> Vec<u8> {
        let body = format!(r#"{{"changes":[{changes}],"next":"{next}","more":{more}}}"#);
        status("200 OK", "dongtin-journal: j1\r\n", &body)
    }

    fn step(seq: u64, kind: &str, key: &str) -> String {
        format!(
            r#"{{"seq":{seq},"type":"{kind}","at":"2026-11-28T06:00:00Z","id":"tag:a,2026:b/1","key":"{key}","source":"b","revision":2}}"#
        )
    }

    #[test]
    fn the_address_is_below_the_publishers_and_names_the_selection() {
        let selection = Selection {
            sources: vec!["so-tttt".into(), "b".into()],
            categories: vec!["Kinh tế & xã hội".into()],
            ..Selection::default()
        };
        let wait = Duration::from_secs(50);
        let asked = AskedSteps { wait, ..asked(&selection) };
        let query = "after=812.1f&limit=500&wait=50s&source=so-tttt&source=b&category=Kinh+t%E1%BA%BF+%26+x%C3%A3+h%E1%BB%99i";
        for given in ["https://tin.vn", "https://tin.vn/", "https://tin.vn/api/v1/changes?x=1#y"] {
            let url = address(&Url::parse(given).unwrap(), &asked).unwrap();
            assert_eq!(url.as_str(), format!("https://tin.vn/api/v1/changes?{query}"));
        }
        let below = address(&Url::parse("https://tin.vn/dong/").unwrap(), &asked).unwrap();
        assert_eq!(below.path(), "/dong/api/v1/changes");
    }

    #[tokio::test]
    async fn a_page_is_read_and_every_failure_told_apart() {
        let steps = fetched(page(&step(900, "removed", KEY), "900.1f", false)).await.unwrap();
        assert_eq!((steps.page.changes.len(), steps.page.next.as_str()), (1, "900.1f"));
        assert_eq!(steps.journal.as_deref(), Some("j1"));
        let problem = r#"{"detail":"copy\nanew"}"#;
        let gone = fetched(status("410 Gone", "", problem)).await.unwrap_err();
        assert_eq!(gone, StepsError::CursorGone("copy anew".into()));
        let unauthorized = fetched(status("401 Unauthorized", "", "")).await.unwrap_err();
        assert!(matches!(unauthorized, StepsError::Unauthorized { status: 401, .. }));
        let busy = fetched(status("429 Too Many Requests", "retry-after: 9\r\n", "")).await;
        assert!(matches!(busy, Err(StepsError::Busy { .. })));
        let broken = fetched(status("500 Internal Server Error", "", "")).await.unwrap_err();
        assert!(broken.may_pass() && !unauthorized.may_pass() && !gone.may_pass());
        for (line, body) in [("404 Not Found", ""), ("200 OK", "<html>"), ("200 OK", "{}")] {
            let error = fetched(status(line, "", body)).await.unwrap_err();
            assert!(matches!(error, StepsError::NotSteps(_)) && !error.may_pass(), "{error}");
        }
    }

    #[tokio::test]
    async fn a_page_that_would_lead_astray_is_refused() {
        let removed = |seq| step(seq, "removed", KEY);
        let twice = format!("{},{}", removed(5), removed(5));
        for (page, why) in [
            (page("", "812.1f", true), "does not move"),
            (page("", "", false), "no cursor"),
            (page("", &"9".repeat(101), false), "no cursor"),
            (page(&twice, "5", false), "out of order"),
            (page(&removed(1 << 63), "5", false), "out of order"),
            (page(&step(5, "removed", "../../../../../etc/passwd"), "5", false), "key"),
            (page(&step(5, "put", KEY), "5", false), "no article"),
        ] {
            let error = fetched(page).await.unwrap_err().to_string();
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}
