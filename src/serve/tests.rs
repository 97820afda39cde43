//! The routes over a real journal, store, cache and ingest in a folder of their own.

/// Copies: what a partner holds is what its selection takes, whatever happened and however it reads.
mod copies;

use super::api::openapi;
use super::http::client_address::Peer;
use super::routes::routes;
use super::state::ROOM_KIB;
use super::{Phase, State, feeds, sources, status};
use crate::config::Config;
use crate::feeds::{Cache, Format};
use crate::ingest::health::HealthExaminer;
use crate::ingest::hub::Subscriber;
use crate::ingest::{Intake, open_hosts, worker::Pool};
use crate::journal::{FollowerThread, Journal};
use crate::model::{SourceId, SourceKind, Timestamp, Tokens, hash_token, new_token};
use crate::store::Store;
use ::http::{Request, header};
use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::watch;
use tower::ServiceExt;

/// Seconds that have gone by: each look at the clock is one.
static CLOCK: AtomicI64 = AtomicI64::new(0);

struct House {
    routes: Router,
    state: Arc<State>,
    token: String,
    phase: watch::Sender<Phase>,
    following: Option<FollowerThread>,
    journal: Journal,
    _folder: tempfile::TempDir,
}

impl House {
    fn open() -> Self {
        Self::with_cache(1 << 20)
    }

