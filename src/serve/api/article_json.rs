//! A pushed article as JSON: its fields, and where exactly it is wrong.

use super::push_auth::is_way_up;
use crate::ingest;
use crate::model::{
    ParsedDate, ParsedEnclosure, ParsedEntry, ParsedPerson, ParsedSource, Text, TextKind,
};
use crate::serve::http::error::{Answer, Kind, Place, Problem};
use crate::serve::http::json_errors_vi;
use serde::Deserialize;

/// The fields of [`PushedArticle`], for hints.
const FIELDS: [&str; 17] = [
    "id",
    "url",
    "title",
    "summary",
    "content_html",
    "content_text",
    "authors",
    "categories",
    "language",
    "published",
    "updated",
    "image",
    "enclosures",
    "rights",
    "publisher",
    "source",
    "tags",
];

/// An article as it is pushed. JSON Feed's names are taken too.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushedArticle {
    /// What you call it, compared byte by byte: the same id again is a revision. Without it the `url` is the id.
    #[serde(alias = "upstream_id")]
    #[schema(max_length = 512, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub id: Option<String>,
    /// The article's own address, http or https.
    #[serde(alias = "link")]
    #[schema(format = "uri", max_length = 2048)]
    pub url: Option<String>,
    /// Plain text, one line; cut at 1,000 characters.
    pub title: Option<String>,
    /// The lead, plain text.
    pub summary: Option<String>,
    /// The body as HTML; it is sanitized.
    #[serde(alias = "content")]
    pub content_html: Option<String>,
    /// The body as plain text, where there is no HTML.
    pub content_text: Option<String>,
    /// Who wrote it: names, or objects.
    #[serde(default)]
    #[schema(required = false)]
    pub authors: Vec<Person>,
    /// What it is filed under: names, or objects.
    #[serde(alias = "tags", default)]
    #[schema(required = false)]
    pub categories: Vec<Subject>,
    /// BCP 47: `vi`.
    pub language: Option<String>,
    /// When it was published, RFC 3339 or as your system writes it; one that cannot be read is refused.
    #[serde(alias = "date_published")]
    #[schema(pattern = r"[0-9]|^\s*$", max_length = 200)]
    pub published: Option<String>,
    /// When it was last changed.
    #[serde(alias = "date_modified")]
    #[schema(pattern = r"[0-9]|^\s*$", max_length = 200)]
    pub updated: Option<String>,
    /// The address of its picture, http or https.
    #[schema(format = "uri", max_length = 2048)]
    pub image: Option<String>,
    /// Its files.
    #[serde(alias = "attachments", default)]
    #[schema(required = false)]
    pub enclosures: Vec<File>,
    /// `dc:rights`.
    pub rights: Option<String>,
    /// Who answers for the text.
    pub publisher: Option<String>,
    /// Where you had it from.
    pub source: Option<From>,
}

/// A person: a name, or a name with more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Person {
    /// Only the name.
    Name(String),
    /// More than the name.
    Whole(PersonFields),
}

/// A person's fields.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonFields {
    /// The name.
    pub name: Option<String>,
    /// Published in Atom only.
    pub email: Option<String>,
    /// http or https.
    #[serde(alias = "uri")]
    pub url: Option<String>,
}

/// A category: a name, or a term with more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Subject {
    /// Only the name.
    Name(String),
    /// More than the name.
    Whole(SubjectFields),
}

/// A category's fields.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectFields {
    /// The name or code.
    pub term: String,
    /// The vocabulary it is from.
    pub scheme: Option<String>,
    /// The name for people where `term` is a code.
    pub label: Option<String>,
}

/// A file that belongs to the article.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// http or https.
    #[schema(format = "uri", max_length = 2048)]
    pub url: String,
    /// `image/jpeg`
    #[serde(alias = "type", alias = "mime_type")]
    pub media_type: Option<String>,
    /// Bytes.
    #[serde(alias = "size_in_bytes")]
    #[schema(value_type = Option<f64>, minimum = 0)]
    pub length: Option<Amount>,
    /// Plain text.
    pub title: Option<String>,
    /// Seconds.
    #[serde(alias = "duration_in_seconds")]
    #[schema(value_type = Option<f64>, minimum = 0)]
    pub duration: Option<Amount>,
}

