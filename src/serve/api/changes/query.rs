use crate::config::Config;
use crate::deliver::{Cursor, Selection, feed_filter};
use crate::model::{FeedId, Filter, is_known};
use crate::serve::http::error::{Answer, Kind, Problem};
use crate::text::slug;
use std::num::NonZero;
use std::time::Duration;

/// Steps in one page, if the client names no limit.
const USUAL: usize = 100;
/// Steps in one page at most.
const MOST: usize = 1_000;
const LONGEST: Duration = Duration::from_secs(60);
/// Values of one parameter at most, and the characters of each.
const VALUES: usize = 100;
const VALUE_CHARS: usize = 200;
/// The names that a refusal lists.
const LISTED: usize = 50;

/// The parameters that there are.
const THERE: &str =
    "`after`, `wait`, `limit`, `feed`, `source`, `category`, `language`, `province`";
const THERE_IN_A_STREAM: &str =
    "`offset`, `live`, `cursor`, `feed`, `source`, `category`, `language`, `province`";

/// What a reader of changes asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub after: Cursor,
    pub wait: Duration,
    pub limit: usize,
    pub selection: Option<Asking>,
}

/// The selection as the query names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    feeds: Vec<String>,
    filter: Filter,
}

/// Reads a query.
///
/// # Errors
/// A problem that names the parameter.
pub fn parse(query: &str) -> Answer<Asked> {
    let (after, wait, limit) = (Cursor::default(), Duration::ZERO, USUAL);
    let mut asked = Asked { after, wait, limit, selection: None };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "after" => asked.after = parse_cursor(&name, &value)?,
            "wait" => {
                let seconds = parse_bound(&name, value.strip_suffix('s').unwrap_or(&value))?;
                asked.wait = Duration::from_secs(seconds).min(LONGEST);
            }
            "limit" => {
                let limit = usize::try_from(parse_bound(&name, &value)?).unwrap_or(MOST).min(MOST);
                asked.limit = NonZero::new(limit).ok_or_else(|| no_steps(&name))?.get();
            }
            _ => asked.selection.get_or_insert_default().add(&name, &value, THERE)?,
        }
    }
    Ok(asked)
}

/// Where a reader of a stream begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offset {
    At(Cursor),
    /// Behind the last event.
    Now,
}

/// How a reader of a stream waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    No,
    LongPoll,
    Events,
}

/// What a reader of a stream asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamAsked {
    pub offset: Offset,
    pub live: Live,
    pub cursor: u64,
    pub selection: Option<Asking>,
}

/// Reads the query of a stream.
///
/// # Errors
/// A problem that names the parameter.
pub fn parse_stream(query: &str) -> Answer<StreamAsked> {
    let offset = Offset::At(Cursor::default());
    let mut asked = StreamAsked { offset, live: Live::No, cursor: 0, selection: None };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("offset", "-1") => asked.offset = Offset::At(Cursor::default()),
            ("offset", "now") => asked.offset = Offset::Now,
            ("offset", text) => asked.offset = Offset::At(parse_cursor(&name, text)?),
            ("live", "long-poll") => asked.live = Live::LongPoll,
            ("live", "sse") => asked.live = Live::Events,
            ("live", _) => {
                let (en, vi) =
                    ("`live` is `long-poll` or `sse`", "`live` là `long-poll` hoặc `sse`");
                return Err(Problem::new(Kind::BadRequest, en, vi).field(name));
            }
            ("cursor", text) => asked.cursor = parse_bound(&name, text)?,
            _ => asked.selection.get_or_insert_default().add(&name, &value, THERE_IN_A_STREAM)?,
        }
    }
    Ok(asked)
}

/// Reads a cursor.
///
/// # Errors
/// A problem that names the field.
pub fn parse_cursor(field: &str, text: &str) -> Answer<Cursor> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Problem::new(
            Kind::BadRequest,
            format!("`{field}` is a cursor, the `next` of an answer, or 0; not `{shown}`"),
            format!("`{field}` phải là con trỏ (`next` của câu trả lời trước) hoặc 0, không phải `{shown}`"),
        )
        .field(field)
    })
}

