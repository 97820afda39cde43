//! What is wrong with an article's JSON, where it is, and what may have been meant.

use serde_path_to_error::{Path, Segment};

/// What keeps an article's JSON out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{kind}", place(self))]
pub struct Mistake {
    /// What is wrong.
    pub kind: MistakeKind,
    /// The field as a JSON pointer (RFC 6901) without its first slash: `authors/0/name`; empty for the whole.
    pub field: String,
    /// The line, from 1, where the JSON parser named one.
    pub line: Option<usize>,
    /// The column, from 1, in bytes.
    pub column: Option<usize>,
}

/// Kinds of mistakes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MistakeKind {
    /// The text is some other JSON, or none.
    #[error("the body must be one JSON object, an article")]
    NotAnObject,
    /// The text is not JSON; the parser's words.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A `\u` escape stands for half of a character.
    #[error(
        "a `\\u` escape is only half a character (a lone surrogate): write both halves, or the character itself"
    )]
    HalfCharacter,
    /// A field is not of its type, missing or written twice; the parser's words.
    #[error("{0}")]
    Value(String),
    /// A field is not known, and looks like one that is missing.
    #[error("unknown field `{name}`; did you mean `{known}`?")]
    LooksLike {
        /// The field as it is written.
        name: String,
        /// The field that may have been meant.
        known: &'static str,
    },
    /// The article says that it is a draft.
    #[error("it is a draft: send it once it may be published")]
    Draft {
        /// The draft's title.
        title: Option<String>,
    },
    /// There is nothing to show.
    #[error("an article needs a `title`, a `summary` or a body (`content_html` or `content_text`)")]
    Empty,
    /// The id has characters that nobody can see or type.
    #[error("`id` has a control character (a line break, a tab, NUL): leave it out")]
    IdHasControl,
    /// The id is a path that leads out of a folder.
    #[error(
        "`id` has a `..` between its slashes: no address can have that, give the article another id"
    )]
    IdLeadsUpwards,
    /// The id is no address and longer than any system's.
    #[error("`id` is longer than 255 bytes and no address: give the article a shorter one")]
    IdTooLong,
    /// The id is a name that some systems take for a device.
    #[error("`id` is the name of a device (CON, NUL, COM1, …): give the article another id")]
    IdIsDevice,
    /// The address is not one that a reader can follow.
    #[error("must be a whole http or https address of at most 2,048 characters")]
    Address,
    /// The date cannot be read, or no calendar or clock has it.
    #[error("is not a date that there is: write 2026-01-31T08:00:00+07:00")]
    Date,
}

impl MistakeKind {
    /// A mistake of this kind in a field.
    pub fn in_field(self, field: &str) -> Mistake {
        Mistake { kind: self, field: field.to_owned(), line: None, column: None }
    }

    /// A mistake of this kind in the text as a whole.
    pub fn whole(self) -> Mistake {
        self.in_field("")
    }
}

/// The place for people, before the mistake: `authors/0/name: `.
fn place(mistake: &Mistake) -> String {
    match (&*mistake.field, mistake.line, mistake.column) {
        ("", Some(line), Some(column)) => format!("line {line}, column {column}: "),
        ("", ..) => String::new(),
        (field, ..) => format!("{field}: "),
    }
}

impl Mistake {
    pub(super) fn of_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        Self::of(error.inner(), pointer(error.path()))
    }

    /// The parser's error about the text as a whole.
    pub(in crate::read) fn of_text(error: &serde_json::Error) -> Self {
        Self::of(error, String::new())
    }

    /// The mistake with the line and column of a name that is not known.
    pub(super) fn found_in(mut self, text: &str) -> Self {
        if let MistakeKind::LooksLike { name, .. } = &self.kind
            && let Some(at) = text.find(&format!("\"{name}\""))
        {
            let before = text.get(..at).unwrap_or_default();
            self.line = Some(1 + before.matches('\n').count());
            self.column = Some(at - before.rfind('\n').map_or(0, |end| end + 1) + 1);
        }
        self
    }

    fn of(error: &serde_json::Error, path: String) -> Self {
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
        let kind = match error.is_data() {
            true => MistakeKind::Value(said.to_owned()),
            false if said.contains("surrogate") || said == "unexpected end of hex escape" => {
                MistakeKind::HalfCharacter
            }
            false => MistakeKind::Syntax(said.to_owned()),
        };
        let field = match kind {
            MistakeKind::Value(_) => with_own_name(path, said),
            _ => path,
        };
        Self { kind, field, line: Some(error.line()), column: Some(error.column()) }
    }
}

/// The path with the field that the parser names, where it is the object around it that is wrong.
fn with_own_name(path: String, said: &str) -> String {
    let named = said.starts_with("missing field") || said.starts_with("duplicate field");
    match said.split('`').nth(1).filter(|_| named) {
        Some(name) if path.is_empty() => escaped(name),
        Some(name) => format!("{path}/{}", escaped(name)),
        None => path,
    }
}

fn pointer(path: &Path) -> String {
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(part).collect::<Vec<_>>().join("/")
}

fn escaped(name: &str) -> String {
    name.chars().take(100).collect::<String>().replace('~', "~0").replace('/', "~1")
}

/// Each field, and its other names that are long enough to be known by a typo: `data` need not mean `date`.
const NAMES: [(&str, &[&str]); 16] = [
    ("id", &["upstream_id"]),
    ("url", &[]),
    ("title", &[]),
    ("summary", &["description"]),
    ("content_html", &["content"]),
    ("content_text", &[]),
    ("authors", &["author"]),
    ("categories", &["category"]),
    ("language", &[]),
    ("published", &["date_published"]),
    ("updated", &["date_modified"]),
    ("image", &["banner_image"]),
    ("enclosures", &["attachments"]),
    ("rights", &[]),
    ("publisher", &[]),
    ("source", &[]),
];

/// The known field that an unknown one may have meant.
pub(super) fn meant(unknown: &str) -> Option<&'static str> {
    let unknown = unknown.to_ascii_lowercase().replace(['-', ' '], "_");
    let same_thing = match unknown.as_str() {
        "body" | "html" | "text" | "noi_dung" | "description_html" => Some("content_html"),
        "sapo" | "abstract" | "excerpt" | "tom_tat" => Some("summary"),
        "headline" | "tieu_de" => Some("title"),
        "ma" | "uuid" => Some("id"),
        "pubdate" | "pub_date" | "published_at" | "ngay" => Some("published"),
        "modified" | "updated_at" | "modified_at" | "lastmod" => Some("updated"),
        "creator" | "byline" | "tac_gia" => Some("authors"),
        "chuyen_muc" => Some("categories"),
        "locale" => Some("language"),
        "thumbnail" | "picture" | "photo" | "image_url" | "anh" => Some("image"),
        "enclosure" | "attachment" => Some("enclosures"),
        "href" | "permalink" => Some("url"),
        "copyright" => Some("rights"),
        _ => None,
    };
    let is_meant = |field: &str, others: &[&str]| {
        is_near(&unknown, field) || others.iter().any(|name| is_near(&unknown, name))
    };
    let near = NAMES.iter().find(|(field, others)| is_meant(field, others));
    same_thing.or_else(|| near.map(|(field, _)| *field))
}

/// Whether two words of three letters at least differ by one letter added, dropped or changed, or two neighbors swapped.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().min(b.len()) < 3 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    match (a.get(..a.len() - end), b.get(..b.len() - end)) {
        (Some([x, y]), Some([z, w])) => x == w && y == z,
        (Some(x), Some(y)) => x.len() <= 1 && y.len() <= 1,
        _ => false,
    }
}