/// A number from 0 on, rounded: JSON knows no whole numbers, and JSON Feed's durations have fractions.
#[derive(Clone, Copy, Debug)]
pub struct Amount(u64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(AmountVisitor)
    }
}

struct AmountVisitor;

impl serde::de::Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number from 0 on")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Amount, E> {
        Ok(Amount(number))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Amount, E> {
        if number >= 0.0 && number.is_finite() {
            return Ok(Amount(number.round() as u64));
        }
        Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
    }
}

/// Where an article came from before.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// Plain text.
    pub title: Option<String>,
    /// http or https.
    pub url: Option<String>,
}

/// An article's JSON as an entry; what is wrong is named with its place. One without id and url is known by its text.
pub fn entry(bytes: &[u8]) -> Answer<ParsedEntry> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let place = Place {
            line: Some(1 + newlines(bytes.get(..error.valid_up_to()))),
            ..Place::default()
        };
        Problem::new(Kind::BadBody, "the body is not UTF-8", "nội dung không phải UTF-8").at(place)
    })?;
    if text.trim_start().starts_with(|c| !matches!(c, '{')) {
        let (en, vi) = (
            "the body must be one JSON object, an article",
            "nội dung phải là một đối tượng JSON: một bài",
        );
        return Err(Problem::new(Kind::BadBody, en, vi));
    }
    let article: PushedArticle = serde_json::from_str(text).map_err(|error| wrong(text, &error))?;
    check(&article)?;
    Ok(article.into_entry())
}

fn newlines(bytes: Option<&[u8]>) -> usize {
    bytes.unwrap_or_default().iter().filter(|&&b| b == b'\n').count()
}

/// What a field's own form does not say.
fn check(article: &PushedArticle) -> Answer<()> {
    let said = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.trim().is_empty());
    if !said(&article.title) && !said(&article.content_html) && !said(&article.content_text) {
        return Err(field(
            "title",
            "an article needs a `title` or a body (`content_html` or `content_text`)",
            "bài cần có `title` (tiêu đề) hoặc nội dung (`content_html` hoặc `content_text`)",
        ));
    }
    id(article.id.as_deref())?;
    address("url", article.url.as_deref())?;
    address("image", article.image.as_deref())?;
    for (index, file) in article.enclosures.iter().enumerate() {
        address(&format!("enclosures/{index}/url"), Some(&file.url))?;
    }
    date("published", article.published.as_deref())?;
    date("updated", article.updated.as_deref())
}

/// An id is compared byte by byte, so one with characters that nobody can see or type is refused; and so is one that no
/// address can have.
pub(in crate::serve) fn id(id: Option<&str>) -> Answer<()> {
    let leads_out = |id: &str| ingest::upstream_id(id).is_some_and(|id| is_way_up(&id));
    if id.is_some_and(leads_out) {
        return Err(field(
            "id",
            "`id` has a `..` between its slashes: no address can have that, give the article another id",
            "`id` có phần `..` giữa các dấu gạch chéo: không địa chỉ nào có được như vậy, hãy đặt mã khác",
        ));
    }
    if !id.is_some_and(|id| id.chars().any(char::is_control)) {
        return Ok(());
    }
    Err(field(
        "id",
        "`id` has a control character (a line break, a tab, NUL): leave it out",
        "`id` có ký tự điều khiển (xuống dòng, tab, NUL): hãy bỏ đi",
    ))
}

fn address(name: &str, text: Option<&str>) -> Answer<()> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(()) };
    let legal = text.len() <= 2048
        && !text.chars().any(char::is_control)
        && url::Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if legal {
        return Ok(());
    }
    let en = format!("`{name}` must be a whole http or https address of at most 2,048 characters");
    let vi = format!("`{name}` phải là địa chỉ http hoặc https đầy đủ, tối đa 2.048 ký tự");
    Err(field(name, &en, &vi))
}

