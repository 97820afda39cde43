//! B: bytes, encodings, transfer.

use super::{Case, Expected, answered, document, fails, item, reads, warns};
use crate::documents::{gzip, rss};

/// The words that every readable case says, in letters that encodings get wrong.
const WORDS: &str = "Hội đồng nhân dân tỉnh họp";

/// Every case.
pub fn cases() -> Vec<Case> {
    [compressed(), framed(), labels(), broken_text(), wide(), headers()]
        .into_iter()
        .flatten()
        .collect()
}

fn feed() -> String {
    rss(&item(WORDS, ""))
}

fn compressed() -> Vec<Case> {
    let bomb = vec![b' '; 60 << 20];
    let mut brotli_bomb = Vec::new();
    brotli::BrotliCompress(
        &mut bomb.as_slice(),
        &mut brotli_bomb,
        &brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() },
    )
    .unwrap();
    let packed = gzip(feed().as_bytes());
    let gzip_bomb = gzip(&bomb);
    assert!(bomb.len() / gzip_bomb.len() > 1_000, "as tight as gzip can be");
    let members = [gzip(&bomb[..9 << 20]), gzip(&bomb[..9 << 20])].concat();
    let named = |name: &str, lines: &str, body: &[u8], expected: Expected| {
        answered(name, lines, body, expected)
    };
    vec![
        named("gzip bomb", "content-encoding: gzip\r\n", &gzip_bomb, fails("too-large")),
        named(
            "gzip bomb of several members",
            "content-encoding: gzip\r\n",
            &members,
            fails("too-large"),
        ),
        named("brotli bomb", "content-encoding: br\r\n", &brotli_bomb, fails("too-large")),
        named(
            "zstd bomb",
            "content-encoding: zstd\r\n",
            &zstd::encode_all(bomb.as_slice(), 3).unwrap(),
            fails("too-large"),
        ),
        named(
            "deflate bomb",
            "content-encoding: deflate\r\n",
            &gzip_bomb[10..],
            fails("too-large"),
        ),
        named(
            "gzip bomb that no header names",
            "content-type: application/gzip\r\n",
            &gzip_bomb,
            fails("too-large"),
        ),
        named(
            "three layers",
            "content-encoding: gzip, gzip, gzip\r\n",
            &gzip(&gzip(&packed)),
            fails("encoding"),
        ),
        named(
            "two layers in two lines",
            "content-encoding: gzip\r\ncontent-encoding: br\r\n",
            &packed,
            fails("encoding"),
        ),
        named(
            "gzip that is none",
            "content-encoding: gzip\r\n",
            feed().as_bytes(),
            fails("encoding"),
        ),
        named(
            "brotli that is none",
            "content-encoding: br\r\n",
            feed().as_bytes(),
            fails("encoding"),
        ),
        named(
            "zstd that is none",
            "content-encoding: zstd\r\n",
            feed().as_bytes(),
            fails("encoding"),
        ),
        named("compress", "content-encoding: compress\r\n", feed().as_bytes(), fails("encoding")),
        named(
            "gzip cut short",
            "content-encoding: gzip\r\n",
            &packed[..packed.len() - 9],
            fails("encoding"),
        ),
        named(
            "gzip cut at the head",
            "content-encoding: gzip\r\n",
            &packed[..6],
            fails("encoding"),
        ),
        named(
            "gzip with a wrong sum",
            "content-encoding: gzip\r\n",
            &[&packed[..packed.len() - 8], &[0; 8][..]].concat(),
            fails("encoding"),
        ),
        named("gzip", "content-encoding: gzip\r\n", &packed, reads(&[WORDS])),
    ]
}

fn raw(name: &str, head: &str, body: &[u8], expected: Expected) -> Case {
    Case {
        name: name.into(),
        answer: [format!("HTTP/1.1 200 OK\r\n{head}connection: close\r\n\r\n").as_bytes(), body]
            .concat(),
        expected,
    }
}