    fn with_cache(bytes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = "[site]\ntitle = \"Báo\"\nbase_url = \"https://bao.vn\"\n[store]\ndirectory = \"data\"\n\
            [server]\npush_body = \"64 KiB\"\n[[source]]\nid = \"a\"\ntitle = \"A\"\nkind = \"push\"\n\
            [[source]]\nid = \"b\"\ntitle = \"B\"\nkind = \"push\"\n\
            [[source]]\nid = \"f\"\ntitle = \"F\"\nkind = \"feed\"\naddress = \"https://f.vn/rss\"\n";
        let config = Config::parse(text, folder.path()).unwrap();
        let journal = Journal::open(&config.store, None).unwrap();
        let store = Store::open(journal.clone(), &config.feeds).unwrap();
        let following = store.follow().unwrap();
        let pool = Arc::new(Pool::new(Path::new("/nonexistent").into(), &config.worker));
        let now = || Timestamp::from_secs(1_790_000_000 + CLOCK.fetch_add(1, Ordering::Relaxed));
        let cache = Cache::new(store.clone(), Arc::new(config.clone()), bytes, now());
        let config = Arc::new(ArcSwap::from_pointee(config));
        let ingest = Intake::new(config.clone(), journal.clone(), store, pool);
        let token = new_token(&[7; 32]);
        let mut tokens = Tokens::default();
        let own = SourceId::new("a").unwrap();
        tokens.add(own, hash_token(token.as_bytes()), Timestamp(0), None);
        let feeds_own = SourceId::new("f").unwrap();
        tokens.add(feeds_own, hash_token(new_token(&[8; 32]).as_bytes()), Timestamp(0), None);
        let (phase, watched) = watch::channel(Phase::Ready);
        let tokens = Arc::new(ArcSwap::from_pointee(tokens));
        let mut state = State::new(config, Arc::new(ingest), cache, tokens, None, watched, now);
        let clock = || Timestamp::from_secs(1_790_000_000);
        let hosts = open_hosts(&state.config.load().fetch, &state.store, clock);
        let (hubs, _deliveries) = Subscriber::new(state.store.progress());
        state.examiner =
            Some(HealthExaminer::new(state.store.clone(), Arc::new(hosts), Arc::new(hubs)));
        let state = Arc::new(state);
        let routes = routes(state.clone());
        Self { routes, state, token, phase, following: Some(following), journal, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Response {
        self.routes.clone().oneshot(request).await.unwrap()
    }

    /// What is answered past the routes.
    fn quick(&self, path: &str, headers: &[(&str, &str)]) -> Option<Response> {
        let request =
            headers.iter().fold(Request::get(path), |r, (name, value)| r.header(*name, *value));
        feeds::quick(&self.state, &request.body(()).unwrap())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = Request::get(path);
        let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn push(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response {
        let bearer = format!("Bearer {}", self.token);
        let request = Request::builder().method(method).uri(path);
        let named = headers.iter().any(|(name, _)| *name == "authorization");
        let request = if named { request } else { request.header("authorization", bearer) };
        let typed = headers.iter().any(|(name, _)| *name == "content-type");
        let request =
            if typed { request } else { request.header("content-type", "application/json") };
        let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn put(&self, id: &str, headers: &[(&str, &str)], title: &str) -> Response {
        let path = format!("/api/v1/sources/a/articles/{id}");
        self.push("PUT", &path, headers, json!({ "title": title }).to_string()).await
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(following) = self.following.take() {
            following.stop();
        }
        let _ = self.journal.close();
    }
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn value(response: Response) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

const ARTICLES: &str = "/api/v1/sources/a/articles";

#[tokio::test]
async fn a_push_is_in_the_feed_the_changes_and_its_own_page() {
    let house = House::open();
    let body =
        json!({"id": "tin/1", "title": "Tin\r\nmột", "content_html": "<p onclick=\"y\">x</p>"});
    let pushed = house.push("POST", ARTICLES, &[], body.to_string()).await;
    assert_eq!(pushed.status(), 201);
    assert_eq!(pushed.headers()["location"], "https://bao.vn/api/v1/sources/a/articles/tin%2F1");
    assert_eq!(pushed.headers()["etag"], "\"1\"");
    let receipt = value(pushed).await;
    let key = receipt["key"].as_str().unwrap();
    let feed = text(house.get("/feeds/all.rss", &[]).await).await;
    assert!(feed.contains("<title>Tin một</title>"), "{feed}");
    let changes = value(house.get("/api/v1/changes", &[]).await).await;
    assert_eq!(changes["changes"][0]["type"], "put");
    assert_eq!(changes["next"], receipt["seq"].to_string());
    let page = house.get(&format!("/a/{key}"), &[("accept", "text/html")]).await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    assert!(!text(page).await.contains("script>y"));
    let own = house.get(&format!("{ARTICLES}/tin%2F1"), &[]).await;
    assert_eq!(value(own).await["title"], "Tin một");
    for path in ["/", "/status", "/feeds/all", "/feeds/source-a"] {
        let page = house.get(path, &[("accept", "text/html,*/*;q=0.8")]).await;
        assert_eq!(page.status(), 200, "{path}");
        assert!(text(page).await.starts_with("<!DOCTYPE html>"), "{path}");
    }
}

#[tokio::test]
async fn a_condition_is_kept_or_refused_and_never_passed_over() {
    let house = House::open();
    let one = format!("{ARTICLES}/1");
    assert_eq!(house.put("1", &[], "x").await.status(), 201);
    let json = json!({"id": "1", "title": "y"}).to_string();
    let lines = ("content-type", "application/x-ndjson");
    let date = ("if-unmodified-since", "Mon, 23 Nov 2026 01:00:00 GMT");
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: &[Case<'_>] = &[
        ("POST", ARTICLES, &[("if-match", "\"1\"")], "If-Match"),
        ("POST", ARTICLES, &[("if-match", "*")], "If-Match"),
        ("POST", ARTICLES, &[("if-none-match", "*")], "If-None-Match"),
        ("POST", ARTICLES, &[("if-none-match", "\"7\"")], "If-None-Match"),
        ("POST", ARTICLES, &[("if-match", "\"1\""), lines], "If-Match"),
        ("POST", ARTICLES, &[("if-none-match", "*"), lines], "If-None-Match"),
        ("POST", ARTICLES, &[date], "If-Unmodified-Since"),
        ("PUT", &one, &[date], "If-Unmodified-Since"),
        ("PUT", &one, &[("if-none-match", "*"), ("if-match", "\"1\"")], "If-None-Match"),
        ("PUT", &one, &[("if-none-match", "*"), ("if-none-match", "\"7\"")], "If-None-Match"),
        ("PUT", &one, &[("if-none-match", "\"7\"")], "If-None-Match"),
        ("DELETE", &one, &[date], "If-Unmodified-Since"),
        ("DELETE", &one, &[("idempotency-key", "k")], "Idempotency-Key"),
        ("DELETE", &one, &[("idempotency-key", "k"), ("if-match", "\"1\"")], "Idempotency-Key"),
    ];
    for (method, path, headers, field) in cases {
        let answer = house.push(method, path, headers, json.clone()).await;
        assert_eq!(answer.status(), 400, "{method} {headers:?}");
        assert_eq!(value(answer).await["field"], *field, "{method} {headers:?}");
    }
    let changes = value(house.get("/api/v1/changes", &[]).await).await;
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1, "nothing of it was done");
}

#[tokio::test]
async fn ids_that_differ_in_what_nobody_sees_are_articles_of_their_own() {
    let house = House::open();
    let ids = ["1", " 1", "1 ", "1\u{200b}", "1\u{202e}", "\u{feff}1", "1\u{a0}", "1\u{ad}"];
    for id in ids {
        let body = json!({"id": id, "title": format!("Tin {}", id.escape_unicode())});
        let pushed = house.push("POST", ARTICLES, &[], body.to_string()).await;
        assert_eq!(pushed.status(), 201, "{id:?}");
        let at = pushed.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(value(pushed).await["upstream_id"], id);
        let own = house.get(at.strip_prefix("https://bao.vn").unwrap(), &[]).await;
        assert_eq!(value(own).await["title"], body["title"]);
    }
    for id in ["1\0", "\u{9f}1", "1\n", "\t1"] {
        let body = json!({"id": id, "title": "x"}).to_string();
        let json = house.push("POST", ARTICLES, &[], body.clone()).await;
        let lines = [("content-type", "application/x-ndjson")];
        let batch = value(house.push("POST", ARTICLES, &lines, body).await).await;
        assert_eq!((json.status().as_u16(), &batch["status"]), (400, &json!(400)), "{id:?}");
        assert_eq!(
            (&value(json).await["field"], &batch["problem"]["field"]),
            (&json!("id"), &json!("id"))
        );
    }
}

#[tokio::test]
async fn an_atom_push_with_an_impossible_date_is_refused() {
    let house = House::open();
    let atom = [("content-type", "application/atom+xml")];
    for (name, date) in [("published", "2026-02-31T08:00:00Z"), ("updated", "2026-11-23T25:61:00Z")]
    {
        let entry = format!(
            "<entry xmlns='http://www.w3.org/2005/Atom'><id>1</id><title>T</title><{name}>{date}</{name}></entry>"
        );
        let answer = house.push("POST", ARTICLES, &atom, entry).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(value(answer).await["field"], name);
    }
}

#[tokio::test]
async fn revisions_preconditions_and_withdrawal() {
    let house = House::open();
    assert_eq!(house.put("1", &[("if-none-match", "*")], "x").await.status(), 201);
    assert_eq!(house.put("1", &[("if-none-match", "*")], "y").await.status(), 412);
    assert_eq!(house.put("1", &[], "x").await.status(), 200);
    assert_eq!(house.put("1", &[("if-match", "\"7\", W/\"1\"")], "y").await.status(), 412);
    let revised = house.put("1", &[("if-match", "\"7\", \"1\"")], "y").await;
    assert_eq!(
        (revised.status().as_u16(), &revised.headers()["etag"]),
        (200, &"\"2\"".parse().unwrap())
    );
    let path = format!("{ARTICLES}/1");
    assert_eq!(house.push("DELETE", &path, &[("if-match", "\"1\"")], "").await.status(), 412);
    assert_eq!(house.push("DELETE", &path, &[], "").await.status(), 204);
    assert_eq!(house.push("DELETE", &path, &[], "").await.status(), 204);
    assert_eq!(house.push("DELETE", &format!("{ARTICLES}/2"), &[], "").await.status(), 404);
    assert_eq!(house.get(&path, &[]).await.status(), 410);
    let changes = value(house.get("/api/v1/changes?after=2", &[]).await).await;
    assert_eq!(changes["changes"][0]["type"], "withdrawn");
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1);
    assert_eq!(house.put("1", &[], "z").await.status(), 200);
}

#[tokio::test]
async fn one_idempotency_key_is_one_article() {
    let house = Arc::new(House::open());
    let body = json!({"id": "1", "title": "x"}).to_string();
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (house, body) = (house.clone(), body.clone());
        tries.spawn(async move {
            house.push("POST", ARTICLES, &[("idempotency-key", "k")], body).await
        });
    }
    let mut seqs = std::collections::BTreeSet::new();
    for response in tries.join_all().await {
        assert_eq!(response.status(), 201);
        seqs.insert(value(response).await["seq"].as_u64());
    }
    assert_eq!(seqs.len(), 1);
    let other = json!({"id": "1", "title": "y"}).to_string();
    assert_eq!(
        house.push("POST", ARTICLES, &[("idempotency-key", "k")], other).await.status(),
        422
    );
    assert_eq!(house.journal.last().0, 1);
}

#[tokio::test]
async fn a_receipt_says_what_was_cut_or_left_out() {
    let house = House::open();
    let many: Vec<String> = (0..70).map(|n| format!("Mục {n}")).collect();
    let article = serde_json::json!({
        "title": "Tin dài ".repeat(190), "categories": many,
        "content_html": "<p>Xem.</p><img src=\"https://a.vn/x.gif\" width=\"1\" height=\"1\">",
    });
    let path = "/api/v1/sources/a/articles/dai";
    let token = format!("Bearer {}", house.token);
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
        ("accept-language", "en"),
    ];
    let receipt = value(house.push("PUT", path, &headers, article.to_string()).await).await;
    let warnings = receipt["warnings"].as_array().unwrap();
    let of = |name: &str| warnings.iter().find(|w| w["name"] == name).unwrap().clone();
    assert_eq!(of("title-cut")["field"], "title");
    assert!(of("title-cut")["detail"].as_str().unwrap().contains("1,000 characters"));
    assert_eq!(of("category-limit")["count"], 6);
    assert_eq!(of("tracking-pixel")["count"], 1);
    let plain = "{\"title\":\"Tin\",\"content_text\":\"Bài.\"}";
    let receipt = value(house.push("PUT", path, &headers, plain).await).await;
    assert!(receipt.get("warnings").is_none(), "{receipt}");
}

#[tokio::test]
async fn every_wrong_token_reads_the_same() {
    let house = House::open();
    let long = format!("Bearer {}", "x".repeat(20_000));
    let (own, short) = (format!("Bearer {}", house.token), "Bearer x");
    let mut texts = std::collections::BTreeSet::new();
    for (source, token, status) in [
        ("a", "", 401),
        ("a", "Basic eDp5", 401),
        ("a", &long, 401),
        ("a", short, 401),
        ("b", &own, 403),
    ] {
        let path = format!("/api/v1/sources/{source}/articles");
        let refused = house
            .push("POST", &path, &[("authorization", token), ("accept-language", "en")], "{}")
            .await;
        assert_eq!(refused.status(), status, "{token:.20}");
        assert!(refused.headers().contains_key("www-authenticate"));
        let problem = value(refused).await;
        texts.insert(format!("{}{}", problem["title"], problem["detail"]));
    }
    assert_eq!(texts.len(), 1);
}

#[tokio::test]
async fn who_has_a_token_hears_that_a_source_is_misspelt() {
    let house = House::open();
    let path = "/api/v1/sources/aa/articles/1";
    let known = [("authorization", format!("Bearer {}", house.token))];
    let known = known.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(house.push("PUT", path, &known, "{}").await.status(), 404);
    let unknown = [("authorization", "Bearer x")];
    assert_eq!(house.push("PUT", path, &unknown, "{}").await.status(), 401);
}

#[tokio::test]
async fn bad_pushes_are_named() {
    let house = House::open();
    let cases: [(&str, &str, &str, u16); 13] = [
        ("POST", "/api/v1/sources/%2e%2e%2f/articles", "{}", 400),
        ("POST", "/api/v1/sources/..%5c/articles", "{}", 400),
        ("POST", "/api/v1/sources/../../etc/x/articles", "{}", 400),
        ("PUT", "/api/v1/sources/a/articles/..%2f..%2fetc%2fx", "{\"title\":\"x\"}", 400),
        ("PUT", "/api/v1/sources/a/articles/..%5cx", "{\"title\":\"x\"}", 400),
        ("DELETE", "/api/v1/sources/a/articles/%2e%2e%2f", "", 400),
        ("POST", "/api/v1/sources/%ff/articles", "{}", 400),
        ("PUT", "/api/v1/sources/a/articles/%0d%0aX:y", "{\"title\":\"x\"}", 400),
        ("PUT", "/api/v1/sources/a/articles/1", "{\"title\":\"x\",\"id\":\"2\"}", 400),
        ("POST", ARTICLES, "{\"titel\":\"x\"}", 400),
        ("POST", ARTICLES, "[1]", 400),
        ("POST", ARTICLES, "", 400),
        ("PATCH", ARTICLES, "", 405),
    ];
    for (method, path, body, status) in cases {
        let refused = house.push(method, path, &[], body).await;
        assert_eq!(refused.status(), status, "{method} {path} {body}");
        assert_eq!(refused.headers()["content-type"], "application/problem+json", "{path}");
    }
    assert!(house.push("PATCH", ARTICLES, &[], "").await.headers().contains_key("allow"));
    let large = format!("{{\"id\":\"1\",\"title\":\"{}\"}}", "x".repeat(64 << 10));
    assert_eq!(house.push("POST", ARTICLES, &[], large).await.status(), 413);
    assert_eq!(
        house.push("POST", ARTICLES, &[("content-type", "text/plain")], "x").await.status(),
        415
    );
    assert_eq!(house.journal.last().0, 0);
}

#[tokio::test]
async fn a_batch_answers_line_by_line() {
    let house = House::open();
    let lines =
        "{\"id\":\"1\",\"title\":\"x\"}\n\n{\"id\":\"2\"}\n{\"id\":\"1\",\"title\":\"y\"}\n";
    let kind = [("content-type", "application/x-ndjson")];
    let answer = house.push("POST", ARTICLES, &kind, lines).await;
    assert_eq!(answer.status(), 200);
    let results: Vec<Value> =
        text(answer).await.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let seen: Vec<_> = results.iter().map(|r| (r["line"].as_u64(), r["status"].as_u64())).collect();
    assert_eq!(seen, [(Some(1), Some(201)), (Some(3), Some(400)), (Some(4), Some(200))]);
    assert_eq!(results[2]["receipt"]["revision"], 2);
}

#[tokio::test]
async fn an_atom_entry_is_an_article() {
    let house = House::open();
    let entry = "<entry xmlns='http://www.w3.org/2005/Atom'><id>e1</id><title>Tin</title></entry>";
    let kind = [("content-type", "application/atom+xml;type=entry")];
    assert_eq!(house.push("POST", ARTICLES, &kind, entry).await.status(), 201);
    assert_eq!(house.push("POST", ARTICLES, &kind, "<rss").await.status(), 400);
}

#[tokio::test]
async fn feeds_are_conditional_and_negotiated() {
    let house = House::open();
    house.put("1", &[], "x").await;
    let plain = house.get("/feeds/all.atom", &[]).await;
    let tag = plain.headers()["etag"].to_str().unwrap().to_owned();
    let modified = plain.headers()["last-modified"].to_str().unwrap().to_owned();
    assert!(
        plain.headers()["link"]
            .to_str()
            .unwrap()
            .contains("<https://bao.vn/feeds/all.atom>; rel=\"self\"")
    );
    for (name, held) in [
        ("if-none-match", format!("\"y\", W/{tag}")),
        ("if-none-match", "*".into()),
        ("if-modified-since", modified),
    ] {
        let same = house.get("/feeds/all.atom", &[(name, &held)]).await;
        assert_eq!(same.status(), 304, "{name}: {held}");
        assert!(same.headers().contains_key("etag") && same.headers().contains_key("vary"));
    }
    for coding in ["gzip", "br", "zstd"] {
        let packed = house.get("/feeds/all.atom", &[("accept-encoding", coding)]).await;
        assert_eq!(packed.headers()["content-encoding"], coding);
        assert_ne!(packed.headers()["etag"], *tag);
    }
    let head = Request::head("/feeds/all.rss").body(Body::empty()).unwrap();
    let head = house.send(head).await;
    assert_ne!(head.headers()[header::CONTENT_LENGTH], "0");
    assert_eq!(text(head).await, "");
    let browser =
        [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("sec-fetch-mode", "navigate")];
    assert!(text(house.get("/feeds/all.rss", &browser).await).await.starts_with("<!DOCTYPE"));
    assert!(text(house.get("/feeds/all.rss?raw=1", &browser).await).await.starts_with("<?xml"));
    let poses = &browser[..1];
    assert!(text(house.get("/feeds/all.rss", poses).await).await.starts_with("<?xml"));
    assert!(text(house.get("/feeds/all", poses).await).await.starts_with("<!DOCTYPE"));
    for (accept, media_type) in [
        ("application/feed+json", "application/feed+json"),
        ("application/json;q=0.9, application/rss+xml;q=0.2", "application/feed+json"),
        ("application/xml", "application/rss+xml"),
        ("application/atom+xml, text/xml;q=0.5", "application/atom+xml"),
    ] {
        let liked = house.get("/feeds/all", &[("accept", accept)]).await;
        let found = liked.headers()["content-type"].to_str().unwrap();
        assert!(found.starts_with(media_type), "{accept}: {found}");
    }
    assert_eq!(house.get("/feeds.opml", &[]).await.status(), 200);
    for missing in ["/feeds/none.rss", "/feeds/all.exe", "/feeds/..%2Fx.rss", "/nowhere", "/a/x"] {
        assert_eq!(house.get(missing, &[]).await.status(), 404, "{missing}");
    }
    for missing in ["/feeds/none", "/nowhere", "/a/x"] {
        let conditional = [browser[0], browser[1], ("if-none-match", "*")];
        let page = house.get(missing, &conditional).await;
        assert_eq!((page.status().as_u16(), page.headers().get("etag")), (404, None), "{missing}");
        assert!(text(page).await.starts_with("<!DOCTYPE"), "{missing}");
    }
}

#[tokio::test]
async fn scripts_of_other_sites_may_read_the_news_and_ask_conditionally() {
    let house = House::open();
    house.put("1", &[], "x").await;
    for path in ["/feeds/all.rss", "/feeds.opml", "/api/v1/changes", "/feeds/none.json"] {
        let answer = house.get(path, &[("origin", "https://doitac.vn")]).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("etag"), "{path}: {exposed}");
        let preflight = Request::options(path)
            .header("origin", "https://doitac.vn")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "if-none-match");
        let answer = house.send(preflight.body(Body::empty()).unwrap()).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("if-none-match"), "{path}: {allowed}");
    }
    for own in ["/api/v1/sources/a/articles/1", "/", "/status"] {
        let answer = house.get(own, &[("origin", "https://doitac.vn")]).await;
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{own}");
    }
}

