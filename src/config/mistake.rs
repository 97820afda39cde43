use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;
use toml::de::DeTable;

/// The most mistakes that are reported.
const MANY: usize = 50;

/// A mistake in the config, its place and its remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key}: {message}")]
pub struct Mistake {
    pub line: usize,
    pub key: String,
    /// What is wrong and what to write.
    pub message: String,
}

impl Mistake {
    /// A mistake that appears only when a value is tried, at its key.
    pub fn at(text: &str, table: &str, key: &str, message: impl Into<String>) -> Self {
        let (root, _) = DeTable::parse_recoverable(text);
        let table_value = root.get_ref().get(table).map(|value| value.get_ref());
        let value = table_value.and_then(|value| value.as_table()?.get(key));
        let start = value.map_or(0, |value| value.span().start);
        Self { line: line_at(text, start), key: format!("{table}.{key}"), message: message.into() }
    }

    /// What the TOML reader refused.
    fn of_syntax(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let line = line_at(text, start);
        let what = error.message().trim().replace('\n', "; ");
        let written = text.lines().nth(line - 1).unwrap_or("").trim();
        let Some((key, value)) = written.split_once('=') else {
            let name = written.trim_matches(['[', ']']);
            let remedy = if what.contains("duplicate") && ["source", "feed"].contains(&name) {
                format!("there may be several: write [[{name}]], each in double brackets")
            } else {
                "write KEY = VALUE, or the name of a table in brackets as in [site]".to_owned()
            };
            return Self { line, key: written.to_owned(), message: format!("{what}: {remedy}") };
        };
        let (table, key) = (table_at(text, line), key.trim());
        let message = if what.contains("duplicate") {
            format!("{what}: remove one of the two")
        } else if let Some(quote) =
            value.trim().chars().next().filter(|c| "“”„‟‘’‚«»″`".contains(*c))
        {
            format!("`{quote}` is a typographic quote: write plain quotes, as in {key} = \"…\"")
        } else {
            format!(
                "{what}: write texts, times and sizes in quotes, as in {key} = \"…\"; numbers, true and false without"
            )
        };
        let key = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
        Self { line, key, message }
    }
}

/// Every mistake of a config, by line; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    pub all: Vec<Mistake>,
    /// The config's data directory, as far as it is known, to find the daemon that runs.
    pub data_directory: PathBuf,
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.all.first() else { return Ok(()) };
        write!(f, "{first}")?;
        match self.all.len() - 1 {
            0 => Ok(()),
            more => write!(f, " (and {more} more: dongtin config check lists all)"),
        }
    }
}

/// A config file with the mistakes found so far.
pub(super) struct File<'a> {
    text: &'a str,
    syntax: Vec<Mistake>,
    mistakes: RefCell<Vec<Mistake>>,
    #[cfg(test)]
    keys: RefCell<Vec<(String, Vec<&'static str>)>>,
}

impl<'a> File<'a> {
    /// A file with the errors of the TOML reader.
    pub(super) fn new(text: &'a str, errors: &[toml::de::Error]) -> Self {
        let mut syntax: Vec<Mistake> =
            errors.iter().map(|error| Mistake::of_syntax(text, error)).collect();
        syntax.sort_by_key(|mistake| mistake.line);
        syntax.dedup_by_key(|mistake| mistake.line);
        Self {
            text,
            syntax,
            mistakes: RefCell::default(),
            #[cfg(test)]
            keys: RefCell::default(),
        }
    }

    pub(super) fn line_at(&self, start: usize) -> usize {
        line_at(self.text, start)
    }

    /// Whether a mistake is known at a key. On a line that is no TOML every key is wrong.
    pub(super) fn is_wrong(&self, line: usize, key: &str) -> bool {
        self.syntax.iter().any(|mistake| mistake.line == line || mistake.key == key)
            || self.mistakes.borrow().iter().any(|known| known.line == line && known.key == key)
    }

    pub(super) fn add(&self, line: usize, key: String, message: String) {
        self.mistakes.borrow_mut().push(Mistake { line, key, message });
    }

