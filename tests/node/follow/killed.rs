use super::{
    await_same, await_trouble, delete, follower, following, leader, prepare_follower, push, stdout,
};
use crate::daemon::{Daemon, key};
use crate::http;
use crate::wait::PATIENCE;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

#[test]
fn a_follower_and_its_leader_are_killed_at_any_time_and_nothing_is_missing() {
    let mut leader = leader();
    let bearer = leader.bearer("cms");
    (0..30).for_each(|n| push(&leader, &bearer, &n.to_string(), &format!("Tin {n}")));
    let mut follower = prepare_follower(&leader, &[]);
    for round in 0..6_u64 {
        follower.launch();
        follower.until("it has copied some more", || follower.last_seq() >= 6 * round);
        follower.kill();
        push(&leader, &bearer, &round.to_string(), &format!("Tin {round} đã sửa"));
        if round % 2 == 0 {
            leader.kill();
            leader.launch();
        }
        assert_eq!(delete(&leader, &bearer, &(20 + round).to_string()).status, 204);
    }
    follower.launch();
    await_same(&follower, &leader);
    let feed = follower.get("/feeds/all.rss").body;
    leader.kill();
    await_trouble(&follower, "the leader gives nothing");
    follower
        .until("it says since when", || following(&follower)["behind_seconds"].as_u64() > Some(0));
    let ready = follower.get("/readyz");
    assert!(ready.status == 200 && ready.text().contains("gives nothing"), "{}", ready.text());
    assert_eq!(follower.get("/feeds/all.rss").body, feed);
    assert!(follower.get("/metrics").text().contains("dongtin_follow_stuck 1"));
    leader.launch();
    push(&leader, &bearer, "1", "Tin 1 sau khi mất điện");
    await_same(&follower, &leader);
    assert!(following(&follower)["trouble"].is_null());
    stdout(&follower, &["check"]);
}

/// Kills a process at the N-th fsync of one of its threads.
fn killed_at(daemon: &mut Daemon, nth: usize) {
    let program = daemon.path("killed");
    let inject = format!("inject=fsync,fdatasync:signal=SIGKILL:when={nth}");
    let dongtin = env!("CARGO_BIN_EXE_dongtin");
    let text = format!(
        "#!/bin/sh\nexec strace -D -f -qq -o /dev/null -e trace=fsync,fdatasync -e {inject} {dongtin} \"$@\"\n"
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    daemon.program = program;
}

/// Whether a follower lives until it has everything that its leader has.
fn lives_until_it_has_all(follower: &mut Daemon, leader: &Daemon) -> bool {
    if !follower.launch_within(PATIENCE, &[]) {
        return false;
    }
    let wanted = leader.last_seq();
    let control = || UnixStream::connect(follower.path("data/control.sock")).is_ok();
    let has_all = || {
        let status = http::try_request(follower.address, "GET", "/status.json", &[], b"");
        status.is_some_and(|status| status.json()["last_seq"].as_u64() >= Some(wanted))
    };
    follower.until("it ends or has everything", || !control() || has_all());
    control()
}

#[test]
fn a_follower_that_is_killed_at_any_fsync_goes_on_exactly() {
    let leader = leader();
    let bearer = leader.bearer("cms");
    let mut follower = prepare_follower(&leader, &[]);
    let real = follower.program.clone();
    let mut killed = 0;
    for nth in 1..=12_usize {
        let id = nth.to_string();
        push(&leader, &bearer, &id, &format!("Tin {nth}"));
        push(&leader, &bearer, "1", &format!("Tin 1, lần {nth}"));
        if nth % 3 == 0 {
            let key = key("cms", &id);
            stdout(&leader, &["purge", &key, "--reason", "sai", "--confirm", &key]);
        }
        killed_at(&mut follower, nth);
        let lives = lives_until_it_has_all(&mut follower, &leader);
        killed += usize::from(!lives);
        if lives {
            follower.kill();
        }
    }
    assert!(killed > 3, "{killed}");
    follower.program = real;
    follower.launch();
    await_same(&follower, &leader);
    let history = stdout(&follower, &["history", &key("cms", "12"), "--json"]);
    assert!(!history.contains("Tin 12"), "{history}");
    stdout(&follower, &["check"]);
}

#[test]
fn a_leader_that_is_killed_at_any_fsync_is_followed_exactly() {
    let mut leader = leader();
    let bearer = leader.bearer("cms");
    let follower = follower(&leader);
    let real = leader.program.clone();
    for nth in 1..=8_usize {
        leader.stop();
        killed_at(&mut leader, nth);
        if leader.launch_within(PATIENCE, &[]) {
            for n in 0..4 {
                let body =
                    format!("{{\"title\": \"Tin {nth}.{n}\", \"content_text\": \"Nội dung.\"}}");
                let path = format!("/api/v1/sources/cms/articles/{}", n * nth % 5);
                let headers = [("authorization", &*bearer), ("content-type", "application/json")];
                http::try_request(leader.address, "PUT", &path, &headers, body.as_bytes());
            }
            leader.kill();
        }
        leader.program = real.clone();
        leader.launch();
    }
    push(&leader, &bearer, "9", "Tin cuối");
    await_same(&follower, &leader);
    stdout(&follower, &["check"]);
}
