use super::{FileError, yaml};
use crate::model::Warning;
use serde_json::{Map, Value};

/// The fields of front matter by their names in lower case.
pub(super) type Fields = Map<String, Value>;

/// Cuts a document into its front matter, between lines of `---` (YAML) or `+++` (TOML), and its body; a document
/// without front matter is all body.
///
/// # Errors
/// Front matter that nothing closes, or that cannot be read.
pub(super) fn split<'a>(
    document: &'a str,
    warnings: &mut Vec<Warning>,
) -> Result<(Fields, &'a str), FileError> {
    for fence in ["---", "+++"] {
        let Some(after) = document.strip_prefix(fence) else { continue };
        let end = after.find('\n').map_or(after.len(), |end| end + 1);
        let (rest_of_fence, after) = after.split_at(end);
        if !rest_of_fence.trim().is_empty() || !rest_of_fence.ends_with('\n') {
            continue;
        }
        let Some((matter, body)) = until(after, fence) else {
            let problem = format!("`{fence}` opens it and nothing closes it");
            let remedy = "close it with the same line that opens it";
            return Err(FileError::field("front matter", &problem, remedy));
        };
        let fields = if fence == "---" { of_yaml(matter, warnings)? } else { of_toml(matter)? };
        let fields = fields.into_iter().map(|(name, value)| (name.trim().to_lowercase(), value));
        return Ok((fields.collect(), body));
    }
    Ok((Fields::new(), document))
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

/// Reads YAML. Where it is none as a whole, as in `title: Tin: một`, each field is read alone, and one that cannot be is
/// the text that stands there.
fn of_yaml(matter: &str, warnings: &mut Vec<Warning>) -> Result<Fields, FileError> {
    let problem = match yaml::read(matter) {
        Ok(Value::Object(fields)) => return Ok(fields),
        Ok(Value::Null) => return Ok(Fields::new()),
        Ok(_) => "it has no names".to_owned(),
        Err(problem) => problem,
    };
    let mut fields = Fields::new();
    for block in blocks(matter) {
        if let Ok(Value::Object(read)) = yaml::read(&block) {
            fields.extend(read);
            continue;
        }
        let Some((name, value)) = block.split_once(':') else {
            let remedy = "write each line as `name: value`";
            return Err(FileError::field("front matter", &problem, remedy));
        };
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        Warning::add(warnings, "front-matter-mended", Some(name));
        fields.insert(name.to_owned(), Value::String(value));
    }
    Ok(fields)
}

/// The lines of each field: one that begins at the left has a name, what is further right or a list belongs to it.
fn blocks(matter: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in matter.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match blocks.last_mut() {
            Some(last) if line.starts_with([' ', '\t', '-']) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
    }
    blocks
}

/// Reads TOML.
fn of_toml(matter: &str) -> Result<Fields, FileError> {
    let table: toml::Table = matter.parse().map_err(|error: toml::de::Error| {
        FileError::field("front matter", error.message(), "write each line as `name = \"value\"`")
    })?;
    Ok(table.into_iter().map(|(name, value)| (name, of_toml_value(value))).collect())
}

/// The same value as YAML would give: numbers and dates as they are written.
fn of_toml_value(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Array(values) => values.into_iter().map(of_toml_value).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(name, value)| (name, of_toml_value(value))).collect()
        }
        other => Value::String(other.to_string()),
    }
}
