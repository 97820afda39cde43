use super::*;
use crate::deliver::{Cursor, PartnerLog, Selection};
use crate::journal::Proposal;
use crate::journal::samples::{self, Dice};
use crate::model::{Article, ArticleId, Category, Change, PartnerId, Seq};
use std::collections::{BTreeMap, BTreeSet};

/// One article of a history.
struct Told {
    article: Article,
    is_live: bool,
    events: u32,
}

/// Articles and what happens to them. Its categories are its own, so that many histories share one journal.
struct History {
    number: u64,
    dice: Dice,
    articles: Vec<Told>,
}

/// A selection, as a partner names it and as the model does.
#[derive(Clone, Default)]
struct Wanted {
    categories: Vec<String>,
    language: Option<&'static str>,
}

impl History {
    fn new(number: u64) -> Self {
        Self { number, dice: Dice(number * 7919 + 1), articles: Vec::new() }
    }

    fn category(&mut self) -> String {
        format!("c{}-{}", self.number, self.dice.below(3))
    }

    fn language(&mut self) -> &'static str {
        ["vi", "vi-VN", "en"][self.dice.below(3)]
    }

    fn wanted(&mut self) -> Wanted {
        let categories = (0..1 + self.dice.below(2)).map(|_| self.category()).collect();
        let language = [None, None, Some("vi")][self.dice.below(3)];
        Wanted { categories, language }
    }

    /// Something happens: an article comes, changes, goes or returns.
    fn event(&mut self) -> Proposal {
        let place = self.dice.below(6);
        let (category, language) = (self.category(), self.language());
        let term = |article: &mut Article| {
            let category = Category { term: category.clone(), scheme: None, label: None };
            article.categories = vec![category];
            article.language = Some(language.to_owned());
        };
        let now = Timestamp::from_secs(1_790_000_000);
        let change = match self.articles.get_mut(place) {
            None => {
                let n = self.number * 100 + self.articles.len() as u64;
                let mut article = samples::article("a", n, now);
                term(&mut article);
                self.articles.push(Told { article: article.clone(), is_live: true, events: 1 });
                Change::Published { article: Arc::new(article) }
            }
            Some(told) if told.is_live && self.dice.below(3) == 0 => {
                (told.is_live, told.events) = (false, told.events + 1);
                let Article { key, id, source, upstream_id, .. } = told.article.clone();
                let (reason, revision) = (None, told.events);
                Change::Withdrawn {
                    key,
                    id,
                    source,
                    upstream_id,
                    reason,
                    revision,
                    gone_since: None,
                }
            }
            Some(told) => {
                (told.is_live, told.events) = (true, told.events + 1);
                term(&mut told.article);
                told.article.revision = told.events;
                Change::Revised { article: Arc::new(told.article.clone()) }
            }
        };
        Proposal { change, expected: None, idempotency_key: None, at: now }
    }

    /// The articles that a copy of a selection must hold, with their revisions.
    fn expected(&self, wanted: &Wanted) -> BTreeMap<String, u64> {
        let is_wanted = |told: &&Told| {
            let article = &told.article;
            let speaks = article.language.as_deref().is_some_and(|own| {
                wanted.language.is_none_or(|tag| own == tag || own.starts_with(&format!("{tag}-")))
            });
            told.is_live && speaks && wanted.categories.contains(&article.categories[0].term)
        };
        let live = self.articles.iter().filter(is_wanted);
        live.map(|told| (told.article.key.to_string(), u64::from(told.article.revision))).collect()
    }
}

/// A partner's copy.
struct Copy {
    cursor: String,
    holds: BTreeMap<String, u64>,
}

impl Copy {
    fn apply(&mut self, step: &Value) {
        let key = step["key"].as_str().unwrap().to_owned();
        match step["type"].as_str().unwrap() {
            "put" => {
                assert_eq!(step["article"]["revision"], step["revision"]);
                self.holds.insert(key, step["revision"].as_u64().unwrap());
            }
            "removed" | "withdrawn" => {
                assert!(step.get("article").is_none(), "{step}");
                self.holds.remove(&key);
            }
            other => panic!("{other}"),
        }
    }

