//! Reads the same feeds with `src/read` and with feed-rs, in alternating runs of one process, and prints the
//! ratio of the medians; above 1 is faster than feed-rs. Other files may be named on the command line.
//!
//! The feeds are made in the shapes of real ones: bodies of HTML in CDATA or escaped, with Vietnamese letters, typographic
//! quotes and spaces that do not break, from 40 KB to 3.4 MB.

use dongtin::testing::read;
use std::{fmt::Write, hint::black_box, time::Instant};

fn main() {
    let body = |length| html(SENTENCES, length);
    let english = html(ENGLISH, 3_000);
    let mut inputs = vec![
        ("rss, leads, 40 KB".to_owned(), rss(50, &cdata(&body(500)), "")),
        ("rss, cdata, 220 KB".to_owned(), rss(50, &cdata(&body(4_000)), "")),
        ("rss, cdata, english, 170 KB".to_owned(), rss(50, &cdata(&english), "")),
        ("rss, escaped, 250 KB".to_owned(), rss(50, &escaped(&body(4_000)), "")),
        ("rss, lead and body, 500 KB".to_owned(), rss(50, &cdata(&body(500)), &cdata(&body(9_000)))),
        ("rss, lead and body, 1.5 MB".to_owned(), rss(100, &escaped(&body(300)), &cdata(&body(14_000)))),
        ("atom, escaped, 70 KB".to_owned(), atom(50, &escaped(&body(1_000)))),
        ("atom, cdata, 830 KB".to_owned(), atom(100, &cdata(&body(8_000)))),
        ("rss, 2000 entries, 3.4 MB".to_owned(), rss(2_000, &cdata(&body(1_300)), "")),
    ];
    for name in std::env::args().skip(1) {
        match std::fs::read(&name) {
            Ok(bytes) => inputs.push((name, bytes)),
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    println!("{:32}{:>9}{:>12}{:>12}{:>8}{:>8}", "feed", "KB", "read µs", "feed-rs µs", "ratio", "MB/s");
    let (ours, theirs): (Vec<f64>, Vec<f64>) = inputs.iter().map(|(name, bytes)| compare(name, bytes)).unzip();
    let (ours, theirs): (f64, f64) = (ours.iter().sum(), theirs.iter().sum());
    println!("{:32}{:>9}{ours:>12.0}{theirs:>12.0}{:>8.2}", "all", "", theirs / ours);
    hostile();
}

/// Prints a feed's row; returns the two medians.
fn compare(name: &str, bytes: &[u8]) -> (f64, f64) {
    let rounds = (20_000_000 / bytes.len().max(1)).clamp(9, 401);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(timed(|| black_box(read::read(bytes, None)).map(|f| f.entries.len()).unwrap_or(0)));
        theirs.push(timed(|| black_box(feed_rs::parser::parse(bytes)).map(|f| f.entries.len()).unwrap_or(0)));
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let speed = bytes.len() as f64 / ours;
    println!("{name:32}{:>9}{ours:>12.0}{theirs:>12.0}{:>8.2}{speed:>8.0}", bytes.len() / 1000, theirs / ours);
    (ours, theirs)
}

fn timed(work: impl FnOnce() -> usize) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64() * 1e6
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What must not take quadratic time, at one length and at twice that: the ratio should be near 2.
fn hostile() {
    println!("\n{:32}{:>12}{:>12}{:>8}", "hostile", "n, ms", "2n, ms", "ratio");
    let cases: [(&str, fn(usize) -> String); 9] = [
        ("less-than signs", |n| format!("<rss><channel><item><title>{}", "< ".repeat(n))),
        ("attributes", |n| format!("<rss{}>", " a='1'".repeat(n))),
        ("unclosed tags", |n| format!("<rss>{}", "<a>".repeat(n))),
        ("unclosed quotes", |n| format!("<rss>{}", "<a b=\"x ".repeat(n))),
        ("doctypes", |n| format!("<rss>{}", "<!doctype [".repeat(n))),
        ("ampersands", |n| format!("<rss><channel><item><title>{}", "&".repeat(n))),
        ("empty items", |n| format!("<rss><channel>{}", "<item/>".repeat(n))),
        ("end tags", |n| format!("<rss><channel><item>{}", "</b>".repeat(n))),
        ("namespaces", |n| format!("<rss>{}", "<a xmlns:b='urn:c'/>".repeat(n))),
    ];
    for (name, make) in cases {
        let run = |n: usize| {
            let text = make(n);
            timed(|| read::read(text.as_bytes(), None).map(|f| f.entries.len()).unwrap_or(0)) / 1000.0
        };
        let (one, two) = (run(200_000), run(400_000));
        println!("{name:32}{one:>12.1}{two:>12.1}{:>8.1}", two / one);
    }
}

const SENTENCES: &[&str] = &[
    "Sáng 12/6, Ủy ban nhân dân tỉnh tổ chức hội nghị triển khai kế hoạch phát triển kinh tế – xã hội. ",
    "“Bà con góp công, Nhà nước góp xi măng”, ông Lò Văn Sáu nói; con đường dài 3,2\u{a0}km xong trước rằm. ",
    "<strong>Năm nay</strong> toàn xã trồng được 120\u{a0}ha ngô, <a href=\"https://tinh.example.vn/tin/1?a=1&amp;b=2\" target=\"_blank\">tăng 8%</a> so với năm trước… ",
    "<em>Theo báo cáo</em>, mưa lũ làm hư hỏng 14 nhà, 2 cầu treo và 5 công trình thủy lợi.&nbsp;",
];
const ENGLISH: &[&str] = &[
    "The committee met on Friday to look at the budget of the coming year, which it didn’t pass. ",
    "<a href=\"https://news.example.com/a?b=1&amp;c=2\">“We need a week,”</a> the chair said – and left. ",
    "Nothing else was decided; the next meeting is in <strong>two weeks</strong>. ",
];

/// Paragraphs of HTML, with a picture, of about so many bytes.
fn html(sentences: &[&str], length: usize) -> String {
    let mut text = String::new();
    for (at, sentence) in sentences.iter().cycle().enumerate() {
        if text.len() >= length {
            break;
        }
        text.push_str(if at % 5 == 0 { "<p style=\"text-align: justify;\">" } else { "" });
        text.push_str(sentence);
        text.push_str(if at % 5 == 4 { "</p>\n" } else { "" });
        text.push_str(if at % 25 == 24 { "<img src=\"https://tinh.example.vn/upload/2026/anh-1.jpg\" alt=\"Ảnh\" width=\"600\" />" } else { "" });
    }
    text
}

fn cdata(html: &str) -> String {
    format!("<![CDATA[{html}]]>")
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn rss(entries: usize, lead: &str, body: &str) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel>\n<title>Cổng thông tin</title>\n<link>http://tinh.example.vn/</link>\n<description>Tin mới</description>\n",
    );
    let body = if body.is_empty() { String::new() } else { format!("<content:encoded>{body}</content:encoded>\n") };
    for i in 0..entries {
        let _ = write!(
            text,
            "<item>\n<title>Hội nghị số {i} &amp; kết quả</title>\n<link>http://tinh.example.vn/tin/{i}</link>\n<guid isPermaLink=\"false\">tin-{i}</guid>\n<pubDate>Fri, 12 Jun 2009 08:{:02}:00 +0700</pubDate>\n<dc:creator>Bình</dc:creator>\n<category>Kinh tế</category>\n<description>{lead}</description>\n{body}</item>\n",
            i % 60,
        );
    }
    text.push_str("</channel>\n</rss>\n");
    text.into_bytes()
}

fn atom(entries: usize, body: &str) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>Cổng thông tin</title>\n<id>tag:tinh.example.vn,2009:feed</id>\n<updated>2009-06-12T08:00:00+07:00</updated>\n",
    );
    for i in 0..entries {
        let _ = write!(
            text,
            "<entry>\n<title>Hội nghị số {i}</title>\n<link href=\"http://tinh.example.vn/tin/{i}\"/>\n<id>tag:tinh.example.vn,2009:{i}</id>\n<updated>2009-06-12T08:{:02}:00+07:00</updated>\n<author><name>Bình</name></author>\n<content type=\"html\">{body}&#13;\n</content>\n</entry>\n",
            i % 60,
        );
    }
    text.push_str("</feed>\n");
    text.into_bytes()
}
