//! Hubs that ask, sign, lie and fall silent.

use super::*;
use crate::config::Config;
use crate::model::{SourceId, Timestamp};
use bytes::Bytes;
use std::path::Path;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const TOPIC: &str = "https://a.vn/rss";
const BODY: &[u8] = b"<rss version='2.0'><channel/></rss>";

fn subscription() -> Subscription {
    Subscription::new(TOPIC.into(), "https://hub.vn/".into(), "token".into(), "secret".into())
}

fn question(topic: &str, challenge: &str, lease: Option<&str>) -> Verification {
    Verification {
        mode: "subscribe".into(),
        topic: topic.into(),
        challenge: challenge.into(),
        lease_seconds: lease.map(str::to_owned),
    }
}

fn live() -> Subscription {
    let mut made = subscription();
    made.ask(NOW);
    assert!(made.verify(&question(TOPIC, "c", Some("864000")), NOW).is_some());
    made
}

#[test]
fn a_challenge_is_answered_only_where_we_asked_and_as_often_as_it_is_asked() {
    let mut made = subscription();
    assert_eq!(made.verify(&question(TOPIC, "c", None), NOW), None, "nobody asked");
    made.ask(NOW);
    assert_eq!(made.verify(&question("https://b.vn/rss", "c", None), NOW), None, "another topic");
    for mode in ["unsubscribe", "publish", ""] {
        let other = Verification { mode: mode.into(), ..question(TOPIC, "c", None) };
        assert_eq!(made.verify(&other, NOW), None, "{mode}");
    }
    assert_eq!(
        made.verify(&question(TOPIC, &"x".repeat(1025), None), NOW),
        None,
        "a challenge of a megabyte"
    );
    assert_eq!(made.verify(&question(TOPIC, "", None), NOW), None);
    let script = "<script>alert(1)</script>";
    assert_eq!(made.verify(&question(TOPIC, script, None), NOW).as_deref(), Some(script));
    let later = NOW.plus_millis(1_000);
    let again = made.verify(&question(TOPIC, "again", Some("86400")), later);
    assert_eq!(again.as_deref(), Some("again"), "our answer may have been lost");
    assert_eq!(made.until, Some(later.plus_millis(86_400_000)));
    let over = later.plus_millis(86_400_000);
    assert_eq!(made.verify(&question(TOPIC, "late", None), over), None);
}

#[test]
fn leases_are_bounded_and_renewed_before_their_end() {
    for (given, expected) in [
        (Some("864000"), 864_000_000),
        (Some("9223372036854775807"), 30 * 86_400_000),
        (Some("99999999999999999999"), 86_400_000),
        (Some("soon"), 86_400_000),
        (None, 86_400_000),
    ] {
        let mut made = subscription();
        made.ask(NOW);
        made.verify(&question(TOPIC, "c", given), NOW).unwrap();
        let until = made.until.unwrap();
        assert_eq!(until, NOW.plus_millis(expected), "{given:?}");
        assert!(made.due_at() < until && made.due_at() > NOW, "{given:?}");
        assert!(!made.is_due(NOW) && made.is_due(made.due_at()));
        assert!(made.is_live(NOW) && !made.is_live(until));
        assert!(made.is_relied_on(NOW));
    }
    for short in ["10", "0", "-1", "599"] {
        let mut made = subscription();
        made.ask(NOW);
        assert!(made.verify(&question(TOPIC, "c", Some(short)), NOW).is_some(), "{short}");
        assert!(!made.is_relied_on(NOW) && !made.is_due(NOW.plus_millis(3_599_999)), "{short}");
    }
}

#[test]
fn a_hub_may_end_a_subscription_at_any_time() {
    let denied = Verification { mode: "denied".into(), ..question(TOPIC, "", None) };
    let mut made = live();
    assert!(made.is_relied_on(NOW));
    assert_eq!(made.verify(&denied, NOW).as_deref(), Some(""));
    assert!(!made.is_live(NOW) && !made.is_due(NOW.plus_millis(86_399_000)));
    let ended = made.clone();
    assert_eq!(made.verify(&denied, NOW).as_deref(), Some(""), "told again");
    assert_eq!(made, ended);
    let other = Verification { topic: "https://b.vn/".into(), ..denied };
    assert_eq!(live().verify(&other, NOW), None);
}

