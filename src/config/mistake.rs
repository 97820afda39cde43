//! What the TOML reader refuses, told as our own mistakes are: the line, the key, and how to write it.

use super::{DOCUMENTED, Error, units};

/// A mistake that the TOML reader found.
pub(super) fn told(text: &str, error: &toml::de::Error) -> Error {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let what = error.message().trim().replace('\n', "; ");
    let written = text.lines().nth(line - 1).unwrap_or("").trim();
    let table = table_of(before);
    let unknown = what.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let Some((key, value)) = written.split_once('=') else {
        let message = match unknown {
            Some(unknown) => suggestion(&what, unknown),
            None => format!(
                "{what}: write KEY = VALUE, or the name of a table in brackets as in [site]"
            ),
        };
        return Error { line, key: unknown.unwrap_or(written).to_owned(), message };
    };
    let (key, value) = (key.trim(), value.trim());
    let message = match unknown {
        Some(unknown) => suggestion(&what, unknown),
        None if what.starts_with("unknown variant") => what,
        None => format!("{what}: {}", remedy(table, key, value)),
    };
    let key = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
    Error { line, key, message }
}

/// The table that a text ends in.
fn table_of(before: &str) -> &str {
    let mut heads = before.lines().map(str::trim).filter(|line| line.starts_with('['));
    heads.next_back().map_or("", |head| head.trim_matches(['[', ']']))
}

/// How a key is written: as the documented config writes it.
fn remedy(table: &str, key: &str, value: &str) -> String {
    let Some(example) = documented(table, key) else {
        return format!("write texts in quotes, as in {key} = \"…\"");
    };
    let inner = example.trim_matches('"');
    let is_text = example.starts_with('"');
    if is_text && units::millis(inner).is_ok() {
        format!("write a duration such as {example}")
    } else if is_text && units::bytes(inner).is_ok() {
        format!("write a size such as {example}")
    } else if is_text && !closed(value) {
        format!("write it in quotes, as in {key} = {example}")
    } else {
        format!("write it as in {key} = {example}")
    }
}

fn closed(value: &str) -> bool {
    value.len() > 1 && value.starts_with('"') && value.ends_with('"')
}

/// The value that the documented config shows for a key.
fn documented(table: &str, key: &str) -> Option<&'static str> {
    match key {
        "ports" => return Some("[8080]"),
        "allow" => return Some("[\"10.1.2.3:80\"]"),
        _ => {}
    }
    let heads = [format!("\n[{table}]"), format!("\n# [[{table}]]")];
    let part = heads.iter().find_map(|head| DOCUMENTED.split_once(head.as_str()))?.1;
    let lines =
        part.lines().skip(1).take_while(|line| !line.trim_start_matches("# ").starts_with("[["));
    let mut lines = lines.take_while(|line| !line.starts_with('['));
    let value = lines.find_map(|line| {
        let line = line.strip_prefix("# ").unwrap_or(line);
        let (name, value) = line.split_once(" = ")?;
        (name == key).then_some(value)
    })?;
    let value = value.split("  ").next().unwrap_or(value).trim();
    Some(match value {
        "[]" => "[\"…\"]",
        "\"\"" => "\"…\"",
        value => value,
    })
}

/// The known key that is most like an unknown one.
fn suggestion(what: &str, unknown: &str) -> String {
    let known = what.split('`').skip(3).step_by(2);
    let near = known.map(|name| (distance(name, unknown), name)).min();
    match near {
        Some((steps, name)) if steps <= 2 || steps * 3 <= unknown.len() => {
            format!("unknown key `{unknown}`: did you mean `{name}`?")
        }
        _ => format!(
            "unknown key `{unknown}`: {}",
            what.split_once(", ").map_or("remove it", |(_, rest)| rest)
        ),
    }
}

/// How many letters must change between two words.
fn distance(a: &str, b: &str) -> usize {
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
    use crate::config::Config;
    use std::path::Path;

    #[test]
    fn what_toml_refuses_names_key_and_remedy() {
        for (text, key, part) in [
            (
                "[server]\nfeed_max_age = 60\n",
                "server.feed_max_age",
                "write a duration such as \"60s\"",
            ),
            ("[server]\npush_body = 60\n", "server.push_body", "write a size such as"),
            ("[fetch]\nports = \"8080\"\n", "fetch.ports", "ports = [8080]"),
            (
                "[server]\nmax_connections = -1\n",
                "server.max_connections",
                "max_connections = 4096",
            ),
            ("[site]\ntitle = Cổng tin\n", "site.title", "in quotes"),
            ("[site]\ntitle = \"Cổng\nlanguage = \"vi\"\n", "site.title", "in quotes"),
            ("[[source]]\ndate_order = \"dmy\"\n", "source.date_order", "`day-first`"),
            ("[[source]]\nquota = \"5\"\n", "source.quota", "quota = 500"),
            ("[site]\ntitel = \"Tin\"\n", "site.titel", "did you mean `title`?"),
            ("[site]\nxyzzyxyzzy = 1\n", "site.xyzzyxyzzy", "`base_url`"),
        ] {
            let error = Config::parse(text, Path::new("/")).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (2, key), "{error}");
            assert!(error.message.contains(part), "{error}");
        }
        let error = Config::parse("[sit]\n", Path::new("/")).unwrap_err();
        assert!(error.message.contains("did you mean `site`?"), "{error}");
    }
}
