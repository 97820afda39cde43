//! List pages and sitemaps as sources: each new article's own page is read once, politely, and what fails costs only itself.

use crate::daemon::Daemon;
use crate::documents::{answer, gzip, item, rss};
use crate::portal::Portal;

const PARAGRAPH: &str = "Sáng nay, lãnh đạo tỉnh đã chủ trì hội nghị đánh giá tình hình sáu tháng đầu năm, bàn nhiệm vụ những tháng còn lại, với sự tham dự của các sở, ngành, các huyện và thành phố.";

/// A config with one source, whose articles may lie on `localhost` too.
fn config(portal: &Portal, kind: &str, path: &str, more: &str) -> String {
    let more = format!("allow = [\"localhost:{}\"]\n{more}", portal.address.port());
    portal.config(kind, path, &more)
}

/// A list page of some articles, numbered.
fn list(numbers: &[u32]) -> String {
    let items: String = numbers
        .iter()
        .map(|n| format!("<li><a href=\"/tin/{n}.html\">Tin số {n}</a><span class=\"ngay\">12/06/2026 20:30</span><p>Lời dẫn {n}</p></li>"))
        .collect();
    format!(
        "<html lang=\"vi\"><title>Tin tức</title><body><ul class=\"news\">{items}</ul></body></html>"
    )
}

fn article(n: u32) -> String {
    format!(
        "<html><title>Tin số {n} - Cổng</title><body><ul class=menu><li><a href=/>Trang chủ</a></ul><h1>Tin số {n}</h1><div class=\"noi-dung\"><p>{PARAGRAPH}</p><p>Đoạn hai của bài {n}. {PARAGRAPH}</p></div><p class=\"tac-gia\">Thanh Hà</p></body></html>"
    )
}

const SELECTORS: &str = "[source.selectors]\nitem = \"ul.news li\"\ndate = \".ngay\"\nlead = \"p\"\ndetail_body = \".noi-dung\"\ndetail_author = \".tac-gia\"\n";

#[test]
fn each_new_article_is_completed_from_its_own_page_once() {
    let portal = Portal::start();
    portal.put("/list", "text/html", &list(&[2, 1]));
    portal.put("/tin/1.html", "text/html", &article(1));
    portal.put("/tin/2.html", "text/html", &article(2));
    let daemon = Daemon::start(&config(&portal, "page", "/list", SELECTORS));
    let change = daemon.await_title("Tin số 1");
    let content = change["article"]["content_html"].as_str().unwrap_or_else(|| panic!("{change}"));
    assert!(content.contains("Đoạn hai của bài 1") && !content.contains("Trang chủ"), "{content}");
    assert_eq!(change["article"]["summary"], "Lời dẫn 1");
    assert!(change.to_string().contains("Thanh Hà"), "{change}");
    portal.put("/list", "text/html", &list(&[3, 2, 1]));
    portal.put("/tin/3.html", "text/html", &article(3));
    daemon.await_title("Tin số 3");
    portal.await_polls(&daemon, "/list", 2);
    for n in 1..=3 {
        assert_eq!(portal.asked(&format!("/tin/{n}.html")).len(), 1, "article {n}");
    }
    let changes = daemon.changes();
    assert_eq!(changes.len(), 3, "{changes:?}");
}

#[test]
fn a_page_that_fails_costs_only_its_own_completeness() {
    let portal = Portal::start();
    portal.put("/list", "text/html", &list(&[4, 3, 2, 1]));
    portal.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /tin/4\n");
    portal.put("/tin/1.html", "text/html", &article(1));
    portal.put("/tin/4.html", "text/html", &article(4));
    portal.put("/tin/3.html", "text/html", "<title>Lỗi hệ thống</title><h1>Đã có lỗi xảy ra</h1>");
    let daemon = Daemon::start(&config(&portal, "page", "/list", SELECTORS));
    let whole = daemon.await_title("Tin số 1");
    assert!(whole["article"]["content_html"].is_string(), "{whole}");
    for title in ["Tin số 2", "Tin số 3", "Tin số 4"] {
        let listed = daemon.await_title(title);
        assert!(listed["article"]["content_html"].is_null(), "{listed}");
    }
    assert!(!daemon.get("/feeds/all.rss").text().contains("có lỗi xảy ra"));
    daemon.until("the status names it", || {
        let status = daemon.status();
        status.contains("detail-failed ×2") && status.contains("detail-robots ×1")
    });
    assert!(portal.asked("/tin/4.html").is_empty(), "robots.txt asks to leave it alone");
    assert_eq!(portal.asked("/robots.txt").len(), 1);
}

