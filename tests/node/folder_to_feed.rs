//! Files in a folder become articles; changed files revise, removed ones withdraw, half-written ones wait.

use crate::daemon::{Daemon, key};
use crate::http;

const CONFIG: &str =
    "[[source]]\nid = \"thu-muc\"\ntitle = \"Văn phòng\"\nkind = \"folder\"\npath = \"incoming\"\n";

const TEXT: &str = "Khánh thành nhà văn hóa xã Tân Mai\n\n6/12/2009 8:30:21 PM\n\nNgày 11/6, xã Tân Mai khánh thành nhà văn hóa mới, là nơi sinh hoạt của bà con năm bản.\n\n\nNgày 11/6, xã Tân Mai khánh thành nhà văn hóa mới, là nơi sinh hoạt của bà con năm bản.\n\nĐồng chí chủ tịch xã nói đây là thíc đo của sự quan tâm, là môi trường lµnh m¹nh cho thanh niên.\n\nBà con góp hơn 300 ngày công.\n";

fn start() -> Daemon {
    let mut daemon = Daemon::prepare(CONFIG);
    std::fs::create_dir(daemon.path("incoming")).unwrap();
    daemon.launch();
    daemon
}

#[test]
fn the_shape_of_the_seed_comes_through_right() {
    let daemon = start();
    std::fs::write(daemon.path("incoming/a.txt"), TEXT).unwrap();
    let change = daemon.await_title("Khánh thành nhà văn hóa xã Tân Mai");
    let article = &change["article"];
    assert_eq!(article["published"], "2009-06-12T13:30:21Z", "{article}");
    let rss = daemon.get("/feeds/all.rss").text();
    assert!(rss.contains("<pubDate>Fri, 12 Jun 2009 20:30:21 +0700</pubDate>"), "{rss}");
    assert!(rss.contains("thước đo") && rss.contains("lành mạnh"), "{rss}");
    let page = daemon.get(&format!("/a/{}", article["key"].as_str().unwrap())).text();
    let main = page.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap();
    let shown = main.matches("khánh thành nhà văn hóa mới").count();
    assert_eq!(shown, 1, "the lead is shown once: {main}");
    assert!(page.contains("lµnh"), "the repairs are shown");
}

