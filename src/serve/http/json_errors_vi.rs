//! What serde_json complains of, in Vietnamese: the usual classes; the English follows in parentheses. Pure.

/// Whether it is about half of a character that is written as two `\u` escapes.
pub fn is_half_a_character(said: &str) -> bool {
    said.contains("surrogate") || said == "unexpected end of hex escape"
}

/// Of a text that is no JSON.
pub fn broken(said: &str) -> String {
    let vi = if said.starts_with("EOF") || said.starts_with("unexpected end") {
        "nội dung bị đứt: JSON kết thúc giữa chừng"
    } else if said.starts_with("trailing comma") {
        "JSON có dấu phẩy thừa trước dấu đóng"
    } else if said.starts_with("trailing characters") {
        "còn chữ thừa sau khi JSON đã kết thúc"
    } else if said.starts_with("control character") {
        "chuỗi có ký tự điều khiển: hãy viết xuống dòng là \\n"
    } else if said.starts_with("recursion limit") {
        "JSON lồng nhau quá sâu"
    } else if said.starts_with("invalid escape") {
        "chuỗi có dấu \\ viết sai"
    } else if said.starts_with("expected `,`") {
        "JSON thiếu dấu phẩy hoặc dấu đóng"
    } else if said.starts_with("expected `:`") {
        "JSON thiếu dấu hai chấm sau tên trường"
    } else if said.starts_with("key must be a string") {
        "tên trường trong JSON phải nằm trong dấu nháy kép"
    } else {
        "không phải JSON hợp lệ"
    };
    format!("{vi} ({said})")
}

/// Of a field; an unknown one is named without the list of those that are known.
pub fn field(name: &str, said: &str) -> String {
    if said.starts_with("unknown field") {
        return format!("không có trường `{name}`");
    }
    if said.starts_with("missing field") {
        return format!("thiếu trường `{name}`");
    }
    if said.starts_with("duplicate field") {
        return format!("trường `{name}` bị viết hai lần");
    }
    if said.contains("untagged enum") {
        return format!(
            "trường `{name}` sai kiểu: cần một tên trong dấu nháy kép hoặc một đối tượng {{ … }}"
        );
    }
    let what = said.rsplit_once("expected ").and_then(|(_, wanted)| kind(wanted));
    match (said.starts_with("invalid type"), what) {
        (true, Some(what)) => format!("trường `{name}` sai kiểu: cần {what} ({said})"),
        (true, None) => format!("trường `{name}` sai kiểu ({said})"),
        (false, _) => format!("trường `{name}` không hợp lệ ({said})"),
    }
}

/// The fields that an unknown one could have been.
pub fn known(said: &str) -> String {
    let fields = said.strip_prefix("unknown field").and_then(|rest| rest.split_once("expected "));
    let fields = fields.map(|(_, fields)| fields.trim_start_matches("one of "));
    fields.map_or(String::new(), |fields| format!("; các trường có thể dùng: {fields}"))
}

/// What serde_json wants, for people.
fn kind(wanted: &str) -> Option<&'static str> {
    let kinds = [
        ("a string", "một chuỗi trong dấu nháy kép"),
        ("a sequence", "một danh sách [ … ]"),
        ("a number", "một số từ 0 trở lên"),
        ("a boolean", "true hoặc false"),
        ("struct", "một đối tượng { … }"),
    ];
    kinds.iter().find(|(start, _)| wanted.starts_with(start)).map(|(_, vi)| *vi)
}

#[cfg(test)]
mod tests {
    use crate::serve::api::article_json::entry;

    /// Vietnamese for what is wrong with a body.
    fn told(body: &str) -> String {
        entry(body.as_bytes()).unwrap_err().detail.vi
    }

    #[test]
    fn what_is_wrong_is_said_in_vietnamese_first() {
        let cases = [
            (r#"{"title": "x"#, "nội dung bị đứt: JSON kết thúc giữa chừng (EOF"),
            ("", "nội dung bị đứt"),
            (r#"{"title": "x",}"#, "JSON có dấu phẩy thừa"),
            (r#"{"title": "x"} y"#, "còn chữ thừa"),
            ("{\"title\": \"x\ny\"}", "chuỗi có ký tự điều khiển"),
            (r#"{"title": "x" "id": "1"}"#, "JSON thiếu dấu phẩy"),
            (r#"{title: "x"}"#, "tên trường trong JSON phải"),
            (
                r#"{"title": 5}"#,
                "trường `title` sai kiểu: cần một chuỗi trong dấu nháy kép (invalid type",
            ),
            (r#"{"title": "x", "tags": "A"}"#, "trường `tags` sai kiểu: cần một danh sách"),
            (r#"{"title": "x", "title": "y"}"#, "trường `title` bị viết hai lần"),
            (r#"{"title": "x", "authors": [5]}"#, "trường `authors` sai kiểu: cần một tên"),
            (r#"{"title": "x", "enclosures": [{}]}"#, "thiếu trường `url`"),
        ];
        for (body, start) in cases {
            assert!(told(body).starts_with(start), "{body}: {}", told(body));
        }
        assert_eq!(told(r#"{"titel": "x"}"#), "không có trường `titel`; có phải ý bạn là `title`?");
        let unknown = told(r#"{"zzzzzz": "x"}"#);
        assert!(
            unknown.starts_with("không có trường `zzzzzz`; các trường có thể dùng: `id`"),
            "{unknown}"
        );
    }
}