#[test]
fn a_lease_runs_on_where_its_renewal_fails() {
    let mut made = live();
    made.hubs = vec!["https://hub.vn/".into(), "https://b.vn/".into()];
    let renewal = made.due_at();
    made.ask(renewal);
    made.failed(renewal);
    assert!(made.is_live(renewal) && made.hub == "https://hub.vn/");
    assert!(!made.is_relied_on(renewal), "its source is polled by its own schedule meanwhile");
    assert!(made.is_due(renewal.plus_millis(3_600_000)), "it is asked again");
    let over = made.until.unwrap();
    made.ask(over);
    made.failed(over);
    assert_eq!(made.hub, "https://b.vn/");
    let rest = over.plus_millis(600_000);
    made.put_off(rest);
    assert!(!made.is_due(over) && made.is_due(rest) && made.refused == 1, "nothing has failed");
}

#[test]
fn a_hub_that_does_not_tell_is_not_relied_on_until_it_does() {
    let minute = |n: i64| NOW.plus_millis(n * 60_000);
    let mut made = live();
    assert!(!made.miss(None, minute(1)), "it was there before the subscription");
    assert!(!made.miss(Some(minute(-1)), minute(1)), "it may have come before the subscription");
    made.hear(minute(5));
    assert!(!made.miss(Some(minute(2)), minute(6)), "the hub has told");
    assert!(made.is_relied_on(minute(6)));
    assert!(made.miss(Some(minute(6)), minute(9)) && !made.is_relied_on(minute(9)));
    made.hear(minute(10));
    assert!(made.is_relied_on(minute(10)));
    made.unusable = 1;
    assert!(!made.is_relied_on(minute(10)));
}

/// Subscriptions of a data directory, of which one to `TOPIC` is live.
fn subscriber(folder: &Path) -> (Subscriber, tokio::sync::mpsc::Receiver<Delivery>, SourceId) {
    let config = Config::parse("", folder).unwrap();
    let journal = crate::journal::Journal::open(&config.store, None).unwrap();
    let progress = crate::store::Store::open(journal, &[]).unwrap().progress();
    let source = SourceId::new("a").unwrap();
    progress.put(crate::store::Kind::HubSubscription, "a", &live()).unwrap();
    let (subscriber, deliveries) = Subscriber::new(progress);
    (subscriber, deliveries, source)
}

#[test]
fn polls_are_a_safety_net_only_while_the_hub_tells() {
    let folder = tempfile::tempdir().unwrap();
    let (subscriber, mut deliveries, source) = subscriber(folder.path());
    let config = Config::parse("", folder.path()).unwrap().fetch;
    let own = NOW.plus_millis(300_000);
    let polled = State { last_check: Some(NOW), next_check: Some(own), ..State::default() };
    let next = |state: &State| subscriber.next_check(&source, state, &config, NOW);
    let slow = Some(NOW.plus_millis((6 * 3_600_000).min(config.max_interval_ms)));
    assert_eq!(next(&polled), slow);
    assert_eq!(next(&State { failures: 1, ..polled.clone() }), Some(own));
    assert_eq!(next(&State { waits: true, ..polled.clone() }), Some(own), "something waits");
    let mut trust = subscriber.trust();
    trust.mark_unchanged();
    assert_eq!(subscriber.deliver("token", None, None, Bytes::new(), NOW), Received::Ignored);
    assert!(trust.has_changed().unwrap());
    assert_eq!(next(&polled), Some(own), "its deliveries cannot be used");
    assert!(deliveries.try_recv().unwrap().body.is_empty(), "the source is polled instead");
    let good = signed("sha256", "secret");
    let body = Bytes::from_static(BODY);
    assert_eq!(subscriber.deliver("token", good.as_deref(), None, body, NOW), Received::Taken);
    assert_eq!(next(&polled), slow);
    subscriber.note_found(&source, Some(NOW.plus_millis(1)), NOW.plus_millis(2));
    assert_eq!(next(&polled), Some(own), "a poll found what it did not tell");
    subscriber.unheard(&source);
    assert_eq!(next(&polled), Some(own));
}

