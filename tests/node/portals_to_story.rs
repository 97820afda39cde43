//! Two portals and an agency tell one story; one of them renumbers; provinces by today's map and the old one.

use crate::daemon::Daemon;
use crate::documents::{item, rss};
use crate::portal::Portal;

const TEXT: &str = "Đêm 14 rạng sáng 15/8, mưa lớn kéo dài hơn sáu giờ gây sạt lở trên tuyến đường liên xã Đồng Thịnh – Phúc Khánh, đe dọa trực tiếp 37 hộ dân ở khu Gò Vải. Ngay trong đêm, chính quyền xã huy động 120 dân quân giúp các hộ di dời tài sản đến nhà văn hóa khu.";

/// A feed of one item.
fn feed(guid: &str, title: &str, text: &str, minute: usize) -> String {
    let more = format!(
        "<link>/tin/1.html</link><pubDate>Fri, 12 Jun 2026 13:{minute}:21 GMT</pubDate><description>{text}</description>"
    );
    rss(&item(guid, title, &more))
}

#[test]
fn a_story_is_shown_once_and_a_new_guid_is_nothing_new() {
    let portal = Portal::start();
    let put = |path: &str, body: &str| portal.put(path, "application/rss+xml", body);
    put("/hoa-binh", &feed("1", "Sạt lở tại xã Đồng Thịnh", TEXT, 30));
    put(
        "/phu-tho",
        &feed("1", "37 hộ dân phải rời nhà trong đêm", &format!("(TTXVN) - {TEXT}"), 10),
    );
    put("/ttxvn", &feed("1", "Di dời khẩn cấp 37 hộ dân", &TEXT.replace("dọa", "doạ"), 50));
    let source = |(id, publisher): (&str, &str)| {
        portal.source(id, "feed", &format!("/{id}"), &format!("publisher = \"{publisher}\"\n"))
    };
    let sources =
        [("hoa-binh", "UBND tỉnh Hòa Bình"), ("phu-tho", "UBND tỉnh Phú Thọ"), ("ttxvn", "TTXVN")];
    let sources = sources.map(source).concat();
    let daemon = Daemon::start(&format!(
        "{}{sources}\n\
         [[feed]]\nid = \"mot-lan\"\ntitle = \"Mỗi tin một lần\"\ncollapse = \"story\"\n\n\
         [[feed]]\nid = \"nay\"\ntitle = \"Nay\"\nprovinces = [\"Phú Thọ\"]\n\n\
         [[feed]]\nid = \"xua\"\ntitle = \"Xưa\"\nold_provinces = [\"hoa-binh\"]\n",
        portal.fetch()
    ));
    for title in [
        "Sạt lở tại xã Đồng Thịnh",
        "37 hộ dân phải rời nhà trong đêm",
        "Di dời khẩn cấp 37 hộ dân",
    ] {
        daemon.await_title(title);
    }
    let titles = |feed: &str| -> Vec<String> {
        let items = daemon.get(&format!("/feeds/{feed}.json")).json()["items"].clone();
        items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(titles("mot-lan"), ["Di dời khẩn cấp 37 hộ dân"], "the agency that another names");
    assert_eq!(titles("all").len(), 3);
    assert_eq!(titles("nay").len(), 2);
    assert_eq!(titles("xua"), ["Sạt lở tại xã Đồng Thịnh"]);
    let atom = daemon.get("/feeds/mot-lan.atom").text();
    assert!(atom.contains("title=\"Cổng hoa-binh: Sạt lở tại xã Đồng Thịnh\""), "{atom}");
    let page = daemon.get_with("/feeds/mot-lan", &[("accept", "text/html")]).text();
    assert!(page.contains("37 hộ dân phải rời nhà trong đêm"), "{page}");

    let renumbered = feed("moi-1", "Sạt lở tại xã Đồng Thịnh", TEXT, 30);
    let another =
        feed("moi-2", "Tin thứ hai", "Không liên quan gì.", 55).replace("tin/1.html", "tin/2.html");
    let item = another.split("<item>").nth(1).unwrap().split("</item>").next().unwrap().to_owned();
    put("/hoa-binh", &renumbered.replace("</channel>", &format!("<item>{item}</item></channel>")));
    daemon.await_title("Tin thứ hai");
    assert_eq!(titles("all").len(), 4, "the renumbered one is the one that was there");
}
