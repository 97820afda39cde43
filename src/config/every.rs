//! Every mistake of a config, not only the first: what is wrong is taken out and the rest is read again.

use super::{Config, Error};
use std::path::{Path, PathBuf};

/// Mistakes that are told at most.
const MANY: usize = 50;

/// Every mistake that can be found, by line; none if the config is right.
pub(super) fn mistakes(text: &str, folder: &Path) -> Vec<Error> {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Error> = Vec::new();
    let mut gone: Vec<String> = Vec::new();
    for _ in 0..MANY {
        let Err(error) = Config::parse(&lines.join("\n"), folder) else { break };
        let Some(line) = lines.get(error.line.wrapping_sub(1)).copied() else {
            found.push(error);
            break;
        };
        let only_follows = gone.iter().any(|id| error.message.contains(&format!("`{id}`")));
        let missed = error.message.starts_with("is missing") || is_head(line);
        let again = found.iter().any(|known| known.key == error.key);
        let after_another = missed && again && lost(text, &lines, error.line);
        if !(only_follows || after_another) {
            found.push(error.clone());
        }
        if line.trim().is_empty() {
            break;
        }
        if missed {
            gone.extend(take_block(&mut lines, error.line - 1));
        } else {
            take_value(&mut lines, error.line - 1);
        }
    }
    found.sort_by_key(|error| error.line);
    found
}

/// The data directory that a config names, whatever else in it is wrong.
pub(super) fn data_directory(text: &str, folder: &Path) -> PathBuf {
    let mut table = "";
    let mut named = None;
    for line in text.lines().map(str::trim) {
        if is_head(line) {
            table = line;
        }
        let value = line.strip_prefix("directory").map(str::trim_start);
        let value = value.and_then(|rest| rest.strip_prefix('=')).map(str::trim);
        let quoted = value.and_then(|value| value.split(['"', '\'']).nth(1));
        if table.starts_with("[store]") {
            named = named.or(quoted);
        }
    }
    folder.join(named.unwrap_or("data"))
}

fn is_head(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

/// Whether the block at a line has lost one of its own lines already: what it misses follows from that.
fn lost(text: &str, lines: &[&str], line: usize) -> bool {
    let block = block(lines, line - 1);
    let before = text.lines().skip(block.start);
    before.zip(lines.iter().skip(block.start)).take(block.len()).any(|(was, now)| was != *now)
}

/// The lines of the block that a line belongs to, its tables of its own (`[source.selectors]`) among them.
fn block(lines: &[&str], at: usize) -> std::ops::Range<usize> {
    let is_own = |line: &str| is_head(line) && !line.contains('.');
    let up_to = lines.iter().take(at + 1).rposition(|line| is_own(line)).unwrap_or(0);
    let next = lines.iter().skip(up_to + 1).position(|line| is_own(line));
    up_to..next.map_or(lines.len(), |next| up_to + 1 + next)
}

/// Empties the block at a line; its id, to which others may refer.
fn take_block(lines: &mut [&str], at: usize) -> Option<String> {
    let block = block(lines, at);
    let mut id = None;
    for line in lines.get_mut(block).into_iter().flatten() {
        let value = line.trim_start().strip_prefix("id").and_then(|rest| rest.split('"').nth(1));
        id = id.or(value.map(str::to_owned));
        *line = "";
    }
    id
}

/// Empties a line, and those after it that its brackets are open over.
fn take_value(lines: &mut [&str], at: usize) {
    let mut open = 0;
    for line in lines.iter_mut().skip(at) {
        let count = |c: char| line.matches(c).count();
        open += count('[') as i64 - count(']') as i64;
        *line = "";
        if open <= 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(usize, String)> {
        let found = mistakes(text, Path::new("/"));
        found.into_iter().map(|error| (error.line, error.key)).collect()
    }

    #[test]
    fn every_mistake_is_told_once_in_order() {
        let text = "[site]\nbase_url = \"nowhere\"\ntitel = \"x\"\n\n[fetch]\nports = [\n 80,\n \"a\",\n]\nbody = \"1 foot\"\n\n\
            [[source]]\nid = \"a b\"\nkind = \"feed\"\naddress = \"https://a.vn/rss\"\n\n\
            [[source]]\nid = \"b\"\nkind = \"feed\"\ndelay = \"soon\"\n\n\
            [[source]]\nid = \"c\"\nkind = \"page\"\naddress = \"https://c.vn/\"\n[source.selectors]\nitem = \"li\"\nlinc = \"a\"\n";
        let found = told(text);
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines.len(), 7, "{found:?}");
        for (line, key) in [(2, "site.base_url"), (10, "fetch.body"), (13, "source.id")] {
            assert!(found.contains(&(line, key.to_owned())), "{key}: {found:?}");
        }
        for line in [3, 17] {
            assert!(lines.contains(&line), "{line}: {found:?}");
        }
    }

    #[test]
    fn what_only_follows_from_another_mistake_is_not_told() {
        let text = "[[source]]\nid = \"a\"\nkind = \"feed\"\n\n[[feed]]\nid = \"f\"\ntitle = \"F\"\nsources = [\"a\"]\n";
        assert_eq!(told(text), [(1, "source.address".to_owned())]);
        let text = "[[source]]\nid = \"A B\"\nkind = \"feed\"\naddress = \"https://a.vn/\"\n";
        assert_eq!(told(text), [(2, "source.id".to_owned())]);
    }

    #[test]
    fn a_broken_config_still_tells_where_the_data_is() {
        let at = |text: &str| data_directory(text, Path::new("/etc"));
        for text in [
            "[site]\ntitel = 3\n[store]\ndirectory = \"/var/d\" # here\n[[source]\n",
            "[store]\ndirectory='/var/d'\n=",
        ] {
            assert_eq!(at(text), Path::new("/var/d"), "{text}");
        }
        for text in ["", "[other]\ndirectory = \"/x\"", "# directory = \"/x\"\n[store"] {
            assert_eq!(at(text), Path::new("/etc/data"), "{text}");
        }
    }

    #[test]
    fn a_right_one_has_none_and_nonsense_ends() {
        assert_eq!(told(crate::config::DOCUMENTED), []);
        assert!(!told(&"= = =\n".repeat(200)).is_empty());
        assert!(!told("\"\"\"\n[[[[\n").is_empty());
        assert!(!told("[site\n").is_empty());
    }
}
