//! What is wrong with an article's JSON as a problem document, in Vietnamese and English.
//!
//! The usual errors of the JSON parser are translated; its English words follow in parentheses.

use super::error::{Kind, Place, Problem};
use crate::ingest::article_json::{Mistake, MistakeKind};

/// The problem document of a mistake.
pub fn problem(mistake: &Mistake) -> Box<Problem> {
    use MistakeKind as M;
    let kind = match mistake.kind {
        M::NotAnObject | M::Syntax(_) => Kind::BadBody,
        _ => Kind::BadField,
    };
    let en = match mistake.kind {
        M::Address | M::Date => format!("`{}` {}", mistake.field, mistake.kind),
        _ => mistake.kind.to_string(),
    };
    let named = !mistake.field.is_empty();
    let pointer = named.then(|| format!("/{}", mistake.field));
    let place = Place { pointer, line: mistake.line, column: mistake.column };
    let problem = Problem::new(kind, en, in_vietnamese(mistake)).at(place);
    if named && kind == Kind::BadField { problem.field(&mistake.field) } else { problem }
}

fn in_vietnamese(mistake: &Mistake) -> String {
    use MistakeKind as M;
    let field = &mistake.field;
    match &mistake.kind {
        M::NotAnObject => "nội dung phải là một đối tượng JSON: một bài".to_owned(),
        M::Syntax(said) => broken_json(said),
        M::HalfCharacter => {
            "mã `\\u` chỉ là nửa ký tự (surrogate lẻ): hãy viết đủ hai nửa, hoặc chính ký tự đó".to_owned()
        }
        M::Value(said) => bad_field(field, said),
        M::LooksLike { name, known } => {
            format!("không có trường `{name}`; có phải ý bạn là `{known}`?")
        }
        M::Draft { .. } => "bài còn là bản nháp (`draft`): hãy gửi khi bài được phép đăng".to_owned(),
        M::Empty => {
            "bài cần có `title` (tiêu đề), `summary` (đoạn dẫn) hoặc nội dung (`content_html` hoặc `content_text`)"
                .to_owned()
        }
        M::IdHasControl => "`id` có ký tự điều khiển (xuống dòng, tab, NUL): hãy bỏ đi".to_owned(),
        M::IdLeadsUpwards => {
            "`id` có phần `..` giữa các dấu gạch chéo: không địa chỉ nào có được như vậy, hãy đặt mã khác".to_owned()
        }
        M::IdTooLong => "`id` dài hơn 255 byte và không phải địa chỉ: hãy đặt mã ngắn hơn".to_owned(),
        M::IdIsDevice => {
            "`id` là tên thiết bị (CON, NUL, COM1…) trên một số hệ thống: hãy đặt mã khác".to_owned()
        }
        M::Address => {
            format!("`{field}` phải là địa chỉ http hoặc https đầy đủ, tối đa 2.048 ký tự")
        }
        M::Date => {
            format!("`{field}` không phải ngày giờ có thật: hãy viết 2026-01-31T08:00:00+07:00")
        }
    }
}

/// How the JSON parser's errors begin, with their translations.
#[rustfmt::skip]
const BROKEN: [(&str, &str); 10] = [
    ("EOF", "dữ liệu bị cắt: JSON kết thúc giữa chừng"),
    ("unexpected end", "dữ liệu bị cắt: JSON kết thúc giữa chừng"),
    ("trailing comma", "JSON có dấu phẩy thừa trước dấu đóng"),
    ("trailing characters", "còn chữ thừa sau khi JSON đã kết thúc"),
    ("control character", "chuỗi có ký tự điều khiển: hãy viết xuống dòng là \\n"),
    ("recursion limit", "JSON lồng nhau quá sâu"),
    ("invalid escape", "chuỗi có dấu \\ viết sai"),
    ("expected `,`", "JSON thiếu dấu phẩy hoặc dấu đóng"),
    ("expected `:`", "JSON thiếu dấu hai chấm sau tên trường"),
    ("key must be a string", "tên trường trong JSON phải nằm trong dấu nháy kép"),
];

fn broken_json(said: &str) -> String {
    let known = BROKEN.iter().find(|(start, _)| said.starts_with(start));
    format!("{} ({said})", known.map_or("không phải JSON hợp lệ", |(_, vi)| vi))
}

fn bad_field(name: &str, said: &str) -> String {
    if said.starts_with("missing field") {
        return format!("thiếu trường `{name}`");
    }
    if said.starts_with("duplicate field") {
        return format!("trường `{name}` bị viết hai lần");
    }
    if said.starts_with("more than") {
        return format!("danh sách `{name}` quá dài ({said})");
    }
    let wanted = said.rsplit_once("expected ").and_then(|(_, wanted)| wanted_kind(wanted));
    match (said.starts_with("invalid type"), wanted) {
        (true, Some(wanted)) => format!("trường `{name}` sai kiểu: cần {wanted} ({said})"),
        (true, None) => format!("trường `{name}` sai kiểu ({said})"),
        (false, _) => format!("trường `{name}` không hợp lệ ({said})"),
    }
}

/// The type that the JSON parser expected, in Vietnamese.
fn wanted_kind(wanted: &str) -> Option<&'static str> {
    let kinds = [
        ("a string or a whole number", "một chuỗi trong dấu nháy kép hoặc một số nguyên"),
        ("a string", "một chuỗi trong dấu nháy kép"),
        ("a sequence", "một danh sách [ … ], hoặc một mục duy nhất"),
        ("a number", "một số từ 0 trở lên"),
        ("a name", "một tên trong dấu nháy kép hoặc một đối tượng { … }"),
        ("an address", "một địa chỉ trong dấu nháy kép hoặc một đối tượng { … }"),
        ("struct", "một đối tượng { … }"),
    ];
    kinds.iter().find(|(start, _)| wanted.starts_with(start)).map(|(_, vi)| *vi)
}

#[cfg(test)]
mod tests {
    use crate::serve::api::article_json::read_entry;

    fn told(body: &str) -> String {
        read_entry(body.as_bytes()).unwrap_err().detail.vi
    }

    #[test]
    fn what_is_wrong_is_said_in_vietnamese_first() {
        let cases = [
            (r#"{"title": "x"#, "dữ liệu bị cắt: JSON kết thúc giữa chừng (EOF"),
            ("", "dữ liệu bị cắt"),
            (r#"{"title": "x",}"#, "JSON có dấu phẩy thừa"),
            (r#"{"title": "x"} y"#, "còn chữ thừa"),
            ("{\"title\": \"x\ny\"}", "chuỗi có ký tự điều khiển"),
            (r#"{"title": "x" "id": "1"}"#, "JSON thiếu dấu phẩy"),
            (r#"{title: "x"}"#, "tên trường trong JSON phải"),
            (
                r#"{"title": 5}"#,
                "trường `title` sai kiểu: cần một chuỗi trong dấu nháy kép (invalid type",
            ),
            (r#"{"title": "x", "tags": 5}"#, "trường `tags` sai kiểu: cần một danh sách"),
            (r#"{"title": "x", "title": "y"}"#, "trường `title` bị viết hai lần"),
            (r#"{"title": "x", "authors": [5]}"#, "trường `authors/0` sai kiểu: cần một tên"),
            (r#"{"title": "x", "enclosures": [{}]}"#, "thiếu trường `enclosures/0/url`"),
        ];
        for (body, start) in cases {
            assert!(told(body).starts_with(start), "{body}: {}", told(body));
        }
        assert_eq!(told(r#"{"titel": "x"}"#), "không có trường `titel`; có phải ý bạn là `title`?");
    }
}
