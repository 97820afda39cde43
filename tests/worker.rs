//! The worker processes from outside: the real program, and programs that misbehave in its place.

#[path = "node/wait.rs"]
mod wait;

use bytes::Bytes;
use dongtin::testing::config::{Config, WorkerConfig};
use dongtin::testing::ingest::{Error, Job, Pool};
use dongtin::testing::model::{DateOrder, Source, Timestamp};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use wait::{until, until_some};

const FEED: &str = "<rss version='2.0'><channel><title>Tin</title><ttl>60</ttl><item><guid>1</guid><title>Một</title><link>https://example.vn/1</link></item></channel></rss>";

fn config() -> (WorkerConfig, Source) {
    let text = "[[source]]\nid = \"s\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"https://example.vn/rss\"\n";
    let mut config = Config::parse(text, Path::new("/")).unwrap();
    (config.worker, config.sources.remove(0))
}

fn job() -> Job {
    Job::Feed {
        content_type: Some("application/rss+xml".into()),
        source: config().1,
        fetched_from: "https://example.vn/rss".into(),
        now: Timestamp(1_800_000_000_000),
        settled: DateOrder::Auto,
        max_entries: 2_000,
        max_bytes: 10 << 20,
    }
}

fn dongtin() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_dongtin"))
}

/// A program that does something else than work.
fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("worker");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn a_feed_goes_in_and_drafts_come_out_again_and_again() {
    let pool = Pool::new(dongtin(), &config().0);
    for _ in 0..20 {
        let reading = pool.call(&job(), Bytes::from_static(FEED.as_bytes())).await.unwrap();
        assert_eq!((reading.refined.drafts.len(), reading.ttl), (1, Some(60)));
        assert_eq!(reading.refined.drafts[0].title, "Một");
    }
}

#[tokio::test]
async fn many_large_bodies_at_once_do_not_stop_each_other() {
    let pool = Pool::new(dongtin(), &config().0);
    let mut large = FEED.as_bytes().to_vec();
    large.resize(10 << 20, b' ');
    let body = Bytes::from(large);
    let mut all = tokio::task::JoinSet::new();
    let pool = std::sync::Arc::new(pool);
    for _ in 0..8 {
        let (pool, body) = (pool.clone(), body.clone());
        all.spawn(async move { pool.call(&job(), body).await.map(|r| r.refined.drafts.len()) });
    }
    while let Some(result) = all.join_next().await {
        assert!(matches!(result.unwrap(), Ok(1)));
    }
}

#[tokio::test]
async fn what_is_no_feed_is_named_and_the_worker_lives() {
    let pool = Pool::new(dongtin(), &config().0);
    for (body, name) in [("", "empty"), ("<html><title>x</title><body>y</body></html>", "html")] {
        let error = pool.call(&job(), Bytes::from_static(body.as_bytes())).await.unwrap_err();
        assert!(matches!(&error, Error::Unread(_)) && error.name() == name, "{error}");
    }
    assert!(pool.call(&job(), Bytes::from_static(FEED.as_bytes())).await.is_ok());
}

#[tokio::test]
async fn too_little_memory_costs_the_job_only() {
    let (mut config, _) = config();
    config.memory_bytes = 120 << 20;
    let pool = Pool::new(dongtin(), &config);
    let item = "<item><guid>1</guid><title>Một</title></item>";
    let mut hungry = b"<rss><channel>".to_vec();
    while hungry.len() < 60 << 20 {
        hungry.extend(item.as_bytes());
    }
    let error = pool.call(&job(), hungry.into()).await.unwrap_err();
    assert_eq!((error.name(), matches!(error, Error::Memory)), ("worker-memory", true), "{error}");
    let reading = pool.call(&job(), Bytes::from_static(FEED.as_bytes())).await;
    assert!(reading.is_ok(), "{reading:?}");
}