impl Asking {
    /// Adds a value; `there` are the parameters that a refusal of an unknown one names.
    fn add(&mut self, name: &str, value: &str, there: &str) -> Answer<()> {
        let list = self.list(name).ok_or_else(|| unknown_parameter(name, there))?;
        list.push(selected(name, value)?);
        if list.len() > VALUES { Err(too_many(name)) } else { Ok(()) }
    }

    fn list(&mut self, name: &str) -> Option<&mut Vec<String>> {
        match name {
            "feed" => Some(&mut self.feeds),
            "source" => Some(&mut self.filter.sources),
            "category" => Some(&mut self.filter.categories),
            "language" => Some(&mut self.filter.languages),
            "province" => Some(&mut self.filter.provinces),
            _ => None,
        }
    }

    /// The selection that is meant.
    ///
    /// # Errors
    /// A problem that names a feed, source or province that is not there, and those that are.
    pub fn resolve(&self, config: &Config) -> Answer<Selection> {
        let mut filter = self.filter.clone();
        let feeds = self.feeds.iter().map(|name| feed(config, name)).collect::<Answer<_>>()?;
        let has = |name: &String| config.sources.iter().any(|source| source.id.as_str() == name);
        if let Some(name) = filter.sources.iter().find(|name| !has(name)) {
            let ids = config.sources.iter().map(|source| source.id.to_string());
            return Err(not_there("source", name, ids));
        }
        for province in &mut filter.provinces {
            let name = std::mem::replace(province, slug(province));
            if !is_known(province, true) {
                let known = crate::model::provinces().map(|province| slug(province.name));
                return Err(not_there("province", &name, known));
            }
        }
        Ok(Selection::new(feeds, filter))
    }
}

fn feed(config: &Config, name: &str) -> Answer<Filter> {
    let filter = FeedId::new(name).ok().and_then(|id| feed_filter(config, &id));
    filter.ok_or_else(|| {
        let configured = config.feeds.iter().map(|feed| feed.id.to_string());
        let sources = config.sources.iter().map(|source| format!("source-{}", source.id));
        let automatic = ["all".to_owned(), "category-…".to_owned()];
        not_there("feed", name, automatic.into_iter().chain(configured).chain(sources))
    })
}

fn not_there(parameter: &str, name: &str, there: impl Iterator<Item = String>) -> Box<Problem> {
    let mut there: Vec<String> = there.take(LISTED + 1).collect();
    if there.len() > LISTED {
        there.truncate(LISTED);
        there.push("…".to_owned());
    }
    let (name, there): (String, _) = (name.chars().take(40).collect(), there.join(", "));
    Problem::new(
        Kind::BadRequest,
        format!("`{parameter}`: there is no `{name}`; there are: {there}"),
        format!("`{parameter}`: không có `{name}`; hiện có: {there}"),
    )
    .field(parameter)
}

fn selected(name: &str, value: &str) -> Answer<String> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > VALUE_CHARS {
        return Err(Problem::new(
            Kind::BadRequest,
            format!("`{name}` is 1 to {VALUE_CHARS} characters"),
            format!("`{name}` gồm 1 đến {VALUE_CHARS} ký tự"),
        )
        .field(name));
    }
    Ok(value.to_owned())
}

fn too_many(name: &str) -> Box<Problem> {
    Problem::new(
        Kind::BadRequest,
        format!("`{name}` is given more than {VALUES} times"),
        format!("`{name}` được ghi quá {VALUES} lần"),
    )
    .field(name)
}

fn no_steps(name: &str) -> Box<Problem> {
    let (en, vi) = ("`limit` is 1 at least", "`limit` phải từ 1 trở lên");
    Problem::new(Kind::BadRequest, en, vi).field(name)
}