#[test]
fn a_topic_that_is_another_each_time_is_no_new_subscription() {
    let folder = tempfile::tempdir().unwrap();
    let (subscriber, _deliveries, source) = subscriber(folder.path());
    let hubs = ["https://hub.vn/".to_owned()];
    for session in 0..20 {
        subscriber.heard(&source, &hubs, &format!("{TOPIC}?s={session}"));
    }
    assert!(subscriber.is_live(&source, NOW) && subscriber.knows("token"));
    for _ in 0..2 {
        subscriber.heard(&source, &hubs, "https://a.vn/moi");
    }
    assert!(!subscriber.knows("token"), "it is another topic now");
}

#[test]
fn what_a_feed_does_not_confirm_twice_is_contradicted() {
    let folder = tempfile::tempdir().unwrap();
    let (subscriber, _deliveries, source) = subscriber(folder.path());
    let [a, b] = ["a", "b"].map(|id| crate::model::ArticleKey::of(&source, id));
    subscriber.note_delivered(&source, vec![a, b]);
    assert!(subscriber.has_unconfirmed(&source) && subscriber.contradicted(&source).is_empty());
    subscriber.note_listed(&source, &[b]);
    assert_eq!(subscriber.contradicted(&source), [b], "the other is confirmed");
    subscriber.note_listed(&source, &[]);
    assert!(!subscriber.has_unconfirmed(&source));
}

#[test]
fn few_deliveries_are_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (subscriber, ..) = subscriber(folder.path());
    let places: Vec<_> = std::iter::from_fn(|| subscriber.may_read()).collect();
    assert!((1..=8).contains(&places.len()));
    drop(places);
    assert!(subscriber.may_read().is_some());
}

#[test]
fn a_hub_that_does_not_answer_is_asked_ever_less() {
    let (mut made, mut now) = (subscription(), NOW);
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert!(made.is_due(now));
        made.ask(now);
        assert!(!made.is_due(now), "it is pending");
        now = made.due_at();
        made.lapse(now);
        waits.push(made.due_at().millis() - now.millis());
        now = made.due_at();
    }
    assert!(waits.is_sorted() && waits[0] == 3_600_000 && waits[7] == 86_400_000, "{waits:?}");
    made.ask(now);
    let denied = Verification { mode: "denied".into(), ..question(TOPIC, "", None) };
    assert!(made.verify(&denied, now).is_some());
    assert!(!made.is_live(now) && !made.is_due(now.plus_millis(86_399_000)));
}

#[test]
fn when_a_hub_refuses_the_next_is_asked_and_when_all_do_polling_goes_on() {
    let mut made = subscription();
    made.hubs = vec!["https://hub.vn/".into(), "https://b.vn/".into(), "https://c.vn/".into()];
    let mut asked = Vec::new();
    for _ in 0..3 {
        assert!(made.is_due(NOW), "the next hub is asked at once");
        asked.push(made.hub.clone());
        made.ask(NOW);
        made.failed(NOW);
    }
    assert_eq!(asked, made.hubs);
    assert_eq!((made.hub.as_str(), made.failures), ("https://hub.vn/", 1));
    assert!(!made.is_live(NOW) && !made.is_due(NOW.plus_millis(3_599_999)));
    let denied = Verification { mode: "denied".into(), ..question(TOPIC, "", None) };
    made.ask(made.due_at());
    assert!(made.verify(&denied, NOW).is_some());
    assert!(made.hub == "https://b.vn/" && made.is_due(NOW));
    made.ask(NOW);
    assert!(made.verify(&question(TOPIC, "c", Some("864000")), NOW).is_some());
    assert!(made.is_live(NOW) && made.hub == "https://b.vn/" && made.refused == 0);
    made.begin_anew("t".into(), "s".into());
    assert!(!made.is_live(NOW) && made.agreed.is_none());
    let old = r#"{"topic":"t","hub":"h","token":"t","secret":"s","asked":null,"lease_ms":null,"until":null,"not_before":0,"failures":0,"agreed":null}"#;
    let mut old: Subscription = serde_json::from_str(old).unwrap();
    old.failed(NOW);
    assert_eq!((old.hub.as_str(), old.failures), ("h", 1), "what was kept before is still read");
}