#[tokio::test]
async fn an_address_that_is_nearly_right_leads_on() {
    let house = House::open();
    house.put("1", &[], "x").await;
    assert!(text(house.get("/feeds/kinh-te.rss", &[]).await).await.contains("/feeds.opml"));
    for (from, to) in [
        ("/feeds", "https://bao.vn/feeds.opml"),
        ("/feeds/", "https://bao.vn/feeds.opml"),
        ("/feeds/all.rss/", "https://bao.vn/feeds/all.rss"),
        ("/status//", "https://bao.vn/status"),
        ("//evil.vn/", "https://bao.vn//evil.vn"),
    ] {
        let answer = house.get(from, &[]).await;
        assert!(answer.status().is_redirection(), "{from}: {}", answer.status());
        assert_eq!(answer.headers()["location"], to, "{from}");
    }
}

#[tokio::test]
async fn what_is_answered_past_the_routes_is_answered_the_same() {
    let house = House::open();
    house.put("1", &[], "x").await;
    let asked: [&[(&str, &str)]; 5] = [
        &[],
        &[("accept-encoding", "gzip")],
        &[("accept-encoding", "br;q=0.5, zstd"), ("accept", "application/rss+xml, */*;q=0.1")],
        &[("if-none-match", "*")],
        &[("if-modified-since", "Fri, 31 Dec 2100 00:00:00 GMT")],
    ];
    for path in ["/feeds/all.rss", "/feeds/all.json", "/feeds/source-a.atom"] {
        assert!(house.quick(path, &[]).is_none(), "{path}: nothing was made yet");
        house.get(path, &[]).await;
        for headers in asked {
            let (mut routed, quick) = (house.get(path, headers).await, house.quick(path, headers));
            routed.headers_mut().remove(header::CONTENT_LENGTH); // hyper's to add
            let quick = quick.unwrap_or_else(|| panic!("{path} {headers:?} was not answered"));
            assert_eq!(routed.status(), quick.status(), "{path} {headers:?}");
            assert_eq!(routed.headers(), quick.headers(), "{path} {headers:?}");
            let bodies = (routed.into_body().collect(), quick.into_body().collect());
            assert_eq!(bodies.0.await.unwrap().to_bytes(), bodies.1.await.unwrap().to_bytes());
        }
    }
    let page = [("accept", "text/html,*/*;q=0.8"), ("sec-fetch-dest", "document")];
    assert!(house.quick("/feeds/all.rss", &page).is_none());
    for path in ["/feeds/all.rss?raw=1", "/feeds/none.rss", "/feeds/", "/feeds.opml", "/"] {
        assert!(house.quick(path, &[]).is_none(), "{path}");
    }
    house.put("1", &[], "y").await;
    assert!(house.quick("/feeds/all.rss", &[]).is_none(), "what changed is made anew first");
}