/// A whole number that is only a bound; one that is too large counts as the largest.
fn parse_bound(name: &str, value: &str) -> Answer<u64> {
    let figures = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    if figures {
        return Ok(value.parse().unwrap_or(u64::MAX));
    }
    let shown: String = value.chars().take(40).collect();
    Err(Problem::new(
        Kind::BadRequest,
        format!("`{name}` is a whole number, not `{shown}`"),
        format!("`{name}` phải là số nguyên, không phải `{shown}`"),
    )
    .field(name))
}

fn unknown_parameter(name: &str, there: &str) -> Box<Problem> {
    let name: String = name.chars().take(40).collect();
    Problem::new(
        Kind::BadRequest,
        format!("there is no parameter `{name}`: use {there}"),
        format!("không có tham số `{name}`: hãy dùng {there}"),
    )
    .field(name)
}

/// The cursor is of another journal or another selection.
pub fn unknown_cursor(cursor: &Cursor, other_selection: bool) -> Box<Problem> {
    let (en, vi) = match other_selection {
        true => (
            "is of another selection than this request names",
            "thuộc một lựa chọn khác với yêu cầu này",
        ),
        false => (
            "names no event of this journal: it is from another one, or this one was restored from a backup that was older",
            "không ứng với sự kiện nào của nhật ký này: con trỏ thuộc một nhật ký khác, hoặc nhật ký này đã được khôi phục từ bản sao lưu cũ hơn",
        ),
    };
    Problem::new(
        Kind::CursorGone,
        format!("the cursor {cursor} {en}; copy anew with after=0, and delete what is not in the copy"),
        format!("con trỏ {cursor} {vi}; hãy chép lại từ đầu với after=0 và xóa những bài không có trong bản chép"),
    )
    .field("after")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seq;
    use std::path::Path;

    #[test]
    fn questions_are_read_or_refused_by_name() {
        let full = parse("after=812&wait=30s&limit=5").unwrap();
        assert_eq!((full.after.seq, full.wait.as_secs(), full.limit), (Seq(812), 30, 5));
        assert_eq!(parse("").unwrap().limit, USUAL);
        assert_eq!(parse("wait=999999&limit=1").unwrap().wait, LONGEST);
        assert_eq!(parse("limit=99999999").unwrap().limit, MOST);
        assert_eq!(parse("limit=330432740748099970003161308987392").unwrap().limit, MOST);
        for (bad, field) in [
            ("after=-1", "after"),
            ("after=", "after"),
            ("wait=1m", "wait"),
            ("since=3", "since"),
            ("limit=%2B5", "limit"),
            ("limit=0", "limit"),
            ("after=99999999999999999999", "after"),
            ("after=1.x", "after"),
            ("source=", "source"),
        ] {
            assert_eq!(parse(bad).unwrap_err().field.as_deref(), Some(field), "{bad}");
        }
        let many = "source=a&".repeat(VALUES + 1);
        assert_eq!(parse(&many).unwrap_err().field.as_deref(), Some("source"));
    }

    #[test]
    fn a_selection_names_what_there_is() {
        let text = "[[source]]\nid = \"a\"\nkind = \"push\"\n[[feed]]\nid = \"kinh-te\"\ncategories = [\"Kinh tế\"]\n";
        let config = Config::parse(text, Path::new("/")).unwrap();
        let resolve = |query: &str| parse(query).unwrap().selection.unwrap().resolve(&config);
        let selection =
            resolve("feed=kinh-te&source=a&category=Y&language=vi&province=Ph%C3%BA+Th%E1%BB%8D")
                .unwrap();
        assert_eq!(selection.feeds[0].categories, ["Kinh tế"]);
        assert_eq!(selection.filter.provinces, ["phu-tho"]);
        assert!(resolve("feed=all").unwrap().is_everything());
        for (query, field, lists) in [
            ("source=b", "source", "there are: a"),
            ("feed=b", "feed", "kinh-te, source-a"),
            ("feed=..", "feed", "kinh-te"),
            ("province=x", "province", "phu-tho"),
        ] {
            let problem = resolve(query).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(field), "{query}");
            assert!(problem.detail.en.contains(lists), "{}", problem.detail.en);
        }
    }
}