#[test]
fn a_feed_of_leads_gets_its_full_texts_where_they_are_sure() {
    let portal = Portal::start();
    let item = |n: u32| {
        let more = format!("<link>/tin/{n}.html</link><description>Lời dẫn {n}</description>");
        item(&n.to_string(), &format!("Tin số {n}"), &more)
    };
    // The first article is on a host of its own, which nobody polls.
    let elsewhere = format!("http://localhost:{}/tin/", portal.address.port());
    let items = item(1).replace("/tin/", &elsewhere) + &item(2);
    portal.put("/rss", "text/xml", &rss(&items));
    portal.put("/tin/1.html", "text/html", &article(1));
    portal.put(
        "/tin/2.html",
        "text/html",
        "<title>Tin số 2</title><h1>Tin số 2</h1><p>Xem tệp đính kèm.</p>",
    );
    let daemon = Daemon::start(&config(&portal, "feed", "/rss", "full_text = true\n"));
    let whole = daemon.await_title("Tin số 1");
    let content = whole["article"]["content_html"].as_str().unwrap_or_else(|| panic!("{whole}"));
    assert!(content.contains("Đoạn hai của bài 1") && !content.contains("Trang chủ"), "{content}");
    assert!(whole["article"]["url"].as_str().unwrap().contains("localhost"), "{whole}");
    let lead = daemon.await_title("Tin số 2");
    assert!(lead["article"]["content_html"].is_null(), "{lead}");
    assert_eq!(lead["article"]["summary"], "Lời dẫn 2");
    daemon.await_status("full-text-unsure ×1");
}

/// An Atom feed of leads, and what it says is gone.
fn leads(numbers: &[u32], published: &str, gone: &[u32]) -> String {
    let entry = |n: &u32| {
        format!(
            "<entry><id>{n}</id><title>Tin số {n}</title><link href='/tin/{n}.html'/><published>{published}</published><summary>Lời dẫn {n}</summary></entry>"
        )
    };
    let ended = |n: &u32| format!("<at:deleted-entry ref='{n}' when='{published}'/>");
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>A</title>{}{}</feed>",
        numbers.iter().map(entry).collect::<String>(),
        gone.iter().map(ended).collect::<String>()
    )
}

#[test]
fn what_is_withdrawn_while_its_page_waits_is_never_published() {
    let portal = Portal::start();
    (1..=2).for_each(|n| portal.put(&format!("/tin/{n}.html"), "text/html", &article(n)));
    let now = dongtin::testing::model::Timestamp::now().rfc3339_at(25_200);
    portal.put("/atom", "application/atom+xml", &leads(&[1], &now, &[]));
    let more = "full_text = true\ndelay = \"15s\"\n";
    let daemon = Daemon::start(&config(&portal, "feed", "/atom", more));
    daemon.await_status("detail-waiting");
    portal.put("/atom", "application/atom+xml", &leads(&[2], &now, &[1]));
    // Both would be old enough at the same time.
    let second = daemon.await_title("Tin số 2");
    assert_eq!(second["seq"], 1, "nothing came before it");
    assert!(portal.asked("/tin/1.html").is_empty());
}