/// A date that cannot be read, or that no calendar or clock has, is refused: the article would stand without one.
pub(in crate::serve) fn date(name: &str, text: Option<&str>) -> Answer<()> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(()) };
    if text.chars().count() <= 200 && ingest::is_date(text) {
        return Ok(());
    }
    let en = format!("`{name}` is not a date that there is: write 2026-01-31T08:00:00+07:00");
    let vi = format!("`{name}` không phải ngày giờ có thật: hãy viết 2026-01-31T08:00:00+07:00");
    Err(field(name, &en, &vi))
}

fn field(name: &str, en: &str, vi: &str) -> Box<Problem> {
    let place = Place { pointer: Some(format!("/{name}")), ..Place::default() };
    Problem::new(Kind::BadField, en, vi).field(name).at(place)
}

/// serde_json's complaint with the field it is about and what may have been meant.
fn wrong(text: &str, error: &serde_json::Error) -> Box<Problem> {
    let (line, column) = (error.line(), error.column());
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let pointer = crate::serve::http::json_pointer::pointer(text, line, column);
    let place = Place { pointer: Some(pointer.clone()), line: Some(line), column: Some(column) };
    if error.is_syntax() || error.is_eof() {
        if json_errors_vi::is_half_a_character(said) {
            let en = "a `\\u` escape is only half a character (a lone surrogate): write both halves, or the character itself";
            let vi = "mã `\\u` chỉ là nửa ký tự (surrogate lẻ): hãy viết đủ hai nửa, hoặc chính ký tự đó";
            let name = pointer.trim_start_matches('/');
            return Problem::new(Kind::BadField, en, vi).field(name).at(place);
        }
        let (en, vi) = (format!("not JSON: {said}"), json_errors_vi::broken(said));
        return Problem::new(Kind::BadBody, en, vi).at(place);
    }
    let quoted = said.split('`').nth(1).unwrap_or("");
    let name = match said.starts_with("unknown field") || said.starts_with("missing field") {
        true => quoted.to_owned(),
        false => pointer.trim_start_matches('/').to_owned(),
    };
    let meant = if said.starts_with("unknown field") { meant(quoted) } else { None };
    let hint_en = meant.map(|m| format!("; did you mean `{m}`?")).unwrap_or_default();
    let hint_vi = meant.map(|m| format!("; có phải ý bạn là `{m}`?"));
    let hint_vi = hint_vi.unwrap_or_else(|| json_errors_vi::known(said));
    let (en, vi) =
        (format!("{said}{hint_en}"), format!("{}{hint_vi}", json_errors_vi::field(&name, said)));
    Problem::new(Kind::BadField, en, vi).field(name).at(place)
}

/// The known field that an unknown one may have meant.
fn meant(unknown: &str) -> Option<&'static str> {
    let unknown = unknown.to_ascii_lowercase().replace(['-', ' '], "_");
    let same_thing = match unknown.as_str() {
        "body" | "html" | "text" | "noi_dung" | "description_html" => Some("content_html"),
        "description" | "lead" | "sapo" | "abstract" | "excerpt" | "tom_tat" => Some("summary"),
        "headline" | "name" | "tieu_de" => Some("title"),
        "guid" | "uuid" | "slug" | "key" | "ma" => Some("id"),
        "date" | "pubdate" | "pub_date" | "published_at" | "created" | "created_at" | "ngay" => {
            Some("published")
        }
        "modified" | "updated_at" | "modified_at" | "lastmod" => Some("updated"),
        "author" | "creator" | "byline" | "tac_gia" => Some("authors"),
        "category" | "tag" | "keywords" | "section" | "chuyen_muc" => Some("categories"),
        "lang" | "locale" => Some("language"),
        "thumbnail" | "picture" | "photo" | "image_url" | "anh" => Some("image"),
        "files" | "media" | "enclosure" | "attachment" => Some("enclosures"),
        "href" | "permalink" | "address" => Some("url"),
        "copyright" | "license" => Some("rights"),
        _ => None,
    };
    same_thing.or_else(|| FIELDS.into_iter().find(|known| is_near(&unknown, known)))
}