fn framed() -> Vec<Case> {
    let feed = feed();
    let long = format!("{feed}{}", " ".repeat(1 << 20));
    let chunked = "transfer-encoding: chunked\r\n";
    let chunks = |bytes: &str| format!("{:x}\r\n{bytes}\r\n0\r\n\r\n", bytes.len());
    vec![
        raw(
            "length 10, a megabyte",
            "content-length: 10\r\n",
            long.as_bytes(),
            fails("not-a-feed"),
        ),
        raw(
            "length of a megabyte, 10 bytes",
            "content-length: 1048576\r\n",
            &feed.as_bytes()[..10],
            fails("broken-answer"),
        ),
        raw(
            "length a byte more than the feed",
            &format!("content-length: {}\r\n", feed.len() + 1),
            feed.as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "length in the middle of an item",
            &format!("content-length: {}\r\n", feed.len() - 30),
            feed.as_bytes(),
            warns("half-entry-dropped", &[]),
        ),
        raw(
            "two lengths",
            &format!("content-length: 10\r\ncontent-length: {}\r\n", feed.len()),
            feed.as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "a length that is no number",
            "content-length: ten\r\n",
            feed.as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "a length below zero",
            "content-length: -1\r\n",
            feed.as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "a length beyond numbers",
            "content-length: 99999999999999999999\r\n",
            feed.as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "a length beyond the limit",
            "content-length: 99999999999\r\n",
            feed.as_bytes(),
            fails("too-large"),
        ),
        raw(
            "chunks broken off",
            chunked,
            chunks(&feed).trim_end_matches("0\r\n\r\n").as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "a chunk with no size",
            chunked,
            format!("zz\r\n{feed}\r\n0\r\n\r\n").as_bytes(),
            fails("broken-answer"),
        ),
        raw(
            "a chunk beyond numbers",
            chunked,
            format!("fffffffffffffffff\r\n{feed}").as_bytes(),
            fails("broken-answer"),
        ),
        raw("chunks", chunked, chunks(&feed).as_bytes(), reads(&[WORDS])),
        raw("no length", "", feed.as_bytes(), reads(&[WORDS])),
    ]
}

fn labels() -> Vec<Case> {
    let long = "x".repeat(1 << 20);
    let label = |value: &str| {
        answered(
            format!("charset {value:.40}"),
            &format!("content-type: text/xml; charset={value}\r\n"),
            feed(),
            reads(&[WORDS]),
        )
    };
    let values = [
        "utf-7",
        "\"; DROP TABLE",
        "\"",
        "",
        "=",
        "\"utf-8",
        "utf-8\"",
        "x-user-defined",
        "replacement",
        "iso-2022-cn",
        "utf-16",
        "utf-32",
        "ebcdic",
        "latin1",
        "../../etc/passwd",
        "utf-8;charset=utf-16",
        &long[..8_000],
    ];
    let mut cases: Vec<Case> = values.iter().map(|value| label(value)).collect();
    cases.push(answered(
        "charset of 64 KB",
        &format!("content-type: text/xml; charset={}\r\n", &long[..64 << 10]),
        feed(),
        reads(&[WORDS]),
    ));
    cases.push(answered(
        "charset of 1 MB",
        &format!("content-type: text/xml; charset={long}\r\n"),
        feed(),
        fails("too-large"),
    ));
    for value in ["utf-7", "\"; DROP", "UTF-16", "UTF-32", "ebcdic-cp-us", long.as_str()] {
        let declared = format!("<?xml version=\"1.0\" encoding=\"{value}\"?>{}", feed());
        cases.push(document(format!("declared {value:.40}"), declared, reads(&[WORDS])));
    }
    cases
}

fn broken_text() -> Vec<Case> {
    let with = |bytes: &[u8]| {
        let text = rss(&item(
            &format!("{WORDS} [@]"),
            &format!(
                "<description>{}</description>",
                "Nghị quyết về phát triển kinh tế xã hội. ".repeat(20)
            ),
        ));
        let (before, after) = text.split_once('@').unwrap();
        [before.as_bytes(), bytes, after.as_bytes()].concat()
    };
    let replaced = |count: usize| format!("{WORDS} [{}]", "\u{fffd}".repeat(count));
    let case = |name: &str, bytes: &[u8], count: usize| {
        document(name, with(bytes), warns("invalid-bytes", &[&replaced(count)]))
    };
    vec![
        case("overlong zero", b"\xc0\x80", 2),
        case("overlong slash", b"\xe0\x80\xaf", 3),
        case("overlong less-than", b"\xc0\xbc", 2),
        case("surrogate", b"\xed\xa0\x80", 3),
        case("pair of surrogates (CESU-8)", b"\xed\xa0\xbd\xed\xb8\x80", 6),
        case("beyond Unicode", b"\xf4\x90\x80\x80", 4),
        case("bytes that never occur", b"\xfe\xff", 2),
        case("a cut character", b"\xe1\xbb", 1),
        case("a rest of one", b"\x80", 1),
        document("a mark in the middle", with("\u{feff}".as_bytes()), reads(&[&replaced(0)])),
        document("two marks", format!("\u{feff}\u{feff}{}", feed()), reads(&[WORDS])),
        document(
            "a mark after the declaration",
            format!("<?xml version=\"1.0\"?>\u{feff}{}", feed()),
            reads(&[WORDS]),
        ),
        document(
            "zeros",
            rss(&item(&WORDS.replace(' ', " \0"), "")),
            warns("forbidden-character", &[WORDS]),
        ),
    ]
}