#[test]
fn a_page_that_changed_is_held_back_and_its_last_good_articles_stay() {
    let portal = Portal::start();
    portal.put("/list", "text/html", &list(&[6, 5, 4, 3, 2, 1]));
    let selectors = "[source.selectors]\nitem = \"ul.news li\"\ndate = \".ngay\"\nlead = \"p\"\n";
    let daemon = Daemon::start(&config(&portal, "page", "/list", selectors));
    daemon.await_title("Tin số 1");
    // Three good documents are its baseline.
    for n in 7..=9 {
        portal.put("/list", "text/html", &list(&[n, n - 1, n - 2, n - 3, n - 4]));
        daemon.await_title(&format!("Tin số {n}"));
    }
    let menu: Vec<String> =
        (0..8).map(|n| format!("<li><a href=\"/muc/{n}\">Đăng nhập</a></li>")).collect();
    portal.put(
        "/list",
        "text/html",
        &format!("<title>Tin tức</title><ul class=\"news\">{}</ul>", menu.concat()),
    );
    daemon.until("the status names it", || {
        let status = daemon.status();
        status.contains("drift-error-titles") && status.contains("8 entries are kept from readers")
    });
    let feed = daemon.get("/feeds/all.rss").text();
    assert!(feed.contains("Tin số 9") && !feed.contains("Đăng nhập"), "{feed}");
    // It is as it was: news goes on, and what was kept is let go by a person.
    portal.put("/list", "text/html", &list(&[10, 9, 8, 7, 6]));
    daemon.await_title("Tin số 10");
    let gone = daemon.run(&["source", "discard", "a"]);
    assert!(String::from_utf8_lossy(&gone.stdout).contains("8 entries were discarded"), "{gone:?}");
    assert!(!daemon.status().contains("kept from readers"));
    // An error and a login with status 200 are named and take nothing away.
    let error = "<title>Lỗi hệ thống</title><h1>Đã có lỗi xảy ra</h1><p>Vui lòng thử lại.</p>";
    let login = "<title>Đăng nhập</title><form><input name=u><input type=password></form>";
    for (page, named) in [(error, "An error page came"), (login, "A login page came")] {
        portal.put("/list", "text/html", page);
        daemon.await_status(named);
    }
    assert!(daemon.get("/feeds/all.rss").text().contains("Tin số 10"));
    // Another structure: nothing is found, the new selectors are proposed.
    let moved = list(&[11, 10, 9, 8, 7])
        .replace("<ul class=\"news\">", "<div class=\"luoi\">")
        .replace("<li>", "<div class=\"the\">")
        .replace("</li>", "</div>");
    portal.put("/list", "text/html", &moved);
    daemon.await_status("item = \"div.the\"");
    let page = daemon.get_with("/status", &[("accept-language", "en")]).text();
    assert!(
        page.contains("item = &quot;div.the&quot;") || page.contains("item = \"div.the\""),
        "{page}"
    );
    assert!(page.contains("selectors proposed below"), "{page}");
    assert!(daemon.get("/feeds/all.rss").text().contains("Tin số 10"));
}

#[test]
fn what_was_held_back_and_is_news_is_published_by_a_word() {
    let portal = Portal::start();
    portal.put("/list", "text/html", &list(&[5, 4, 3, 2, 1]));
    let selectors = "[source.selectors]\nitem = \"ul.news li\"\ndate = \".ngay\"\n";
    let daemon = Daemon::start(&config(&portal, "page", "/list", selectors));
    for n in 6..=9 {
        portal.put("/list", "text/html", &list(&[n, n - 1, n - 2, n - 3, n - 4]));
        daemon.await_title(&format!("Tin số {n}"));
    }
    let undated = list(&[20, 19, 18, 17, 16]).replace("12/06/2026 20:30", "mới");
    portal.put("/list", "text/html", &undated);
    daemon.await_status("drift-dates-gone");
    assert!(!daemon.get("/feeds/all.rss").text().contains("Tin số 20"));
    let taken = daemon.run(&["source", "accept", "a"]);
    assert!(String::from_utf8_lossy(&taken.stdout).contains("5 published"), "{taken:?}");
    daemon.await_title("Tin số 20");
    portal.put("/list", "text/html", &undated.replace("Tin số 20", "Tin số 20 bổ sung"));
    daemon.await_title("Tin số 20 bổ sung");
    // One error among news is kept alone.
    let one = list(&[22, 21, 20, 19, 18]).replace("Tin số 22", "404 Not Found");
    portal.put("/list", "text/html", &one);
    daemon.await_title("Tin số 21");
    daemon.await_status("1 entries are kept from readers");
    assert!(!daemon.get("/feeds/all.rss").text().contains("404 Not Found"));
}