    /// Reads once in one of the ways, and says whether there is more. A copy that crashes has applied what it read, but
    /// not stored the cursor.
    async fn read(
        &mut self,
        house: &House,
        dice: &mut Dice,
        query: &str,
        auth: Option<&str>,
    ) -> bool {
        let way = ["application/json", "application/x-ndjson", "text/event-stream"][dice.below(3)];
        let (limit, crashes) = (1 + dice.below(4), dice.below(4) == 0);
        let path = format!("/api/v1/changes?after={}&limit={limit}{query}", self.cursor);
        let mut headers = vec![("accept", way)];
        headers.extend(auth.map(|auth| ("authorization", auth)));
        let answer = house.get(&path, &headers).await;
        if answer.status() == 410 && auth.is_some() {
            // Its selection changed again while it was changing: it copies anew.
            (self.cursor, self.holds) = ("0".to_owned(), BTreeMap::new());
            return true;
        }
        assert_eq!(answer.status(), 200, "{path}");
        if way == "text/event-stream" {
            house.phase.send_replace(Phase::Stopping); // ends the stream
        }
        let said = text(answer).await;
        house.phase.send_replace(Phase::Ready);
        let (steps, next, more) = match way {
            "application/json" => page_of(&said),
            "application/x-ndjson" => lines_of(&said),
            _ => events_of(&said, &self.cursor),
        };
        steps.iter().for_each(|step| self.apply(step));
        if !crashes {
            self.cursor = next;
        }
        more || crashes
    }
}

fn page_of(said: &str) -> (Vec<Value>, String, bool) {
    let page: Value = serde_json::from_str(said).unwrap();
    let steps = page["changes"].as_array().unwrap().clone();
    (steps, page["next"].as_str().unwrap().to_owned(), page["more"].as_bool().unwrap())
}

fn lines_of(said: &str) -> (Vec<Value>, String, bool) {
    let mut lines: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = lines.pop().unwrap();
    (lines, end["next"].as_str().unwrap().to_owned(), end["more"].as_bool().unwrap())
}

/// The steps of a stream; its cursor is the last id, and it ends when there is no more.
fn events_of(said: &str, cursor: &str) -> (Vec<Value>, String, bool) {
    let lines = |name: &'static str| said.lines().filter_map(move |line| line.strip_prefix(name));
    let steps = lines("data: ").map(|data| serde_json::from_str(data).unwrap()).collect();
    (steps, lines("id: ").next_back().unwrap_or(cursor).to_owned(), false)
}

/// What the query says of a selection.
fn query(wanted: &Wanted) -> String {
    let categories = wanted.categories.iter().map(|name| format!("&category={name}"));
    categories.chain(wanted.language.map(|tag| format!("&language={tag}"))).collect()
}

async fn happen(house: &House, history: &mut History) {
    let proposals = (0..1 + history.dice.below(6)).map(|_| history.event()).collect();
    for appended in house.journal.append_many(proposals).await {
        appended.unwrap();
    }
}

/// Promise 34. The copies read in every way, crash, and stay away for a while.
#[tokio::test]
async fn a_copy_holds_exactly_what_its_selection_takes_after_500_histories() {
    let house = House::open();
    for number in 0..500 {
        let mut history = History::new(number);
        let wanted = history.wanted();
        let (cursor, holds) = (house.journal.last(), BTreeMap::new());
        let query = query(&wanted);
        let mut copy = Copy { cursor: begin_at(&house, cursor, &query).await, holds };
        for _ in 0..3 {
            happen(&house, &mut history).await;
            if history.dice.below(3) == 0 {
                continue; // an outage
            }
            let mut dice = Dice(history.dice.below(1 << 30) as u64);
            while copy.read(&house, &mut dice, &query, None).await {}
        }
        let mut dice = Dice(number);
        while copy.read(&house, &mut dice, &query, None).await {}
        assert_eq!(copy.holds, history.expected(&wanted), "history {number}");
    }
}