/// Whether two words differ by one letter added, dropped or changed, or two neighbors swapped.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    match (a.get(..a.len() - end), b.get(..b.len() - end)) {
        (Some([x, y]), Some([z, w])) => x == w && y == z,
        (Some(x), Some(y)) => x.len() <= 1 && y.len() <= 1,
        _ => false,
    }
}

impl PushedArticle {
    fn into_entry(self) -> ParsedEntry {
        let text = |value: String, kind| Text { value, kind, ..Text::default() };
        let plain = |value: Option<String>| value.map(|value| text(value, TextKind::Text));
        let html = self.content_html.map(|value| text(value, TextKind::Html));
        let content = html.or_else(|| plain(self.content_text));
        let date = |raw: Option<String>| {
            raw.map(|raw| ParsedDate { raw: raw.trim().to_owned() })
                .filter(|date| !date.raw.is_empty())
        };
        let person = |person| match person {
            Person::Name(name) => ParsedPerson { name: Some(name), ..ParsedPerson::default() },
            Person::Whole(p) => ParsedPerson { name: p.name, email: p.email, uri: p.url },
        };
        let publisher = self.publisher.map(|name| person(Person::Name(name)));
        ParsedEntry {
            id: self.id,
            link: self.url,
            title: plain(self.title),
            summary: plain(self.summary),
            content: content.into_iter().collect(),
            authors: self.authors.into_iter().map(person).collect(),
            publisher,
            categories: self.categories.into_iter().map(subject).collect(),
            enclosures: self.enclosures.into_iter().map(enclosure).collect(),
            image: self.image,
            published: date(self.published),
            updated: date(self.updated),
            source: self.source.map(|from| ParsedSource {
                title: from.title,
                link: from.url,
                ..ParsedSource::default()
            }),
            rights: plain(self.rights),
            language: self.language,
            ..ParsedEntry::default()
        }
    }
}

fn subject(subject: Subject) -> (String, Option<String>, Option<String>) {
    match subject {
        Subject::Name(name) => (name, None, None),
        Subject::Whole(fields) => (fields.term, fields.scheme, fields.label),
    }
}