#[test]
fn a_portal_is_discovered_and_the_proposal_works() {
    let portal = Portal::start();
    portal.put(
        "/",
        "text/html",
        &list(&[6, 5, 4, 3, 2, 1]).replace(">Tin số", ">Một bản tin đủ dài số"),
    );
    portal.put("/tin/6.html", "text/html", &article(6));
    let daemon = Daemon::start("");
    let allow = portal.address.to_string();
    let url = portal.url("/");
    let found = daemon.run(&["source", "discover", &url, "--allow", &allow]);
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.status.success(), "{found:?}");
    assert!(
        text.contains("page") && text.contains("6 entries") && text.contains("2026-06-12 20:30"),
        "{text}"
    );
    let before = std::fs::read_to_string(daemon.path("dongtin.toml")).unwrap();
    let refused = daemon.run(&["source", "discover", &url, "--allow", &allow, "--accept"]);
    assert!(!refused.status.success(), "nobody said yes");
    assert_eq!(std::fs::read_to_string(daemon.path("dongtin.toml")).unwrap(), before);
    let added = daemon
        .run(&["source", "discover", &url, "--allow", &allow, "--accept", "--yes", "--id", "cong"]);
    assert!(added.status.success(), "{added:?}");
    let text = std::fs::read_to_string(daemon.path("dongtin.toml")).unwrap();
    std::fs::write(daemon.path("dongtin.toml"), format!("{text}\n{}", portal.fetch())).unwrap();
    daemon.signal("HUP");
    let change = daemon.await_title("Một bản tin đủ dài số 6");
    assert!(
        change["article"]["content_html"].as_str().unwrap().contains("Đoạn hai của bài 6"),
        "{change}"
    );
    let local = daemon.run(&["source", "discover", "localhost:8080"]);
    let told = String::from_utf8_lossy(&local.stderr).into_owned();
    for part in ["\"localhost:8080\" to fetch.allow", "--allow localhost:8080"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("fetch.ports"), "an entry of fetch.allow is the whole remedy: {told}");
    let guarded = daemon.run(&["source", "discover", &url.replace(&allow, "169.254.169.254")]);
    assert!(
        !guarded.status.success()
            && String::from_utf8_lossy(&guarded.stderr).contains("not a public address"),
        "{guarded:?}"
    );
}

/// An answer with a gzip file as its body, as portals serve `sitemap.xml.gz`.
fn gzipped(body: &str) -> Vec<u8> {
    answer("200 OK", "content-type: application/x-gzip\r\n", gzip(body.as_bytes()))
}