/// The cursor of a selection at an event after which the history begins: no article of its categories is older.
async fn begin_at(house: &House, seq: Seq, query: &str) -> String {
    let page = value(house.get(&format!("/api/v1/changes?limit=1{query}"), &[]).await).await;
    let next = page["next"].as_str().unwrap();
    let fingerprint = next.split_once('.').map(|(_, fingerprint)| fingerprint.to_owned());
    match fingerprint {
        Some(fingerprint) if seq > Seq(0) => format!("{seq}.{fingerprint}"),
        _ => "0".to_owned(),
    }
}

fn config_of(house: &House, wanted: Option<&Wanted>, more: &str) -> Config {
    let quoted = |name: &String| format!("\"{name}\"");
    let selection = wanted.map_or_else(String::new, |wanted| {
        let categories: Vec<_> = wanted.categories.iter().map(quoted).collect();
        let languages = wanted.language.map_or_else(String::new, |tag| format!("\"{tag}\""));
        format!("categories = [{}]\nlanguages = [{languages}]\n", categories.join(", "))
    });
    let text = format!(
        "[site]\nbase_url = \"https://bao.vn\"\n[store]\ndirectory = \"data\"\n[[source]]\nid = \"a\"\nkind = \"push\"\n\
         [[partner]]\nname = \"p\"\n{selection}{more}"
    );
    let folder = house.state.config.load().store.directory.parent().unwrap().to_owned();
    Config::parse(&text, &folder).unwrap()
}

fn give_token(house: &House) -> String {
    let token = new_token(&[9; 32]);
    let mut tokens = Tokens::clone(&house.state.tokens.load());
    let partner = PartnerId::new("p").unwrap();
    tokens.add(partner, hash_token(token.as_bytes()), Timestamp(0), None);
    house.state.tokens.store(Arc::new(tokens));
    format!("Bearer {token}")
}

/// Promise 34, with an operator who changes the partner's selection while it is away or half way.
#[tokio::test]
async fn a_partner_whose_selection_changes_gets_the_difference() {
    let house = House::open();
    let bearer = give_token(&house);
    let mut history = History::new(1_000);
    let mut copy = Copy { cursor: "0".to_owned(), holds: BTreeMap::new() };
    for round in 0..40 {
        let wanted = if round % 10 == 9 { None } else { Some(history.wanted()) };
        house.state.config.store(Arc::new(config_of(&house, wanted.as_ref(), "")));
        happen(&house, &mut history).await;
        let mut dice = Dice(round);
        if round % 3 == 1 {
            copy.read(&house, &mut dice, "", Some(&bearer)).await;
            continue; // the next change comes before it is done
        }
        let mut has_begun = false;
        while copy.read(&house, &mut dice, "", Some(&bearer)).await {
            if !has_begun {
                has_begun = true;
                happen(&house, &mut history).await;
            }
        }
        let all = ["c1000-0", "c1000-1", "c1000-2"].map(str::to_owned).to_vec();
        let wanted = wanted.unwrap_or(Wanted { categories: all, language: None });
        assert_eq!(copy.holds, history.expected(&wanted), "round {round}");
        if round % 7 == 0 {
            house.state.partners.write().unwrap();
        }
    }
    let taken = house.state.partners.taken(&PartnerId::new("p").unwrap()).unwrap();
    assert!(taken.seq > Seq(0) && taken.at > Timestamp(0), "{taken:?}");
    let foreign = "1.0123456789abcdef";
    let path = format!("/api/v1/changes?after={foreign}");
    let refused = house.get(&path, &[("authorization", &bearer)]).await;
    assert_eq!(refused.status(), 410, "a selection that it never had");
}