/// Whether a job is done in so much memory.
async fn is_done_in(mebibytes: u64, job: &Job, body: &Bytes) -> bool {
    let (mut config, _) = config();
    config.memory_bytes = mebibytes << 20;
    match Pool::new(dongtin(), &config).call(job, body.clone()).await {
        Ok(_) => true,
        Err(Error::Memory | Error::Crashed(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_million_entries_take_50_mebibytes_more_than_one() {
    let (mut too_little, mut enough) = (16_u64, 512_u64);
    while enough - too_little > 2 {
        let middle = too_little.midpoint(enough);
        match is_done_in(middle, &job(), &Bytes::from_static(FEED.as_bytes())).await {
            true => enough = middle,
            false => too_little = middle,
        }
    }
    let mut sitemap = job();
    if let Job::Feed { source, .. } = &mut sitemap {
        source.kind =
            dongtin::testing::model::SourceKind::Sitemap { address: "https://example.vn/s".into() };
    }
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[";
    for (name, job, before, one, after) in [
        ("items", &job(), "<rss><channel>", "<item/>", ""),
        ("entries", &job(), "<feed>", "<entry/>", "</feed>"),
        ("items left open", &job(), "<rss><channel>", "<item>", ""),
        ("addresses", &sitemap, "<urlset>", "<url/>", "</urlset>"),
        ("sitemaps", &sitemap, "<sitemapindex>", "<sitemap/>", ""),
        ("objects", &job(), json, "{},", "{}]}"),
        ("numbers", &job(), json, "0,", "0]}"),
    ] {
        let body: Bytes = format!("{before}{}{after}", one.repeat(1_000_000)).into();
        assert!(is_done_in(enough + 50, job, &body).await, "{name}: not in {} MiB", enough + 50);
    }
}

#[tokio::test]
async fn what_a_small_document_blows_up_is_not_sent_to_the_daemon() {
    let person = |n: usize| {
        format!("<author><name>{n}</name><uri>http://a.vn/{}</uri></author>", "x".repeat(2_000))
    };
    let head: String = (0..60).map(person).collect();
    let entries: String =
        (0..600).map(|n| format!("<entry><id>{n}</id><title>t</title></entry>")).collect();
    let pool = Pool::new(dongtin(), &config().0);
    let body = format!("<feed xmlns='http://www.w3.org/2005/Atom'>{head}{entries}</feed>");
    assert!(body.len() < 250_000);
    let error = pool.call(&job(), body.into()).await.unwrap_err();
    assert!(matches!(&error, Error::Unread(_)) && error.name() == "too-large", "{error}");
}

#[tokio::test]
async fn whatever_a_worker_does_is_an_error() {
    for (body, crashed) in [
        ("echo 'thread has overflowed its stack' >&2; kill -ABRT $$", true),
        ("kill -SEGV $$", true),
        ("kill -ABRT $$", true),
        ("exit 3", true),
        ("cat", true),
        ("printf 'aaaaaaaaaaaaaaaa'; exec sleep 60", true),
        ("exec sleep 60", false),
        ("printf '\\020\\0\\0\\0\\0\\0\\0\\0abc'; exec sleep 60", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (mut config, _) = config();
        config.job_ms = 1_500;
        let pool = Pool::new(script(folder.path(), body), &config);
        let error = pool.call(&job(), Bytes::new()).await.unwrap_err();
        assert_eq!(matches!(error, Error::Crashed(_)), crashed, "{body}: {error}");
        assert_eq!(matches!(error, Error::TimedOut), !crashed, "{body}: {error}");
        assert_eq!(error.is_passing(), !crashed, "{body}: {error}");
    }
    let none = Pool::new("/nowhere/dongtin".into(), &config().0);
    assert!(matches!(none.call(&job(), Bytes::new()).await, Err(Error::Start(_))));
}

#[tokio::test]
async fn a_worker_that_was_ended_from_outside_is_no_fault_of_its_document() {
    for (signal, number) in [("KILL", 9), ("TERM", 15)] {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::new(script(folder.path(), &format!("kill -{signal} $$")), &config().0);
        let error = pool.call(&job(), Bytes::new()).await.unwrap_err();
        assert!(matches!(error, Error::Killed(n) if n == number), "{error}");
        assert!(error.is_passing(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_dropped_ends_its_worker() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("pid");
    let program = script(
        folder.path(),
        &format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 60", mark.display()),
    );
    let (mut config, _) = config();
    config.processes = 1;
    let pool = std::sync::Arc::new(Pool::new(program, &config));
    let calling = pool.clone();
    let call = tokio::spawn(async move { calling.call(&job(), Bytes::new()).await.is_ok() });
    let pid = until_some("the worker has started", || std::fs::read_to_string(&mark).ok());
    call.abort();
    assert!(call.await.is_err());
    let running = format!("/proc/{}/cmdline", pid.trim());
    until("the worker is gone", || std::fs::read(&running).unwrap_or_default().is_empty());
}