#[tokio::test]
async fn the_cache_holds_no_feed_beyond_its_budget() {
    let house = House::with_cache(1);
    house.put("1", &[], "x").await;
    let feeds = ["all", "source-a", "source-b"];
    for feed in feeds {
        for ending in ["rss", "atom", "json"] {
            let path = format!("/feeds/{feed}.{ending}");
            assert_eq!(house.get(&path, &[]).await.status(), 200, "{path}");
        }
        let held = feeds.map(|other| house.state.cache.ready(other, Format::Rss).is_some());
        assert_eq!(held, feeds.map(|other| other == feed), "{feed}");
    }
}

#[tokio::test]
async fn long_polls_are_woken_and_end() {
    let house = Arc::new(House::open());
    let waiting = {
        let house = house.clone();
        tokio::spawn(async move { house.get("/api/v1/changes?wait=30s", &[]).await })
    };
    tokio::task::yield_now().await;
    house.put("1", &[], "x").await;
    assert_eq!(value(waiting.await.unwrap()).await["next"], "1");
    let empty = value(house.get("/api/v1/changes?after=1&wait=1", &[]).await).await;
    assert_eq!((empty["next"].as_str(), empty["more"].as_bool()), (Some("1"), Some(false)));
    assert_eq!(house.get("/api/v1/changes?after=2", &[]).await.status(), 410);
    house.phase.send_replace(Phase::Stopping);
    assert_eq!(house.get("/api/v1/changes?after=1&wait=30", &[]).await.status(), 200);
    assert_eq!(house.get("/readyz", &[]).await.status(), 503);
}