#[tokio::test]
async fn partners_read_what_they_may_and_nobody_else_where_it_is_not_public() {
    let house = House::open();
    let bearer = give_token(&house);
    let body = json!({"title": "x", "content_html": "<p>Thân bài.</p>", "authors": [{"name": "Mai", "email": "mai@bao.vn"}]});
    house.push("PUT", &format!("{ARTICLES}/1"), &[], body.to_string()).await;
    let get = async |headers: &[(&str, &str)]| house.get("/api/v1/changes", headers).await;
    let own = [("authorization", bearer.as_str())];
    let public = get(&[]).await;
    assert_eq!(public.headers()["cache-control"], "no-cache");
    assert!(!text(public).await.contains("mai@"));
    assert_eq!(get(&own).await.status(), 401, "no such partner in the config");
    let more = "emails = true\ncontent = \"summary\"\n[changes]\npublic = false\n";
    house.state.config.store(Arc::new(config_of(&house, None, more)));
    let closed = get(&[]).await;
    assert_eq!(closed.status(), 401);
    assert!(closed.headers().contains_key("www-authenticate"));
    for wrong in ["Bearer x", "Basic eDp5", "Bearer"] {
        assert_eq!(get(&[("authorization", wrong)]).await.status(), 401, "{wrong}");
    }
    let source = format!("Bearer {}", house.token);
    assert_eq!(get(&[("authorization", &source)]).await.status(), 401, "a source's token");
    let answer = get(&own).await;
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
    let article = value(answer).await["changes"][0]["article"].take();
    assert_eq!(article["authors"][0]["email"], "mai@bao.vn");
    assert!(article.get("content_html").is_none(), "{article}");
    let selected = "categories = [\"x\"]\n";
    house.state.config.store(Arc::new(config_of(&house, None, selected)));
    let both = house.get("/api/v1/changes?category=y", &own).await;
    assert_eq!(both.status(), 400, "the operator's selection stands");
}

#[tokio::test]
async fn a_stream_is_read_as_the_clients_of_durable_streams_do() {
    let house = House::open();
    house.put("1", &[], "x").await;
    house.put("2", &[], "y").await;
    let head = |answer: &Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let all = house.get("/api/v1/stream?offset=-1", &[]).await;
    assert_eq!(head(&all, "stream-up-to-date").as_deref(), Some("true"));
    let next = head(&all, "stream-next-offset").unwrap();
    assert_eq!(next, "0000000000000000002");
    assert_eq!(value(all).await.as_array().unwrap().len(), 2);
    let now = house.get("/api/v1/stream?offset=now", &[]).await;
    assert_eq!(head(&now, "stream-next-offset").as_deref(), Some(next.as_str()));
    assert_eq!(text(now).await, "[]");
    house.phase.send_replace(Phase::Stopping); // nobody waits any more
    let path = format!("/api/v1/stream?offset={next}&live=long-poll&cursor=1");
    let nothing = house.get(&path, &[]).await;
    assert_eq!(
        (nothing.status().as_u16(), head(&nothing, "stream-next-offset")),
        (204, Some(next.clone()))
    );
    assert!(
        head(&nothing, "stream-cursor").is_some() && head(&nothing, "stream-up-to-date").is_some()
    );
    let events = text(house.get("/api/v1/stream?offset=-1&live=sse", &[]).await).await;
    let data = events
        .split(
            "event: data
data: ",
        )
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap().as_array().unwrap().len(), 2);
    let last = events
        .split(
            "event: control
data: ",
        )
        .last()
        .unwrap()
        .trim();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!((&last["streamNextOffset"], &last["upToDate"]), (&json!(next), &json!(true)));
    for (bad, status) in [("offset=x", 400), ("live=x", 400), ("after=1", 400), ("offset=7", 410)] {
        assert_eq!(
            house.get(&format!("/api/v1/stream?{bad}"), &[]).await.status(),
            status,
            "{bad}"
        );
    }
}

/// The next piece of a body.
async fn piece(response: &mut Response) -> axum::body::Bytes {
    response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap()
}

