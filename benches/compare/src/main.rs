//! Reads the same feeds with `src/read` and with feed-rs, in alternating runs of one process, and prints the
//! ratio of the medians; above 1 is faster than feed-rs. Other files may be named on the command line.

use dongtin::testing::read;
use std::{fmt::Write, hint::black_box, time::Instant};

fn main() {
    let mut inputs = vec![
        ("rss, 50 entries, 40 KB".to_owned(), rss(50, 600)),
        ("rss, 50 entries, 250 KB".to_owned(), rss(50, 4_000)),
        ("atom, 50 entries, 60 KB".to_owned(), atom(50, 900)),
        ("rss, 2000 entries, 4 MB".to_owned(), rss(2_000, 1_500)),
    ];
    for name in std::env::args().skip(1) {
        match std::fs::read(&name) {
            Ok(bytes) => inputs.push((name, bytes)),
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    println!("{:32}{:>9}{:>12}{:>12}{:>8}{:>8}", "feed", "KB", "read µs", "feed-rs µs", "ratio", "MB/s");
    for (name, bytes) in inputs {
        compare(&name, &bytes);
    }
    hostile();
}

fn compare(name: &str, bytes: &[u8]) {
    let rounds = (20_000_000 / bytes.len().max(1)).clamp(9, 401);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(timed(|| black_box(read::read(bytes, None)).map(|f| f.entries.len()).unwrap_or(0)));
        theirs.push(timed(|| black_box(feed_rs::parser::parse(bytes)).map(|f| f.entries.len()).unwrap_or(0)));
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let speed = bytes.len() as f64 / ours;
    println!("{name:32}{:>9}{ours:>12.0}{theirs:>12.0}{:>8.2}{speed:>8.0}", bytes.len() / 1000, theirs / ours);
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

const SENTENCE: &str = "Sáng 12/6, Ủy ban nhân dân tỉnh Hòa Bình tổ chức hội nghị triển khai kế hoạch phát triển kinh tế. ";

fn body(length: usize) -> String {
    SENTENCE.chars().cycle().take(length).collect()
}

fn rss(entries: usize, length: usize) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n<title>Cổng thông tin</title>\n<link>http://tinh.example.vn/</link>\n<description>Tin mới</description>\n",
    );
    for i in 0..entries {
        let _ = write!(
            text,
            "<item>\n<title>Hội nghị số {i} &amp; kết quả</title>\n<link>http://tinh.example.vn/tin/{i}</link>\n<guid isPermaLink=\"false\">tin-{i}</guid>\n<pubDate>Fri, 12 Jun 2009 08:{:02}:00 +0700</pubDate>\n<dc:creator>Bình</dc:creator>\n<category>Kinh tế</category>\n<description><![CDATA[<p>{}</p>]]></description>\n</item>\n",
            i % 60,
            body(length)
        );
    }
    text.push_str("</channel>\n</rss>\n");
    text.into_bytes()
}

fn atom(entries: usize, length: usize) -> Vec<u8> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>Cổng thông tin</title>\n<id>tag:tinh.example.vn,2009:feed</id>\n<updated>2009-06-12T08:00:00+07:00</updated>\n",
    );
    for i in 0..entries {
        let _ = write!(
            text,
            "<entry>\n<title>Hội nghị số {i}</title>\n<link href=\"http://tinh.example.vn/tin/{i}\"/>\n<id>tag:tinh.example.vn,2009:{i}</id>\n<updated>2009-06-12T08:{:02}:00+07:00</updated>\n<author><name>Bình</name></author>\n<content type=\"html\">&lt;p&gt;{}&lt;/p&gt;&#13;\n</content>\n</entry>\n",
            i % 60,
            body(length)
        );
    }
    text.push_str("</feed>\n");
    text.into_bytes()
}
