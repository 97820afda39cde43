use super::{
    await_same, await_trouble, follow, follower, following, leader, partner_token,
    prepare_follower, push, put, refusal, stdout,
};

#[test]
fn a_follower_is_promoted_and_the_old_leader_is_refused_until_it_follows() {
    let mut a = leader();
    let bearer = a.bearer("cms");
    push(&a, &bearer, "1", "Tin 1");
    let mut b = follower(&a);
    b.edit_config("listen = \"127.0.0.1:0\"", &format!("listen = \"{}\"", b.address));
    await_same(&b, &a);
    let mut c = prepare_follower(&a, &[&b]);
    c.launch();
    await_same(&c, &a);
    assert!(refusal(&b, &["promote"]).contains("--force"), "its leader answers");
    b.kill();
    push(&a, &bearer, "2", "Chỉ nút cũ có");
    await_same(&c, &a);
    a.kill();
    c.stop();

    b.launch();
    await_trouble(&b, "the leader gives nothing");
    let last = b.last_seq();
    assert!(stdout(&b, &["promote"]).contains("term 2"));
    push(&b, &bearer, "3", "Tin 3");
    assert!(b.last_seq() > last + 1_000_000, "no number that the old leader may have given");
    b.stop();
    b.launch();
    push(&b, &bearer, "3", "Tin 3 đã sửa");
    assert!(following(&b).is_null(), "the config still says [follow]");

    // Another follower of the old leader had more than the one that was promoted.
    c.edit_config(&follow(&a), &follow(&b));
    std::fs::write(c.path("token"), partner_token(&b, "du-phong")).unwrap();
    c.launch();
    await_trouble(&c, "`dongtin rejoin`");
    assert!(c.get("/feeds/all.rss").text().contains("Chỉ nút cũ có"), "nothing is lost by itself");
    assert!(refusal(&c, &["rejoin", "--confirm", "7"]).contains("1 events are only here"));
    assert!(stdout(&c, &["rejoin", "--confirm", "1"]).contains("restart"));
    c.stop();
    c.launch();
    await_same(&c, &b);

    // The old leader comes back and does not know.
    a.launch();
    c.stop();
    c.edit_config(&follow(&b), &follow(&a));
    std::fs::write(c.path("token"), partner_token(&a, "du-phong")).unwrap();
    c.launch();
    await_trouble(&c, "of term 1 and was replaced by one of term 2");
    assert!(
        refusal(&b, &["rejoin"]).contains("of term 1 and was replaced"),
        "the new leader refuses it too"
    );
    push(&b, &bearer, "1", "Tin 1 đã sửa");

    a.stop();
    let text = std::fs::read_to_string(a.path("dongtin.toml")).unwrap();
    let fetch = format!(
        "[fetch]\nallow = [\"{}\"]\nports = [{}]\nhost_interval = \"0s\"\n\n",
        b.address,
        b.address.port()
    );
    std::fs::write(a.path("dongtin.toml"), text + &fetch + &follow(&b)).unwrap();
    std::fs::write(a.path("token"), partner_token(&b, "du-phong")).unwrap();
    a.launch();
    await_trouble(&a, "`dongtin rejoin`");
    assert_eq!(put(&a, &bearer, "4", "Tin 4").status, 421);
    assert!(refusal(&a, &["rejoin"]).contains("--confirm 1"));
    stdout(&a, &["rejoin", "--confirm", "1"]);
    a.stop();
    a.launch();
    await_same(&a, &b);
    stdout(&a, &["check"]);

    // It takes its place again. The other one, whose config names it still, follows although it was promoted once.
    b.stop();
    await_trouble(&a, "the leader gives nothing");
    assert!(stdout(&a, &["promote"]).contains("term 3"));
    assert!(refusal(&a, &["promote"]).contains("leads already, in term 3"));
    push(&a, &bearer, "5", "Tin 5");
    b.launch();
    await_same(&b, &a);
    assert_eq!(put(&b, &bearer, "6", "Tin 6").status, 421);
}

#[test]
fn a_leader_that_was_restored_is_followed_when_nothing_is_lost_or_somebody_says_so() {
    let mut leader = leader();
    let bearer = leader.bearer("cms");
    push(&leader, &bearer, "1", "Tin 1");
    push(&leader, &bearer, "2", "Tin 2");
    let mut behind = follower(&leader);
    await_same(&behind, &leader);
    behind.stop();
    let backup = leader.path("backup");
    stdout(&leader, &["backup", backup.to_str().unwrap()]);
    push(&leader, &bearer, "3", "Tin sau bản sao lưu");
    let mut ahead = follower(&leader);
    await_same(&ahead, &leader);
    leader.stop();
    std::fs::remove_dir_all(leader.path("data")).unwrap();
    stdout(&leader, &["restore", backup.to_str().unwrap()]);
    leader.launch();
    std::fs::write(ahead.path("token"), partner_token(&leader, "du-phong")).unwrap();
    push(&leader, &bearer, "2", "Tin 2 đã sửa");

    behind.launch();
    await_same(&behind, &leader);
    await_trouble(&ahead, "restored from a backup");
    assert!(
        ahead.get("/feeds/all.rss").text().contains("Tin sau bản sao lưu"),
        "until somebody decides"
    );
    stdout(&ahead, &["rejoin", "--confirm", "1"]);
    ahead.stop();
    ahead.launch();
    await_same(&ahead, &leader);
    stdout(&ahead, &["check"]);
}
