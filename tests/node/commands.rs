//! What the commands say to a person: what came of them, and what to do where they may not.

use crate::daemon::{Daemon, dongtin};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

const CONFIG: &str = "[[source]]\nid = \"cms\"\nkind = \"push\"\n\
    [[source]]\nid = \"xa\"\nkind = \"feed\"\naddress = \"http://127.0.0.1:1/rss\"\n[fetch]\nallow = [\"127.0.0.1:1\"]\n";

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn commands_say_what_came_of_them() {
    let daemon = Daemon::start(CONFIG);
    let polled = daemon.run(&["source", "poll", "xa"]);
    let said = told(&polled);
    assert!(
        !polled.status.success() && said.contains("xa") && said.contains("cannot be reached"),
        "{said}"
    );
    let json = daemon.run(&["source", "status", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        (&json[1]["state"], &json[1]["failure"]),
        (&"failing".into(), &"no-connection".into())
    );
    for (name, text, part) in [
        ("bai.md", "---\ntitle: \"Vụ quýt\"\n---\nĐược mùa.\n", "Được mùa."),
        ("bai.txt", "Họp thôn\n\nHọp tối thứ Ba.\n", "Họp tối thứ Ba."),
        ("bai.html", "<h1>Lớp học</h1><p>Khai giảng.</p>", "Khai giảng."),
        ("la.txt", "Tin \u{1b}[31mđỏ\n\nNội dung.\n", "Nội dung."),
    ] {
        std::fs::write(daemon.path(name), text).unwrap();
        let read = daemon.run(&["read", name]);
        let said = told(&read);
        assert!(read.status.success() && said.contains(part) && !said.contains('\u{1b}'), "{said}");
    }
    let explained = daemon.run(&["repair", "--explain", "lµnh"]);
    assert!(told(&explained).contains("echo 'lµnh' | dongtin repair"), "{}", told(&explained));
    assert!(daemon.run(&["export", "-"]).stdout.starts_with(b"\x28\xb5\x2f\xfd"));
    assert!(told(&daemon.run(&["import", "-"])).contains("not from or to a pipe"));
    assert!(!daemon.path("-").exists());
    let pasted = daemon.run(&["token", "revoke", "dongtin_KHONG-DUOC-IN-RA"]);
    assert!(!pasted.status.success() && !told(&pasted).contains("KHONG-DUOC"), "{}", told(&pasted));
}

/// Another user exists only where root runs the tests.
#[test]
fn another_user_is_told_whose_it_is() {
    let daemon = Daemon::start(CONFIG);
    if !is_root() {
        return;
    }
    let folder = daemon.path(".");
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let opml = "<opml version='2.0'><body><outline text='Xã' xmlUrl='https://xa.example.vn/rss'/></body></opml>";
    std::fs::write(daemon.path("ds.opml"), opml).unwrap();
    for (arguments, part) in [
        (&["source", "poll", "--all"][..], "sudo -u 'root'"),
        (&["check"], "sudo -u 'root'"),
        (&["token", "list"], "sudo -u 'root'"),
        (&["source", "import", "ds.opml", "--accept", "--yes"], "--write FILE"),
    ] {
        let mut command = Command::new(dongtin());
        command.args(["--config", "dongtin.toml"]).args(arguments).current_dir(&folder);
        let said = told(&command.uid(65_534).gid(65_534).output().unwrap());
        assert!(said.contains(part) && !said.contains("chown"), "{arguments:?}: {said}");
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