#[tokio::test]
async fn an_article_that_wakes_many_readers_is_written_once() {
    const READERS: usize = 100;
    let house = Arc::new(House::open());
    house.put("1", &[], "Tin đầu").await;
    let places = house.state.waiters.available_permits();
    let wait = |path: &'static str, accept: &'static str, pieces: usize| {
        let house = house.clone();
        tokio::spawn(async move {
            let mut response = house.get(path, &[("accept", accept)]).await;
            let mut last = piece(&mut response).await;
            for _ in 1..pieces {
                last = piece(&mut response).await;
            }
            (last, response)
        })
    };
    let ask = |_| {
        let poll = wait("/api/v1/changes?after=1&wait=30s", "application/json", 1);
        let lines = wait("/api/v1/changes?after=1&wait=30s", "application/x-ndjson", 1);
        [poll, lines, wait("/api/v1/changes?after=1", "text/event-stream", 2)]
    };
    let waiting: Vec<_> = (0..READERS).map(ask).collect();
    while house.state.waiters.available_permits() > places - 3 * READERS {
        tokio::task::yield_now().await;
    }
    house.put("2", &[], "Tin sau").await;
    let mut places_in_memory = [const { BTreeSet::new() }; 3];
    // All answers are kept until the last has come: what they have in memory is shared, or it is not.
    let mut answers = Vec::new();
    for (form, reader) in waiting.into_iter().flat_map(|readers| readers.into_iter().enumerate()) {
        let (bytes, response) = reader.await.unwrap();
        assert!(String::from_utf8_lossy(&bytes).contains("Tin sau"));
        places_in_memory[form].insert(bytes.as_ptr());
        answers.push((bytes, response));
    }
    assert_eq!(places_in_memory.map(|places| places.len()), [1, 1, 1]);
    drop(answers);
    assert_eq!(house.state.room.available_permits(), ROOM_KIB);
}

#[tokio::test]
async fn partners_that_are_no_longer_in_the_config_are_forgotten() {
    let house = House::open();
    let (log, progress) = (&house.state.partners, house.state.store.progress());
    let ids = ["mot", "hai"].map(|id| PartnerId::new(id).unwrap());
    let (everything, cursor) = (Selection::default(), Cursor::default());
    for id in &ids {
        log.note(id, &everything, &cursor, Timestamp(1));
    }
    log.write().unwrap();
    let text = "[[partner]]\nname = \"hai\"\n";
    let config = Config::parse(text, Path::new("/")).unwrap();
    let log = PartnerLog::new(progress.clone());
    log.forget_others(&config.partners).unwrap();
    assert!(log.taken(&ids[0]).is_none() && log.taken(&ids[1]).is_some());
}

#[tokio::test]
async fn news_of_an_articles_files_is_a_step_and_no_revision() {
    let house = House::open();
    let put = value(house.put("1", &[], "Tin đầu").await).await;
    let (key, id) = (put["key"].as_str().unwrap(), put["id"].as_str().unwrap().to_owned());
    let (key, page) = (key.parse().unwrap(), format!("/a/{key}"));
    house.put("2", &[], "Tin sau").await;
    let shown = async || {
        let feed = house.get("/feeds/all.atom?raw=1", &[]).await;
        let tag = feed.headers()[header::ETAG].clone();
        (tag, text(feed).await, text(house.get(&page, &[]).await).await)
    };
    let before = shown().await;
    let files = |revision, text| Proposal {
        change: Change::Files {
            key,
            id: ArticleId(id.clone()),
            source: SourceId::new("a").unwrap(),
            revision,
            text: Seq(text),
        },
        expected: None,
        idempotency_key: None,
        at: Timestamp::from_secs(1_790_000_000),
    };
    house.journal.append(files(1, 1)).await.unwrap();
    let steps = async |after: u64, more: &str| {
        let path = format!("/api/v1/changes?after={after}{more}");
        value(house.get(&path, &[]).await).await["changes"].as_array().unwrap().clone()
    };
    let news = steps(2, "").await;
    assert_eq!((news.len(), &news[0]["type"], &news[0]["revision"]), (1, &json!("put"), &json!(1)));
    assert_eq!(news[0]["article"]["title"], "Tin đầu");
    assert_eq!(steps(0, "").await.len(), 2, "each article once");
    assert!(steps(0, "&source=b").await.is_empty());
    assert_eq!(shown().await, before);
    house.state.store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(shown().await, before);
    // Its article is another one's, or none.
    house.journal.append(files(1, 2)).await.unwrap();
    house.journal.append(files(1, 99)).await.unwrap();
    assert!(steps(3, "").await.is_empty());
    house.put("1", &[], "Tin đầu, đã sửa").await;
    let corrected = steps(5, "").await;
    assert_eq!((corrected.len(), &corrected[0]["revision"]), (1, &json!(2)));
}
