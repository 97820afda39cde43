//! What a host's robots.txt lets us crawl (RFC 9309). It is asked for once a day, by whichever source comes first.

use crate::config::Config;
use crate::model::{Source, Timestamp};
use crate::net::{self, Client, Purpose, Request, Response, RobotsTxt, Trust, is_refusal};
use crate::net::{refusal_wait_ms, retry_after_ms};
use crate::read::robots::robots;
use crate::text::host_key;
use url::{Position, Url};

/// Milliseconds for which an answer counts.
const DAY_MS: i64 = 24 * 3_600_000;
/// Milliseconds for which a robots.txt that cannot be read closes its host (RFC 9309 §2.3.1.4).
const CLOSED_MS: i64 = 30 * DAY_MS;
/// Bytes of it that are kept; rules beyond are not seen.
const MAX_BYTES: usize = 32 * 1024;
/// The name that its rules know us by.
const NAME: &str = "dongtin";

/// Who asks for a page, and with what.
#[derive(Clone, Copy)]
pub(super) struct Visitor<'a> {
    /// The outgoing client.
    pub client: &'a Client,
    /// As it is now.
    pub config: &'a Config,
    /// The source that named the page.
    pub source: &'a Source,
    /// When it is asked for.
    pub now: Timestamp,
}

/// Returns true if the host of a page lets robots read it.
///
/// # Errors
/// Until when no page of the host is read: its robots.txt cannot be read and no earlier one is known, or the host
/// refused it.
pub(super) async fn allows(visitor: Visitor<'_>, page: &Url) -> Result<bool, Timestamp> {
    let now = visitor.now;
    let hosts = visitor.client.hosts();
    let host = host_key(page);
    let mut known = hosts.robots(&host);
    if !known.is_fresh(now) {
        let asked = ask(&mut known, visitor, page).await;
        hosts.set_robots(&host, known.clone());
        asked?;
    }
    let path = &page[Position::BeforePath..Position::AfterQuery];
    match known.closed_until(now) {
        Some(until) => Err(until),
        None => Ok(robots(&known.text, NAME).allows(path)),
    }
}

/// Asks for a robots.txt, if its time has come, and notes what came. An error is the host's refusal.
async fn ask(known: &mut RobotsTxt, visitor: Visitor<'_>, page: &Url) -> Result<(), Timestamp> {
    let (now, config) = (visitor.now, &visitor.config.fetch);
    let longest = now.plus_millis(config.max_interval_ms);
    if known.again.is_some_and(|again| again > now && again <= longest) {
        return Ok(());
    }
    let Ok(url) = page.join("/robots.txt") else { return Ok(()) };
    let request = Request::to(url, Trust::of(visitor.source), Purpose::Crawl);
    let answer = match visitor.client.get(request).await {
        Err(net::Error::Resting { until, .. }) => return Err(until),
        // The page will be refused by the same rule, under its own name.
        Err(error) if error.refuses(page) => return Ok(()),
        answer => answer,
    };
    if let Some(text) = text_of(&answer) {
        let delay = i64::try_from(robots(&text, NAME).delay.as_millis()).unwrap_or(i64::MAX);
        *known = RobotsTxt { asked: Some(now), crawl_delay_ms: delay, text, ..Default::default() };
        return Ok(());
    }
    known.tries = known.tries.saturating_add(1);
    known.failing_since = known.failing_since.or(Some(now));
    let asked = answer.as_ref().ok().and_then(|answer| retry_after_ms(&answer.headers, now));
    let again = now.plus_millis(refusal_wait_ms(asked, known.tries, config));
    known.again = Some(again);
    match answer {
        Ok(answer) if is_refusal(answer.status, &answer.headers) => {
            Err(answer.rests_until.map_or(again, |until| until.max(again)))
        }
        _ => Ok(()),
    }
}

/// The text of a robots.txt, empty if there is none; `None` if it cannot be read. RFC 9309 §2.3.1: 4xx and endless
/// redirects mean that there is none, everything else and 429 that it cannot be read.
fn text_of(answer: &Result<Response, net::Error>) -> Option<String> {
    match answer {
        Err(net::Error::TooManyRedirects { .. } | net::Error::BadRedirect { .. }) => {
            Some(String::new())
        }
        Err(_) => None,
        Ok(answer) => match answer.status.as_u16() {
            200..=299 => {
                let bytes = answer.body.get(..MAX_BYTES).unwrap_or(&answer.body);
                Some(String::from_utf8_lossy(bytes).into_owned())
            }
            300..=428 | 430..=499 => Some(String::new()),
            _ => None,
        },
    }
}

impl RobotsTxt {
    /// Returns true if it need not be asked for today.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = |at: Timestamp| now.millis().saturating_sub(at.millis());
        self.asked.is_some_and(|at| (0..DAY_MS).contains(&age(at)))
    }

    /// Until when the host is closed because its robots.txt cannot be read. An earlier one that is known holds instead,
    /// and after a month the host is open.
    pub fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        let since = self.failing_since.filter(|_| self.asked.is_none())?;
        let is_long = now.millis().saturating_sub(since.millis()) >= CLOSED_MS;
        self.again.filter(|again| !is_long && *again > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn answer(status: u16) -> Result<Response, net::Error> {
        Ok(Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: "User-agent: *".into(),
            final_url: Url::parse("https://a.vn/robots.txt").unwrap(),
            permanent_redirect: None,
            hops: 0,
            rests_until: None,
        })
    }

    #[test]
    fn no_robots_txt_is_told_from_one_that_cannot_be_read() {
        assert_eq!(text_of(&answer(200)).as_deref(), Some("User-agent: *"));
        for status in [301, 401, 403, 404, 410, 451] {
            assert_eq!(text_of(&answer(status)).as_deref(), Some(""), "{status}");
        }
        for status in [429, 500, 502, 503, 504, 599] {
            assert_eq!(text_of(&answer(status)), None, "{status}");
        }
        let host = || "a.vn".to_owned();
        let endless = net::Error::TooManyRedirects { host: host(), limit: 5 };
        assert_eq!(text_of(&Err(endless)).as_deref(), Some(""));
        assert_eq!(text_of(&Err(net::Error::Timeout { host: host(), millis: 1 })), None);
    }

    #[test]
    fn an_earlier_robots_txt_holds_while_it_cannot_be_read_and_a_host_is_not_closed_for_ever() {
        let again = |at: Timestamp| Some(at.plus_millis(300_000));
        let mut known =
            RobotsTxt { failing_since: Some(NOW), again: again(NOW), ..RobotsTxt::default() };
        assert_eq!(known.closed_until(NOW), again(NOW));
        assert_eq!(known.closed_until(NOW.plus_millis(300_000)), None, "it is asked for again");
        let later = NOW.plus_millis(CLOSED_MS);
        known.again = again(later);
        assert_eq!(known.closed_until(later), None);
        known.asked = Some(NOW.plus_millis(-2 * DAY_MS));
        known.again = again(NOW);
        assert_eq!(known.closed_until(NOW), None);
        assert!(!known.is_fresh(NOW) && known.is_fresh(NOW.plus_millis(-DAY_MS - 1)));
    }
}
