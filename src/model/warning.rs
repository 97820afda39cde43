use super::{Meaning, Notice};

type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("attribute-limit", "Thẻ có quá nhiều thuộc tính, phần thừa bị bỏ", "A tag has too many attributes; the rest were dropped"),
    ("author-limit", "Bài có hơn 64 tác giả, phần thừa bị bỏ", "An article has more than 64 authors; the rest were dropped"),
    ("author-null", "Tác giả ghi là “null”, đã bỏ", "An author is given as “null”; dropped"),
    ("bare-ampersand", "Dấu & chưa mã hóa, đã sửa", "Fixed an unescaped &"),
    ("bare-less-than", "Dấu < chưa mã hóa, đã sửa", "Fixed an unescaped <"),
    ("broken-link", "Liên kết trong bài không dùng được, đã bỏ", "A link in an article leads nowhere; dropped"),
    ("broken-off", "Tài liệu bị đứt đoạn, phần còn đủ đã được đọc", "The document breaks off; what is whole was read"),
    ("broken-off-tag", "Thẻ bị đứt ở cuối tài liệu", "The document breaks off inside a tag"),
    ("category-limit", "Bài có hơn 64 chuyên mục, phần thừa bị bỏ", "An article has more than 64 categories; the rest were dropped"),
    ("date-in-future", "Ngày của bài ở tương lai xa, để trống", "An article's date is far in the future; it stays without one"),
    ("date-unreadable", "Không đọc được ngày của bài, để trống", "An article's date could not be read; it stays without one"),
    ("draft", "Bài ghi là bản nháp, không đăng", "Marked as a draft; not published"),
    ("duplicate-id", "Nhiều mục cùng một mã, chỉ lấy một", "Several entries with one id; one was taken"),
    ("element-limit", "Tài liệu có quá nhiều thẻ, phần thừa bị bỏ", "Too many elements; the rest were dropped"),
    ("embedded", "Phim, âm thanh, khung hay tài liệu nhúng trong bài, đã thay bằng liên kết", "A film, sound, frame or document in an article became a link"),
    ("enclosure-length", "Mọi tệp đính kèm ghi cùng một độ dài, đã bỏ", "All enclosures claim the same length; dropped"),
    ("enclosure-limit", "Bài có hơn 32 tệp đính kèm, phần thừa bị bỏ", "An article has more than 32 enclosures; the rest were dropped"),
    ("encoded-twice", "Chữ bị mã hóa hai lần, đã gỡ", "Text was escaped twice; undone"),
    ("encoding-guessed", "Không ghi bảng mã, đã đoán", "No encoding is given; it was guessed"),
    ("encoding-label-wrong", "Ghi sai bảng mã, đã đọc theo bảng mã đúng", "The encoding's label is wrong; read by the right one"),
    ("entity-declaration-ignored", "Khai báo thực thể trong DOCTYPE bị bỏ qua", "An entity declared in the DOCTYPE was ignored"),
    ("entry-deleted", "Có mục vừa nằm trong danh sách vừa bị chính nguồn ghi là đã xóa sau đó, coi như đã xóa", "An entry is listed although the same document says it was deleted later; taken as deleted"),
    ("entry-limit", "Quá nhiều mục trong một lần đọc, phần cũ hơn bị bỏ", "Too many entries at once; the older ones were dropped"),
    ("forbidden-character", "Ký tự mà XML cấm, đã bỏ", "A character that XML forbids was dropped"),
    ("front-matter-mended", "Đầu tệp có giá trị không đúng YAML, đã lấy nguyên chữ: nên đặt trong dấu ngoặc kép", "A value of the front matter is not YAML; taken as it stands: put it in quotes"),
    ("half-entry-dropped", "Mục cuối bị đứt nửa chừng, đã bỏ", "The last entry breaks off; left out"),
    ("hoabinh-vcms", "Tóm tắt dính tóm tắt của các bài trước, đã tách", "A summary repeats those of the entries before it; taken apart"),
    ("invalid-bytes", "Có byte không đọc được theo bảng mã", "Some bytes cannot be read in the encoding"),
    ("item-without-object", "Mục JSON không phải là đối tượng, đã bỏ", "A JSON item is no object; left out"),
    ("json-mended", "JSON viết sai, đã sửa để đọc", "Fixed broken JSON"),
    ("junk-before-document", "Có chữ lạ trước tài liệu, đã bỏ", "Something stands before the document; dropped"),
    ("language-country", "Mã ngôn ngữ ghi nhầm mã nước (vn), hiểu là tiếng Việt (vi)", "A language code is that of the country (vn); taken for Vietnamese (vi)"),
    ("language-underscore", "Mã ngôn ngữ viết sai (vi_VN), đã sửa", "A language code is misspelled (vi_VN); mended"),
    ("nukeviet-minute-is-month", "Ngày giờ lấy nhầm tháng làm phút (NukeViet)", "The date has the month where minutes belong (NukeViet)"),
    ("text-cut", "Đoạn chữ quá dài, đã cắt", "A text is too long; cut"),
    ("title-cut", "Tiêu đề dài quá 1.000 ký tự, đã cắt", "A title is longer than 1,000 characters; cut there"),
    ("too-deep", "Thẻ lồng nhau quá sâu, đã gỡ bớt", "Nested too deep; unwrapped"),
    ("tracking-pixel", "Ảnh theo dõi người đọc, đã bỏ", "A tracking picture was dropped"),
    ("unclosed-cdata", "CDATA không đóng, đã đóng giúp", "An unclosed CDATA section was closed"),
    ("unclosed-comment", "Chú thích không đóng", "A comment is not closed"),
    ("unclosed-declaration", "Khai báo không đóng", "A declaration is not closed"),
    ("unclosed-doctype", "DOCTYPE không đóng", "The DOCTYPE is not closed"),
    ("unclosed-instruction", "Chỉ thị không đóng", "A processing instruction is not closed"),
    ("unclosed-tag", "Thẻ không đóng, đã đóng giúp", "An unclosed tag was closed"),
    ("undeclared-prefix", "Tiền tố chưa khai báo, hiểu theo nghĩa quen dùng", "A prefix is not declared; taken in its usual meaning"),
    ("undefined-entity", "Thực thể không có trong chuẩn, giữ nguyên chữ", "An entity is not defined; its letters stay"),
    ("unknown-field", "Tệp có mục không hiểu, đã bỏ qua", "The file has a field that is not known; ignored"),
    ("unmatched-end-tag", "Thẻ đóng không có thẻ mở, đã bỏ", "An end tag without a start; dropped"),
];