    /// All mistakes by line. If the name of a table is no TOML, only that is reported, since what follows is in no table.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        let is_head = |mistake: &Mistake| mistake.key.starts_with('[');
        let mut all = self.syntax;
        if !all.iter().any(is_head) {
            all.extend(self.mistakes.into_inner());
        }
        all.sort_by_key(|mistake| mistake.line);
        all.truncate(MANY);
        all
    }

    /// Notes the keys of a table.
    #[cfg(test)]
    pub(super) fn note_keys(&self, table: &str, keys: impl Iterator<Item = &'static str>) {
        self.keys.borrow_mut().push((table.to_owned(), keys.collect()));
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> Vec<(String, Vec<&'static str>)> {
        self.keys.borrow().clone()
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset.min(text.len())).unwrap_or(text).matches('\n').count() + 1
}

/// The table that a line belongs to.
fn table_at(text: &str, line: usize) -> &str {
    let lines = text.lines().take(line).map(str::trim);
    let head = lines.filter(|line| line.starts_with('[')).last();
    head.map_or("", |head| head.split('#').next().unwrap_or("").trim().trim_matches(['[', ']']))
}

/// The remedy for an unknown key: the known one that is most like it, or all of them.
pub(super) fn nearest(unknown: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    let near = known.clone().map(|name| (distance(name, unknown), name)).min();
    match near {
        Some((steps, name)) if is_near(steps, unknown) => {
            format!("unknown key `{unknown}`: did you mean `{name}`?")
        }
        _ => {
            let known: Vec<String> = known.map(|name| format!("`{name}`")).collect();
            format!("unknown key `{unknown}`: expected one of {}", known.join(", "))
        }
    }
}

/// Whether a word that differs by so many letters may be the one that was meant.
pub(super) fn is_near(steps: usize, unknown: &str) -> bool {
    steps <= 2 || steps * 3 <= unknown.len()
}