#[tokio::test]
async fn the_document_names_every_route() {
    let document: Value = serde_json::from_str(openapi::document()).unwrap();
    for path in [
        "/api/v1/sources/{source}/articles",
        "/api/v1/sources/{source}/articles/{id}",
        "/api/v1/changes",
        "/api/v1/articles/{key}",
        "/healthz",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let article = &document["components"]["schemas"]["PushedArticle"]["allOf"];
    assert!(article[0]["properties"]["title"].is_object(), "{article}");
    assert_eq!(article[1]["anyOf"].as_array().unwrap().len(), 4, "{article}");
}

#[tokio::test]
async fn only_a_push_source_is_pushed_to() {
    let house = House::open();
    let bearer = format!("Bearer {}", new_token(&[8; 32]));
    let json = [("authorization", bearer.as_str()), ("accept-language", "vi")];
    let lines = [json[0], json[1], ("content-type", "application/x-ndjson")];
    let all = "/api/v1/sources/f/articles";
    let (article, before) = (r#"{"id":"1","title":"x"}"#, house.journal.last());
    let answers = [
        house.push("POST", all, &json, article).await,
        house.push("POST", all, &lines, article).await,
        house.push("PUT", &format!("{all}/1"), &json, article).await,
        house.push("DELETE", &format!("{all}/1"), &json, "").await,
    ];
    for answer in answers {
        assert_eq!(answer.status(), 409);
        let problem = value(answer).await;
        assert_eq!(problem["type"], "urn:problem-type:dongtin:not-push");
        assert!(problem["detail"].as_str().unwrap().contains("là \"feed\""), "{problem}");
    }
    assert_eq!(house.journal.last(), before);
    let foreign = house.push("PUT", &format!("{all}/1"), &[], article).await;
    assert_eq!(foreign.status(), 403, "who has another source's token learns nothing");
}

#[tokio::test]
async fn the_status_for_programs_tells_how_each_source_is() {
    let house = House::open();
    house.put("1", &[], "Một").await;
    let told = value(house.get("/status.json", &[]).await).await;
    let (first, last) = (&told["sources"][0], &told["sources"][2]);
    assert_eq!(
        (&first["state"], &first["articles"], &first["live"]),
        (&json!("good"), &json!(1), &json!(1))
    );
    assert!(first["last_good"].is_string() && first.get("problem").is_none(), "{first}");
    assert_eq!((&first["failures"], &first["warnings"]), (&json!(0), &json!([])));
    assert_eq!((&last["state"], &last["kind"]), (&json!("new"), &json!("feed")));
    let state = house.state.clone();
    let looked = tokio::task::spawn_blocking(move || sources::healths(&state));
    let mut health = looked.await.unwrap().unwrap_or_default().remove(0);
    let bad = ["a.md", "b.md", "c.md", "d.md"];
    health.bad_files = bad.map(|file| (file.to_owned(), "no article".to_owned())).into();
    let problem = status::problem(&sources::view(health.clone())).unwrap();
    assert!(problem.starts_with("a.md: no article; ") && problem.ends_with("and 1 more files"));
    // What is inside the network is not told.
    health.source.kind = SourceKind::Feed { address: "http://10.20.30.40:8088/rss".to_owned() };
    health.bad_files.clear();
    let why = "10.20.30.40:8088: not a public address";
    let name = "forbidden-address";
    let failure =
        json!({"is": "failed", "name": name, "why": why, "status": null, "wait_ms": null});
    health.last = Some(serde_json::from_value(failure).unwrap());
    let shown = sources::view(health);
    assert_eq!((&shown.address, &shown.problem), (&None, &None));
    assert!(status::problem(&shown).unwrap().starts_with("The address may not be dialed"));
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down_and_right_ones_never() {
    let house = House::open();
    let [guesser, other] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
    let later = (house.state.now)().plus_millis(10_000);
    house.state.wrong_tokens.take(guesser, 1, later).unwrap();
    for (from, token, status) in
        [(guesser, "dongtin_x", 429), (other, "dongtin_x", 401), (guesser, &house.token, 201)]
    {
        let request = Request::put("/api/v1/sources/a/articles/1")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .extension(Peer(from));
        let request = request.body(Body::from(json!({ "title": "Tin" }).to_string())).unwrap();
        let answer = house.send(request).await;
        assert_eq!(answer.status(), status, "{from}");
        assert_eq!(answer.headers().contains_key(header::RETRY_AFTER), status == 429);
    }
}

#[tokio::test]
async fn large_pages_of_changes_share_a_room() {
    let house = House::open();
    let content = format!("<p>{}</p>", "a".repeat(50_000));
    for n in 0..50 {
        let article = json!({"id": format!("{n}"), "title": "Tin", "content_html": content});
        let headers = [("content-type", "application/json")];
        let pushed =
            house.push("POST", "/api/v1/sources/a/articles", &headers, article.to_string());
        assert_eq!(pushed.await.status(), 201);
    }
    let path = "/api/v1/changes?limit=1000";
    let count = |page: Value| page["changes"].as_array().unwrap().len();
    assert!((40..45).contains(&count(value(house.get(path, &[]).await).await)));
    // Each asks something of its own: who asks the same shares one answer.
    let own = |n: usize| format!("/api/v1/changes?limit={}", 1000 - n);
    let mut unread = Vec::new();
    for n in 0..6 {
        unread.push(house.get(&own(n), &[]).await);
    }
    let mut held = 0;
    for n in 6..26 {
        let page = house.get(&own(n), &[]).await;
        assert_eq!(page.status(), 200, "everybody gets on");
        let size = page.headers()[header::CONTENT_LENGTH].to_str().unwrap();
        held += size.parse::<usize>().unwrap();
        unread.push(page);
    }
    assert!((20 * 50_000..6 << 20).contains(&held), "{held}");
    drop(unread);
    assert!((40..45).contains(&count(value(house.get(path, &[]).await).await)));
    let small = house.get(path, &[("accept-encoding", "gzip")]).await;
    assert!(house.state.room.available_permits() > ROOM_KIB - 64, "packed it is small");
    drop(small);
    assert_eq!(house.state.room.available_permits(), ROOM_KIB);
}

#[tokio::test]
async fn an_article_is_the_same_json_everywhere_and_its_tag_follows_its_bytes() {
    let house = House::open();
    let receipt = value(house.put("1", &[], "x").await).await;
    let key = receipt["key"].as_str().unwrap();
    let one = format!("{ARTICLES}/1");
    let paths = [one.clone(), format!("/api/v1/articles/{key}"), format!("/a/{key}.json")];
    let changes = value(house.get("/api/v1/changes", &[]).await).await;
    let mut tag = String::new();
    for path in &paths {
        let answer = house.get(path, &[]).await;
        tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with("\"1-"), "{tag}");
        assert_eq!(value(answer).await, changes["changes"][0]["article"], "{path}");
        assert_eq!(house.get(path, &[("if-none-match", &tag)]).await.status(), 304, "{path}");
    }
    let config = house.state.config.load_full();
    let text = "[site]\nbase_url = \"https://moi.vn\"\n[store]\ndirectory = \"data\"\n[[source]]\nid = \"a\"\ntitle = \"Mới\"\nkind = \"push\"\n";
    let changed = Config::parse(text, &config.store.directory).unwrap();
    house.state.config.store(Arc::new(changed));
    let renamed = house.get(&one, &[("if-none-match", &tag)]).await;
    assert_eq!(renamed.status(), 200, "other bytes, another tag");
    let renamed = value(renamed).await;
    assert_eq!(renamed["page"], format!("https://moi.vn/a/{key}"));
    assert_eq!(renamed["source"], json!({"id": "a", "title": "Mới"}));
    assert_eq!(
        house.put("1", &[("if-match", &tag)], "y").await.status(),
        200,
        "one revision still"
    );
    assert_eq!(house.put("1", &[("if-match", &tag)], "z").await.status(), 412);
}

#[tokio::test]
async fn a_copy_gets_each_article_once_as_it_stands_and_never_an_earlier_text() {
    let house = House::open();
    house.put("1", &[], "PLANTED một").await;
    house.put("2", &[], "Hai").await;
    house.put("3", &[], "PLANTED ba").await;
    house.put("1", &[], "Một").await;
    house.push("DELETE", &format!("{ARTICLES}/3"), &[], "").await;
    let key = |n: u64| {
        let source = SourceId::new("a").unwrap();
        crate::model::ArticleKey::of(&source, &n.to_string()).to_string()
    };
    let mut told = Vec::new();
    for after in ["0", "1", "2", "3", "4", "5"] {
        let path = format!("/api/v1/changes?after={after}");
        let page = house.get(&path, &[]).await;
        assert_eq!(page.headers()["dongtin-next"], "5");
        assert_eq!(page.headers()["dongtin-journal"], house.journal.identity().as_str());
        told.push(text(page).await);
        for accept in ["application/x-ndjson", "text/event-stream"] {
            let answer = house.get(&path, &[("accept", accept)]).await;
            assert_eq!(answer.headers()["content-type"], accept);
            house.phase.send_replace(Phase::Stopping); // ends the stream
            told.push(text(answer).await);
            house.phase.send_replace(Phase::Ready);
        }
    }
    for n in 1..=3 {
        for path in [format!("/a/{}", key(n)), format!("/api/v1/articles/{}", key(n))] {
            told.push(text(house.get(&path, &[("accept", "text/html, */*;q=0.1")]).await).await);
        }
    }
    for path in ["/", "/feeds/all", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json"] {
        told.push(text(house.get(path, &[]).await).await);
    }
    assert!(told.iter().all(|text| !text.contains("PLANTED")), "{told:?}");
    let first: Value = serde_json::from_str(&told[0]).unwrap();
    let steps: Vec<_> = first["changes"].as_array().unwrap().iter().collect();
    let seen: Vec<_> = steps.iter().map(|s| (s["seq"].as_u64().unwrap(), &s["type"])).collect();
    assert_eq!(seen, [(2, &json!("put")), (4, &json!("put")), (5, &json!("withdrawn"))]);
    assert!(steps[2].get("article").is_none());
    let lines: Vec<Value> =
        told[1].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[..3].iter().collect::<Vec<_>>(), steps);
    assert_eq!(lines[3], json!({"next": "5", "more": false}));
    let events: Vec<&str> = told[2].split("\n\n").filter(|event| event.contains("data:")).collect();
    assert_eq!(events.len(), 3, "{}", told[2]);
    assert!(events[2].starts_with("id: 5\nevent: withdrawn\ndata: {\"seq\":5,"), "{}", events[2]);
}

#[tokio::test]
async fn a_selection_says_what_leaves_it_and_owns_its_cursors() {
    let house = House::open();
    let put = async |id: &str, category: &str| {
        let body = json!({"title": id, "categories": [category]}).to_string();
        house.push("PUT", &format!("{ARTICLES}/{id}"), &[], body).await
    };
    put("1", "Y tế").await;
    put("2", "Kinh tế").await;
    let path = "/api/v1/changes?category=y-te";
    let first = value(house.get(path, &[]).await).await;
    assert_eq!(first["changes"].as_array().unwrap().len(), 1);
    let cursor = first["next"].as_str().unwrap().to_owned();
    assert!(cursor.starts_with("2."), "the cursor moves over what is skipped: {cursor}");
    put("1", "Kinh tế").await;
    let next = value(house.get(&format!("{path}&after={cursor}"), &[]).await).await;
    assert_eq!(
        (&next["changes"][0]["type"], &next["changes"][0]["seq"]),
        (&json!("removed"), &json!(3))
    );
    assert!(next["changes"][0].get("article").is_none());
    for other in [
        format!("/api/v1/changes?after={cursor}"),
        format!("{path}&after=2"),
        format!("{path}&language=vi&after={cursor}"),
    ] {
        assert_eq!(house.get(&other, &[]).await.status(), 410, "{other}");
    }
    for (query, there) in
        [("source=x", "a, b, f"), ("feed=x", "source-a"), ("province=x", "ha-noi")]
    {
        let answer =
            house.get(&format!("/api/v1/changes?{query}"), &[("accept-language", "en")]).await;
        assert_eq!(answer.status(), 400);
        assert!(value(answer).await["detail"].as_str().unwrap().contains(there), "{query}");
    }
    let other_source = value(house.get("/api/v1/changes?source=b", &[]).await).await;
    assert_eq!(
        (&other_source["changes"], other_source["more"].as_bool()),
        (&json!([]), Some(false))
    );
    assert!(other_source["next"].as_str().unwrap().starts_with("3."));
}

#[tokio::test]
async fn a_full_page_of_old_changes_may_be_cached_and_the_last_one_not() {
    let house = House::open();
    for id in ["1", "2", "3"] {
        house.put(id, &[], id).await;
    }
    let full = house.get("/api/v1/changes?limit=2", &[]).await;
    let (tag, cache) = (full.headers()["etag"].clone(), full.headers()["cache-control"].clone());
    assert!(cache.to_str().unwrap().starts_with("public, max-age="), "{cache:?}");
    house.put("4", &[], "4").await;
    let again = house.get("/api/v1/changes?limit=2", &[]).await;
    assert_eq!(again.headers()["etag"], tag, "what comes later does not change it");
    let held = [("if-none-match", tag.to_str().unwrap())];
    assert_eq!(house.get("/api/v1/changes?limit=2", &held).await.status(), 304);
    let last = house.get("/api/v1/changes?after=2", &[]).await;
    assert_eq!(last.headers()["cache-control"], "no-cache");
}