fn enclosure(file: File) -> ParsedEnclosure {
    ParsedEnclosure {
        url: file.url,
        media_type: file.media_type,
        length: file.length.map(|bytes| bytes.0.to_string()),
        title: file.title,
        duration: file.duration.map(|seconds| seconds.0.to_string()),
        ..ParsedEnclosure::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsons_become_entries() {
        let whole = entry(br#"{"id":"1","title":"T\r\nU","content_html":"<p>x</p>","tags":["A",{"term":"b","label":"B"}],
            "authors":["N",{"name":"M","email":"m@a.vn"}],"published":"12/06/2009 20:30"}"#).unwrap();
        assert_eq!(whole.categories.len(), 2);
        assert_eq!(whole.authors[1].email.as_deref(), Some("m@a.vn"));
        assert_eq!(whole.published.unwrap().raw, "12/06/2009 20:30");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let cases = [
            ("{\n \"titel\": \"x\"}", "titel", "/titel", Some(2)),
            ("{\"id\":\"1\",\"title\": 5}", "title", "/title", Some(1)),
            (
                "{\"id\":\"1\",\"title\":\"x\",\n\"enclosures\":[{\"url\":\"http://a.vn/\",\"length\":-1}]}",
                "enclosures/0/length",
                "/enclosures/0/length",
                Some(2),
            ),
            ("{\"id\":\"1\"}", "title", "/title", None),
            ("{\"id\":\"../../etc/x\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"a\\\\..\\\\b\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"1\\u0000\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"\\u009f1\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"upstream_id\":\"1\\n2\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"1\",\"title\":\"x\",\"url\":\"javascript:alert(1)\"}", "url", "/url", None),
            (
                "{\"id\":\"1\",\"title\":\"x\",\"url\":\"http://a.vn/\\r\\nX: y\"}",
                "url",
                "/url",
                None,
            ),
        ];
        let dates =
            ["soon", "32 Nov 2026 25:61:61", "2026-02-31T08:00:00Z", "0026-06-12", "1601-01-01"]
                .iter()
                .chain(&["2026-11-23T08:00:00+99:99", "20:30", "31/02/2026", "7 phút trước"]);
        for (field, date) in dates.flat_map(|date| [("published", date), ("updated", date)]) {
            let body = format!("{{\"id\":\"1\",\"title\":\"x\",\"{field}\":\"{date}\"}}");
            let problem = entry(body.as_bytes()).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(field), "{body}");
        }
        for date in
            ["2026-11-23T08:00:00+07:00", "23/11/2026 08:00", "Mon, 23 Nov 2026 01:00:00 GMT", " "]
        {
            let body = format!("{{\"id\":\"1\",\"title\":\"x\",\"published\":\"{date}\"}}");
            assert!(entry(body.as_bytes()).is_ok(), "{date}");
        }
        for (body, name, pointer, line) in cases {
            let problem = entry(body.as_bytes()).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(name), "{body}");
            assert_eq!(problem.place.pointer.as_deref(), Some(pointer), "{body}");
            assert_eq!(problem.place.line, line, "{body}");
        }
        assert!(entry(b"{\"titel\":1}").unwrap_err().detail.en.contains("did you mean `title`"));
        assert!(entry(b"{\"summary\":\"x\"}").unwrap_err().detail.vi.contains("hoặc nội dung"));
        assert!(entry(b"{\"body\":1}").unwrap_err().detail.vi.contains("`content_html`"));
    }

    #[test]
    fn half_a_character_is_blamed_on_its_own_field() {
        let fields = [
            ("/id", "{\"id\":\"X\",\"title\":\"t\"}"),
            ("/title", "{\"id\":\"1\",\"title\":\"X\",\"summary\":\"s\"}"),
            ("/content_html", "{\"title\":\"t\",\n\"content_html\":\"X\",\"id\":\"1\"}"),
            ("/authors/1", "{\"title\":\"t\",\"authors\":[\"a\",\"X\"],\"id\":\"1\"}"),
            ("/authors/0/name", "{\"title\":\"t\",\"authors\":[{\"name\":\"X\"}],\"id\":\"1\"}"),
            ("/categories/0/term", "{\"title\":\"t\",\"categories\":[{\"term\":\"X\"}]}"),
            ("/enclosures/0/url", "{\"title\":\"t\",\"enclosures\":[{\"url\":\"X\"}]}"),
            ("/source/title", "{\"source\":{\"title\":\"X\"},\"title\":\"t\"}"),
        ];
        let halves = [
            "\\ud800",
            "\\udc00",
            "Tin \\ud83d",
            "\\ud83d một",
            "\\ud800\\u0041",
            "\\udc00\\ud800",
            "\\ud800\\n",
            "é\\ud800",
        ];
        for (pointer, body) in fields {
            for half in halves {
                let body = body.replace('X', half);
                let problem = entry(body.as_bytes()).unwrap_err();
                assert!(problem.detail.vi.contains("nửa ký tự"), "{}", problem.detail.vi);
                assert_eq!(problem.place.pointer.as_deref(), Some(pointer), "{body}");
                assert_eq!(
                    problem.field.as_deref(),
                    Some(pointer.trim_start_matches('/')),
                    "{body}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_json_is_said_so() {
        for bad in [&b""[..], b"{", b"[1", b"\xff\xfe", b"{\"id\":}", b"nul"] {
            assert_eq!(entry(bad).unwrap_err().kind, Kind::BadBody, "{bad:?}");
        }
        let deep = "[".repeat(100_000);
        assert!(entry(deep.as_bytes()).is_err());
    }
}