/// The edit distance of two words.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, pair), left) in b.iter().zip(row.windows(2)).zip(0..) {
            let swap = pair.first().copied().unwrap_or(0) + usize::from(x != *y);
            let above = pair.get(1).copied().unwrap_or(0) + 1;
            let beside = next.get::<usize>(left).copied().unwrap_or(0) + 1;
            next.push(swap.min(above).min(beside));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;

    fn mistakes(text: &str) -> Mistakes {
        Config::parse(text, Path::new("/etc")).unwrap_err()
    }

    fn places(text: &str) -> Vec<(usize, String)> {
        mistakes(text).all.into_iter().map(|mistake| (mistake.line, mistake.key)).collect()
    }

    #[test]
    fn every_mistake_names_its_key_and_its_remedy() {
        for (text, key, part) in [
            (
                "[server]\nfeed_max_age = 60\n",
                "server.feed_max_age",
                "write a duration such as \"60s\"",
            ),
            ("[server]\nfeed_max_age = 60s\n", "server.feed_max_age", "in quotes"),
            ("[server]\npush_body = 60\n", "server.push_body", "write a size such as"),
            ("[fetch]\nports = \"8080\"\n", "fetch.ports", "ports = [8080]"),
            ("[fetch]\nports = [\n  80,\n  \"a\",\n]\n", "fetch.ports", "ports = [8080]"),
            ("[fetch]\nrobots = \"yes\"\n", "fetch.robots", "robots = true"),
            (
                "[server]\nmax_connections = -1\n",
                "server.max_connections",
                "max_connections = 4096",
            ),
            ("[site]\ntitle = Cổng tin\n", "site.title", "in quotes"),
            ("[site]\ntitle = 3\n", "site.title", "in quotes"),
            ("[site]\ntitle = \"Cổng\nlanguage = \"vi\"\n", "site.title", "in quotes"),
            ("[site]\nrights = \"a\"\nrights = \"b\"\n", "site.rights", "remove one"),
            ("[[source]]\ndate_order = \"dmy\"\n", "source.date_order", "`day-first`"),
            ("[[source]]\nquirks = [\"x\"]\n", "source.quirks", "`hoabinh-vcms`"),
            ("[[source]]\nquota = \"5\"\n", "source.quota", "quota = 500"),
            ("[site]\ntitle = “Tin”\n", "site.title", "typographic quote"),
            ("[feed]\n[feed]\nid = \"a\"\n", "[feed]", "write [[feed]]"),
            ("[[feed]]\nprovinces = [\"hoabinh\"]\n", "feed.provinces", "`hoa-binh`"),
            ("[[feed]]\nprovinces = [\"xyz\"]\n", "feed.provinces", "write it as in"),
            (
                "[[source]]\naddress = \"ftp://a.vn/rss\"\nkind = \"feed\"\n",
                "source.address",
                "kind = \"folder\"",
            ),
            ("[site]\ntitel = \"Tin\"\n", "site.titel", "did you mean `title`?"),
            ("[site]\nxyzzyxyzzy = 1\n", "site.xyzzyxyzzy", "`base_url`"),
        ] {
            let all = mistakes(text).all;
            let found =
                all.iter().find(|m| m.key == key).unwrap_or_else(|| panic!("{key}: {all:?}"));
            let line = if key == "site.rights" { 3 } else { 2 };
            assert_eq!(found.line, line, "{found}");
            assert!(found.message.contains(part), "{found}");
        }
        let error = mistakes("[sit]\n");
        assert!(error.to_string().contains("did you mean `site`?"), "{error}");
        let error = mistakes("site = 1\n[source]\nid = \"a\"\n[[fetch]]\n");
        assert!(error.all.iter().all(|mistake| mistake.message.contains("write [")), "{error:?}");
        assert_eq!(error.all.len(), 3, "{error:?}");
    }

    #[test]
    fn every_mistake_is_told_once_in_order() {
        let text = "[site]\nbase_url = \"nowhere\"\ntitel = \"x\"\n\n[fetch]\nports = [\n 80,\n \"a\",\n]\nbody = \"1 foot\"\n\n\
            [[source]]\nid = \"a b\"\nkind = \"feed\"\naddress = \"https://a.vn/rss\"\n\n\
            [[source]]\nid = \"b\"\nkind = \"feed\"\ndelay = \"soon\"\n\n\
            [[source]]\nid = \"c\"\nkind = \"page\"\naddress = \"https://c.vn/\"\n[source.selectors]\nitem = \"li\"\nlinc = \"a\"\n";
        let wanted = [
            (2, "site.base_url"),
            (3, "site.titel"),
            (6, "fetch.ports"),
            (10, "fetch.body"),
            (13, "source.id"),
            (17, "source.address"),
            (20, "source.delay"),
            (28, "source.selectors.linc"),
        ];
        assert_eq!(places(text), wanted.map(|(line, key)| (line, key.to_owned())));
        let error = mistakes(text).to_string();
        assert!(error.ends_with("(and 7 more: dongtin config check lists all)"), "{error}");
    }

    #[test]
    fn what_only_follows_from_another_mistake_is_not_told() {
        let text = "[[source]]\nid = \"a\"\nkind = \"feed\"\n\n[[feed]]\nid = \"f\"\ntitle = \"F\"\nsources = [\"a\"]\n";
        assert_eq!(places(text), [(1, "source.address".to_owned())]);
        let text = "[[source]]\nid = \"A B\"\nkind = \"feed\"\naddress = \"https://a.vn/\"\n";
        assert_eq!(places(text), [(2, "source.id".to_owned())]);
        let text = "[[source]]\nid = a\nkind = \"push\"\n";
        assert_eq!(places(text), [(2, "source.id".to_owned())]);
        let text = "[fetch]\nmin_interval = \"x\"\nmax_interval = \"1m\"\n";
        assert_eq!(places(text), [(2, "fetch.min_interval".to_owned())]);
    }

    #[test]
    fn a_broken_config_still_tells_where_the_data_is() {
        let at = |text: &str| mistakes(text).data_directory;
        for text in [
            "[site]\ntitel = 3\n[store]\ndirectory = \"/var/d\" # here\n[[source]\n",
            "[store]\ndirectory='/var/d'\n=",
        ] {
            assert_eq!(at(text), Path::new("/var/d"), "{text}");
        }
        for text in ["=", "[other]\ndirectory = \"/x\"", "# directory = \"/x\"\n[store"] {
            assert_eq!(at(text), Path::new("/etc/data"), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(mistakes(&"= = =\n".repeat(200)).all.len(), MANY);
        assert!(!mistakes("\"\"\"\n[[[[\n").all.is_empty());
        assert_eq!(mistakes("[site\n").all[0].line, 1);
    }
}