#[test]
fn sitemaps_are_followed_and_a_new_lastmod_is_a_revision() {
    let portal = Portal::start();
    let child = |n: u32, changed: &str| {
        format!(
            "<url><loc>{}</loc><lastmod>{changed}</lastmod></url>",
            portal.url(&format!("/tin/{n}.html"))
        )
    };
    let index = |changed: &str| {
        format!(
            "<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{}</loc><lastmod>{changed}</lastmod></sitemap><sitemap><loc>{}</loc></sitemap><sitemap><loc>{}</loc></sitemap></sitemapindex>",
            portal.url("/post-sitemap.xml.gz"),
            portal.url("/category-sitemap.xml"),
            portal.url("/news-sitemap.xml")
        )
    };
    let about = "<url><loc>/gioi-thieu.html</loc><lastmod>2026-06-01</lastmod></url>"
        .replace("<loc>/", &format!("<loc>{}", portal.url("/")));
    let urls = |inner: &str| {
        format!(
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{inner}</urlset>"
        )
    };
    portal.put("/sitemap.xml", "text/xml", &index("2026-06-12"));
    portal.put_raw(
        "/post-sitemap.xml.gz",
        gzipped(&urls(&format!("{}{}{about}", child(1, "2026-06-11"), child(2, "2026-06-12")))),
    );
    portal.put("/news-sitemap.xml", "text/xml", &urls(&format!("<url><loc>{}</loc><news:news><news:publication_date>2026-06-12T08:00:00+07:00</news:publication_date><news:title>Tin nóng số 3</news:title></news:news></url>", portal.url("/tin/3.html"))));
    portal.put("/gioi-thieu.html", "text/html", "<title>Giới thiệu</title><h1>Giới thiệu</h1><ul><li><a href=/a>Cơ cấu tổ chức</a><li><a href=/b>Chức năng nhiệm vụ</a></ul>");
    for n in 1..=3 {
        portal.put(&format!("/tin/{n}.html"), "text/html", &article(n));
    }
    let daemon = Daemon::start(&config(&portal, "sitemap", "/sitemap.xml", "full_text = true\n"));
    let (map, allow) = (portal.url("/sitemap.xml"), portal.address.to_string());
    let found = daemon.run(&["source", "discover", &map, "--allow", &allow]);
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(text.contains("4 entries (tin) in 2 of 3 sitemaps"), "{text} {found:?}");
    let one = daemon.await_title("Tin số 1");
    assert!(
        one["article"]["content_html"].as_str().unwrap().contains("Đoạn hai của bài 1"),
        "{one}"
    );
    daemon.await_title("Tin số 2");
    let news = daemon.await_title("Tin nóng số 3");
    assert_eq!(news["article"]["published_raw"], "2026-06-12T08:00:00+07:00");
    portal.put("/tin/1.html", "text/html", &article(1).replace("Đoạn hai", "Đoạn đã sửa"));
    portal.put_raw(
        "/post-sitemap.xml.gz",
        gzipped(&urls(&format!("{}{}", child(1, "2026-06-13"), child(2, "2026-06-12")))),
    );
    portal.put("/sitemap.xml", "text/xml", &index("2026-06-13"));
    let revised = daemon.await_change(|change| {
        change["type"] == "put"
            && change["article"]["content_html"]
                .as_str()
                .is_some_and(|text| text.contains("Đoạn đã sửa"))
    });
    assert_eq!(revised["article"]["title"], "Tin số 1");
    assert_eq!(portal.asked("/tin/2.html").len(), 1, "what did not change is not read again");
    assert!(portal.asked("/category-sitemap.xml").is_empty());
    assert!(!daemon.get("/feeds/all.rss").text().contains("Giới thiệu"));
}

#[test]
fn lists_of_subscriptions_come_in_and_go_out() {
    let daemon = Daemon::start("");
    let opml = "<opml version='2.0'><body><outline text='Tỉnh'><outline text='Báo A' xmlUrl='https://a.example.vn/rss'/></outline><outline text='Sai' xmlUrl='ftp://x/y'/></body></opml>";
    std::fs::write(daemon.path("a.opml"), opml).unwrap();
    let shown = daemon.run(&["source", "import", daemon.path("a.opml").to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("id = \"bao-a\""), "{shown:?}");
    assert!(String::from_utf8_lossy(&shown.stderr).contains("`Sai`"), "{shown:?}");
    let added = daemon.run(&[
        "source",
        "import",
        daemon.path("a.opml").to_str().unwrap(),
        "--accept",
        "--yes",
    ]);
    assert!(added.status.success(), "{added:?}");
    let out = daemon.run(&["source", "export"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(
        text.contains("xmlUrl=\"https://a.example.vn/rss\"") && text.contains("Tỉnh"),
        "{text}"
    );
    let again = daemon.run(&[
        "source",
        "import",
        daemon.path("a.opml").to_str().unwrap(),
        "--accept",
        "--yes",
    ]);
    assert!(!again.status.success(), "it is there already: {again:?}");
}