fn wide() -> Vec<Case> {
    let units = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    };
    let points = |text: &str, big: bool| -> Vec<u8> {
        text.chars()
            .map(u32::from)
            .flat_map(|c| if big { c.to_be_bytes() } else { c.to_le_bytes() })
            .collect()
    };
    let (feed, marked) = (feed(), format!("\u{feff}{}", feed()));
    let half = rss(&item(WORDS, "")).replace("họp", "họ\u{f8ff}p");
    let mut surrogate = units(&half, false);
    let place = surrogate.windows(2).position(|w| w == [0xff, 0xf8]).unwrap();
    surrogate[place..place + 2].copy_from_slice(&[0x00, 0xd8]);
    let lone = [&[0xff, 0xfe][..], &surrogate].concat();
    // IBM 037: what an ASCII letter is in EBCDIC, for the letters of a small feed.
    let ebcdic: Vec<u8> = "<?xml version='1.0' encoding='cp037'?><rss><channel><item><title>tin</title></item></channel></rss>".bytes().map(|b| match b {
        b'a'..=b'i' => b - b'a' + 0x81, b'j'..=b'r' => b - b'j' + 0x91, b's'..=b'z' => b - b's' + 0xa2, b'0'..=b'9' => b - b'0' + 0xf0,
        b'<' => 0x4c, b'>' => 0x6e, b'?' => 0x6f, b'\'' => 0x7d, b'=' => 0x7e, b'.' => 0x4b, b'/' => 0x61, _ => 0x40,
    }).collect();
    let mut out_of_range = points(&feed, true);
    out_of_range.extend([0xff; 8]);
    vec![
        document("UTF-16 with a mark", units(&marked, false), reads(&[WORDS])),
        document("UTF-16 the other way", units(&marked, true), reads(&[WORDS])),
        document("UTF-16 without a mark", units(&feed, true), reads(&[WORDS])),
        document(
            "UTF-16 of an odd length",
            [units(&marked, false), vec![b'x']].concat(),
            reads(&[WORDS]),
        ),
        document(
            "half a pair in UTF-16",
            lone,
            warns("invalid-bytes", &["Hội đồng nhân dân tỉnh họ\u{fffd}p"]),
        ),
        document("UTF-32 with a mark", points(&marked, false), reads(&[WORDS])),
        document("UTF-32 the other way", points(&marked, true), reads(&[WORDS])),
        document("UTF-32 without a mark", points(&feed, true), reads(&[WORDS])),
        document("UTF-32 beyond Unicode", out_of_range, reads(&[WORDS])),
        document("EBCDIC", ebcdic.clone(), reads(&["tin"])),
        document(
            "EBCDIC of a name nobody knows",
            ebcdic.iter().map(|b| if *b == 0xf7 { 0xf1 } else { *b }).collect::<Vec<u8>>(),
            fails("encoding"),
        ),
        document("UTF-7", "+ADw-rss+AD4-", fails("not-a-feed")),
    ]
}

fn headers() -> Vec<Case> {
    let many: String = (0..100_000).map(|n| format!("x-{n}: y\r\n")).collect();
    let odd =
        |name: &str, line: &str| answered(name, &format!("{line}\r\n"), feed(), reads(&[WORDS]));
    vec![
        answered("100,000 headers", &many, feed(), fails("too-large")),
        answered(
            "a header of 1 MB",
            &format!("x: {}\r\n", "y".repeat(1 << 20)),
            feed(),
            fails("too-large"),
        ),
        odd("ETag of 64 KB", &format!("etag: \"{}\"", "y".repeat(64 << 10))),
        odd("Last-Modified in 9999", "last-modified: Fri, 31 Dec 9999 23:59:59 GMT"),
        odd("Last-Modified in words", "last-modified: yesterday\u{1}"),
        odd("Retry-After of ages", "retry-after: 99999999999"),
        odd("Retry-After below zero", "retry-after: -1"),
        odd("Retry-After in words", "retry-after: soon"),
        odd("Retry-After in 9999", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT"),
        odd("max-age of 2^63", "cache-control: max-age=9223372036854775808"),
        odd("max-age beyond", "cache-control: max-age=99999999999999999999999999, max-age=-1"),
        odd("a header without a colon", "x y z"),
        raw("another protocol", "", b"", fails("empty")),
        Case {
            name: "no HTTP".into(),
            answer: feed().into_bytes(),
            expected: fails("broken-answer"),
        },
        Case {
            name: "nothing at all".into(),
            answer: Vec::new(),
            expected: fails("broken-answer"),
        },
    ]
}