#[test]
fn every_kind_of_file_revises_and_withdraws() {
    let daemon = start();
    let put =
        |name: &str, text: &str| std::fs::write(daemon.path("incoming").join(name), text).unwrap();
    put(
        "a.md",
        "---\ntitle: Tin Markdown\ndate: 2026-06-12T08:00:00+07:00\nauthor: Lan Anh\n---\n\nĐoạn **một**.\n",
    );
    put(
        "b.html",
        "<html><head><title>Tin HTML</title></head><body><article><h1>Tin HTML</h1><p>Đoạn một.</p></article></body></html>",
    );
    put("c.json", r#"{"title": "Tin JSON", "content_text": "Đoạn một."}"#);
    put(
        "d.rss",
        "<rss version=\"2.0\"><channel><title>x</title><item><guid>1</guid><title>Tin RSS</title></item></channel></rss>",
    );
    put("e.txt.part", "Tin dở dang\n\nNội dung\n");
    for title in ["Tin Markdown", "Tin HTML", "Tin JSON", "Tin RSS"] {
        daemon.await_title(title);
    }
    put("c.json", r#"{"title": "Tin JSON đã sửa", "content_text": "Đoạn một."}"#);
    let revised = daemon.await_title("Tin JSON đã sửa");
    assert_eq!(revised["type"], "put");
    std::fs::remove_file(daemon.path("incoming/a.md")).unwrap();
    daemon.await_change(|change| change["type"] == "withdrawn");
    let rss = daemon.get("/feeds/all.rss").text();
    assert!(
        !rss.contains("Tin Markdown")
            && rss.contains("Tin JSON đã sửa")
            && !rss.contains("dở dang"),
        "{rss}"
    );
}

#[test]
fn a_bad_file_is_named_and_its_good_version_stays() {
    let daemon = start();
    std::fs::write(daemon.path("incoming/c.json"), r#"{"title": "Tin tốt", "content_text": "x"}"#)
        .unwrap();
    daemon.await_title("Tin tốt");
    std::fs::write(daemon.path("incoming/c.json"), r#"{"title": "#).unwrap();
    std::fs::write(daemon.path("incoming/z.json"), r#"{"title": "Tin sau", "content_text": "x"}"#)
        .unwrap();
    daemon.await_title("Tin sau");
    assert!(daemon.get("/feeds/all.rss").text().contains("Tin tốt"));
    let status = daemon.status();
    assert!(status.contains("c.json"), "{status}");
    let metrics = daemon.get("/metrics").text();
    for line in [
        "dongtin_source_failures{source=\"thu-muc\"} 1",
        "dongtin_source_state{source=\"thu-muc\",state=\"failing\"} 1",
        "dongtin_source_state{source=\"thu-muc\",state=\"good\"} 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[test]
fn what_is_no_file_is_named_and_blocks_nothing() {
    let daemon = start();
    let good = daemon.path("incoming/a.json");
    std::fs::write(&good, r#"{"title": "Tin tốt", "content_text": "x"}"#).unwrap();
    daemon.await_title("Tin tốt");
    std::fs::write(daemon.path("elsewhere.json"), r#"{"title": "Bí mật", "content_text": "x"}"#)
        .unwrap();
    std::os::unix::fs::symlink(daemon.path("elsewhere.json"), daemon.path("incoming/l.json"))
        .unwrap();
    std::os::unix::fs::symlink(daemon.path("elsewhere.json"), daemon.path("incoming/beside"))
        .unwrap();
    std::fs::rename(daemon.path("incoming/beside"), &good).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(daemon.path("incoming/p.md")).status();
    assert!(pipe.unwrap().success());
    use std::os::unix::ffi::OsStrExt;
    let odd = daemon.path("incoming").join(std::ffi::OsStr::from_bytes(b"q\xff.txt"));
    std::fs::write(odd, "Tin\n\nx").unwrap();
    let list = r#"[{"id":"1","title":"Tin trong danh sách"},{"id":"2","title":5}]"#;
    std::fs::write(daemon.path("incoming/z.json"), list).unwrap();
    daemon.await_title("Tin trong danh sách");
    let status = daemon.status();
    for part in [
        "a.json: is a symbolic link",
        "l.json: is a symbolic link",
        "p.md: is no regular file",
        "q\\xff.txt: its name",
        "article 2: title",
    ] {
        assert!(status.contains(part), "{part}: {status}");
    }
    let rss = daemon.get("/feeds/all.rss").text();
    assert!(rss.contains("Tin tốt") && !rss.contains("Bí mật"), "{rss}");
}

#[test]
fn a_link_where_articles_were_withdraws_nothing_and_is_named() {
    let mut daemon = start();
    std::fs::create_dir(daemon.path("incoming/sub")).unwrap();
    std::fs::create_dir(daemon.path("incoming/other")).unwrap();
    for name in ["sub/1", "sub/2", "other/3", "4", "5"] {
        let text = serde_json::json!({"title": format!("Tin {name}"), "content_text": "x"});
        std::fs::write(daemon.path(&format!("incoming/{name}.json")), text.to_string()).unwrap();
        daemon.await_title(&format!("Tin {name}"));
    }
    // Between the move and the link nobody may look.
    daemon.stop();
    for (place, leads_to) in [("sub", "sub-moved"), ("4.json", "4-moved"), ("other", "no-folder")] {
        let place = daemon.path(&format!("incoming/{place}"));
        std::fs::rename(&place, daemon.path(&format!("{leads_to}-was"))).unwrap();
        std::fs::write(daemon.path("no-folder"), "Bí mật\n\nx").unwrap();
        let target =
            if leads_to == "no-folder" { leads_to.into() } else { format!("{leads_to}-was") };
        std::os::unix::fs::symlink(daemon.path(&target), place).unwrap();
    }
    daemon.launch();
    let secret = r#"{"title": "Bí mật", "content_text": "x"}"#;
    std::fs::write(daemon.path("sub-moved-was/6.json"), secret).unwrap();
    std::fs::remove_file(daemon.path("incoming/5.json")).unwrap();
    let text = r#"{"title": "Tin 7", "content_text": "x"}"#;
    std::fs::write(daemon.path("incoming/7.json"), text).unwrap();
    daemon.await_title("Tin 7");
    let withdrawn = daemon.await_change(|change| change["type"] == "withdrawn");
    assert_eq!(withdrawn["key"], key("thu-muc", "5.json"));
    let status = daemon.status();
    for place in ["sub", "4.json", "other"] {
        let said = format!("{place}: is a symbolic link");
        assert!(status.contains(&said), "{said}: {status}");
    }
    assert!(status.contains("stay"), "{status}");
    let rss = daemon.get("/feeds/all.rss").text();
    for title in ["Tin sub/1", "Tin sub/2", "Tin other/3", "Tin 4", "Tin 7"] {
        assert!(rss.contains(title), "{title}: {rss}");
    }
    assert!(!rss.contains("Bí mật"), "{rss}");
    std::fs::remove_file(daemon.path("incoming/sub")).unwrap();
    let sub = key("thu-muc", "sub/1.json");
    daemon.await_change(|c| c["type"] == "withdrawn" && c["key"] == sub);
}

#[test]
fn when_one_of_several_files_goes_another_says_the_article() {
    let daemon = start();
    let put = |name: &str, id: &str, title: &str| {
        let text = format!("---\ntitle: {title}\nid: {id}\n---\n\nĐoạn của {title}.\n");
        std::fs::write(daemon.path(&format!("incoming/{name}.md")), text).unwrap();
    };
    let comes = |title: &str, revision: u64| {
        daemon.await_change(|c| c["article"]["title"] == title && c["revision"] == revision)
    };
    put("d1", "same", "Tin một");
    comes("Tin một", 1);
    put("d2", "same", "Tin hai");
    comes("Tin hai", 2);
    std::fs::remove_file(daemon.path("incoming/d2.md")).unwrap();
    comes("Tin một", 3);
    put("d2", "same", "Tin hai");
    comes("Tin hai", 4);
    put("d2", "other", "Tin khác");
    comes("Tin một", 5);
    std::fs::remove_file(daemon.path("incoming/d1.md")).unwrap();
    let same = key("thu-muc", "same");
    daemon.await_change(|c| c["type"] == "withdrawn" && c["key"] == same);
}

#[test]
fn add_takes_files_with_and_without_a_daemon() {
    let mut daemon = start();
    std::fs::write(daemon.path("x.txt"), TEXT).unwrap();
    let out = daemon.run(&["add", "--source", "thu-muc", "x.txt"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    daemon.stop();
    std::fs::write(daemon.path("y.txt"), TEXT.replace("Tân Mai", "Pà Cò")).unwrap();
    let out = daemon.run(&["add", "--source", "thu-muc", "y.txt"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    daemon.launch();
    let rss = daemon.get("/feeds/all.rss").text();
    assert!(rss.contains("xã Pà Cò") && rss.contains("xã Tân Mai"), "{rss}");
}

#[test]
fn a_folder_that_loses_everything_at_once_withdraws_nothing() {
    let daemon = start();
    for name in ["a", "b"] {
        let text =
            serde_json::json!({"title": format!("Tin {name}"), "content_text": "x"}).to_string();
        std::fs::write(daemon.path(&format!("incoming/{name}.json")), text).unwrap();
    }
    for title in ["Tin a", "Tin b"] {
        daemon.await_title(title);
    }
    std::fs::rename(daemon.path("incoming"), daemon.path("unmounted")).unwrap();
    std::fs::create_dir(daemon.path("incoming")).unwrap();
    daemon.until("the status names the folder", || {
        let status = daemon.status();
        status.contains("gone at once") || status.contains("No such file")
    });
    let rss = daemon.get("/feeds/all.rss").text();
    assert!(rss.contains("Tin a") && rss.contains("Tin b"), "{rss}");
}

#[test]
fn a_picture_beside_its_article_has_its_size_and_no_page_tells_where_it_lies() {
    let daemon = start();
    std::fs::write(daemon.path("incoming/anh.jpg"), vec![7; 1234]).unwrap();
    let article = "# Tin có ảnh\n\n![Ảnh](anh.jpg)\n\nNội dung của tin có ảnh.\n";
    std::fs::write(daemon.path("incoming/co-anh.md"), article).unwrap();
    daemon.await_title("Tin có ảnh");
    let rss = daemon.get("/feeds/all.rss").text();
    assert!(rss.contains("length=\"1234\""), "{rss}");
    let place = daemon.folder.path().to_string_lossy().into_owned();
    for page in ["/status", "/status.json", "/", "/feeds/all.json", "/metrics"] {
        assert!(!daemon.get(page).text().contains(&place), "{page}");
    }
}

#[test]
fn a_film_is_sent_whole_and_in_parts_and_takes_no_memory() {
    use std::io::{Read, Write};
    const BYTES: u64 = 256 << 20;
    let daemon = start();
    let film = std::fs::File::create(daemon.path("incoming/phim.mp4")).unwrap();
    film.set_len(BYTES).unwrap();
    let address = "/media/thu-muc/phim.mp4";
    let before = daemon.peak_memory();
    let head = http::request(daemon.address, "HEAD", address, &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let length = BYTES.to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    assert_eq!(head.header("accept-ranges"), Some("bytes"));
    let mut reader = std::net::TcpStream::connect(daemon.address).unwrap();
    let request = format!("GET {address} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    reader.write_all(request.as_bytes()).unwrap();
    let (mut read, mut bytes) = (0, vec![0; 1 << 20]);
    loop {
        match reader.read(&mut bytes).unwrap() {
            0 => break,
            count => read += count as u64,
        }
    }
    assert!((BYTES..BYTES + 2_000).contains(&read), "{read}");
    let grown = daemon.peak_memory() - before;
    assert!(grown < 64 << 10, "{grown} KiB for {} KiB", BYTES >> 10);
}

#[test]
fn a_part_of_a_file_is_a_part_of_the_version_that_is_known() {
    let daemon = start();
    let file = daemon.path("incoming/tieng.mp3");
    std::fs::write(&file, "0123456789").unwrap();
    let address = "/media/thu-muc/tieng.mp3";
    let ask = |headers: &[(&str, &str)]| daemon.get_with(address, headers);
    let whole = ask(&[]);
    let tag = whole.header("etag").unwrap().to_owned();
    let part = ask(&[("range", "bytes=2-4"), ("if-range", &tag)]);
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    assert_eq!(part.header("etag"), Some(tag.as_str()));
    assert_eq!(ask(&[("range", "bytes=-3")]).text(), "789");
    assert_eq!(ask(&[("range", "bytes=2-4"), ("if-range", "\"x\"")]).text(), "0123456789");
    let beyond = ask(&[("range", "bytes=10-")]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */10")));
    for known in [tag.as_str(), "*", &format!("\"y\", W/{tag}")] {
        let same = ask(&[("if-none-match", known), ("range", "bytes=0-1")]);
        assert_eq!((same.status, same.body.len()), (304, 0), "{known}");
    }
    daemon.await_next_second();
    let date = ask(&[]).header("last-modified").unwrap().to_owned();
    assert_eq!(ask(&[("if-modified-since", &date)]).status, 304);
    std::fs::write(&file, "9876543210").unwrap();
    let revised = ask(&[("range", "bytes=2-4"), ("if-range", &tag), ("if-none-match", &tag)]);
    assert_eq!((revised.status, revised.text().as_str()), (200, "9876543210"));
}

#[test]
fn an_article_that_moves_to_another_file_is_left_alone() {
    let daemon = start();
    let put = |name: &str, ids: &[&str]| {
        let articles: Vec<_> = ids
            .iter()
            .map(|id| serde_json::json!({"id": id, "title": format!("Tin {id}")}))
            .collect();
        let text = serde_json::Value::from(articles).to_string();
        std::fs::write(daemon.path("incoming").join(name), text).unwrap();
    };
    put("a.json", &["x", "y"]);
    put("b.json", &["z"]);
    ["Tin x", "Tin y", "Tin z"].iter().for_each(|title| _ = daemon.await_title(title));
    put("a.json", &["y"]);
    // The second file comes while the first has not been read, or has just been.
    put("b.json", &["z", "x", "w"]);
    daemon.await_title("Tin w");
    put("b.json", &["z", "x"]);
    daemon.await_change(|change| change["type"] == "withdrawn");
    let changes = daemon.changes();
    let moved = changes.iter().find(|change| change["key"] == key("thu-muc", "x"));
    assert_eq!(moved.unwrap()["revision"], 1, "nothing happened to it: {changes:?}");
}