/// The signature of the body under a secret, by another implementation of the same standard.
fn signed(method: &str, secret: &str) -> Option<String> {
    use hmac::{Hmac, KeyInit, Mac};
    fn hex<M: Mac + KeyInit>(secret: &str) -> String {
        let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(BODY);
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }
    let figures = match method {
        "sha1" => hex::<Hmac<sha1::Sha1>>(secret),
        "sha256" => hex::<Hmac<sha2::Sha256>>(secret),
        "sha384" => hex::<Hmac<sha2::Sha384>>(secret),
        _ => hex::<Hmac<sha2::Sha512>>(secret),
    };
    Some(format!("{method}={figures}"))
}

#[test]
fn only_what_is_signed_is_believed() {
    for method in ["sha1", "sha256", "sha384", "sha512"] {
        let good = signed(method, "secret").unwrap();
        assert!(live().believes(Some(&good), BODY, NOW), "{method}");
        assert!(live().believes(Some(&good.to_uppercase()), BODY, NOW), "{method}");
        assert!(!live().believes(Some(&good), b"other", NOW), "{method}");
        assert!(
            !live().believes(Some(&good), BODY, NOW.plus_millis(864_000_000)),
            "the lease is over"
        );
        assert!(!subscription().believes(Some(&good), BODY, NOW), "never verified");
        let other = signed(method, "other").unwrap();
        assert!(!live().believes(Some(&other), BODY, NOW), "{method}");
        for end in [1, 2, good.len() - 2] {
            assert!(!live().believes(good.get(..good.len() - end), BODY, NOW), "{method}");
        }
    }
    let long = format!("sha256={}", "0".repeat(100_000));
    for bad in ["", "sha256", "sha256=", "md5=00", "sha256=zz", "sha256=+1", "=", "sha1=ôô", &long]
    {
        assert!(!live().believes(Some(bad), BODY, NOW), "{bad:.20}");
    }
    assert!(!live().believes(None, BODY, NOW), "unsigned");
}

/// RFC 2202 and RFC 4231, second cases: the standards' own numbers.
#[test]
fn signatures_are_the_standards() {
    for header in [
        "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ] {
        let signature = Signature::parse(header).unwrap();
        assert!(signature.holds(b"Jefe", b"what do ya want for nothing?"), "{header}");
        assert!(!signature.holds(b"jefe", b"what do ya want for nothing?"));
    }
}

#[test]
fn after_a_strong_hash_a_weak_one_is_ignored() {
    let mut made = live();
    let of = |method| signed(method, "secret");
    assert!(made.believes(of("sha1").as_deref(), BODY, NOW));
    assert!(made.believes(of("sha256").as_deref(), BODY, NOW));
    assert!(!made.believes(of("sha1").as_deref(), BODY, NOW));
    assert!(made.believes(of("sha512").as_deref(), BODY, NOW));
    assert!(!made.believes(of("sha256").as_deref(), BODY, NOW));
    let kept: Subscription = serde_json::from_slice(&serde_json::to_vec(&made).unwrap()).unwrap();
    assert_eq!(kept, made, "also after a restart");
}

#[test]
fn only_sources_that_a_hub_can_reach_are_subscribed_to() {
    let source = |websub: &str| {
        let text = format!(
            "[[source]]\nid = \"a\"\ntitle = \"A\"\nkind = \"feed\"\naddress = \"https://a.vn/rss\"\nwebsub = \"{websub}\"\n"
        );
        Config::parse(&text, Path::new("/")).unwrap().sources.remove(0)
    };
    for (base, reachable) in [
        ("https://tin.gov.vn", true),
        ("http://8.8.8.8", true),
        ("http://127.0.0.1:8080", false),
        ("http://localhost:8080", false),
        ("http://[::1]/", false),
        ("http://10.0.0.1", false),
        ("https://tin.local", false),
    ] {
        assert_eq!(wanted(&source("auto"), base), reachable, "{base}");
        assert!(wanted(&source("on"), base) && !wanted(&source("off"), base));
    }
}
