//! The front matter of a Markdown file: names and values between `---` (YAML's simple part) or `+++` (TOML).

use super::FileError;

/// A name with its values, in lower case and in order.
pub type Field = (String, Vec<String>);

/// Cuts a document into its front matter and its body; a document without front matter is all body.
///
/// # Errors
/// Front matter that nothing closes, or that cannot be read.
pub fn split(document: &str) -> Result<(Vec<Field>, &str), FileError> {
    for fence in ["---", "+++"] {
        let Some(after) = document.strip_prefix(fence) else { continue };
        let Some(after) = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n')) else {
            continue;
        };
        let Some((matter, body)) = until(after, fence) else {
            let remedy = "close it with the same line that opens it";
            return Err(FileError::field(
                "front matter",
                &format!("`{fence}` opens it and nothing closes it"),
                remedy,
            ));
        };
        let fields = if fence == "---" { yaml(matter)? } else { toml(matter)? };
        return Ok((fields, body));
    }
    Ok((Vec::new(), document))
}

/// What stands before and after the line that is `fence`.
fn until<'a>(text: &'a str, fence: &str) -> Option<(&'a str, &'a str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == fence {
            return Some((text.get(..start)?, text.get(start + line.len()..)?));
        }
        start += line.len();
    }
    None
}

/// Reads `name: value`, `name: [a, b]` and lists of `- item` lines.
fn yaml(matter: &str) -> Result<Vec<Field>, FileError> {
    let mut fields: Vec<Field> = Vec::new();
    for line in matter.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some(item) = trimmed.strip_prefix("- ")
            && let Some((_, values)) = fields.last_mut()
        {
            values.push(unquoted(item));
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some(last) = fields.last_mut().and_then(|(_, values)| values.last_mut())
        {
            last.push(' ');
            last.push_str(trimmed);
            continue;
        }
        let Some((name, value)) = trimmed.split_once(':') else {
            let remedy = "write each line as `name: value`";
            return Err(FileError::field(
                "front matter",
                &format!("`{trimmed}` has no name"),
                remedy,
            ));
        };
        fields.push((name.trim().to_lowercase(), values(value.trim())));
    }
    Ok(fields)
}

/// The values of `a`, `"a"`, `[a, b]`; a sign for a folded text (`>`, `|`) is no value but the lines after it are.
fn values(written: &str) -> Vec<String> {
    let list = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match list {
        Some(list) => list.split(',').map(unquoted).filter(|value| !value.is_empty()).collect(),
        None if written.is_empty() => Vec::new(),
        None if matches!(written, ">" | "|" | ">-" | "|-") => vec![String::new()],
        None => vec![unquoted(written)],
    }
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.replace("\\\"", "\"").replace("''", "'");
        }
    }
    value.to_owned()
}

/// Reads TOML.
fn toml(matter: &str) -> Result<Vec<Field>, FileError> {
    let table: toml::Table = matter.parse().map_err(|error: toml::de::Error| {
        FileError::field("front matter", error.message(), "write each line as `name = \"value\"`")
    })?;
    let one = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let all = |value: &toml::Value| match value {
        toml::Value::Array(values) => values.iter().map(one).collect(),
        other => vec![one(other)],
    };
    Ok(table.iter().map(|(name, value)| (name.to_lowercase(), all(value))).collect())
}
