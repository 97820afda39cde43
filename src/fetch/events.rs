//! A page of a leader's journal, as a follower asks for it.

use super::request::header;
use super::steps::{self, StepsError};
use crate::config::FollowConfig;
use crate::model::{ArticleKey, Change, Event, JournalHead, Purge, Seq, is_journal_identity};
use crate::net::{self, Client, Purpose, Request, Trust};
use crate::text::cut;
use std::time::Duration;
use url::Url;

/// The address of the journal below a leader's own, and of the files of articles.
const PATH: &str = "api/v1/journal";
const FILE_PATH: &str = "api/v1/journal/file";
/// Bytes of a page at most: a leader's have about 4 MiB, and one event may have 16.
const PAGE_BYTES: usize = 24 << 20;
/// Purges in one page at most.
const PURGES: usize = 1_000;
/// Bytes of the reason of a purge at most.
const REASON: usize = 16 << 10;

/// One page as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct AskedEvents<'a> {
    /// The last event that is here, and its mark.
    pub after: Seq,
    pub mark: Option<&'a str>,
    /// The mark of the last purge that is here.
    pub purged: Option<&'a str>,
    /// Events at most.
    pub limit: usize,
    /// How long the leader may wait for news if there is none.
    pub wait: Duration,
}

/// Events in order, and what the leader says of its journal. What articles say is as the leader wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    pub head: JournalHead,
    pub events: Vec<Event>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventsError {
    /// 410: the leader's journal has no such event, or another one.
    #[error("the leader's journal does not have the last event that is here: {said}")]
    OtherRoad {
        /// The identity of the leader's journal and its term, if it names them.
        journal: Option<String>,
        term: Option<u64>,
        said: String,
    },
    /// 421: it follows another one itself.
    #[error("it does not lead: {0}")]
    NotLeading(String),
    #[error(transparent)]
    NoPage(#[from] StepsError),
}

impl From<net::Error> for EventsError {
    fn from(error: net::Error) -> Self {
        Self::NoPage(error.into())
    }
}

/// The request of a leader's own address, with the token that it gave.
///
/// # Errors
/// The token cannot be read.
pub async fn request_of_leader(follow: &FollowConfig) -> Result<Request, EventsError> {
    let token = header("authorization", &follow.token).await;
    let token = token.map_err(|failure| StepsError::Refused(failure.why))?;
    let request = Request::to(follow.of.clone(), Trust::address(&follow.of), Purpose::Copy);
    Ok(Request { headers: vec![token], ..request })
}

/// Whether anybody answers at a leader's address; a gateway that has nobody behind it is no answer.
pub async fn leader_answers(client: &Client, follow: &FollowConfig) -> bool {
    let url = address_at(&follow.of, "healthz");
    let request = Request::to(url, Trust::address(&follow.of), Purpose::Copy);
    let answer = client.get(request).await;
    answer.is_ok_and(|response| !matches!(response.status.as_u16(), 502..=504))
}

/// The address of something below a leader's own.
fn address_at(leader: &Url, path: &str) -> Url {
    let mut url = leader.clone();
    url.set_path(&format!("{}/{path}", leader.path().trim_end_matches('/')));
    url
}

/// The request of the leader's copy of a file that an article shows.
///
/// # Errors
/// The token cannot be read.
pub async fn request_of_file(
    follow: &FollowConfig,
    key: ArticleKey,
    address: &str,
) -> Result<Request, EventsError> {
    let request = request_of_leader(follow).await?;
    let mut url = address_at(&follow.of, FILE_PATH);
    let parameters = [("key", key.to_string()), ("address", address.to_owned())];
    url.query_pairs_mut().extend_pairs(parameters);
    Ok(Request { url, ..request })
}

/// Reads one page of events. `request` names the leader's own address.
///
/// # Errors
/// Why there is no page.
pub async fn fetch_events(
    client: &Client,
    request: Request,
    asked: &AskedEvents<'_>,
) -> Result<EventPage, EventsError> {
    let url = address_of_page(&request.url, asked);
    let accept = "application/x-ndjson";
    let request = Request { url, accept, limit: Some(PAGE_BYTES), wait: asked.wait, ..request };
    let response = client.get(request).await?;
    match response.status.as_u16() {
        200 => read_page(&response.body, asked),
        410 => {
            let header = |name: &str| response.headers.get(name)?.to_str().ok();
            let journal = header("dongtin-journal").filter(|id| is_journal_identity(id));
            let journal = journal.map(str::to_owned);
            let term = header("dongtin-term").and_then(|term| term.parse().ok());
            Err(EventsError::OtherRoad { journal, term, said: steps::what_it_says(&response) })
        }
        421 => Err(EventsError::NotLeading(steps::what_it_says(&response))),
        _ => Err(steps::failure(&response, PATH).into()),
    }
}

fn address_of_page(leader: &Url, asked: &AskedEvents<'_>) -> Url {
    let mut url = address_at(leader, PATH);
    let mut query = url.query_pairs_mut();
    query.append_pair("after", &asked.after.to_string());
    query.append_pair("limit", &asked.limit.to_string());
    query.append_pair("wait", &format!("{}s", asked.wait.as_secs()));
    for (name, value) in [("mark", asked.mark), ("purged", asked.purged)] {
        query.extend_pairs(value.map(|value| (name, value)));
    }
    drop(query);
    url
}

fn read_page(body: &[u8], asked: &AskedEvents<'_>) -> Result<EventPage, EventsError> {
    let not_a_journal = |why: &str| StepsError::NotSteps(cut(why, 400).0);
    let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let head = lines.next().ok_or_else(|| not_a_journal("the answer is empty"))?;
    let head: JournalHead =
        serde_json::from_slice(head).map_err(|error| not_a_journal(&error.to_string()))?;
    check_head(&head).map_err(not_a_journal)?;
    let (mut events, mut last) = (Vec::<Event>::new(), asked.after);
    for line in lines {
        let event: Event =
            serde_json::from_slice(line).map_err(|error| not_a_journal(&error.to_string()))?;
        check_event(&event, last, head.last).map_err(not_a_journal)?;
        last = event.seq;
        events.push(event);
    }
    if events.len() != head.lines {
        return Err(not_a_journal("the answer is cut off").into());
    }
    Ok(EventPage { head, events })
}

fn check_head(head: &JournalHead) -> Result<(), &'static str> {
    if !is_journal_identity(&head.journal) {
        return Err("it names no journal");
    }
    if i64::try_from(head.last.0).is_err() {
        return Err("its last number is too large");
    }
    let is_right = |purge: &Purge| purge.number > 0 && purge.reason.len() <= REASON;
    let rises = head.purges.windows(2).all(|pair| pair[0].number < pair[1].number);
    match head.purges.len() <= PURGES && rises && head.purges.iter().all(is_right) {
        true => Ok(()),
        false => Err("its purges are not of their form"),
    }
}

