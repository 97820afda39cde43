use super::report::{Report, Verdict};
use crate::fetch::{AskedSteps, START, Steps, StepsError, fetch_steps};
use crate::mirror::Publisher;
use crate::model::{Language, Selection, Step, StepKind, StepPage};
use crate::net::{Request, Response};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Pages that are read at most: partners that only try are no burden.
const PAGES: usize = 5;
const LIMIT: usize = 100;
const WAIT: Duration = Duration::from_secs(2);
/// Bytes of a stream that are looked at.
const STREAM: usize = 1 << 20;
/// The largest cursor; no journal has so many events.
const NOWHERE: &str = "9223372036854775807";

/// The result of one check: nothing, or what was wrong.
type Outcome = Result<(), String>;

/// Plays partners of a publisher and checks its answers.
pub struct Partner<'a> {
    pub publisher: &'a Publisher,
    pub language: Language,
}

/// What the first partner has read.
struct Read {
    pages: Vec<Steps>,
    next: String,
}

impl Read {
    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.pages.iter().flat_map(|steps| &steps.page.changes)
    }
}

impl Partner<'_> {
    /// Checks everything that a partner relies on.
    ///
    /// # Errors
    /// The publisher cannot be read at all.
    pub async fn play(&self) -> Result<Report, StepsError> {
        let everything = Selection::default();
        let read = self.read(&everything).await?;
        let mut report = Report::default();
        let mut add = |(en, vi): (&str, &str), outcome: Outcome| {
            let verdict = if outcome.is_ok() { Verdict::Right } else { Verdict::Wrong };
            report.add(self.language.pick(en, vi), verdict, outcome.err());
        };
        add(("every article once, in order", "mỗi bài một lần, đúng thứ tự"), in_order(&read));
        add(("the same page again", "hỏi lại được đúng trang cũ"), self.repeats(&read).await);
        add(("pages of one step", "trang chỉ một bước"), self.by_ones(&read).await);
        add(("one step a line (NDJSON)", "mỗi dòng một bước (NDJSON)"), self.lines(&read).await);
        add(
            ("server-sent events that resume", "luồng sự kiện (SSE), nối tiếp được"),
            self.events(&read).await,
        );
        add(("an unchanged page is 304", "trang không đổi trả 304"), self.conditional().await);
        add(("a cursor from elsewhere is 410", "con trỏ lạ trả 410"), self.unknown_cursor().await);
        add(
            ("a selection holds nothing else", "phần tin chọn không lẫn tin khác"),
            self.selection(&read).await,
        );
        add(
            ("a wrong parameter is 400 with words", "tham số sai trả 400 kèm giải thích"),
            self.wrong_parameter().await,
        );
        add(
            ("an article is the same alone", "từng bài lấy riêng cũng giống"),
            self.alone(&read).await,
        );
        add(("waiting for news waits", "chờ tin mới thì chờ thật"), self.waits(&read).await);
        Ok(report)
    }

    async fn steps(
        &self,
        after: &str,
        selection: &Selection,
        limit: usize,
        wait: Duration,
    ) -> Result<Steps, StepsError> {
        let asked = AskedSteps { after, selection, limit, wait };
        fetch_steps(self.publisher.client(), self.publisher.request(), &asked).await
    }

    async fn read(&self, selection: &Selection) -> Result<Read, StepsError> {
        let mut read = Read { pages: Vec::new(), next: START.to_owned() };
        while read.pages.len() < PAGES {
            let steps = self.steps(&read.next, selection, LIMIT, Duration::ZERO).await?;
            let more = steps.page.more;
            read.next.clone_from(&steps.page.next);
            read.pages.push(steps);
            if !more {
                break;
            }
        }
        Ok(read)
    }

    async fn repeats(&self, read: &Read) -> Outcome {
        let again = self.steps(START, &Selection::default(), LIMIT, Duration::ZERO).await;
        let first = read.pages.first().map(|steps| numbers(&steps.page));
        let again = numbers(&again.map_err(|error| error.to_string())?.page);
        // An article that changed meanwhile has moved to a later page.
        let known: HashSet<u64> = first.unwrap_or_default().into_iter().collect();
        let new = again.iter().filter(|seq| !known.contains(seq)).count();
        expect(new * 2 <= again.len(), || format!("{new} other steps"))
    }

    async fn by_ones(&self, read: &Read) -> Outcome {
        let Some(first) = read.steps().next() else { return Ok(()) };
        let one = self.steps(START, &Selection::default(), 1, Duration::ZERO).await;
        let page = one.map_err(|error| error.to_string())?.page;
        expect(page.changes.len() == 1, || format!("{} steps with limit=1", page.changes.len()))?;
        expect(page.changes.iter().all(|step| step.seq >= first.seq), || {
            "another first step".into()
        })
    }

    async fn lines(&self, read: &Read) -> Outcome {
        let path = format!("api/v1/changes?after=0&limit={LIMIT}");
        let answer = self.get(&path, "application/x-ndjson", &[]).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let Some((last, steps)) = lines.split_last() else { return Err("no lines".into()) };
        for line in steps {
            serde_json::from_str::<Step>(line).map_err(|error| error.to_string())?;
        }
        let end: serde_json::Value =
            serde_json::from_str(last).map_err(|error| error.to_string())?;
        expect(end["next"].is_string(), || "the last line has no `next`".into())?;
        let first = read.pages.first().map_or(0, |page| page.page.changes.len());
        expect(steps.len().abs_diff(first) <= LIMIT / 2, || {
            format!("{} lines, {first} steps", steps.len())
        })
    }

    /// What comes of a stream at once; and of one that goes on after its first event.
    async fn events(&self, read: &Read) -> Outcome {
        let all = self.stream(&[]).await?;
        let first = read.steps().next().map(|step| step.seq);
        let Some((id, step)) = all.first() else {
            return expect(first.is_none(), || "no event came".into());
        };
        expect(first.is_none_or(|first| step.seq >= first), || "another first step".into())?;
        expect(all.is_sorted_by(|a, b| a.1.seq < b.1.seq), || "events out of order".into())?;
        let id = http::HeaderValue::from_str(id).map_err(|_| "an id that is no cursor")?;
        let after = self.stream(&[(http::HeaderName::from_static("last-event-id"), id)]).await?;
        let again = after.iter().find(|(_, other)| other.seq <= step.seq);
        expect(again.is_none(), || format!("step {} again after Last-Event-ID", step.seq))
    }

    /// The events of a stream, each with its id, as far as they come whole within a while.
    async fn stream(
        &self,
        headers: &[(http::HeaderName, http::HeaderValue)],
    ) -> Result<Vec<(String, Step)>, String> {
        let request = self.request("api/v1/changes?after=0", "text/event-stream", headers)?;
        let request = Request { beginning: Some(WAIT), limit: Some(STREAM), ..request };
        let answer =
            self.publisher.client().get(request).await.map_err(|error| error.to_string())?;
        let said = answer.headers.get(http::header::CONTENT_TYPE).cloned();
        expect(said.is_some_and(|said| said.as_bytes().starts_with(b"text/event-stream")), || {
            "it is no stream of events".into()
        })?;
        let text = String::from_utf8_lossy(&answer.body);
        let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
        whole.split("\n\n").filter_map(event).collect()
    }

    async fn conditional(&self) -> Outcome {
        let path = "api/v1/changes?after=0&limit=1";
        let first = self.get(path, "application/json", &[]).await?;
        let tag = first.headers.get(http::header::ETAG).ok_or("no ETag")?;
        let again = self
            .get(path, "application/json", &[(http::header::IF_NONE_MATCH, tag.clone())])
            .await?;
        expect(again.status.as_u16() == 304, || format!("HTTP status {}", again.status.as_u16()))
    }

    async fn unknown_cursor(&self) -> Outcome {
        match self.steps(NOWHERE, &Selection::default(), 1, Duration::ZERO).await {
            Err(StepsError::CursorGone(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("it is answered with a page".into()),
        }
    }

    /// Reads the articles of one source, then asks for them with a cursor of another selection, which must be refused.
    async fn selection(&self, read: &Read) -> Outcome {
        let Some(step) = read.steps().find(|step| step.kind == StepKind::Put) else {
            return Ok(());
        };
        let selection = Selection { sources: vec![step.source.clone()], ..Selection::default() };
        let page = self.steps(START, &selection, LIMIT, Duration::ZERO).await;
        let page = page.map_err(|error| error.to_string())?.page;
        let other = page.changes.iter().find(|other| other.source != step.source);
        expect(other.is_none(), || format!("a step of another source than {}", step.source))?;
        match self.steps(&read.next, &selection, 1, Duration::ZERO).await {
            Err(StepsError::CursorGone(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("a cursor of another selection is taken".into()),
        }
    }

    async fn wrong_parameter(&self) -> Outcome {
        let answer = self.get("api/v1/changes?limit=0", "application/json", &[]).await?;
        let status = answer.status.as_u16();
        expect(status == 400, || format!("HTTP status {status}"))?;
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        expect(problem["detail"].is_string(), || "no `detail`".into())
    }

    async fn alone(&self, read: &Read) -> Outcome {
        let last = read.steps().filter_map(|step| step.article.as_ref()).last();
        let Some(article) = last else { return Ok(()) };
        let answer =
            self.get(&format!("api/v1/articles/{}", article.key), "application/json", &[]).await?;
        let alone: serde_json::Value =
            serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let revision = alone["revision"].as_u64().unwrap_or(0);
        expect(alone["id"] == article.id && revision >= article.revision.into(), || {
            "another article".into()
        })
    }

    async fn waits(&self, read: &Read) -> Outcome {
        let ended = read.pages.last().is_some_and(|steps| !steps.page.more);
        if !ended {
            return Ok(());
        }
        let began = Instant::now();
        let steps = self.steps(&read.next, &Selection::default(), 1, WAIT).await;
        let steps = steps.map_err(|error| error.to_string())?;
        let took = began.elapsed();
        let has_news = !steps.page.changes.is_empty();
        expect(has_news || took >= WAIT / 2, || format!("answered after {} ms", took.as_millis()))
    }

    async fn get(
        &self,
        path: &str,
        accept: &'static str,
        headers: &[(http::HeaderName, http::HeaderValue)],
    ) -> Result<Response, String> {
        let request = self.request(path, accept, headers)?;
        self.publisher.client().get(request).await.map_err(|error| error.to_string())
    }

    fn request(
        &self,
        path: &str,
        accept: &'static str,
        headers: &[(http::HeaderName, http::HeaderValue)],
    ) -> Result<Request, String> {
        let request = self.publisher.request();
        let base = format!("{}/", request.url.as_str().trim_end_matches('/'));
        let url = url::Url::parse(&base).and_then(|base| base.join(path));
        let url = url.map_err(|error| error.to_string())?;
        let headers = request.headers.iter().chain(headers).cloned().collect();
        Ok(Request { url, accept, headers, ..request })
    }
}

/// An event of a stream with its id; `None` for a comment or what has no step.
fn event(text: &str) -> Option<Result<(String, Step), String>> {
    let field =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (id, name, data) = (field("id")?, field("event")?, field("data")?);
    let step = serde_json::from_str::<Step>(data).map_err(|error| error.to_string());
    Some(step.and_then(|step| {
        expect(step.kind.name() == name, || {
            format!("an event {name} with a step {}", step.kind.name())
        })?;
        Ok((id.to_owned(), step))
    }))
}

fn numbers(page: &StepPage) -> Vec<u64> {
    page.changes.iter().map(|step| step.seq).collect()
}

/// Checks the order over all pages; `fetch_steps` has checked it within each.
fn in_order(read: &Read) -> Outcome {
    let (mut seen, mut last) = (HashSet::new(), 0);
    for step in read.steps() {
        expect(step.seq > last, || format!("step {} after step {last}", step.seq))?;
        expect(seen.insert(&step.key), || format!("the article {} twice", step.key))?;
        last = step.seq;
    }
    Ok(())
}

fn expect(holds: bool, why: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(why()) }
}