/// What a warning's name means; a name that is not known speaks for itself.
pub fn meaning(name: &str) -> Option<Meaning> {
    if let Some(notice) = Notice::of_name(name) {
        return Some(notice.meaning());
    }
    let place = ROWS.binary_search_by(|(known, _, _)| known.cmp(&name)).ok()?;
    ROWS.get(place).map(|&(_, vi, en)| Meaning { vi, en })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that a source file gives to warnings.
    fn names(text: &str) -> Vec<String> {
        let quoted = |rest: &str| rest.split('"').nth(1).map(str::to_owned);
        let calls = ["Warning::add(", ".warn(\"", "repairs.push(\""];
        let after = |call: &'static str| {
            let rest = text.split(call).skip(1).map(move |rest| (call, rest));
            rest.filter_map(move |(call, rest)| match call {
                "Warning::add(" => quoted(rest.split(");").next()?),
                _ => rest.split('"').next().map(str::to_owned),
            })
        };
        calls.into_iter().flat_map(after).collect()
    }

    fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(names(text.split("#[cfg(test)]").next().unwrap()));
            }
        }
    }

    #[test]
    fn every_warning_has_its_meaning() {
        let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        ["read", "refine", "ingest"].iter().for_each(|room| sources(&src.join(room), &mut found));
        assert!(found.len() > 30, "{found:?}");
        let silent: Vec<_> = found.iter().filter(|name| meaning(name).is_none()).collect();
        assert!(silent.is_empty(), "say in the table what these mean: {silent:?}");
    }

    #[test]
    fn the_rows_are_in_order() {
        assert!(ROWS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