fn check_event(event: &Event, before: Seq, last: Seq) -> Result<(), &'static str> {
    if event.seq <= before || event.seq > last {
        return Err("an event is out of order");
    }
    let id = match &event.change {
        Change::Published { article } | Change::Revised { article } => &article.id,
        Change::Withdrawn { id, .. } | Change::Files { id, .. } => id,
    };
    match steps::is_id(id.as_str()) {
        true => Ok(()),
        false => Err("an article's id is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ArticleId;
    fn event(seq: u64, id: &str) -> String {
        let key = ArticleKey::of_copy(&ArticleId(id.to_owned()));
        format!(
            "{{\"seq\":{seq},\"at\":0,\"idempotency_key\":null,\"change\":{{\"type\":\"withdrawn\",\"key\":\"{key}\",\"id\":\"{id}\",\"source\":\"a\",\"upstream_id\":\"1\",\"reason\":null,\"revision\":2}}}}"
        )
    }

    #[test]
    fn a_page_that_a_leader_would_not_send_is_refused() {
        let asked =
            AskedEvents { after: Seq(3), mark: None, purged: None, limit: 9, wait: Duration::ZERO };
        let head = |last: u64, lines: usize, purges: &str| {
            let journal = "0123456789abcdef0123456789abcdef";
            format!(
                "{{\"journal\":\"{journal}\",\"term\":1,\"last\":{last},\"count\":5,\"lines\":{lines},\"purges\":[{purges}]}}"
            )
        };
        let good = [head(9, 2, ""), event(4, "tag:a,2026:a/1"), event(7, "tag:a,2026:a/1")];
        let page = read_page(good.join("\n").as_bytes(), &asked).unwrap();
        assert_eq!((page.events.len(), page.events[1].seq), (2, Seq(7)));
        let purge =
            "{\"number\":0,\"key\":\"0000000000000000000000000a\",\"reason\":\"x\",\"after\":1}";
        for lines in [
            vec![],
            vec!["<!doctype html>".to_owned()],
            vec![head(9, 2, ""), event(4, "a")],
            vec![head(9, 1, ""), event(3, "a")],
            vec![head(9, 2, ""), event(5, "a"), event(4, "a")],
            vec![head(9, 1, ""), event(10, "a")],
            vec![head(9, 1, ""), event(4, "")],
            vec![head(u64::MAX, 0, "")],
            vec![head(9, 0, purge)],
        ] {
            assert!(read_page(lines.join("\n").as_bytes(), &asked).is_err(), "{lines:?}");
        }
    }
}
